"""What observers of a model see: one start and one end a batch, whatever happens in between."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from llama_index.core.callbacks import CallbackManager, EventPayload, TokenCountingHandler
from llama_index.core.storage.kvstore import SimpleKVStore

from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import ConfigurationError
from tests.fake_nova import Scripted, expected, good_answer
from tests.llamaindex.observers import Observed, observing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.fake_nova import FakeNova

    Vectors = list[list[float]]

TEXTS = ["a", "b", "c", "d", "e"]
WAYS: dict[str, tuple[Callable[[NovaEmbedding], object], list[list[str]], str]] = {
    "query": (lambda model: model.get_query_embedding("a"), [["a"]], "query"),
    "aquery": (lambda model: asyncio.run(model.aget_query_embedding("a")), [["a"]], "query"),
    "text": (lambda model: model.get_text_embedding("a"), [["a"]], "passage"),
    "atext": (lambda model: asyncio.run(model.aget_text_embedding("a")), [["a"]], "passage"),
    "batch": (lambda model: model.get_text_embedding_batch(TEXTS), [TEXTS[:2], TEXTS[2:4], TEXTS[4:]], "passage"),
    "abatch": (
        lambda model: asyncio.run(model.aget_text_embedding_batch(TEXTS)),
        [TEXTS[:2], TEXTS[2:4], TEXTS[4:]],
        "passage",
    ),
}


@pytest.fixture
def observed() -> Iterator[Observed]:
    """Both systems of events."""
    with observing() as made:
        yield made


def model_of(nova: FakeNova, observed: Observed, **options: Any) -> NovaEmbedding:
    """Make a model that both systems watch."""
    manager = observed.manager
    return NovaEmbedding(
        api_base=nova.api_base, embed_batch_size=2, dimensions=128, callback_manager=manager, **options
    )


@pytest.mark.parametrize(("embed", "batches", "side"), WAYS.values(), ids=WAYS)
@pytest.mark.parametrize("cached", [False, True])
def test_each_batch_is_told_with_texts_and_vectors(
    nova: FakeNova,
    observed: Observed,
    embed: Callable[[NovaEmbedding], object],
    batches: list[list[str]],
    side: str,
    cached: bool,  # noqa: FBT001 (pytest gives it by name)
) -> None:
    """Both systems hear of each batch, with its texts in order and its vectors, also where the cache answers."""
    model = model_of(nova, observed, embeddings_cache=SimpleKVStore() if cached else None)
    for _ in range(2):
        embed(model)
    observed.assert_balanced(2 * len(batches))
    assert [event.chunks for event in observed.dispatched.ends] == batches * 2
    assert [end[EventPayload.CHUNKS] for end in observed.called.ends.values()] == batches * 2
    wanted = [[expected(text, f"retrieval.{side}", width=128) for text in batch] for batch in batches] * 2
    for vectors, event, end in zip(wanted, observed.dispatched.ends, observed.called.ends.values(), strict=True):
        np.testing.assert_allclose(event.embeddings, vectors, rtol=1e-6)
        assert end[EventPayload.EMBEDDINGS] == event.embeddings
        assert all(type(number) is float for number in event.embeddings[0])


def test_a_start_says_which_model(nova: FakeNova, observed: Observed) -> None:
    """Starts name the class, the model and what it is asked for, and no address."""
    model_of(nova, observed, task="code").get_query_embedding("a")
    told = observed.dispatched.starts[0].model_dict
    assert told == next(iter(observed.called.starts.values()))[EventPayload.SERIALIZED]
    assert told == {
        "class_name": "NovaEmbedding",
        "model_name": "hosted_lexiq_nova/remodlai/nova-embeddings-v1",
        "embed_batch_size": 2,
        "task": "code",
        "dimensions": 128,
        "adapter": None,
    }


@pytest.mark.parametrize(("embed", "batches", "side"), WAYS.values(), ids=WAYS)
def test_a_failed_batch_ends_too(
    nova: FakeNova,
    observed: Observed,
    embed: Callable[[NovaEmbedding], object],
    batches: list[list[str]],
    side: str,
) -> None:
    """A batch that fails has an end without vectors, and the callbacks have the error."""
    nova.answering = lambda body: Scripted(400) if body["input"][-1]["text"] == batches[-1][-1] else good_answer(body)
    with pytest.raises(ConfigurationError) as caught:
        embed(model_of(nova, observed))
    assert nova.seen[-1].body["task"] == f"retrieval.{side}"
    observed.assert_balanced(len(batches))
    assert (observed.dispatched.ends[-1].chunks, observed.dispatched.ends[-1].embeddings) == (batches[-1], [])
    assert list(observed.called.ends.values())[-1] == {EventPayload.EXCEPTION: caught.value}


@pytest.mark.parametrize("num_workers", [None, 3])
async def test_a_cancelled_batch_ends_too(nova: FakeNova, observed: Observed, num_workers: int | None) -> None:
    """Whoever stops waiting leaves no batch open."""
    nova.answering = lambda body: Scripted(body=good_answer(body), delay=0.5)
    model = model_of(nova, observed, num_workers=num_workers)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(model.aget_text_embedding_batch(TEXTS), 0.2)
    observed.assert_balanced(num_workers or 1)
    assert all(event.embeddings == [] for event in observed.dispatched.ends)


async def test_no_texts_are_no_event(nova: FakeNova, observed: Observed) -> None:
    """An empty list is answered without an event or a request."""
    model = model_of(nova, observed)
    assert model.get_text_embedding_batch([]) == await model.aget_text_embedding_batch([]) == []
    observed.assert_balanced(0)
    assert nova.seen == []


async def test_llamaindex_counts_the_tokens(nova: FakeNova) -> None:
    """LlamaIndex's own token counter works on what the callbacks are told, a failed batch included."""
    counter = TokenCountingHandler(tokenizer=str.split)
    model = NovaEmbedding(api_base=nova.api_base, callback_manager=CallbackManager([counter]))
    model.get_text_embedding_batch(["one two three", "four"])
    await model.aget_query_embedding("five six")
    nova.answering = lambda _: Scripted(400)
    with pytest.raises(ConfigurationError):
        model.get_text_embedding("seven")
    assert counter.total_embedding_token_count == 6
