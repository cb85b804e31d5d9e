"""A cache in this process's memory."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._secrets import brief
from nova_embeddings.cache._forking import Guard
from nova_embeddings.cache._protocol import CacheStats

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence


class MemoryCache:
    """Keeps vectors in memory, for the threads of one process. A fork has a copy; a pickle takes the options only.

    Args:
        max_bytes: of the values; those that were not used for longest go first.
        clock: seconds.

    Raises:
        ConfigurationError: an option is wrong.
    """

    def __init__(self, max_bytes: int = 256 * 2**20, *, clock: Callable[[], float] = time.time) -> None:
        """Hold nothing yet."""
        if isinstance(max_bytes, bool) or not isinstance(max_bytes, int) or max_bytes < 1:
            raise ConfigurationError(f"max_bytes={brief(max_bytes)} is not a whole number of at least 1")
        self._max_bytes = max_bytes
        self._clock = clock
        self._guard = Guard()
        self._held: dict[str, tuple[bytes, float | None]] = {}
        self._bytes = self._hits = self._misses = 0

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Return the values of those keys that there are and that have not expired."""
        found: dict[str, bytes] = {}
        with self._guard:
            now = self._clock()
            for key in dict.fromkeys(keys):
                held = self._taken(key)
                if held is not None and (held[1] is None or held[1] > now):
                    found[key] = held[0]
                    self._put(key, *held)  # as the one that was used last
                self._hits += key in found
                self._misses += key not in found
        return found

    def set_many(self, values: Mapping[str, bytes], ttl: float | None = None) -> None:
        """Keep the values, in place of older ones.

        Args:
            values: by their keys.
            ttl: seconds until they expire; None: never.
        """
        with self._guard:
            expires = None if ttl is None else self._clock() + ttl
            for key, value in values.items():
                self._taken(key)
                self._put(key, value, expires)
            while self._bytes > self._max_bytes:
                self._taken(next(iter(self._held)))

    def clear(self) -> None:
        """Remove all vectors."""
        with self._guard:
            self._held.clear()
            self._bytes = 0

    @property
    def stats(self) -> CacheStats:
        """Return how much there is, and how often it helped."""
        with self._guard:
            return CacheStats(len(self._held), self._bytes, self._hits, self._misses)

    def __len__(self) -> int:
        """Return the number of vectors, those included that have expired and that nobody has asked for since."""
        return len(self._held)

    def __bool__(self) -> bool:
        """Be true, also without a vector: `if cache` asks whether there is a cache."""
        return True

    def __repr__(self) -> str:
        """Show the bound."""
        return f"MemoryCache({self._max_bytes})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy as the bound: what it holds stays."""
        return MemoryCache, (self._max_bytes,)

    def _taken(self, key: str) -> tuple[bytes, float | None] | None:
        held = self._held.pop(key, None)
        self._bytes -= len(held[0]) if held is not None else 0
        return held

    def _put(self, key: str, value: bytes, expires: float | None) -> None:
        self._held[key] = (value, expires)
        self._bytes += len(value)
