"""One model in many threads, in several loops, and many texts at once."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import ConfigurationError, InputError
from tests.fake_nova import Scripted, expected, good_answer
from tests.llamaindex.observers import Counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_nova import FakeNova

    Embed = Callable[[NovaEmbedding, list[str]], list[list[float]]]

BATCHES: dict[str, Embed] = {
    "sync": NovaEmbedding.get_text_embedding_batch,
    "async": lambda model, texts: asyncio.run(model.aget_text_embedding_batch(texts)),
}


def numbered(count: int) -> list[str]:
    """Return texts that differ from each other."""
    return [f"text {number}" for number in range(count)]


def wanted(texts: list[str], width: int = 128) -> np.ndarray[Any, Any]:
    """Return the vectors of these passages."""
    return np.stack([expected(text, "retrieval.passage", width=width) for text in texts])


@pytest.mark.parametrize("embed", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize("num_workers", [None, 1, 3])
def test_batches_of_batches_keep_their_order(nova: FakeNova, embed: Embed, num_workers: int | None) -> None:
    """The core cuts each batch that it receives into calls, and every vector comes back at its text's place."""
    nova.answering = lambda body: Scripted(body=good_answer(body), delay=0.05 if "text 0" in str(body["input"]) else 0)
    model = NovaEmbedding(
        api_base=nova.api_base, dimensions=128, embed_batch_size=10, batch_size=4, num_workers=num_workers
    )
    texts = numbered(45)
    np.testing.assert_allclose(embed(model, texts), wanted(texts), rtol=1e-6)
    assert sorted(len(seen.items) for seen in nova.seen) == sorted([4, 4, 2] * 4 + [4, 1])


@pytest.mark.parametrize(("num_workers", "most"), [(None, 3), (2, 6)])
async def test_calls_in_flight_are_bounded(nova: FakeNova, num_workers: int | None, most: int) -> None:
    """There are never more calls in flight than `max_concurrency`, for each of `num_workers` batches at once."""
    nova.answering = lambda body: Scripted(body=good_answer(body), delay=0.1)
    model = NovaEmbedding(
        api_base=nova.api_base,
        dimensions=128,
        embed_batch_size=6,
        batch_size=1,
        max_concurrency=3,
        num_workers=num_workers,
    )
    await model.aget_text_embedding_batch(numbered(24))
    assert most // 2 < nova.most_in_flight <= most


@pytest.mark.parametrize("embed", BATCHES.values(), ids=BATCHES)
def test_the_limiter_is_asked_once_a_batch(nova: FakeNova, embed: Embed) -> None:
    """Twelve texts in batches of five are three turns; a single text is one."""
    limiter = Counted()
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128, embed_batch_size=5, rate_limiter=limiter)
    embed(model, numbered(12))
    assert limiter.acquired == 3
    model.get_query_embedding("a")
    asyncio.run(model.aget_text_embedding("a"))
    assert limiter.acquired == 5


async def test_a_failure_cancels_what_runs_beside_it(nova: FakeNova) -> None:
    """The first batch that fails stops the others: their error does not replace it, and nothing more is sent."""

    def answer(body: dict[str, Any]) -> Scripted:
        fails = body["input"][0]["text"] == "text 1"
        return Scripted(400, {"error": {"message": "no"}}) if fails else Scripted(body=good_answer(body), delay=0.3)

    nova.answering = answer
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128, embed_batch_size=1, num_workers=3)
    with pytest.raises(ConfigurationError, match="no"):
        await model.aget_text_embedding_batch(numbered(20))
    await asyncio.sleep(0.4)
    assert len(nova.seen) == 3


@pytest.mark.parametrize("embed", BATCHES.values(), ids=BATCHES)
def test_a_refused_text_has_its_place_in_the_whole_list(nova: FakeNova, embed: Embed) -> None:
    """A server's complaint about one text of a later batch names its place in the user's list."""

    def answer(body: dict[str, Any]) -> Scripted | dict[str, Any]:
        places = [place for place, item in enumerate(body["input"]) if item["text"] == "text 13"]
        return (
            Scripted(400, {"error": {"message": "m", "param": f"input[{places[0]}]"}}) if places else good_answer(body)
        )

    nova.answering = answer
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128, embed_batch_size=5, batch_size=2)
    with pytest.raises(InputError) as caught:
        embed(model, numbered(20))
    assert caught.value.index == 13


@pytest.mark.parametrize("embed", BATCHES.values(), ids=BATCHES)
def test_a_bad_text_has_its_place_in_the_whole_list(nova: FakeNova, embed: Embed) -> None:
    """A bad text of a later batch is named by its place in the user's list, before anything is sent."""
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128, embed_batch_size=5)
    with pytest.raises(InputError, match="input 11: text is only white space"):
        embed(model, [*numbered(11), "  "])
    assert nova.seen == []


def test_loops_one_after_another(nova: FakeNova) -> None:
    """A model that was used by a thread and by a loop that has ended works in the next loop."""
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128)
    model.get_text_embedding("first")
    for number in range(3):
        texts = [f"in loop {number}", "again"]
        np.testing.assert_allclose(asyncio.run(model.aget_text_embedding_batch(texts)), wanted(texts), rtol=1e-6)


def test_threads_share_a_model(nova: FakeNova) -> None:
    """Eight threads, some of them with a loop of their own, get the vectors of their own texts."""
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128)
    together = threading.Barrier(8)

    def work(number: int) -> None:
        texts = [f"{text} of {number}" for text in numbered(5)]
        together.wait()
        for embed in (BATCHES["sync"], BATCHES["async"]) * 2:
            np.testing.assert_allclose(embed(model, texts), wanted(texts), rtol=1e-6)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


async def test_the_loop_goes_on_while_a_model_waits(nova: FakeNova) -> None:
    """Every async method leaves the loop to others: it ticks while the server thinks."""
    nova.answering = lambda body: Scripted(body=good_answer(body), delay=0.3)
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128)
    await model.aget_query_embedding("a first call, which loads what calls need")
    for embed in (
        lambda: model.aget_query_embedding("a"),
        lambda: model.aget_text_embedding("a"),
        lambda: model.aget_text_embedding_batch(["a"]),
    ):
        waiting, ticks, started = asyncio.ensure_future(embed()), 0, time.monotonic()
        while not waiting.done():
            await asyncio.sleep(0.01)
            ticks += 1
        assert ticks >= 5
        assert time.monotonic() - started >= 0.3
        await waiting


@pytest.mark.parametrize("embed", ["sync", "async"])
def test_progress_counts_texts(nova: FakeNova, capsys: pytest.CaptureFixture[str], embed: str) -> None:
    """The bar's total is the number of texts, not of batches, and it is drawn on request only."""
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128, embed_batch_size=5)
    BATCHES[embed](model, numbered(12))
    assert capsys.readouterr().err == ""
    if embed == "sync":
        model.get_text_embedding_batch(numbered(12), show_progress=True)
    else:
        asyncio.run(model.aget_text_embedding_batch(numbered(12), show_progress=True))
    drawn = capsys.readouterr().err
    assert "12/12" in drawn
    assert "Generating embeddings" in drawn
