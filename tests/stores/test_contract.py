"""What every store of multi-vectors promises."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nova_embeddings import ConfigurationError, SpaceMismatchError
from nova_embeddings.stores import Record
from tests.stores.kinds import KINDS, Kind, Store, naive, records, unit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Make = Callable[..., Store]


@pytest.fixture(params=list(KINDS.values()), ids=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    """Give each kind of store."""
    assert isinstance(request.param, Kind)
    return request.param


@pytest.fixture
def make(kind: Kind, tmp_path: Path) -> Iterator[Make]:
    """Make a store with the options that a test wants; it is closed after the test."""
    made: list[Store] = []

    def one(**options: Any) -> Store:
        made.append(kind.make(tmp_path / "store", **options))
        return made[-1]

    yield one
    for store in made:
        getattr(store, "close", lambda: None)()


def a_query(seed: int = 1, tokens: int = 12) -> Any:
    """Return a query of unit tokens."""
    return unit(np.random.default_rng(seed), tokens, 128)


def found(store: Store, **search: Any) -> list[str]:
    """Return the ids that a search gives."""
    return [hit.id for hit in store.search(a_query(), **{"k": 100, **search})]


def test_results_are_exact_maxsim(make: Make) -> None:
    """Over 500 documents of different lengths the best ten, their order and their scores are MaxSim's."""
    store, kept, query = make(), records(500), a_query()
    store.upsert(kept[:200])
    store.upsert(kept[200:])
    exact = sorted(((naive(query, record.multivector), record.id) for record in kept), reverse=True)[:10]
    hits = store.search(query, 10)
    assert [hit.id for hit in hits] == [name for _, name in exact]
    assert np.allclose([hit.score for hit in hits], [score for score, _ in exact], atol=1e-5)
    assert hits[0].payload == next(record.payload for record in kept if record.id == hits[0].id)


@pytest.mark.parametrize(
    ("filter", "numbers"),
    [
        ({"colour": "red"}, range(0, 20, 3)),
        ({"colour": ["red", "blue"]}, [n for n in range(20) if n % 3 < 2]),
        ({"meta.author": "a1"}, range(1, 20, 5)),
        ({"colour": "red", "meta.author": ["a0", "a1"]}, [0, 6, 15]),
        ({"number": 7}, [7]),
        ({"number": 7.0}, [7]),
        ({"number": True}, []),
        ({"number": "7"}, []),
        ({"colour": []}, []),
        ({"nowhere": 1}, []),
        ({"meta": "a1"}, []),
        ({}, range(20)),
    ],
)
def test_a_filter_says_which_documents_may_be_found(make: Make, filter: dict[str, Any], numbers: Any) -> None:  # noqa: A002
    """All fields must match, a list means one of its values, a dot goes into a nested payload, types are told apart."""
    store = make()
    store.upsert(records(20))
    assert sorted(found(store, filter=filter)) == sorted(f"d{number}" for number in numbers)


def test_a_list_in_a_payload_has_all_its_values(make: Make) -> None:
    """A document whose field is a list is found by any item of it; true, 1 and 1.0 are told apart."""
    store = make()
    values = {"list": ["x", "y"], "true": True, "int": 1, "float": 1.0, "null": None}
    store.upsert([Record(name, a_query(), payload={"odd field": value}) for name, value in values.items()])
    for wanted, names in (("y", ["list"]), (True, ["true"]), (1, ["int"]), (1.0, ["float", "int"])):
        assert sorted(found(store, filter={"odd field": wanted})) == names


def test_dense_vectors_choose_the_candidates(make: Make) -> None:
    """With the query's dense vector only its nearest documents are scored, and those that a filter lets through."""
    store, kept, query = make(dimensions=8), records(60, dimensions=8), a_query()
    store.upsert(kept)
    dense = unit(np.random.default_rng(5), 8)
    nearest = sorted(kept, key=lambda one: -float(np.asarray(one.dense) @ dense))
    best = sorted(nearest[:6], key=lambda one: -naive(query, one.multivector))
    assert found(store, dense=3 * dense, prefetch=6, k=4) == [one.id for one in best[:4]]
    red = [one.id for one in nearest if one.payload["colour"] == "red"][:3]
    assert sorted(found(store, dense=dense, prefetch=3, filter={"colour": "red"})) == sorted(red)


def test_a_record_with_a_known_id_is_replaced(make: Make) -> None:
    """The second record of an id takes the place of the first, across calls and within one."""
    store = make()
    first, second, third = (
        Record("same", unit(np.random.default_rng(n), 3 + n, 128), None, {"n": n}) for n in range(3)
    )
    store.upsert([first])
    store.upsert([second, third])
    assert len(store) == 1
    assert [(hit.id, hit.payload) for hit in store.search(a_query())] == [("same", {"n": 2})]
    assert np.allclose(store.get(["same"])[0].multivector, third.multivector, atol=1e-6)


def test_delete_removes_ids_and_what_a_filter_matches(make: Make) -> None:
    """What is deleted is found no more, by search or by id; the rest stays as it was; unknown ids are no error."""
    store = make()
    store.upsert(kept := records(30))
    store.delete(["d1", "nobody"], filter={"colour": "red"})
    left = [one for one in kept if one.payload["colour"] != "red" and one.id != "d1"]
    assert sorted(found(store)) == sorted(one.id for one in left)
    assert len(store) == len(left)
    assert store.get(["d1", "d3"]) == []
    scores = {hit.id: hit.score for hit in store.search(a_query(), 100)}
    assert np.allclose([scores[one.id] for one in left], [naive(a_query(), one.multivector) for one in left], atol=1e-5)


def test_get_returns_records_in_the_order_asked_for(make: Make) -> None:
    """Records come back as they were given, in the order of the ids; unknown ids are left out."""
    store = make()
    kept = records(5, dimensions=8)
    store.upsert(kept)
    got = store.get(["d3", "nobody", "d0"])
    assert [one.id for one in got] == ["d3", "d0"]
    for one, given in zip(got, (kept[3], kept[0]), strict=True):
        assert np.allclose(one.multivector, given.multivector, atol=1e-6)
        assert np.allclose(np.asarray(one.dense), np.asarray(given.dense), atol=1e-6)
        assert one.payload == given.payload


def test_what_comes_back_is_the_callers(make: Make) -> None:
    """Changing a payload or a vector, after it was given or once it came back, changes nothing in the store."""
    store = make()
    rows, payload = a_query(), {"tags": ["x"]}
    store.upsert([Record("a", rows, payload=payload)])
    before = store.search(a_query(2))
    rows[:] = 0
    payload["tags"].append("given")
    before[0].payload["tags"].append("hit")
    store.get(["a"])[0].multivector[:] = 0
    after = store.search(a_query(2))
    assert (after[0].score, after[0].payload) == (before[0].score, {"tags": ["x"]})


def test_an_empty_store_finds_nothing(make: Make) -> None:
    """Searching, getting, deleting and adding nothing are no errors before the first record; the store is true."""
    store = make()
    store.upsert([])
    store.delete(["a"], filter={"b": 1})
    assert (store.search(a_query()), store.get(["a"]), len(store), bool(store)) == ([], [], 0, True)


def test_k_may_be_more_than_there_are(make: Make) -> None:
    """All documents come back, best first, where fewer are there than were asked for."""
    store = make()
    store.upsert(records(3))
    scores = [hit.score for hit in store.search(a_query(), 50)]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 3


@pytest.mark.parametrize("k", [1, 5, 29])
def test_equal_scores_come_in_the_order_of_their_ids(make: Make, k: int) -> None:
    """Of documents alike, those of the smallest ids are among the k, whatever the order they were written in."""
    store, rows = make(), a_query(3)
    names = [f"n{number:02}" for number in np.random.default_rng(2).permutation(30)]
    store.upsert([Record(name, rows) for name in names])
    assert found(store, k=k) == sorted(names)[:k]


BAD = {
    "width": Record("bad", np.ones((3, 64), np.float32), np.ones(8, np.float32)),
    "rank": Record("bad", np.ones(128, np.float32), np.ones(8, np.float32)),
    "no token": Record("bad", np.ones((0, 128), np.float32), np.ones(8, np.float32)),
    "not finite": Record("bad", np.full((3, 128), np.nan, np.float32), np.ones(8, np.float32)),
    "dense width": Record("bad", np.ones((3, 128), np.float32), np.ones(9, np.float32)),
    "no dense": Record("bad", np.ones((3, 128), np.float32)),
    "dense rank": Record("bad", np.ones((3, 128), np.float32), np.ones((1, 8), np.float32)),
    "payload": Record("bad", np.ones((3, 128), np.float32), np.ones(8, np.float32), {"a": object()}),
    "id": Record("", np.ones((3, 128), np.float32), np.ones(8, np.float32)),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
def test_an_unfit_record_refuses_all(make: Make, bad: Record) -> None:
    """One record of another width or kind is named, and its call writes nothing: no new record, no replacement."""
    store = make()
    store.upsert(kept := records(3, dimensions=8))
    changed = Record("d0", a_query(), np.ones(8, np.float32))
    with pytest.raises(ConfigurationError, match="record 2"):
        store.upsert([changed, Record("new", a_query(), np.ones(8, np.float32)), bad])
    assert len(store) == 3
    assert np.allclose(store.get(["d0"])[0].multivector, kept[0].multivector, atol=1e-6)


def test_a_store_without_dense_vectors_refuses_them(make: Make) -> None:
    """Where no record has a dense vector, neither a record's nor a query's is taken and forgotten."""
    store = make()
    store.upsert(records(2))
    with pytest.raises(ConfigurationError, match="no dense"):
        store.upsert(records(2, dimensions=8))
    with pytest.raises(ConfigurationError, match="no dense"):
        store.search(a_query(), dense=np.ones(8, np.float32))


@pytest.mark.parametrize(
    "search",
    [
        {"query": np.ones((3, 64), np.float32)},
        {"query": np.ones(128, np.float32)},
        {"k": 0},
        {"prefetch": 0},
        {"filter": {"a": None}},
        {"filter": {"a": {"b": 1}}},
        {"filter": {"a..b": 1}},
        {"filter": {"a": float("nan")}},
        {"dense": np.ones(7, np.float32)},
    ],
)
def test_a_search_that_makes_no_sense_is_refused(make: Make, search: dict[str, Any]) -> None:
    """A query of another width, no k, or a filter that cannot be kept is an error, not an empty answer."""
    store = make()
    store.upsert(records(2, dimensions=8))
    with pytest.raises(ConfigurationError):
        store.search(**{"query": a_query(), **search})


@pytest.mark.parametrize("delete", [{"filter": {}}, {"ids": "d0"}])
def test_a_delete_that_may_be_meant_otherwise_is_refused(make: Make, delete: dict[str, Any]) -> None:
    """An empty filter, which would match all, and one string for a list of ids remove nothing."""
    store = make()
    store.upsert(records(2))
    with pytest.raises(ConfigurationError):
        store.delete(**delete)
    assert len(store) == 2


def test_many_threads_lose_nothing(make: Make) -> None:
    """Writers, removers and readers at once: every hit is whole, and at the end all that was kept is there."""
    store, kept = make(), records(120, longest=10)
    start, scores = threading.Barrier(6), {one.id: naive(a_query(), one.multivector) for one in kept}

    def write(part: int) -> None:
        start.wait()
        for one in kept[part::3]:
            store.upsert([one])
            if one.payload["number"] % 4 == 0:
                store.delete([one.id])

    def read() -> None:
        start.wait()
        for _ in range(20):
            for hit in store.search(a_query(), 20):
                assert abs(hit.score - scores[hit.id]) < 1e-4
                assert hit.id == f"d{hit.payload['number']}"

    with ThreadPoolExecutor(6) as pool:
        for done in [pool.submit(write, part) for part in range(3)] + [pool.submit(read) for _ in range(3)]:
            done.result()
    assert sorted(found(store, k=200)) == sorted(one.id for one in kept if one.payload["number"] % 4)


def test_a_folder_is_opened_again_as_it_was(kind: Kind, make: Make, tmp_path: Path) -> None:
    """Another process finds the same documents, takes the space and the dimensions, and goes on writing."""
    if kind.reload is None:
        pytest.skip("it has no folder")
    store = make(space="ns1-a")
    store.upsert(records(20, dimensions=8))
    store.delete(["d3"])
    before = store.search(a_query(), 30)
    again = kind.reload(store, tmp_path / "store")
    assert (again.search(a_query(), 30), again.space, again.dimensions, len(again)) == (before, "ns1-a", 8, 19)
    again.upsert(records(21, dimensions=8))
    assert len(again) == 21
    getattr(again, "close", lambda: None)()


@pytest.mark.parametrize("options", [{"space": "ns1-b"}, {"dimensions": 16}, {"dimensions": 0}])
def test_what_was_made_otherwise_is_refused(kind: Kind, make: Make, tmp_path: Path, options: dict[str, Any]) -> None:
    """A store of another space or width is not opened, and holds afterwards what it held before."""
    if kind.reload is None:
        pytest.skip("it has no folder")
    store = make(space="ns1-a")
    store.upsert(records(5, dimensions=8))
    kind_of_error = SpaceMismatchError if "space" in options else ConfigurationError
    with pytest.raises(kind_of_error, match=next(iter(options))) as refused:
        kind.reload(store, tmp_path / "store", **options)
    if isinstance(refused.value, SpaceMismatchError):
        assert refused.value.differences == {"space_id": ("ns1-a", "ns1-b")}
    assert len(kind.make(tmp_path / "store")) == 5


@pytest.mark.parametrize("options", [{"space": ""}, {"space": 1}, {"dimensions": -1}, {"dimensions": "8"}])
def test_a_bad_option_is_refused(make: Make, options: dict[str, Any]) -> None:
    """A space that is no id and dimensions that are no number are errors when the store is made."""
    with pytest.raises(ConfigurationError, match=next(iter(options))):
        make(**options)
