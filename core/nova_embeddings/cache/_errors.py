"""What can fail in a cache?"""

from __future__ import annotations

from nova_embeddings._errors import NovaError


class CacheError(NovaError):
    """A cache cannot be read or written, or is not to be believed: mend it, or give another."""


class CacheWarning(UserWarning):
    """Vectors could not be kept: they are right all the same, and are computed anew the next time."""
