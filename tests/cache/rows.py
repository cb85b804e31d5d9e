"""Keys, and vectors that say which key they are of; and what worker processes do with them."""

from __future__ import annotations

import hashlib
import os
import signal
from typing import TYPE_CHECKING

import numpy as np

from nova_embeddings.cache import CacheError, SQLiteCache
from nova_embeddings.cache._packing import pack, unpack

if TYPE_CHECKING:
    from collections.abc import Iterable
    from multiprocessing.synchronize import Event
    from pathlib import Path

    from numpy.typing import NDArray

WIDTH = 256


def keys(count: int, start: int = 0) -> list[str]:
    """Return so many keys of the shape that clients make."""
    numbers = range(start, start + count)
    return [f"ne1-{'0' * 32}-{hashlib.sha256(str(number).encode()).hexdigest()}" for number in numbers]


def vector_of(key: str, width: int = WIDTH) -> NDArray[np.float32]:
    """Return the vector that only this key has."""
    seed = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big")
    return np.random.default_rng(seed).standard_normal(width).astype(np.float32)


def packed(some: Iterable[str], created: float = 0.0) -> dict[str, bytes]:
    """Return the values of keys as they are kept."""
    return {key: pack(key, vector_of(key), created) for key in some}


def right(found: dict[str, bytes]) -> set[str]:
    """Return the keys whose values are believed; every one of those must be exactly its key's."""
    believed = {key: kept for key, value in found.items() if (kept := unpack(key, value))}
    for key, kept in believed.items():
        np.testing.assert_array_equal(kept.vector, vector_of(key))
    return set(believed)


def write_and_read(path: Path, start: int, rounds: int) -> None:
    """Set keys of this process's own and those of its neighbour, and read all back."""
    with SQLiteCache(path) as cache:
        for number in range(rounds):
            some = keys(20, start + 10 * number)
            cache.set_many(packed(some))
            assert right(cache.get_many(some)) == set(some)


def write_until_killed(path: Path, started: Event) -> None:
    """Set many rows in each transaction, for ever."""
    cache = SQLiteCache(path)
    started.set()
    for start in range(0, 10**9, 50):
        cache.set_many(packed(keys(300, start)))


def open_often(path: Path, times: int) -> None:
    """Open the file anew and read it, many times."""
    for _ in range(times):
        with SQLiteCache(path) as cache:
            right(cache.get_many(keys(3)))


def fill_a_full_disk(path: Path) -> str:
    """Return what is said when the file may not grow any more, and make sure that what was kept before is there."""
    import resource  # noqa: PLC0415 (not everywhere)

    cache, first = SQLiteCache(path), keys(50)
    cache.set_many(packed(first))
    cache.close()
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20_000, resource.RLIM_INFINITY))
    said = ""
    try:
        cache.set_many(packed(keys(500, start=1000)))
    except CacheError as error:
        said = str(error)
    assert right(cache.get_many(first)) == set(first)
    assert cache.get_many(keys(500, start=1000)) == {}
    return said


def use_a_read_only_folder(path: Path) -> str:
    """Return what is said to a user who may not write into the folder."""
    if os.getuid() == 0:
        os.setuid(65534)
    try:
        SQLiteCache(path)
    except CacheError as error:
        return str(error)
    return ""


def hold_the_write_lock(path: Path, held: Event, released: Event) -> None:
    """Keep others from writing until told to let go."""
    cache = SQLiteCache(path)

    def wait(_: object) -> None:
        held.set()
        released.wait(60)

    cache._database.write(wait)
