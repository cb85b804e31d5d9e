"""What must a cache do?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Cache(Protocol):
    """Keeps bytes under names; used by many threads at once, and never from an event loop's own thread.

    It need not be trusted. A value says which key and shape it is of, when it was made, and a digest of all that: what
    is damaged, cut short, too old, or another key's is embedded anew and set again.

    A key is 101 characters of `[a-z0-9-]` and holds no text, address or secret, only hashes. A value is 34 bytes more
    than its vector in float32: 8,226 bytes for 2048 dimensions.

    Example, on Redis:
        ```python
        class RedisCache:
            def __init__(self, redis: Redis) -> None:
                self._redis = redis

            def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
                return {key: value for key, value in zip(keys, self._redis.mget(keys)) if value is not None}

            def set_many(self, values: Mapping[str, bytes], ttl: float | None = None) -> None:
                with self._redis.pipeline() as pipeline:
                    for key, value in values.items():
                        pipeline.set(key, value, px=None if ttl is None else max(1, int(ttl * 1000)))
                    pipeline.execute()
        ```
    """

    def get_many(self, keys: Sequence[str]) -> Mapping[str, bytes]:
        """Return the values of those keys that there are; the keys are distinct, and may be none."""
        ...

    def set_many(self, values: Mapping[str, bytes], ttl: float | None = None) -> None:
        """Keep the values, in place of older ones.

        Args:
            values: by their keys.
            ttl: seconds after which they may be removed; None: never. Whoever reads a value checks its age too.
        """
        ...


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What is in a cache, and how often it helped.

    Args:
        rows: vectors that it holds, from all processes.
        bytes: what they take.
        hits: keys that were asked of this object and found.
        misses: keys that were asked of this object and not found.
    """

    rows: int
    bytes: int
    hits: int
    misses: int
