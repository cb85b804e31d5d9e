"""How is a file used by threads, processes and forks at once? Whole transactions on a connection that is remade.

A process has one connection, opened at the first use, closed before a fork and after an error. Whatever SQLite says
becomes a CacheError that names the file.
"""

from __future__ import annotations

import contextlib
import random
import sqlite3
import time
import weakref
from typing import TYPE_CHECKING, TypeVar

from nova_embeddings.cache._errors import CacheError
from nova_embeddings.cache._file import COMPLAINTS, prepare
from nova_embeddings.cache._forking import Guard

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Operation = Callable[[sqlite3.Connection], "T"]

T = TypeVar("T")

_SETTINGS = (
    "PRAGMA synchronous=NORMAL",
    "PRAGMA trusted_schema=OFF",
    "PRAGMA cell_size_check=ON",
    "PRAGMA journal_size_limit=16777216",
)
_PAUSE = 0.01
_BUSY = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_PROTOCOL")
_WHAT_TO_DO = {
    "SQLITE_FULL": "the disk is full: free some space, or give a max_bytes",
    "SQLITE_IOERR": "the disk cannot be read or written: is it full, or gone?",
    "SQLITE_READONLY": "it is read-only: give another path",
    "SQLITE_CANTOPEN": "it cannot be opened: is its folder there, and may it be written?",
    "SQLITE_AUTH": "it may not be opened",
    "SQLITE_PERM": "it may not be opened",
}
_DAMAGED = "it is damaged, and nothing more is read from it: delete it (with its -wal and -shm) and start anew"


class Database:
    """One file, and this process's connection to it."""

    def __init__(self, path: Path, timeout: float) -> None:
        """Open nothing yet; `timeout` is how long to wait for others, in seconds."""
        self._path = path
        self._timeout = timeout
        self._connection: sqlite3.Connection | None = None
        held = weakref.WeakMethod(self.close)
        self._guard = Guard(lambda: _call(held))

    def read(self, operation: Operation[T]) -> T:
        """Return what an operation reads.

        Raises:
            CacheError: the file cannot be read, or is not to be believed.
        """
        return self._run(operation, "BEGIN")

    def write(self, operation: Operation[T]) -> T:
        """Do all that an operation does, or nothing of it.

        Raises:
            CacheError: the file cannot be written, or is not to be believed.
        """
        return self._run(operation, "BEGIN IMMEDIATE")

    def shrink(self) -> None:
        """Give the space that is not used back to the disk.

        Raises:
            CacheError: the file cannot be written.
        """
        self._run(_shrunk, None)

    def close(self) -> None:
        """Close the connection; the next use opens one."""
        with self._guard, contextlib.suppress(*COMPLAINTS):
            connection, self._connection = self._connection, None
            if connection is not None:
                connection.close()

    def _run(self, operation: Operation[T], begin: str | None) -> T:
        deadline = time.monotonic() + self._timeout
        if not self._guard.lock.acquire(timeout=self._timeout):
            raise self._failed("SQLITE_BUSY")
        try:
            while True:
                try:
                    return self._tried(operation, begin)
                except COMPLAINTS as error:
                    name = _name_of(error)
                    if name is None:
                        raise
                    if name.startswith(_BUSY) and time.monotonic() < deadline:
                        time.sleep(random.uniform(_PAUSE / 10, _PAUSE))  # noqa: S311 (no secret)
                        continue
                    self.close()
                    raise self._failed(name) from None
        finally:
            self._guard.lock.release()

    def _tried(self, operation: Operation[T], begin: str | None) -> T:
        if self._connection is None:
            prepare(self._path)
            self._connection = _connected(self._path)
        connection = self._connection
        if begin is None:
            return operation(connection)
        try:
            connection.execute(begin)
            result = operation(connection)
            connection.execute("COMMIT")
        except BaseException:
            with contextlib.suppress(*COMPLAINTS):  # some errors have rolled back already
                connection.execute("ROLLBACK")
            raise
        return result

    def _failed(self, name: str) -> CacheError:
        if name.startswith(_BUSY):
            reason = f"others have been using it for {self._timeout:g} s: try again, or raise its timeout"
        else:
            reason = next((todo for known, todo in _WHAT_TO_DO.items() if name.startswith(known)), _DAMAGED)
        return CacheError(f"the cache {str(self._path)!r}: {reason} ({name})")


def _name_of(error: Exception) -> str | None:
    """Return SQLite's name for an error; None for what Python says about an argument."""
    if isinstance(error, UnicodeDecodeError):
        return "SQLITE_CORRUPT"
    name: str | None = getattr(error, "sqlite_errorname", None)
    return name


def _connected(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, timeout=0, isolation_level=None, check_same_thread=False
    )
    connection.text_factory = bytes
    try:
        for setting in _SETTINGS:
            connection.execute(setting)
    except COMPLAINTS:
        connection.close()
        raise
    return connection


def _shrunk(connection: sqlite3.Connection) -> None:
    connection.execute("VACUUM")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # else it waits in the log for a later writer


def _call(method: weakref.WeakMethod[Callable[[], None]]) -> None:
    bound = method()
    if bound is not None:
        bound()
