"""A stream of any length goes through a bounded window, and comes out in order."""

from __future__ import annotations

import asyncio
import random
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_embeddings import AuthenticationError, ConfigurationError, EmbeddingResult, InputError, NovaClient
from tests.fake_nova import FakeNova, Scripted, expected, good_answer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterable, Iterator

WAYS = ["sync", "async", "async stream"]


def results(client: NovaClient, inputs: Iterable[Any], way: str, **options: Any) -> list[EmbeddingResult]:
    """Take everything that comes out."""
    if way == "sync":
        return list(client.embed_iter(inputs, **options))

    async def arriving() -> AsyncIterator[Any]:
        for value in inputs:
            yield value

    async def taken() -> list[EmbeddingResult]:
        stream = client.aembed_iter(arriving() if way == "async stream" else inputs, **options)
        return [result async for result in stream]

    return asyncio.run(taken())


def texts_of(count: int) -> list[str]:
    """Return texts, all different."""
    return [f"text {number}" for number in range(count)]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("count", [0, 1, 10, 11, 95])
def test_every_batch_comes_in_order(nova: FakeNova, way: str, count: int) -> None:
    """Whatever order the answers have, batches come in that of the stream, and say where they begin."""
    chosen = random.Random(3)

    def late(body: dict[str, Any]) -> Scripted:
        return Scripted(body=good_answer(body), delay=chosen.random() / 50)

    nova.answering = late
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=10, max_concurrency=4)
    texts = texts_of(count)
    taken = results(client, iter(texts), way)
    assert [result.start for result in taken] == list(range(0, count, 10))
    if count:
        rows = np.concatenate([result.vectors for result in taken])
        np.testing.assert_allclose(rows, [expected(text, "retrieval.passage", width=128) for text in texts], rtol=1e-6)
    assert nova.most_in_flight <= 4


@pytest.mark.parametrize("way", WAYS)
def test_no_more_than_a_window_is_read_ahead(nova: FakeNova, way: str) -> None:
    """An endless stream is read only as far as the window needs, and is let go when nobody asks any more."""
    read = 0

    def endless() -> Iterator[str]:
        nonlocal read
        while True:
            read += 1
            yield f"text {read}"

    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=5, max_concurrency=3)
    if way == "sync":
        stream = client.embed_iter(endless())
        for _, result in zip(range(4), stream, strict=False):
            assert len(result) == 5
        stream.close()
    else:

        async def arriving() -> AsyncIterator[str]:
            for text in endless():
                yield text

        async def some() -> None:
            stream = client.aembed_iter(arriving() if way == "async stream" else endless())
            for _ in range(4):
                assert len(await anext(stream)) == 5
            await stream.aclose()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            assert not [task for task in others if "one" in repr(task.get_coro())]

        asyncio.run(some())
    assert read <= (4 + 3) * 5


@pytest.mark.parametrize("way", WAYS)
def test_a_bad_input_is_counted_from_the_beginning(nova: FakeNova, way: str) -> None:
    """The error's index is the place in the stream; with `skip`, each result says what it left out."""
    texts: list[Any] = texts_of(30)
    texts[17] = ""
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=8, max_concurrency=2)
    with pytest.raises(InputError) as caught:
        results(client, texts, way)
    assert caught.value.index == 17
    taken = results(client, texts, way, on_error="skip")
    assert [result.start + index for result in taken for index in result.errors] == [17]
    assert [len(result) for result in taken] == [8, 8, 7, 6]


@pytest.mark.parametrize("way", WAYS)
def test_an_outage_ends_the_stream(nova: FakeNova, way: str) -> None:
    """What came before the failing batch is yielded, then the error is raised, and few calls follow."""
    nova.answering = lambda body: Scripted(401) if "text 40" in str(body) else good_answer(body)
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=10, max_concurrency=2)
    with pytest.raises(AuthenticationError):
        results(client, texts_of(200), way)
    assert len(nova.seen) <= 7


def test_wrong_options_and_inputs_are_refused(nova: FakeNova) -> None:
    """One text is no stream; an option is checked as in `embed`."""
    client = NovaClient(api_base=nova.api_base)
    with pytest.raises(ConfigurationError, match="give a list"):
        client.embed_iter("one text")
    with pytest.raises(ConfigurationError, match="give a list"):
        client.aembed_iter("one text")
    with pytest.raises(ConfigurationError, match="dimensions"):
        list(client.embed_iter(["a"], dimensions=100))


def test_multivectors_stream_alike(nova: FakeNova) -> None:
    """Multi-vectors come batch by batch."""
    client = NovaClient(api_base=nova.api_base, batch_size=2)
    taken = list(client.embed_iter(["a b", "c", "d e f"], "code.query", return_multivector=True))
    assert [[len(rows) for rows in result.multivectors] for result in taken] == [[2, 1], [3]]


def test_threads_may_stream_at_once(nova: FakeNova) -> None:
    """Several threads stream through one client."""
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=4, max_concurrency=2)
    counts: list[int] = []
    threads = [
        threading.Thread(target=lambda: counts.append(sum(map(len, client.embed_iter(texts_of(50)))))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert counts == [50] * 4


@settings(max_examples=25, deadline=None)
@given(count=st.integers(0, 60), batch_size=st.integers(1, 20), window=st.integers(1, 6))
def test_any_cut_gives_every_row_once(count: int, batch_size: int, window: int) -> None:
    """However the stream is cut, row i is input i's."""
    texts = texts_of(count)
    with FakeNova().running() as nova:
        client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=batch_size, max_concurrency=window)
        rows = [row for result in client.embed_iter(texts) for row in result.vectors]
    assert len(rows) == count
    for row, text in zip(rows, texts, strict=True):
        np.testing.assert_allclose(row, expected(text, "retrieval.passage", width=128), rtol=1e-6)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(("read", "delivered"), [(25, [10, 10, 5]), (20, [10, 10]), (3, [3]), (0, [])])
def test_what_was_read_before_the_source_broke_comes_out(
    nova: FakeNova, way: str, read: int, delivered: list[int]
) -> None:
    """A source that raises loses nothing that it gave before, and its own error follows."""
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=10)
    taken: list[EmbeddingResult] = []

    def breaking() -> Iterator[str]:
        yield from texts_of(read)
        raise OSError("the disk is gone")

    async def arriving() -> AsyncIterator[str]:
        for text in breaking():
            yield text

    async def adrain() -> None:
        async for result in client.aembed_iter(arriving() if way == "async stream" else breaking()):
            taken.append(result)  # noqa: PERF401 (the error would lose a comprehension's)

    def drain() -> None:
        for result in client.embed_iter(breaking()):
            taken.append(result)  # noqa: PERF402 (as above)

    with pytest.raises(OSError, match="disk is gone"):
        drain() if way == "sync" else asyncio.run(adrain())
    assert [len(result.vectors) for result in taken] == delivered
    if read:
        rows = np.concatenate([result.vectors for result in taken])
        known = [expected(text, "retrieval.passage", width=128) for text in texts_of(read)]
        np.testing.assert_allclose(rows, known, rtol=1e-6)


@pytest.mark.parametrize("way", WAYS)
def test_a_stream_has_no_more_calls_in_flight_than_an_embed(nova: FakeNova, way: str) -> None:
    """Batches that are cut again, for their bytes, count with all others of the stream."""
    inside, most, lock = 0, 0, threading.Lock()

    def counted(body: dict[str, Any]) -> dict[str, Any]:
        nonlocal inside, most
        with lock:
            inside += 1
            most = max(most, inside)
        time.sleep(0.02)
        with lock:
            inside -= 1
        return good_answer(body)

    nova.answering = counted
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=10, max_batch_bytes=100, max_concurrency=3)
    taken = results(client, [f"{number:040}" for number in range(60)], way)
    assert sum(len(result) for result in taken) == 60
    assert 1 < most <= 3


def test_a_result_does_not_wait_for_a_source_that_is_read_beside(nova: FakeNova) -> None:
    """An asynchronous source may wait for the result of what it gave."""
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=2, max_concurrency=4)

    async def talk() -> int:
        seen = asyncio.Event()

        async def arriving() -> AsyncIterator[str]:
            for number in range(6):
                if number == 2:
                    await asyncio.wait_for(seen.wait(), 20)
                yield f"text {number}"

        count = 0
        async for result in client.aembed_iter(arriving()):
            count += len(result)
            seen.set()
        return count

    assert asyncio.run(talk()) == 6


def test_a_finished_batch_does_not_wait_for_a_full_window(nova: FakeNova) -> None:
    """A slow source's first result comes out long before a window is read."""
    read = 0

    def slow() -> Iterator[str]:
        nonlocal read
        for read in range(1, 41):
            time.sleep(0.01)
            yield f"text {read}"

    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=2, max_concurrency=16)
    client.embed(["litellm is imported"])
    next(iter(client.embed_iter(slow())))
    assert read < 32


@pytest.mark.parametrize("way", WAYS)
def test_an_error_that_is_skipped_counts_from_the_beginning(nova: FakeNova, way: str) -> None:
    """In a batch, mask and keys count from its start; the error itself says where its input stands in the stream."""
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=4)
    taken = results(client, ["a", "b", "c", "d", "e", " ", "g"], way, on_error="skip")
    ((key, error),) = taken[1].errors.items()
    assert (key, taken[1].start) == (1, 4)
    assert isinstance(error, InputError)
    assert error.index == 5
    assert "input 5" in str(error)


def test_an_asynchronous_source_is_told_where_to_go(nova: FakeNova) -> None:
    """The synchronous stream names the other one."""

    async def arriving() -> AsyncIterator[str]:
        yield "a"

    with pytest.raises(ConfigurationError, match="aembed_iter"):
        NovaClient(api_base=nova.api_base).embed_iter(arriving())  # type: ignore[arg-type]
