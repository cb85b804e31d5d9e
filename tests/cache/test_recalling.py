"""Row i belongs to input i, whatever a cache knows, forgets or makes up, and however often an input is repeated."""

from __future__ import annotations

import asyncio
import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_embeddings import ConfigurationError, EmbeddingInput, EmbeddingSpace, Image, InputError, NovaError, Usage
from nova_embeddings._calls import Call, Reply
from nova_embeddings._options import Deployment, Request
from nova_embeddings._pictures import Pictures
from nova_embeddings.cache import CacheError, CacheWarning, MemoryCache
from nova_embeddings.cache._recalling import Recall, Recalled
from nova_embeddings.cache._sorting import sort_out
from tests.cache.rows import vector_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from nova_embeddings._space import Kind
    from nova_embeddings.cache import Cache

WIDTH = 128


def space_of(request: Request) -> EmbeddingSpace:
    """Return the space of a request's vectors."""
    kind: Kind = "multi-vector" if request.return_multivector else "dense"
    return EmbeddingSpace("m", "nova", "retrieval", None, kind, request.expected_width)


def answer_of(value: EmbeddingInput, request: Request) -> Any:
    """Return the vector that only this text has."""
    dense = vector_of(str(value.text), WIDTH)
    return np.stack([dense] * len(str(value.text))) if request.return_multivector else dense


@dataclass
class Server:
    """Embeds what a `Recalled` leaves, in calls of three, the last first; counts what it was sent."""

    request: Request = field(default_factory=lambda: Request("retrieval.passage", dimensions=WIDTH))
    seen: list[str] = field(default_factory=list)
    rows: dict[int, Any] = field(default_factory=dict)

    def recalled(self, recall: Recall, inputs: Sequence[EmbeddingInput], indices: Sequence[int]) -> Recalled:
        """Ask the cache."""
        return recall.recalled(inputs, indices, [space_of(self.request)] * len(inputs), self.request)

    def calls(self, left: Recalled, inputs: Sequence[EmbeddingInput], indices: Sequence[int]) -> Iterable[Call]:
        """Cut what is left into calls."""
        for start in reversed(range(0, len(left.remaining), 3)):
            places = left.remaining[start : start + 3]
            chosen = [inputs[place] for place in places]
            deployment = Deployment("p", "m", "")
            at = [indices[place] for place in places]
            yield Call(chosen, at, "retrieval.passage", self.request, deployment, None, 0, Pictures())

    def reply(self, call: Call) -> Reply:
        """Answer a call."""
        self.seen += [str(value.text) for value in call.inputs]
        rows = [answer_of(value, self.request) for value in call.inputs]
        return Reply(rows if self.request.return_multivector else np.stack(rows), Usage(len(rows), len(rows)), "m")

    def take(self, call: Call, reply: Reply) -> None:
        """Put the rows where their inputs stand, each once."""
        assert len(call) == len(call.indices) == len(reply.rows)
        for index, row in zip(call.indices, reply.rows, strict=True):
            assert index not in self.rows
            self.rows[index] = row

    def embed(self, cache: Cache | None, texts: Sequence[str], indices: Sequence[int] | None = None) -> dict[int, Any]:
        """Embed texts through a cache; return the rows by index."""
        inputs, at = [EmbeddingInput(text) for text in texts], indices or range(len(texts))
        left = self.recalled(Recall(cache), inputs, at)
        self.rows = dict(left.found)
        done = left.keeping(self.take)
        for call in self.calls(left, inputs, at):
            done(call, self.reply(call))
        return self.rows


@settings(deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c", None])), st.sets(st.sampled_from(["a", "b", "z"])))
def test_every_place_is_sorted_once(keys: list[str | None], known: set[str]) -> None:
    """A place is found, embedded, or the twin of one that is embedded, and never without need."""
    made = sort_out(keys, known)
    twins = [place for others in made.twins.values() for place in others]
    assert sorted(made.found + made.remaining + twins) == list(range(len(keys)))
    assert made.remaining == sorted(made.remaining)
    assert all(keys[place] in known for place in made.found)
    sent = [keys[place] for place in made.remaining if keys[place] is not None]
    assert len(set(sent)) == len(sent)
    assert not known.intersection(key for key in sent if key)
    assert all(keys[first] == keys[place] is not None for first, others in made.twins.items() for place in others)


TEXTS = st.lists(st.sampled_from([f"text {number}" for number in range(8)]), max_size=25)


@settings(max_examples=200, deadline=None)
@given(before=TEXTS, texts=TEXTS, multivector=st.booleans(), skipped=st.integers(0, 3))
def test_row_i_belongs_to_input_i(before: list[str], texts: list[str], multivector: bool, skipped: int) -> None:  # noqa: FBT001
    """Any mix of known, new and repeated inputs gives each its own vector, and embeds each new one once."""
    server = Server(
        Request("retrieval.passage", dimensions=None if multivector else WIDTH, return_multivector=multivector)
    )
    cache = MemoryCache()
    server.embed(cache, before)
    server.seen.clear()
    indices = [skipped + 2 * place for place in range(len(texts))]  # as if bad inputs were left out before
    rows = server.embed(cache, texts, indices)
    assert sorted(rows) == indices
    for index, text in zip(indices, texts, strict=True):
        np.testing.assert_array_equal(rows[index], answer_of(EmbeddingInput(text), server.request))
    assert sorted(server.seen) == sorted(set(texts) - set(before))


def test_without_a_cache_nothing_is_held_back() -> None:
    """Without a cache every input is embedded, repeated ones too."""
    server = Server()
    rows = server.embed(None, ["a", "a", "b"])
    assert sorted(rows) == [0, 1, 2]
    assert sorted(server.seen) == ["a", "a", "b"]


def test_vectors_are_each_inputs_own() -> None:
    """Who writes into one multi-vector changes no other, neither of this request nor of the next."""
    server = Server(Request("retrieval.passage", return_multivector=True))
    cache = MemoryCache()
    for _ in range(2):
        rows = server.embed(cache, ["a", "a"])
        rows[0][:] = 0
        np.testing.assert_array_equal(rows[1], answer_of(EmbeddingInput("a"), server.request))


@dataclass
class Odd:
    """A cache that gives and does what it is told to."""

    values: Any = field(default_factory=dict)
    reading: Exception | None = None
    writing: Exception | None = None
    sets: int = 0

    def get_many(self, keys: Sequence[str]) -> Any:
        """Give what it was told to."""
        if self.reading is not None:
            raise self.reading
        return self.values(keys) if callable(self.values) else self.values

    def set_many(self, values: Mapping[str, bytes], ttl: float | None = None) -> None:  # noqa: ARG002
        """Count, and fail if told to."""
        self.sets += 1
        if self.writing is not None:
            raise self.writing


def exchanged() -> dict[str, bytes]:
    """Return good values under each other's keys."""
    cache = MemoryCache()
    Server().embed(cache, ["a", "b"])
    (one, (first, _)), (other, (second, _)) = cache._held.items()
    return {one: second, other: first}


@pytest.mark.parametrize(
    "values",
    [
        {},
        {"unasked": b"1"},
        exchanged(),
        lambda keys: dict.fromkeys(keys, b""),
        lambda keys: dict.fromkeys(keys, None),
        lambda keys: dict.fromkeys(keys, "text"),
        lambda keys: dict.fromkeys(keys, bytes(546)),
    ],
)
def test_what_a_cache_makes_up_is_not_believed(values: Any) -> None:
    """A cache that gives other bytes than it was given costs calls, and never gives a wrong vector."""
    server = Server()
    rows = server.embed(Odd(values), ["a", "b"])
    for index, text in enumerate(["a", "b"]):
        np.testing.assert_array_equal(rows[index], answer_of(EmbeddingInput(text), server.request))
    assert sorted(server.seen) == ["a", "b"]


@pytest.mark.parametrize("multivector", [True, False])
def test_a_vector_of_another_shape_is_not_kept(multivector: bool) -> None:  # noqa: FBT001
    """A server whose default width is not the one that the key names fills no cache."""
    server = Server(Request("retrieval.passage", return_multivector=multivector))
    cache = MemoryCache()
    inputs = [EmbeddingInput("a")]
    left = server.recalled(Recall(cache), inputs, [0])
    call = next(iter(server.calls(left, inputs, [0])))
    rows: Any = [np.ones((3, 64), np.float32)] if multivector else np.ones((1, WIDTH), np.float32)
    left.keep(call, Reply(rows, Usage(), "m"))
    assert len(cache) == 0


@pytest.mark.parametrize(
    ("cache", "said"),
    [
        (Odd(reading=OSError("no route to host")), r"Odd\) cannot be read \(OSError\); nothing was sent"),
        (Odd(reading=CacheError("the cache is damaged")), "the cache is damaged"),
        (Odd(values=[b"1"]), "gave a list"),
    ],
)
def test_a_cache_that_cannot_be_read_ends_the_request(cache: Odd, said: str) -> None:
    """Before anything is sent nothing is lost, so an error is the plain way to say it."""
    server = Server()
    with pytest.raises(CacheError, match=said):
        server.embed(cache, ["a"])
    assert server.seen == []


@pytest.mark.parametrize("failure", [OSError("out of memory"), CacheError("the disk is full")])
def test_a_cache_that_cannot_be_written_costs_no_vector(failure: Exception) -> None:
    """Vectors that were computed come back, and a warning says once that they were not kept."""
    server, cache = Server(), Odd(writing=failure)
    with pytest.warns(CacheWarning, match="keeps nothing") as caught:
        rows = server.embed(cache, [f"text {number}" for number in range(9)])
    assert (len(rows), len(caught), cache.sets) == (9, 1, 1)


def test_age_is_checked_by_who_reads() -> None:
    """A client believes nothing older than its own limit, whatever the one before it had, nor from another time."""
    server, cache = Server(), MemoryCache()
    inputs = [EmbeddingInput("a")]

    def known(ttl: float | None, now: float) -> bool:
        return bool(server.recalled(Recall(cache, ttl, lambda: now), inputs, [0]).found)

    left = server.recalled(Recall(cache, None, lambda: 1_000.0), inputs, [0])
    done = left.keeping(server.take)
    for call in server.calls(left, inputs, [0]):
        done(call, server.reply(call))
    assert [known(60, 1_000), known(60, 1_059.9), known(60, 1_060), known(None, 9e9)] == [True, True, False, True]
    assert not known(60, 900)


@pytest.mark.parametrize("on_error", [InputError("input[0] is bad", index=0), NovaError("bad", status=500)])
def test_who_is_left_out_takes_his_twins_along(on_error: NovaError) -> None:
    """Where the server refuses an input, those that are the same are left out with it, each with its own index."""
    inputs = [EmbeddingInput(text) for text in ("a", "b", "a", "a")]
    left = Server().recalled(Recall(MemoryCache()), inputs, range(4))
    failures: dict[int, NovaError] = {}
    left.leaving_out(failures.__setitem__)(0, on_error)
    assert sorted(failures) == [0, 2, 3]
    assert [str(error) for error in failures.values() if isinstance(error, InputError)] in (
        [],
        [f"input {index}: input[{index}] is bad" for index in (0, 2, 3)],
    )
    assert len({id(error) for error in failures.values()}) == 3


def test_a_file_that_changed_meanwhile_is_not_kept(tmp_path: Path) -> None:
    """What was sent is not what was asked for, so its vector has no name; nor has that of an address."""
    same, changed = tmp_path / "same.png", tmp_path / "changed.png"
    for path in (same, changed):
        path.write_bytes(path.name.encode())
    address = Image.from_url("https://images.example.com/1.png")
    inputs = [EmbeddingInput("a", image=image) for image in (Image.from_path(same), Image.from_path(changed), address)]
    server, cache = Server(), MemoryCache()
    left = server.recalled(Recall(cache), inputs, range(3))
    changed.write_bytes(b"another")
    for call in server.calls(left, inputs, range(3)):
        left.keep(call, server.reply(call))
    assert list(server.recalled(Recall(cache), inputs, range(3)).found) == [0]
    changed.write_bytes(changed.name.encode())
    assert list(server.recalled(Recall(cache), inputs, range(3)).found) == [0]


async def test_an_event_loop_is_not_held_up() -> None:
    """From an event loop vectors are kept in a thread, and all of them by the end, also when the request fails."""
    server, cache = Server(), MemoryCache()
    inputs = [EmbeddingInput(f"text {number % 7}") for number in range(10)]
    left = server.recalled(Recall(cache), inputs, range(10))

    async def fails_late() -> None:
        async with left.akeeping(server.take) as done:
            for call in server.calls(left, inputs, range(10)):
                done(call, server.reply(call))
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fails_late()
    assert sorted(server.rows) == list(range(10))
    assert len(cache) == 7
    assert [task for task in asyncio.all_tasks() if task is not asyncio.current_task()] == []


@pytest.mark.parametrize(
    ("cache", "ttl", "said"),
    [
        ("vectors.db", None, r"cache is a str, which is no cache; give .*SQLiteCache"),
        ({}, None, "cache is a dict"),
        (MemoryCache(), 0, "cache_ttl=0"),
        (MemoryCache(), float("nan"), "cache_ttl=nan"),
        (MemoryCache(), True, "cache_ttl=True"),
        (MemoryCache(), "1", "cache_ttl='1'"),
        (None, 60, "cache_ttl without a cache"),
    ],
)
def test_options_are_checked(cache: Any, ttl: Any, said: str) -> None:
    """A wrong option is refused by name."""
    with pytest.raises(ConfigurationError, match=said):
        Recall(cache, ttl)


def test_no_warning_without_need() -> None:
    """A cache that works is never warned of."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Server().embed(MemoryCache(), ["a", "b", "a"])
