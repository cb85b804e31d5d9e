"""A file that is not a cache is refused, by its path and with what to do, and is left exactly as it was."""

from __future__ import annotations

import multiprocessing
import sqlite3
import sys
import tempfile
import threading
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nova_embeddings.cache import CacheError, SQLiteCache
from tests.cache.rows import fill_a_full_disk, hold_the_write_lock, keys, packed, right, use_a_read_only_folder

if TYPE_CHECKING:
    from collections.abc import Callable

_PAGE_COUNT = 28  # where a file says how long it is. Source: SQLite's file format
SPAWN = multiprocessing.get_context("spawn")


def contents(folder: Path) -> dict[str, bytes]:
    """Return every file of a folder."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def other_database(path: Path) -> None:
    """Make a database of another application."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE vectors (id INTEGER PRIMARY KEY, key BLOB, value BLOB, expires REAL)")


def other_database_with_a_log(path: Path) -> None:
    """Make a database of another application that died: part of what it wrote is in the log alone."""
    original = path.with_name("original.db")
    connection = sqlite3.connect(original)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.commit()
    for end in ("", "-wal"):
        path.with_name(path.name + end).write_bytes(original.with_name(original.name + end).read_bytes())
    connection.close()
    original.unlink()


def newer_format(path: Path) -> None:
    """Make a cache that a later release could have made."""
    changed(path, "PRAGMA user_version=2")


def further_table(path: Path) -> None:
    """Make a cache with something in it that would run by itself."""
    changed(path, "CREATE TRIGGER t AFTER INSERT ON vectors BEGIN UPDATE vectors SET value = x'00'; END")


def unreadable_table(path: Path) -> None:
    """Make a cache whose tables are described in bytes that are no text."""
    SQLiteCache(path).close()
    path.write_bytes(path.read_bytes().replace(b"CREATE TABLE", b"CREATE \xf3ABLE"))


def changed(path: Path, statement: str) -> None:
    """Make a cache, and change it in another way than this library would."""
    SQLiteCache(path).close()
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_text("Dear diary, " * 1_000), "no cache, or a damaged one .SQLITE_NOTADB"),
        (lambda path: path.write_bytes(b""), "not a cache of this library"),
        (lambda path: path.write_bytes(b"SQLite format 3\0" + bytes(5_000)), "no cache, or a damaged one"),
        (other_database, "not a cache of this library"),
        (other_database_with_a_log, "not a cache of this library"),
        (newer_format, "of format 2, and this release reads 1"),
        (further_table, "other tables"),
        (unreadable_table, "no cache, or a damaged one"),
        (lambda path: path.mkdir(), "is no file"),
        (lambda path: path.with_name(path.name + "-wal").write_bytes(b"old"), "delete this file too"),
    ],
    ids=["text", "empty", "damaged", "foreign", "foreign-log", "newer", "trigger", "unreadable", "folder", "left-log"],
)
def test_what_is_no_cache_is_refused(tmp_path: Path, make: Callable[[Path], None], said: str) -> None:
    """Whatever else stands at the path is named, is not read, and does not change by a byte."""
    path = tmp_path / "vectors.db"
    make(path)
    before = contents(tmp_path)
    with pytest.raises(CacheError, match=said) as caught:
        SQLiteCache(path)
    assert str(path) in str(caught.value)
    assert contents(tmp_path) == before


def test_a_folder_that_is_none_is_said(tmp_path: Path) -> None:
    """Where no file can be made, the path and the reason are said."""
    path = tmp_path / "file" / "vectors.db"
    path.parent.write_text("not a folder")
    with pytest.raises(CacheError, match="cannot be made: ") as caught:
        SQLiteCache(path)
    assert str(path) in str(caught.value)
    assert contents(tmp_path) == {"file": b"not a folder"}


def test_tables_that_are_damaged_later_are_said(tmp_path: Path) -> None:
    """A cache that is open finds out as well, and does not stumble over words that are no text."""
    path = tmp_path / "vectors.db"
    cache = SQLiteCache(path)
    cache.set_many(packed(keys(3)))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema=ON")
        connection.execute("UPDATE sqlite_master SET sql = CAST(x'43524541544520f3' AS TEXT) WHERE name = 'vectors'")
        connection.execute("PRAGMA schema_version=99")
    with pytest.raises(CacheError, match="is damaged"):
        cache.get_many(keys(3))


def test_a_file_whose_log_is_being_moved_into_it_is_no_damaged_one(tmp_path: Path) -> None:
    """While a process moves its log into the file, that says to be longer than it is: the log has the rest."""
    path, some = tmp_path / "vectors.db", keys(100)
    cache = SQLiteCache(path)
    cache.set_many(packed(some))
    (tmp_path / "then").mkdir()
    for found in (path, path.with_name("vectors.db-wal")):
        (tmp_path / "then" / found.name).write_bytes(found.read_bytes())
    with (tmp_path / "then" / path.name).open("r+b") as file:
        file.seek(_PAGE_COUNT)
        file.write((1_000).to_bytes(4, "big"))
    assert right(SQLiteCache(tmp_path / "then" / path.name).get_many(some)) == set(some)


def test_a_file_that_is_replaced_is_refused_too(tmp_path: Path) -> None:
    """A cache that was closed, as before every fork, looks at its file again."""
    path = tmp_path / "vectors.db"
    cache = SQLiteCache(path)
    cache.close()
    path.unlink()
    other_database(path)
    with pytest.raises(CacheError, match="not a cache of this library"):
        cache.get_many(keys(1))


def test_a_deleted_file_is_made_anew(tmp_path: Path) -> None:
    """Who deletes the file of a closed cache has an empty one at the next use."""
    path, some = tmp_path / "vectors.db", keys(3)
    cache = SQLiteCache(path)
    cache.set_many(packed(some))
    cache.close()
    path.unlink()
    assert cache.get_many(some) == {}
    cache.set_many(packed(some))
    assert right(cache.get_many(some)) == set(some)


@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files as Linux does")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """A disk that takes no more is an error that says so; nothing is half there, and what was kept is still read."""
    path = tmp_path / "vectors.db"
    with SPAWN.Pool(1) as pool:
        said = pool.apply_async(fill_a_full_disk, (path,)).get(timeout=30)
    assert str(path) in said
    assert "is it full" in said


@pytest.mark.parametrize("there", [False, True])
def test_a_read_only_folder_is_said(*, there: bool) -> None:
    """A user who may not write is told so at once, whether the file is there or not."""
    with tempfile.TemporaryDirectory() as folder, SPAWN.Pool(1) as pool:  # pytest's own folder is for its user only
        path = Path(folder) / "vectors.db"
        if there:
            SQLiteCache(path).close()
            path.chmod(0o644)
        path.parent.chmod(0o555)
        said = pool.apply_async(use_a_read_only_folder, (path,)).get(timeout=30)
        path.parent.chmod(0o700)
    assert str(path) in said
    assert "give another path" in said


def test_threads_wait_for_each_other_and_not_for_ever(tmp_path: Path) -> None:
    """A thread that waits longer than the timeout for another one is told so."""
    cache, held, released = SQLiteCache(tmp_path / "vectors.db", timeout=0.1), threading.Event(), threading.Event()

    def hold(_: object) -> None:
        held.set()
        released.wait(60)

    other = threading.Thread(target=cache._database.write, args=(hold,))
    other.start()
    assert held.wait(10)
    with pytest.raises(CacheError, match="others have been using it"):
        cache.get_many(keys(1))
    released.set()
    other.join()
    assert cache.get_many(keys(1)) == {}


def test_a_busy_file_is_waited_for_and_then_said(tmp_path: Path) -> None:
    """Who writes waits for another writer, but not for ever; who reads does not wait."""
    path, some = tmp_path / "vectors.db", keys(3)
    SQLiteCache(path).set_many(packed(some))
    held, released = SPAWN.Event(), SPAWN.Event()
    other = SPAWN.Process(target=hold_the_write_lock, args=(path, held, released))
    other.start()
    assert held.wait(60)
    assert right(SQLiteCache(path, timeout=0.2).get_many(some)) == set(some)
    with pytest.raises(CacheError, match=r"others have been using it for 0\.2 s"):
        SQLiteCache(path, timeout=0.2).set_many(packed(some))
    threading.Timer(0.3, released.set).start()
    SQLiteCache(path, timeout=60).set_many(packed(some))
    other.join(60)
    assert other.exitcode == 0
