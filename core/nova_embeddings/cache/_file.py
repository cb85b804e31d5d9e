"""Is there a cache in this file, and if there is nothing, how does one get there?

A file is made under another name, whole and for its owner only, and linked into place: nobody ever sees half of one.
What is found there is read without a lock and without its log before it is believed, so that nothing in it changes.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
import uuid
from typing import TYPE_CHECKING

from nova_embeddings.cache._errors import CacheError

if TYPE_CHECKING:
    from pathlib import Path

_APPLICATION_ID = 0x4E6F7663  # "Novc"
_FORMAT = 1
_SCHEMA = (
    "CREATE TABLE vectors (id INTEGER PRIMARY KEY, key BLOB NOT NULL UNIQUE, value BLOB NOT NULL, expires REAL)",
    "CREATE INDEX vectors_expire ON vectors (expires) WHERE expires IS NOT NULL",
)
COMPLAINTS = (sqlite3.Error, UnicodeDecodeError)
"""What is raised of a damaged file: SQLite's words may quote it, and then Python cannot read them."""
_ELSEWHERE = "it is left as it is; give another path"


def prepare(path: Path) -> None:
    """Make sure that there is a cache in the file, which may be written.

    Raises:
        CacheError: it cannot be made, or the file is something else; it has not been changed.
    """
    if not path.exists():
        _make(path)
    _check(path)
    for place in (path, path.parent):
        if not os.access(place, os.W_OK):
            what = "folder" if place is path.parent else "file"
            raise CacheError(f"the cache {str(path)!r} cannot be written: its {what} is read-only; give another path")


def _make(path: Path) -> None:
    left = _log_of(path)
    # what lies beside a cache that is there belongs to it; and a cache is there before its log is
    if left.exists() and not path.exists():
        raise CacheError(f"{str(left)!r} was left behind by a cache that was deleted; delete this file too")
    draft = path.with_name(f".{path.name}-{uuid.uuid4().hex}")
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        _fill(draft)
        with contextlib.suppress(FileExistsError):  # another process was faster
            os.link(draft, path)
    except (OSError, sqlite3.Error) as error:
        reason = getattr(error, "strerror", None) or error
        raise CacheError(f"the cache {str(path)!r} cannot be made: {reason}; give another path") from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink()


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _fill(draft: Path) -> None:
    with contextlib.closing(sqlite3.connect(draft, isolation_level=None)) as connection:
        connection.execute("PRAGMA page_size=4096")
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute(f"PRAGMA application_id={_APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version={_FORMAT}")
        for statement in _SCHEMA:
            connection.execute(statement)


def _check(path: Path) -> None:
    if not path.is_file():
        raise CacheError(f"the cache {str(path)!r} is no file; {_ELSEWHERE}")
    try:
        owner, version, statements = _marks(path)
    except COMPLAINTS as error:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        raise CacheError(f"the file {str(path)!r} is no cache, or a damaged one ({name}); {_ELSEWHERE}") from None
    if owner != _APPLICATION_ID:
        raise CacheError(f"the file {str(path)!r} is not a cache of this library; {_ELSEWHERE}")
    if version != _FORMAT:
        raise CacheError(
            f"the cache {str(path)!r} is of format {version}, and this release reads {_FORMAT}; {_ELSEWHERE}"
        )
    if statements != [statement.encode() for statement in _SCHEMA]:
        raise CacheError(f"the cache {str(path)!r} has other tables than it was made with; {_ELSEWHERE}")


def _marks(path: Path) -> tuple[int, int, list[bytes]]:
    """Return whose file it is, its format and its tables."""
    try:
        return _marks_at(f"{path.as_uri()}?mode=ro&immutable=1")
    except COMPLAINTS:
        if not _log_of(path).exists():
            raise
        # while another process moves its log into the file, the file alone may look damaged
        return _marks_at(f"{path.as_uri()}?mode=ro")


def _marks_at(address: str) -> tuple[int, int, list[bytes]]:
    with contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None)) as connection:
        connection.text_factory = bytes
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        found = connection.execute("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type DESC")
        return owner, version, [statement for (statement,) in found]
