"""Several processes use one file at once; some die, some fork."""

from __future__ import annotations

import multiprocessing
import os
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing, suppress
from pathlib import Path

import pytest

from nova_embeddings.cache import MemoryCache, SQLiteCache
from tests.cache.rows import keys, open_often, packed, right, write_and_read, write_until_killed

SPAWN = multiprocessing.get_context("spawn")
FORKS = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A place for a cache."""
    return tmp_path / "vectors.db"


def test_processes_share_a_file(path: Path) -> None:
    """Processes that make the file, open it, set rows and read them at the same time all find what they set."""
    with ProcessPoolExecutor(4, mp_context=SPAWN) as pool:
        writing = [pool.submit(write_and_read, path, start, 60) for start in (0, 5, 10)]
        opening = pool.submit(open_often, path, 200)
        for each in (*writing, opening):
            each.result(timeout=60)
    every = keys(610)
    assert right(SQLiteCache(path).get_many(every)) == set(every)
    assert [each.name for each in path.parent.iterdir() if each.name.startswith(".")] == []


def test_a_killed_writer_leaves_the_file_sound(path: Path) -> None:
    """Whenever a process is killed while it writes, the file opens, and each row in it is whole."""
    for wait in (0.0, 0.01, 0.03, 0.1):
        started = SPAWN.Event()
        writer = SPAWN.Process(target=write_until_killed, args=(path, started))
        writer.start()
        assert started.wait(60)
        time.sleep(wait)
        writer.kill()
        writer.join()
        with SQLiteCache(path) as cache:
            count = len(cache)
            held = cache.get_many(keys(20_000))
            assert len(held) == count
            assert right(held) == set(held)
            cache.set_many(packed(keys(5)))
            assert right(cache.get_many(keys(5))) == set(keys(5))


@FORKS
def test_a_fork_goes_on_with_the_same_file(path: Path) -> None:
    """Parent and children go on setting and reading after a fork, while other threads of the parent do so all along."""
    cache, memory = SQLiteCache(path), MemoryCache()
    stopped, wrong = threading.Event(), []

    def work(start: int) -> None:
        number = start
        while not stopped.is_set():
            some, number = keys(10, number), number + 10
            for one in (cache, memory):
                one.set_many(packed(some))
                if right(one.get_many(some)) != set(some):
                    wrong.append(number)

    threads = [threading.Thread(target=work, args=(start,)) for start in (100_000, 200_000)]
    for thread in threads:
        thread.start()
    try:
        children = [forked(cache, memory, 1_000 * number) for number in range(1, 13)]
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    finally:
        stopped.set()
        for thread in threads:
            thread.join()
    every = [key for number in range(1, 13) for key in keys(50, 1_000 * number)]
    assert codes == [0] * 12
    assert wrong == []
    assert right(cache.get_many(every)) == set(every)


def forked(cache: SQLiteCache, memory: MemoryCache, start: int) -> int:
    """Fork a child that sets and reads rows of its own; it ends with 0 if all were there."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        for one in (cache, memory):
            for number in range(start, start + 50, 10):
                some = keys(10, number)
                one.set_many(packed(some))
                assert right(one.get_many(some)) == set(some)
        code = 0
    finally:
        os._exit(code)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at the open files of a process as Linux shows them")
@FORKS
def test_no_connection_goes_through_a_fork(path: Path) -> None:
    """A child inherits no open file of the cache, as SQLite's locks do not survive that."""
    cache = SQLiteCache(path)
    cache.set_many(packed(keys(3)))
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        held = [link for link in open_files() if str(path) in link]
        os.write(writing, str(len(held)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    with closing(os.fdopen(reading, "rb", closefd=True)) as file:
        os.close(writing)
        assert file.read() == b"0"
    cache.get_many(keys(3))
    assert any(str(path) in link for link in open_files())


def open_files() -> list[str]:
    """Return what this process has open."""
    links = []
    for place in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the list's own
            links.append(str(place.readlink()))
    return links
