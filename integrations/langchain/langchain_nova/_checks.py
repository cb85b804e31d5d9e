"""Is this a number of documents?"""

from nova_embeddings import ConfigurationError


def counted(name: str, value: object) -> int:
    """Return a number of documents.

    Raises:
        ConfigurationError: it is none, or less than one.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        message = f"{name}={value!r} is not a whole number of at least 1"
        raise ConfigurationError(message)
    return value
