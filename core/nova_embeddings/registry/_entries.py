"""What does a registry say about a model, and which client does that make?"""

from __future__ import annotations

import dataclasses
import difflib
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nova_embeddings._client import NovaClient
from nova_embeddings._errors import ConfigurationError
from nova_embeddings._secrets import brief

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from nova_embeddings.cache import Cache

_REFERENCE = "os.environ/"
_CLOSE = 0.6


@dataclass(frozen=True, slots=True)
class Entry:
    """One model.

    Args:
        model: its name, with a provider's prefix or beside `provider`.
        provider: the prefix, where the name has none.
        dialect: how the server spells requests.
        api_base: the server's address.
        api_key: the key, or `os.environ/NAME`: a file should hold no key.
        dimensions: width of the vectors.
        max_tokens: what one input may have; for whoever splits texts, as tokens are counted by the server.
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
    """

    model: str
    provider: str | None = None
    dialect: str | None = None
    api_base: str | None = None
    api_key: str | None = field(default=None, repr=False)
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

    def client(self, fallbacks: Collection[NovaClient]) -> NovaClient:
        """Return a client of the model.

        Raises:
            ConfigurationError: an option is wrong, or a variable is not set.
        """
        name = f"{self.provider}/{self.model}" if self.provider else self.model
        given = {key: getattr(self, key) for key in _OF_CLIENT if getattr(self, key) is not None}
        if self.api_key is not None:
            given["api_key"] = _looked_up(self.api_key)
        if self.cache:
            given["cache"] = _cache(self.cache)
        return NovaClient(name, fallbacks=tuple(fallbacks), **given)


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


def entry_of(name: str, given: Mapping[str, Any], where: str = "") -> Entry:
    """Return an entry of what a file or a dict says.

    Raises:
        ConfigurationError: naming the model and the key, with the one that may be meant.
    """
    for key in given:
        if key not in KEYS:
            raise unknown_key(key, KEYS, f"{where}model {name!r}")
    if not isinstance(given.get("model"), str):
        raise ConfigurationError(f"{where}model {name!r}: model= is missing, the name that the provider knows")
    chain = given.get("fallback_chain") or ()
    if isinstance(chain, str) or not all(isinstance(one, str) for one in chain):
        raise ConfigurationError(f"{where}model {name!r}: fallback_chain is not a list of models' names")
    return Entry(**{**given, "fallback_chain": tuple(chain)})


def unknown_key(key: object, known: Collection[str], where: str) -> ConfigurationError:
    """Return the error for a key that nobody reads."""
    near = difflib.get_close_matches(str(key), known, n=1, cutoff=_CLOSE)
    hint = f"; {near[0]} is meant?" if near else f"; there are {', '.join(known)}"
    return ConfigurationError(f"{where}: {brief(key)} is not a key that is read{hint}")


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
