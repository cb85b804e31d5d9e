"""What comes out of `embeddings_cache`, and what never does."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from llama_index.core.storage.kvstore import SimpleKVStore

from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import InputError
from tests.fake_nova import Scripted, expected, good_answer
from tests.llamaindex.observers import Counted

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fake_nova import FakeNova

    Vectors = list[list[float]]

QUERIES: dict[str, Callable[[NovaEmbedding, str], list[float]]] = {
    "sync": NovaEmbedding.get_query_embedding,
    "async": lambda model, text: asyncio.run(model.aget_query_embedding(text)),
}
TEXTS: dict[str, Callable[[NovaEmbedding, str], list[float]]] = {
    "sync": NovaEmbedding.get_text_embedding,
    "async": lambda model, text: asyncio.run(model.aget_text_embedding(text)),
    "batch": lambda model, text: model.get_text_embedding_batch([text])[0],
    "async-batch": lambda model, text: asyncio.run(model.aget_text_embedding_batch([text]))[0],
}
BATCHES: dict[str, Callable[[NovaEmbedding, list[str]], Vectors]] = {
    "sync": NovaEmbedding.get_text_embedding_batch,
    "async": lambda model, texts: asyncio.run(model.aget_text_embedding_batch(texts)),
}


class Sized(SimpleKVStore):
    """A store that is false while it is empty, as containers are."""

    def __len__(self) -> int:
        return sum(map(len, self.to_dict().values()))


@pytest.mark.parametrize("first", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("second", TEXTS.values(), ids=TEXTS)
def test_a_text_is_sent_once(nova: FakeNova, first: Callable[..., Any], second: Callable[..., Any]) -> None:
    """All ways of embedding a text share what the cache holds."""
    model = NovaEmbedding(api_base=nova.api_base, embeddings_cache=SimpleKVStore())
    vectors = [first(model, "a"), second(model, "a")]
    np.testing.assert_allclose(vectors, [expected("a", "retrieval.passage")] * 2, rtol=1e-6)
    assert nova.inputs_seen == 1


@pytest.mark.parametrize("first", QUERIES.values(), ids=QUERIES)
@pytest.mark.parametrize("second", QUERIES.values(), ids=QUERIES)
def test_a_query_is_sent_once(nova: FakeNova, first: Callable[..., Any], second: Callable[..., Any]) -> None:
    """Both ways of embedding a query share what the cache holds."""
    model = NovaEmbedding(api_base=nova.api_base, embeddings_cache=SimpleKVStore())
    vectors = [first(model, "a"), second(model, "a")]
    np.testing.assert_allclose(vectors, [expected("a", "retrieval.query")] * 2, rtol=1e-6)
    assert nova.inputs_seen == 1


@pytest.mark.parametrize(("text", "query"), list(zip(TEXTS.values(), [*QUERIES.values()] * 2, strict=True)), ids=TEXTS)
@pytest.mark.parametrize(
    "options",
    [
        {"task": "code"},
        {"dimensions": 512},
        {"dimensions": 128},
        {"instructions": "general"},
        {"query_instructions": "for queries", "document_instructions": "for documents"},
        {"adapter": "legal"},
        {"model_name": "another"},
    ],
    ids=repr,
)
def test_nothing_is_mixed_up(
    nova: FakeNova, text: Callable[..., Any], query: Callable[..., Any], options: dict[str, Any]
) -> None:
    """Models that differ in anything that changes vectors share a store, and a side never gets the other's vector."""
    store = SimpleKVStore()
    plain = NovaEmbedding(api_base=nova.api_base, embeddings_cache=store)
    other = NovaEmbedding(api_base=nova.api_base, embeddings_cache=store, **options)
    family, width = options.get("task", "retrieval"), options.get("dimensions", 2048)
    general = options.get("instructions")
    for _ in range(2):  # the second time, all of it comes out of the store
        np.testing.assert_allclose(text(plain, "a"), expected("a", "retrieval.passage"), rtol=1e-6)
        np.testing.assert_allclose(query(plain, "a"), expected("a", "retrieval.query"), rtol=1e-6)
        for embed, side, own in (
            (text, "passage", options.get("document_instructions", general)),
            (query, "query", options.get("query_instructions", general)),
        ):
            wanted = expected("a", f"{family}.{side}", width=width, adapter=options.get("adapter"), instructions=own)
            np.testing.assert_allclose(embed(other, "a"), wanted, rtol=1e-6)
    assert nova.inputs_seen == 4


def test_a_change_after_use_changes_what_is_found(nova: FakeNova) -> None:
    """The cache is asked for what the model says now, not for what it said when it was made."""
    model = NovaEmbedding(api_base=nova.api_base, embeddings_cache=SimpleKVStore())
    model.get_text_embedding("a")
    model.dimensions = 128
    narrow = model.get_text_embedding("a")
    wide = model.model_copy(update={"dimensions": None}).get_text_embedding("a")
    assert (len(narrow), len(wide), nova.inputs_seen) == (128, 2048, 2)


@pytest.mark.parametrize("embed", BATCHES.values(), ids=BATCHES)
def test_only_what_is_missing_is_sent_and_once(nova: FakeNova, embed: Callable[..., Vectors]) -> None:
    """Known texts are not sent, repeated ones are sent once, and every text gets its vector at its place."""
    model = NovaEmbedding(api_base=nova.api_base, embeddings_cache=SimpleKVStore(), dimensions=128)
    embed(model, ["known", "known too"])
    nova.seen.clear()
    texts = ["new", "known", "new", "newer", "known too", "new"]
    vectors = embed(model, texts)
    np.testing.assert_allclose(vectors, [expected(t, "retrieval.passage", width=128) for t in texts], rtol=1e-6)
    assert [seen.texts for seen in nova.seen] == [["new", "newer"]]


@pytest.mark.parametrize("embed", BATCHES.values(), ids=BATCHES)
def test_the_limiter_is_asked_only_for_what_is_sent(nova: FakeNova, embed: Callable[..., Vectors]) -> None:
    """One turn a batch with missing texts; none for a batch that the cache answers."""
    limiter = Counted()
    model = NovaEmbedding(
        api_base=nova.api_base, embeddings_cache=SimpleKVStore(), rate_limiter=limiter, embed_batch_size=5
    )
    texts = [f"text {number}" for number in range(12)]
    embed(model, texts[:5])
    assert limiter.acquired == 1
    embed(model, texts)
    assert limiter.acquired == 3
    embed(model, texts)
    assert limiter.acquired == 3


@pytest.mark.parametrize("embed", BATCHES.values(), ids=BATCHES)
def test_a_vector_that_was_handed_out_is_the_callers(nova: FakeNova, embed: Callable[..., Vectors]) -> None:
    """Changing a returned vector changes neither the cache nor the vector of an equal text."""
    model = NovaEmbedding(api_base=nova.api_base, embeddings_cache=SimpleKVStore())
    for _ in range(2):
        one, two = embed(model, ["a", "a"])
        one[0] = 9.0
        assert two[0] != 9.0
    assert embed(model, ["a"])[0][0] != 9.0


@pytest.mark.parametrize("embed", BATCHES.values(), ids=BATCHES)
@pytest.mark.parametrize(("bad", "words"), [(" ", "white space"), (None, "NoneType"), ([], "list"), ("\ud83d", "surr")])
def test_a_bad_text_is_named_by_its_place_in_the_list(
    nova: FakeNova, embed: Callable[..., Vectors], bad: Any, words: str
) -> None:
    """Hits and duplicates before a bad text do not shift its index, and nothing of the batch is sent or kept."""
    store = SimpleKVStore()
    model = NovaEmbedding(api_base=nova.api_base, embeddings_cache=store)
    embed(model, ["known"])
    with pytest.raises(InputError, match=words) as caught:
        embed(model, ["known", "new", "new", bad, bad])
    assert caught.value.index == 3
    assert nova.inputs_seen == sum(map(len, store.to_dict().values())) == 1


@pytest.mark.parametrize("embed", BATCHES.values(), ids=BATCHES)
def test_a_failed_run_goes_on_where_it_stopped(nova: FakeNova, embed: Callable[..., Vectors]) -> None:
    """Batches that were done are in the cache, so the next run sends the rest."""
    nova.answering = lambda body: Scripted(400) if body["input"][0]["text"] == "text 4" else good_answer(body)
    model = NovaEmbedding(api_base=nova.api_base, embeddings_cache=SimpleKVStore(), embed_batch_size=2)
    texts = [f"text {number}" for number in range(6)]
    with pytest.raises(Exception, match="400"):
        embed(model, texts)
    nova.seen.clear()
    nova.answering = good_answer
    assert len(embed(model, texts)) == 6
    assert [seen.texts for seen in nova.seen] == [["text 4", "text 5"]]


def test_a_store_that_is_false_when_empty_is_used(nova: FakeNova) -> None:
    """A store is a store, whatever its truth value."""
    model = NovaEmbedding(api_base=nova.api_base, embeddings_cache=Sized())
    for _ in range(2):
        model.get_query_embedding("a")
    assert nova.inputs_seen == 1


def test_a_store_can_be_saved_and_read_back(nova: FakeNova, tmp_path: Path) -> None:
    """What the cache holds is JSON, as LlamaIndex writes it, under a name that says which vectors these are."""
    path, store = str(tmp_path / "cache.json"), SimpleKVStore()
    model = NovaEmbedding(api_base=nova.api_base, embeddings_cache=store, dimensions=128)
    vector = model.get_text_embedding("a")
    (collection,) = store.to_dict()
    assert collection.startswith("embeddings:ne1-")
    assert list(store.get("a", collection=collection).values()) == [vector]  # type: ignore[union-attr]
    store.persist(path)
    again = model.model_copy(update={"embeddings_cache": SimpleKVStore.from_persist_path(path)})
    assert again.get_text_embedding("a") == vector
    assert nova.inputs_seen == 1
