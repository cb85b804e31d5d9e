"""`SQLiteCache` in one process: what is set is there, until it expires or has to go."""

from __future__ import annotations

import copy
import os
import pickle
import stat
import threading
from typing import TYPE_CHECKING, Any

import pytest

from nova_embeddings import ConfigurationError
from nova_embeddings.cache import CacheError, MemoryCache, SQLiteCache
from tests.cache.rows import keys, packed, right

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Make = Callable[..., SQLiteCache | MemoryCache]


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        """Start somewhere in the twenties."""
        self.now = 1_750_000_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A place for a cache."""
    return tmp_path / "a folder" / "50% of #vectors?.db"


@pytest.fixture(params=["sqlite", "memory"])
def make(request: pytest.FixtureRequest, path: Path) -> Make:
    """Either kind of cache, with the options of both."""

    def made(**options: Any) -> SQLiteCache | MemoryCache:
        return SQLiteCache(path, **options) if request.param == "sqlite" else MemoryCache(**options)

    return made


def test_what_is_set_is_there(make: Make) -> None:
    """Keys that were set are found, others are not, and the latest value of a key counts."""
    cache, some = make(), keys(1_200)
    cache.set_many(packed(some))
    cache.set_many({some[0]: b"another"})
    assert cache.get_many([*some, *keys(10, start=5_000)]) == {**packed(some), some[0]: b"another"}
    assert len(cache) == 1_200
    assert cache
    assert (cache.stats.rows, cache.stats.hits, cache.stats.misses) == (1_200, 1_200, 10)


def test_nothing_asked_is_nothing_found(make: Make) -> None:
    """No keys and no values are fine, and an empty cache is still one."""
    cache = make()
    cache.set_many({})
    assert cache.get_many([]) == {}
    assert len(cache) == 0
    assert cache


def test_values_expire(make: Make) -> None:
    """A value is gone once its seconds have passed; one without seconds stays."""
    clock = Clock()
    cache, (short, long, ever) = make(clock=clock), keys(3)
    cache.set_many(packed([short]), ttl=10)
    cache.set_many(packed([long]), ttl=100)
    cache.set_many(packed([ever]))
    clock.now += 9.9
    assert set(cache.get_many([short, long, ever])) == {short, long, ever}
    clock.now += 0.1
    assert set(cache.get_many([short, long, ever])) == {long, ever}
    clock.now += 1e9
    assert set(cache.get_many([short, long, ever])) == {ever}


def test_expired_rows_leave_the_file(path: Path) -> None:
    """The next who writes removes what has expired, so that it takes no space."""
    clock = Clock()
    cache = SQLiteCache(path, clock=clock)
    cache.set_many(packed(keys(100)), ttl=10)
    clock.now += 10
    cache.set_many(packed(keys(1, start=200)))
    assert len(cache) == 1


def test_many_rows_are_one_transaction(path: Path) -> None:
    """Ten thousand rows are set, found and removed; what was removed gives its space back."""
    cache, some = SQLiteCache(path), keys(10_000)
    values = packed(some)
    cache.set_many(values)
    assert cache.get_many(some) == values
    cache.clear()
    assert (len(cache), cache.get_many(some[:5])) == (0, {})
    assert path.stat().st_size < 100_000


@pytest.mark.parametrize("size", [500, 4_000, 8_226, 300_000])
def test_the_file_keeps_to_its_bound(path: Path, size: int) -> None:
    """However large the values are, the file stays below its bound, and it is the oldest that went."""
    most = 4 * 2**20
    cache = SQLiteCache(path, max_bytes=most)
    count = 2 * most // size
    some = keys(count)
    for start in range(0, count, 13):
        cache.set_many({key: os.urandom(size) for key in some[start : start + 13]})
    cache.close()
    assert path.stat().st_size <= most
    held = cache.get_many(some)
    assert list(some[-len(held) :]) == [key for key in some if key in held]
    assert len(held) * size > most / 3


def test_more_than_fits_keeps_the_last(path: Path) -> None:
    """Of a batch larger than the whole cache the last values are kept; a value that is larger is not."""
    cache, some = SQLiteCache(path, max_bytes=2**20), keys(10)
    cache.set_many({key: os.urandom(200_000) for key in some})
    held = cache.get_many(some)
    assert 0 < len(held) < 10
    assert set(held) == set(some[-len(held) :])
    cache.set_many({some[0]: os.urandom(2**21)})
    assert some[0] not in cache.get_many(some)


def test_memory_forgets_what_was_not_used() -> None:
    """In memory, what was used last stays longest."""
    cache, (first, second, third) = MemoryCache(max_bytes=25), keys(3)
    cache.set_many({first: b"0123456789", second: b"0123456789"})
    cache.get_many([first])
    cache.set_many({third: b"0123456789"})
    assert set(cache.get_many([first, second, third])) == {first, third}
    cache.clear()
    assert (len(cache), cache.stats.bytes) == (0, 0)


def test_the_next_process_finds_it(path: Path) -> None:
    """What was set is there for whoever opens the file later, and a closed cache opens by itself."""
    some = keys(5)
    with SQLiteCache(path) as cache:
        cache.set_many(packed(some))
    assert sorted(each.name for each in path.parent.iterdir()) == [path.name]
    assert right(SQLiteCache(str(path)).get_many(some)) == set(some)
    assert right(cache.get_many(some)) == set(some)


def test_the_file_is_its_owners(path: Path) -> None:
    """Nobody else may read the file, its log or a folder that was made for it, whatever the umask says."""
    before = os.umask(0)
    try:
        cache = SQLiteCache(path)
        cache.set_many(packed(keys(5)))
        modes = {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()}
    finally:
        os.umask(before)
    assert len(list(path.parent.iterdir())) == 3
    assert modes == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda cache: pickle.loads(pickle.dumps(cache))])
def test_a_copy_is_another_way_to_the_same_file(path: Path, again: Callable[[SQLiteCache], SQLiteCache]) -> None:
    """A cache copies and pickles as its path and options."""
    cache, some = SQLiteCache(path, max_bytes=2**20, timeout=3), keys(3)
    twin = again(cache)
    twin.set_many(packed(some))
    assert right(cache.get_many(some)) == set(some)
    assert repr(twin) == repr(cache)


def test_memory_pickles_empty() -> None:
    """A cache in memory pickles as its bound: vectors do not travel."""
    cache = MemoryCache(1_000)
    cache.set_many(packed(keys(1)))
    twin = pickle.loads(pickle.dumps(cache))
    assert (len(twin), repr(twin)) == (0, "MemoryCache(1000)")


def test_threads_share_a_cache(make: Make) -> None:
    """Eight threads set and read at once, and each finds its own."""
    cache, wrong = make(), []

    def work(start: int) -> None:
        for number in range(20):
            some = keys(10, start + 5 * number)
            cache.set_many(packed(some))
            if right(cache.get_many(some)) != set(some):
                wrong.append(start)

    threads = [threading.Thread(target=work, args=(start,)) for start in range(0, 400, 50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_value_that_is_none_is_the_callers_mistake(path: Path) -> None:
    """What is no bytes is refused as such, nothing is kept of it, and the cache goes on."""
    cache, some = SQLiteCache(path), keys(2)
    with pytest.raises(Exception, match="type"):
        cache.set_many({some[0]: b"fine", some[1]: object()})  # type: ignore[dict-item]
    assert cache.get_many(some) == {}


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"path": ":memory:"}, "MemoryCache"),
        ({"path": ""}, "not the path of a file"),
        ({"path": None}, "not the path of a file"),
        ({"path": "file:cache.db"}, "not the path of a file"),
        ({"max_bytes": 1_000}, "at least 1048576"),
        ({"max_bytes": True}, "max_bytes=True"),
        ({"max_bytes": 2e9}, "whole number"),
        ({"timeout": 0}, "timeout=0"),
        ({"timeout": float("inf")}, "timeout=inf"),
        ({"timeout": "1"}, "timeout='1'"),
    ],
)
def test_options_are_checked(path: Path, options: dict[str, Any], said: str) -> None:
    """A wrong option is refused, and nothing is made."""
    with pytest.raises(ConfigurationError, match=said):
        SQLiteCache(**{"path": path, **options})
    assert not path.parent.exists()


@pytest.mark.parametrize("max_bytes", [0, True, 1.5, "1"])
def test_the_bound_of_memory_is_checked(max_bytes: Any) -> None:
    """A wrong bound is refused."""
    with pytest.raises(ConfigurationError, match="max_bytes"):
        MemoryCache(max_bytes)


def test_a_cache_error_is_one_of_ours_and_pickles(tmp_path: Path) -> None:
    """A cache's error is caught as any of this library's, and travels between processes."""
    with pytest.raises(CacheError) as caught:
        SQLiteCache(tmp_path)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)
