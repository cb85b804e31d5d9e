"""What options does a model have, and how do they become those of the core's client?"""

from collections.abc import Collection, Mapping
from dataclasses import fields
from typing import Annotated, Any, TypedDict

from pydantic import BeforeValidator, SecretStr, SkipValidation

from nova_embeddings import ConfigurationError, ImageFetching, NovaClient, Task

_OF_CLIENT = (
    "api_base",
    "api_key",
    "dimensions",
    "instructions",
    "batch_size",
    "max_batch_bytes",
    "max_concurrency",
    "timeout",
    "max_retries",
    "headers",
    "any_dimensions",
    "max_image_bytes",
    "max_image_pixels",
    "image_encoding",
    "image_fetching",
)


_FETCHING = ", ".join(one.name for one in fields(ImageFetching))


class Side(TypedDict):
    """What the core is asked for on one side of a search, besides the inputs."""

    task: Task
    instructions: str | None
    adapter: str | None


def refuse_unknown(given: Collection[str], known: Collection[str]) -> None:
    """Refuse options that the model does not have; their values, which may be misnamed keys, are not shown.

    Raises:
        ConfigurationError: naming them.
    """
    unknown = [name for name in given if name not in known]
    if unknown:
        message = f"NovaEmbedding has no option {', '.join(map(repr, unknown))}; it has {', '.join(sorted(known))}"
        raise ConfigurationError(message)


def client_options(model: object) -> dict[str, Any]:
    """Return a model's fields as the client names them; the core opens secrets only to send them."""
    return {"model": getattr(model, "model_name", None)} | {name: getattr(model, name) for name in _OF_CLIENT}


def _hidden(value: Any) -> Any:  # noqa: ANN401 (what is neither a str nor holds any is for the core to refuse)
    """Return a key, or the values of headers, as secrets that no repr shows."""
    if isinstance(value, Mapping):
        return {name: _hidden(held) for name, held in value.items()}
    return SecretStr(value) if isinstance(value, str) else value


def _effective(name: str | None) -> str:
    return name or NovaClient().model


def _restored(value: Any) -> Any:  # noqa: ANN401 (what is no dict is for the core to refuse)
    """Return what a dict or JSON of a model says about fetching as the core takes it."""
    try:
        return ImageFetching(**value) if isinstance(value, Mapping) else value
    except TypeError:
        message = f"image_fetching has the fields {sorted(map(str, value))}; an ImageFetching has {_FETCHING}"
        raise ConfigurationError(message) from None


# SkipValidation, here and at the fields: it is the core that checks its options, with its own errors
ModelName = Annotated[str, SkipValidation(), BeforeValidator(_effective)]
"""A model's name; None becomes the one that the core uses, since events and dicts carry it."""
Key = Annotated[str | SecretStr | None, SkipValidation(), BeforeValidator(_hidden)]
"""A key, hidden as soon as it is given."""
Headers = Annotated[Mapping[str, str | SecretStr] | None, SkipValidation(), BeforeValidator(_hidden)]
"""Headers, their values hidden as soon as they are given."""
Fetching = Annotated[ImageFetching | None, SkipValidation(), BeforeValidator(_restored)]
"""Which addresses are fetched here; a dict of a model holds it as a dict."""
