"""`NovaEmbedding` inside LlamaIndex: indexes, retrievers, splitters and settings."""

from __future__ import annotations

import asyncio
import pickle
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np
import pytest
from llama_index.core import Document, Settings, VectorStoreIndex
from llama_index.core.embeddings import resolve_embed_model
from llama_index.core.node_parser import SemanticSplitterNodeParser
from llama_index.core.schema import QueryBundle, TextNode

from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import InputError
from tests.fake_nova import expected
from tests.llamaindex.observers import observing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llama_index.core.schema import NodeWithScore

    from tests.fake_nova import FakeNova

TEXTS = ["Tea grows in Assam.", "Rust has no garbage collector.", "The moon has no air."]


@pytest.fixture
def model(nova: FakeNova) -> NovaEmbedding:
    """A model whose queries and texts lie in the same place, so that a text finds itself with score 1."""
    return NovaEmbedding(api_base=nova.api_base, api_key="key", task="text-matching", dimensions=256)


@pytest.fixture
def settings(model: NovaEmbedding) -> Iterator[Any]:
    """LlamaIndex's global settings with the model in them, as they were afterwards."""
    before = Settings._embed_model
    Settings.embed_model = model
    yield Settings
    Settings._embed_model = before


def nodes() -> list[TextNode]:
    """Return the texts as nodes."""
    return [TextNode(text=text, id_=f"node {number}") for number, text in enumerate(TEXTS)]


def best(index: VectorStoreIndex, text: str) -> NodeWithScore:
    """Return what an index finds first."""
    return index.as_retriever(similarity_top_k=2).retrieve(text)[0]


def test_an_index_finds_what_was_put_in(model: NovaEmbedding, nova: FakeNova) -> None:
    """Building sends all texts in one call, and each text is found by itself."""
    index = VectorStoreIndex(nodes(), embed_model=model)
    assert [seen.texts for seen in nova.seen] == [TEXTS]
    for text in TEXTS:
        found = best(index, text)
        assert found.text == text
        assert found.score == pytest.approx(1.0, abs=1e-5)


def test_an_index_built_with_async_calls(model: NovaEmbedding, nova: FakeNova) -> None:
    """With `use_async`, LlamaIndex makes a loop a call, here in a worker's thread; the model follows."""
    with ThreadPoolExecutor(1) as pool:
        index = pool.submit(VectorStoreIndex, nodes(), embed_model=model, use_async=True).result()
        pool.submit(index.insert_nodes, [TextNode(text="Grass is green.")]).result()
    assert [seen.texts for seen in nova.seen] == [TEXTS, ["Grass is green."]]
    assert best(index, "Grass is green.").text == "Grass is green."


def test_an_index_of_documents(model: NovaEmbedding) -> None:
    """Documents are split by LlamaIndex and found."""
    index = VectorStoreIndex.from_documents([Document(text=text) for text in TEXTS], embed_model=model)
    assert best(index, TEXTS[1]).text == TEXTS[1]


def test_an_index_changes(model: NovaEmbedding) -> None:
    """What is inserted is found, what is deleted is not."""
    index = VectorStoreIndex(nodes(), embed_model=model)
    index.insert(Document(text="Snow is white.", doc_id="snow"))
    assert best(index, "Snow is white.").text == "Snow is white."
    index.insert_nodes([TextNode(text="Grass is green.")])
    assert best(index, "Grass is green.").text == "Grass is green."
    index.delete_ref_doc("snow")
    assert best(index, "Snow is white.").text != "Snow is white."


async def test_an_index_from_within_a_loop(model: NovaEmbedding) -> None:
    """A retriever's async methods work on an index that was built in the same running loop."""
    index = VectorStoreIndex(nodes(), embed_model=model)
    await index.ainsert(Document(text="Snow is white."))
    retriever = index.as_retriever(similarity_top_k=1)
    found = await asyncio.gather(*(retriever.aretrieve(text) for text in [*TEXTS, "Snow is white."]))
    assert [hits[0].text for hits in found] == [*TEXTS, "Snow is white."]


def test_each_side_of_an_index_has_its_task(nova: FakeNova) -> None:
    """An index embeds its texts as passages, and a retriever its questions as queries."""
    index = VectorStoreIndex(nodes(), embed_model=NovaEmbedding(api_base=nova.api_base))
    index.as_retriever().retrieve(QueryBundle("moon?", custom_embedding_strs=["moon", "air"]))
    assert [(seen.body["task"], seen.texts) for seen in nova.seen] == [
        ("retrieval.passage", TEXTS),
        ("retrieval.query", ["moon"]),
        ("retrieval.query", ["air"]),
    ]


def test_an_index_pickles_with_the_model_inside(
    model: NovaEmbedding, nova: FakeNova, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pickled index holds no key, and searches with the key of its new environment."""
    pickled = pickle.dumps(VectorStoreIndex(nodes(), embed_model=model))
    assert b"key" not in pickle.dumps(model).replace(b"api_key", b"")
    monkeypatch.setenv("NOVA_API_KEY", "key-of-the-other-side")
    assert best(pickle.loads(pickled), TEXTS[2]).text == TEXTS[2]
    assert nova.seen[-1].headers["authorization"] == "Bearer key-of-the-other-side"


def test_a_blank_text_stops_an_insert(model: NovaEmbedding, nova: FakeNova) -> None:
    """LlamaIndex sends empty documents to the model; there is no vector of nothing."""
    index = VectorStoreIndex(nodes(), embed_model=model)
    nova.seen.clear()
    with pytest.raises(InputError, match="input 0: text is empty"):
        index.insert(Document(text=""))
    assert nova.seen == []


def test_settings_resolve_the_model(model: NovaEmbedding, settings: Any, nova: FakeNova) -> None:
    """`resolve_embed_model` takes the model as it is and gives it its callbacks, before and after use."""
    with observing() as observed:
        assert resolve_embed_model(model, callback_manager=observed.manager) is model
        assert model.callback_manager is observed.manager
        assert settings.embed_model is model
        index = VectorStoreIndex(nodes())
        assert best(index, TEXTS[0]).text == TEXTS[0]
        assert resolve_embed_model(model, callback_manager=observed.manager) is model
        assert best(index, TEXTS[1]).text == TEXTS[1]
    assert {seen.headers["authorization"] for seen in nova.seen} == {"Bearer key"}
    assert len(observed.dispatched.ends) == 3


def test_a_semantic_splitter(model: NovaEmbedding, nova: FakeNova) -> None:
    """The splitter embeds a document's sentences at once, and blank documents cost nothing."""
    splitter = SemanticSplitterNodeParser.from_defaults(
        embed_model=model,
        buffer_size=0,
        sentence_splitter=lambda text: [part for part in text.split("|") if part.strip()],
    )
    assert splitter.get_nodes_from_documents([Document(text=""), Document(text=" ")], show_progress=False) is not None
    assert nova.seen == []
    made = splitter.get_nodes_from_documents([Document(text="|".join(TEXTS))])
    assert "".join(node.get_content() for node in made).replace("|", "") == "".join(TEXTS)
    assert [seen.texts for seen in nova.seen] == [TEXTS]


def test_similarity_and_means(model: NovaEmbedding) -> None:
    """LlamaIndex's own arithmetic works on the vectors: similarity, and the mean of several queries."""
    one, two = model.get_text_embedding_batch(TEXTS[:2])
    assert model.similarity(one, one) == pytest.approx(1.0, abs=1e-5)
    assert model.similarity(one, two) < 0.5
    mean = np.mean([expected(text, "text-matching", width=256) for text in TEXTS], axis=0)
    np.testing.assert_allclose(model.get_agg_embedding_from_queries(TEXTS), mean, atol=1e-6)
    np.testing.assert_allclose(asyncio.run(model.aget_agg_embedding_from_queries(TEXTS)), mean, atol=1e-6)


def test_what_llamaindex_replaces_is_called(model: NovaEmbedding, nova: FakeNova) -> None:
    """The public methods go through those that LlamaIndex's tests and tools replace."""
    with (
        patch.object(NovaEmbedding, "_get_text_embedding", lambda _, text: [1.0, len(text)]),
        patch.object(NovaEmbedding, "_get_text_embeddings", lambda _, texts: [[2.0, len(text)] for text in texts]),
        patch.object(NovaEmbedding, "_get_query_embedding", lambda _, query: [3.0, len(query)]),
    ):
        assert model.get_text_embedding("a") == [1.0, 1]
        assert model.get_text_embedding_batch(["a", "bc"]) == [[2.0, 1], [2.0, 2]]
        assert model.get_query_embedding("abc") == [3.0, 3]
    assert nova.seen == []
