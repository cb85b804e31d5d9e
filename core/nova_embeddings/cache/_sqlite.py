"""A cache in one SQLite file, for many threads and processes."""

from __future__ import annotations

import math
import os
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._secrets import brief
from nova_embeddings.cache._database import Database
from nova_embeddings.cache._forking import Guard
from nova_embeddings.cache._protocol import CacheStats

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Mapping, Sequence

    _Row = tuple[bytes, bytes, float | None]

_KEYS_AT_A_TIME = 500  # SQLite may be built to take no more than 999 parameters
_PAGE = 4096
_LEAST_BYTES = 2**20
_ROOM_OF_TABLES = 8 * _PAGE


class SQLiteCache:
    """Keeps vectors in a file: many threads and processes may use it at once, also across a fork.

    Neither texts nor keys of any server are in it, only hashes. But a vector tells much about its text, so the file is
    for its owner only (0600); keep it as confidential as the texts. A process that dies leaves the file sound; so does
    a power cut, as far as the disk keeps its word. It does not belong on a network drive.

    Args:
        path: the file; made, with its folder, where there is none. Beside it SQLite keeps `…-wal` and `…-shm`.
        max_bytes: of the file; the vectors that were set first go first. The log beside it comes on top, mostly some
            megabytes. Default: no bound.
        timeout: seconds to wait for others that use the file.
        clock: seconds since 1970.

    Raises:
        ConfigurationError: an option is wrong.
        CacheError: the file cannot be made or written, or is not a cache of this library: then it is left as it is.
    """

    def __init__(
        self,
        path: str | os.PathLike[str],
        *,
        max_bytes: int | None = None,
        timeout: float = 10.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make the file where there is none, and look whether it is a cache."""
        self._path = _checked_path(path)
        self._max_bytes = max_bytes
        self._timeout = timeout
        self._clock = clock
        _check_numbers(max_bytes, timeout)
        self._database = Database(self._path, timeout)
        self._counting = Guard()
        self._hits = self._misses = 0
        weakref.finalize(self, self._database.close)
        self._database.read(lambda _: None)

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        """Return the values of those keys that there are and that have not expired.

        Raises:
            CacheError: the file cannot be read, or is damaged.
        """
        wanted = {key.encode(): key for key in keys}
        now = self._clock()
        found = self._database.read(lambda connection: _selected(connection, list(wanted), now))
        values = {wanted[key]: value for key, value in found.items() if key in wanted}
        with self._counting:
            self._hits += len(values)
            self._misses += len(wanted) - len(values)
        return values

    def set_many(self, values: Mapping[str, bytes], ttl: float | None = None) -> None:
        """Keep all these values, or, if that fails, none; what has expired is removed.

        Args:
            values: by their keys; of those that together exceed `max_bytes` the last are kept.
            ttl: seconds until they expire; None: never.

        Raises:
            CacheError: the file cannot be written, or is damaged.
        """
        now = self._clock()
        expires = None if ttl is None else now + ttl
        rows = _last_that_fit([(key.encode(), value, expires) for key, value in values.items()], self._max_bytes)

        def write(connection: sqlite3.Connection) -> None:
            connection.execute("DELETE FROM vectors WHERE expires <= ?", (now,))
            if self._max_bytes is not None:
                _make_room(connection, self._max_bytes - sum(_room_of(value) for _, value, _ in rows))
            connection.executemany("INSERT OR REPLACE INTO vectors (key, value, expires) VALUES (?, ?, ?)", rows)

        if rows:
            self._database.write(write)

    def clear(self) -> None:
        """Remove all vectors, and give the space back.

        Raises:
            CacheError: the file cannot be written, or is damaged.
        """
        self._database.write(lambda connection: connection.execute("DELETE FROM vectors"))
        self._database.shrink()

    @property
    def stats(self) -> CacheStats:
        """Return how much there is, and how often it helped this object.

        Raises:
            CacheError: the file cannot be read, or is damaged.
        """
        rows, size = self._database.read(lambda connection: (_counted(connection), _used_bytes(connection)))
        return CacheStats(rows, size, self._hits, self._misses)

    def close(self) -> None:
        """Close the file; the next use opens it again. Clients leave that to you: several may share a cache."""
        self._database.close()

    def __len__(self) -> int:
        """Return the number of vectors, of all processes, those included that have expired and are still there."""
        return self._database.read(_counted)

    def __bool__(self) -> bool:
        """Be true, also without a vector: `if cache` asks whether there is a cache."""
        return True

    def __enter__(self) -> Self:
        """Return the cache."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the file."""
        self.close()

    def __repr__(self) -> str:
        """Show where it is."""
        return f"SQLiteCache({str(self._path)!r})"

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle and copy as the path and the options: another process opens the file by itself."""
        return _made, (str(self._path), self._max_bytes, self._timeout, self._clock)


def _made(path: str, max_bytes: int | None, timeout: float, clock: Callable[[], float]) -> SQLiteCache:
    return SQLiteCache(path, max_bytes=max_bytes, timeout=timeout, clock=clock)


def _checked_path(path: object) -> Path:
    given = os.fspath(path) if isinstance(path, str | os.PathLike) else None
    if not isinstance(given, str) or not given.strip() or "\0" in given or given.startswith((":memory:", "file:")):
        raise ConfigurationError(
            f"path={brief(path)} is not the path of a file, such as 'vectors.db' (in memory: MemoryCache())"
        )
    return Path(given).expanduser().resolve()


def _check_numbers(max_bytes: object, timeout: object) -> None:
    whole = isinstance(max_bytes, int) and not isinstance(max_bytes, bool)
    if max_bytes is not None and not (whole and max_bytes >= _LEAST_BYTES):  # type: ignore[operator]
        raise ConfigurationError(f"max_bytes={brief(max_bytes)} is not a whole number of at least {_LEAST_BYTES}")
    number = isinstance(timeout, int | float) and not isinstance(timeout, bool)
    if not (number and 0 < timeout < math.inf):  # type: ignore[operator]
        raise ConfigurationError(f"timeout={brief(timeout)} is not a positive number of seconds")


def _selected(connection: sqlite3.Connection, keys: list[bytes], now: float) -> dict[bytes, bytes]:
    found: dict[bytes, bytes] = {}
    for start in range(0, len(keys), _KEYS_AT_A_TIME):
        some = keys[start : start + _KEYS_AT_A_TIME]
        marks = ",".join("?" * len(some))
        query = f"SELECT key, value FROM vectors WHERE key IN ({marks}) AND (expires IS NULL OR expires > ?)"  # noqa: S608
        found.update(connection.execute(query, (*some, now)))
    return found


def _counted(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM vectors").fetchone()[0])


def _used_bytes(connection: sqlite3.Connection) -> int:
    pages, free = (int(connection.execute(f"PRAGMA {name}").fetchone()[0]) for name in ("page_count", "freelist_count"))
    return (pages - free) * _PAGE


def _room_of(value: bytes) -> int:
    """Return what a row takes, at most: whole pages for what does not fit, and one for the row and its key."""
    return (len(value) // _PAGE + 2) * _PAGE


def _last_that_fit(rows: list[_Row], max_bytes: int | None) -> list[_Row]:
    if max_bytes is None:
        return rows
    room = max_bytes - _ROOM_OF_TABLES
    first = len(rows)
    while first and (room := room - _room_of(rows[first - 1][1])) >= 0:
        first -= 1
    return rows[first:]


def _make_room(connection: sqlite3.Connection, allowed: int) -> None:
    """Remove what was set first, until no more than that many bytes are in use."""
    while (excess := _used_bytes(connection) - allowed) > 0:
        last = None
        for number, size in connection.execute("SELECT id, length(value) FROM vectors ORDER BY id"):
            last, excess = number, excess - size
            if excess <= 0:
                break
        if last is None:
            return
        connection.execute("DELETE FROM vectors WHERE id <= ?", (last,))
