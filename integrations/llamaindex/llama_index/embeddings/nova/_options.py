"""What options does a model have, and how do they become those of the core's client?"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from pydantic import BeforeValidator, Secret, SecretStr, SkipValidation
from pydantic.json_schema import SkipJsonSchema

from nova_embeddings import ConfigurationError, ImageFetching, NovaClient, Task
from nova_embeddings.cache import Cache
from nova_embeddings.integration import CLIENT_OPTIONS, opened, sealed_list

if TYPE_CHECKING:
    from litellm.router import Router
else:
    Router = Any  # pydantic asks for the type, and litellm takes seconds to import

OF_CLIENT = tuple("model_name" if name == "model" else name for name in CLIENT_OPTIONS)
"""What a client decides when it is made, as LlamaIndex names it."""

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
    """Return those of a model's fields that decide its client, by the client's names; secrets stay sealed."""
    named = {name: getattr(model, name) for name in OF_CLIENT if hasattr(model, name)}
    return {"model": named.pop("model_name") or None, **named}


def client_of(options: Mapping[str, Any]) -> NovaClient:
    """Return the client that such options make; the core opens keys only to send them."""
    return NovaClient(**{name: opened(value) for name, value in options.items()})


def _hidden(value: Any) -> Any:  # noqa: ANN401 (what is neither a str nor holds any is for the core to refuse)
    """Return a key, or the values of headers, as secrets that no repr shows."""
    if isinstance(value, Mapping):
        return {name: _hidden(held) for name, held in value.items()}
    return SecretStr(value) if isinstance(value, str) else value


def _named(name: str | None) -> str:
    return name or ""


def _restored(value: Any) -> Any:  # noqa: ANN401 (what is no dict is for the core to refuse)
    """Return what a dict or JSON of a model says about fetching as the core takes it."""
    try:
        return ImageFetching(**value) if isinstance(value, Mapping) else value
    except TypeError:
        message = f"image_fetching has the fields {sorted(map(str, value))}; an ImageFetching has {_FETCHING}"
        raise ConfigurationError(message) from None


# SkipValidation, here and at the fields: it is the core that checks its options, with its own errors
ModelName = Annotated[str, SkipValidation(), BeforeValidator(_named)]
"""A model's name; None and "" stand for the one that the client will have, since events and dicts carry it."""
Key = Annotated[str | SecretStr | None, SkipValidation(), BeforeValidator(_hidden)]
"""A key, hidden as soon as it is given."""
Headers = Annotated[Mapping[str, str | SecretStr] | None, SkipValidation(), BeforeValidator(_hidden)]
"""Headers, their values hidden as soon as they are given."""
Fetching = Annotated[ImageFetching | None, SkipValidation(), BeforeValidator(_restored)]
"""Which addresses are fetched here; a dict of a model holds it as a dict."""
GivenClient = Annotated[NovaClient | None, SkipValidation(), SkipJsonSchema()]
"""A client of the user's."""
GivenCache = Annotated[Cache | None, SkipValidation(), SkipJsonSchema()]
"""A cache of the user's."""
GivenRouter = Annotated[Router | None, SkipValidation(), SkipJsonSchema()]
"""A Router of the user's."""
ModelList = Annotated[
    Secret[Any] | Sequence[Mapping[str, Any]] | None, SkipValidation(), SkipJsonSchema(), BeforeValidator(sealed_list)
]
"""Deployments with their keys, hidden as soon as they are given."""
