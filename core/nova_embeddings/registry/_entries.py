"""What does a registry say about a model, and which client does that make?"""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nova_embeddings._client import NovaClient
from nova_embeddings._errors import ConfigurationError, SpaceMismatchError
from nova_embeddings._secrets import brief
from nova_embeddings.registry._checks import fault, nearest

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from nova_embeddings.cache import Cache

_REFERENCE = "os.environ/"
_ALIASES = {"token_limit": "max_tokens"}


@dataclass(frozen=True, slots=True)
class Entry:
    """One model.

    Args:
        model: its name, with a provider's prefix or beside `provider`.
        provider: the prefix, where the name has none.
        dialect: how the server spells requests.
        api_base: the server's address.
        api_key: the key, or `os.environ/NAME`: a file should hold no key.
        space: the id of the space that its vectors must lie in, as `client.space.id` of a new client says it: a model
            of another one is refused when its client is made.
        dimensions: width of the vectors.
        max_tokens: what one input may have, also as `token_limit`; for whoever splits texts, as tokens are counted by
            the server.
        batch_size: inputs of one call, at most.
        timeout: seconds for one batch.
        max_retries: further calls for a batch.
        max_concurrency: calls in flight.
        instructions: for every request that gives none.
        cache: `memory`, or the path of an SQLite file; none by default.
        cache_ttl: seconds after which a vector is computed anew.
        fallback_chain: names of models of the same space, which take over in this order.
        on_unsupported: "raise", "warn" or "ignore".
        any_dimensions: accept widths that the model is not trained for.
        description: for people.

    Raises:
        ConfigurationError: a value is none that its key may have.
    """

    model: str
    provider: str | None = None
    dialect: str | None = None
    api_base: str | None = None
    api_key: str | None = field(default=None, repr=False)
    space: str | None = None
    dimensions: int | None = None
    max_tokens: int | None = None
    batch_size: int | None = None
    timeout: float | None = None
    max_retries: int | None = None
    max_concurrency: int | None = None
    instructions: str | None = None
    cache: str | None = None
    cache_ttl: float | None = None
    fallback_chain: tuple[str, ...] = ()
    on_unsupported: str | None = None
    any_dimensions: bool | None = None
    description: str = ""

    def __post_init__(self) -> None:
        """Refuse what would fail only when a client is made."""
        for key in KEYS:
            if wrong := fault(key, getattr(self, key)):
                raise ConfigurationError(wrong)

    def client(self, fallbacks: Collection[NovaClient]) -> NovaClient:
        """Return a client of the model.

        Raises:
            ConfigurationError: an option is wrong, or a variable is not set.
            SpaceMismatchError: its space, or that of a fallback, is another one.
        """
        name = f"{self.provider}/{self.model}" if self.provider else self.model
        given = {key: getattr(self, key) for key in _OF_CLIENT if getattr(self, key) is not None}
        if self.api_key is not None:
            given["api_key"] = _looked_up(self.api_key)
        if self.cache:
            given["cache"] = _cache(self.cache)
        made = NovaClient(name, fallbacks=tuple(fallbacks), **given)
        if self.space is not None and made.space.id != self.space:
            raise SpaceMismatchError(
                f"model {name!r} embeds in the space {made.space.id}, its entry says space={brief(self.space)}; "
                "another model, server, prompt or width is another space",
                differences={"space_id": (self.space, made.space.id)},
            )
        return made


_OF_CLIENT = (
    "dialect",
    "api_base",
    "dimensions",
    "batch_size",
    "timeout",
    "max_retries",
    "max_concurrency",
    "instructions",
    "cache_ttl",
    "on_unsupported",
    "any_dimensions",
)
KEYS = tuple(one.name for one in dataclasses.fields(Entry))
"""What an entry may say."""


def entry_of(name: str, given: Mapping[str, Any], where: Callable[..., str] = lambda *_: "") -> Entry:
    """Return an entry of what a file or a dict says.

    Args:
        name: the model's.
        given: what is said of it.
        where: tells where a key of it stands, or where it stands itself.

    Raises:
        ConfigurationError: naming the model and the key, with the one that may be meant.
    """
    said = {_ALIASES.get(key, key): value for key, value in given.items()}
    for key in given:
        if _ALIASES.get(key, key) not in KEYS:
            raise unknown_key(key, KEYS, f"{where(key)}model {name!r}")
        if _ALIASES.get(key, key) != key and _ALIASES[key] in given:
            raise ConfigurationError(f"{where(key)}model {name!r}: {key} is another name of {_ALIASES[key]}; keep one")
    if not said.get("model"):
        raise ConfigurationError(f"{where()}model {name!r}: model= is missing, the name that the provider knows")
    chain = said.pop("fallback_chain", None)
    said = {**said, "fallback_chain": () if chain is None else chain, "description": said.get("description") or ""}
    for key in given:
        if wrong := fault(_ALIASES.get(key, key), said[_ALIASES.get(key, key)]):
            raise ConfigurationError(f"{where(key)}model {name!r}: {wrong}")
    return Entry(**{**said, "fallback_chain": tuple(said["fallback_chain"])})


def unknown_key(key: object, known: Collection[str], where: str) -> ConfigurationError:
    """Return the error for a key that nobody reads."""
    return ConfigurationError(f"{where}: {brief(key)} is not a key that is read{nearest(key, known)}")


def _looked_up(key: str) -> str:
    if not key.startswith(_REFERENCE):
        return key
    variable = key.removeprefix(_REFERENCE)
    value = os.environ.get(variable)
    if not value:
        raise ConfigurationError(f"api_key: the environment variable {variable} is not set")
    return value


def _cache(said: str) -> Cache:
    from nova_embeddings.cache import MemoryCache, SQLiteCache  # noqa: PLC0415 (only for those who keep vectors)

    return MemoryCache() if said == "memory" else SQLiteCache(said)
