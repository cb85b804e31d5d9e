"""Late interaction in LlamaIndex: index, retriever and postprocessor against exact MaxSim."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from llama_index.core import Document, VectorStoreIndex
from llama_index.core.llms import MockLLM
from llama_index.core.schema import ImageDocument, ImageNode, IndexNode, NodeWithScore, QueryBundle, TextNode
from llama_index.core.vector_stores import FilterCondition, FilterOperator, MetadataFilter, MetadataFilters
from pydantic import ValidationError

from llama_index.embeddings.nova import (
    NovaEmbedding,
    NovaMaxSimPostprocessor,
    NovaMultiVectorIndex,
    NovaMultiVectorRetriever,
)
from nova_embeddings import ConfigurationError, EmbeddingInput, Image, InputError, SpaceMismatchError, maxsim
from nova_embeddings.stores import NumpyStore, QdrantStore
from nova_embeddings.testing import serving
from tests.llamaindex.image_nodes import KINDS, picture
from tests.llamaindex.observers import Counted

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from llama_index.core.base.base_retriever import BaseRetriever

    from nova_embeddings.stores import MultiVectorStore
    from nova_embeddings.testing import RunningServer

    Find = Callable[[BaseRetriever, str | QueryBundle], list[NodeWithScore]]

FINDS: dict[str, Find] = {
    "sync": lambda retriever, query: retriever.retrieve(query),
    "async": lambda retriever, query: asyncio.run(retriever.aretrieve(query)),
}
STORES: dict[str, Callable[[], MultiVectorStore]] = {"numpy": NumpyStore, "qdrant": lambda: QdrantStore("nodes")}


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """The reference server, whose vectors are hashes."""
    with serving() as running:
        yield running


@pytest.fixture
def model(server: RunningServer) -> NovaEmbedding:
    """A model with instructions on each side, and a width that multi-vectors do not have."""
    return NovaEmbedding(
        api_base=server.api_base, dimensions=256, query_instructions="Find it.", document_instructions="Keep it."
    )


def nodes(count: int = 6) -> list[TextNode]:
    """Return nodes of different lengths, each of a document of its own, with metadata that is not embedded."""
    made = [
        TextNode(text=" ".join(f"word{number}{place}" for place in range(number + 1)), id_=f"node {number}")
        for number in range(count)
    ]
    for number, node in enumerate(made):
        node.metadata = {"page": number, "kind": ("even", "odd")[number % 2]}
        node.excluded_embed_metadata_keys = ["page", "kind"]
    return made


def exact(model: NovaEmbedding, query: str, passages: list[Any]) -> list[float]:
    """Return the MaxSim of each passage, computed without a store."""
    asked = model.client.embed([query], "retrieval.query", instructions="Find it.", return_multivector=True)
    given = model.client.embed(passages, instructions="Keep it.", return_multivector=True)
    return [float(score) for score in maxsim(asked.multivectors[0], given.multivectors)]


def ranked(found: list[NodeWithScore]) -> list[tuple[str, Any]]:
    """Return ids and scores, comparable within what float32 gives."""
    return [(one.node.node_id, pytest.approx(one.score, abs=1e-4)) for one in found]


@pytest.mark.parametrize("find", FINDS.values(), ids=FINDS)
@pytest.mark.parametrize("make", STORES.values(), ids=STORES)
def test_an_index_ranks_by_exact_maxsim(model: NovaEmbedding, make: Callable[[], MultiVectorStore], find: Find) -> None:
    """Scores and order are those of MaxSim over all nodes, whatever the store, with each side's task and words."""
    index = NovaMultiVectorIndex(nodes(), embed_model=model, store=make())
    found = find(index.as_retriever(similarity_top_k=6), "word1 word3")
    scores = exact(model, "word1 word3", [node.text for node in nodes()])
    best = sorted(zip(nodes(), scores, strict=True), key=lambda pair: -pair[1])
    assert ranked(found) == [(node.node_id, score) for node, score in best]
    assert [one.node.model_dump() for one in found] == [node.model_dump() for node, _ in best]
    assert find(index.as_retriever(similarity_top_k=2), "word1 word3")[0].node is not found[0].node


@pytest.mark.parametrize("find", FINDS.values(), ids=FINDS)
@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_images_are_found(model: NovaEmbedding, tmp_path: Path, make: Any, find: Find) -> None:
    """Every kind of image node goes in, with and without text, is scored exactly, and comes out as what it was."""
    given = [TextNode(text="word"), make(picture(tmp_path, "red"), None), make(picture(tmp_path, "blue"), "a chart")]
    index = NovaMultiVectorIndex(given, embed_model=model)
    found = {one.node.node_id: one for one in find(index.as_retriever(similarity_top_k=3), "a chart")}
    red, blue = (Image.from_path(picture(tmp_path, color)) for color in ("red", "blue"))
    scores = exact(model, "a chart", ["word", red, EmbeddingInput("a chart", image=blue)])
    for node, score in zip(given, scores, strict=True):
        assert found[node.node_id].score == pytest.approx(score, abs=1e-4)
        assert type(found[node.node_id].node) is type(node)


@pytest.mark.parametrize("find", FINDS.values(), ids=FINDS)
def test_an_image_asks(model: NovaEmbedding, tmp_path: Path, find: Find) -> None:
    """A bundle with a named image is asked by it, text and all; several texts count together; none is an error."""
    path = str(picture(tmp_path))
    index = NovaMultiVectorIndex(nodes(), embed_model=model)
    retriever = index.as_retriever(similarity_top_k=6)
    passages = model.client.embed([node.text for node in nodes()], instructions="Keep it.", return_multivector=True)

    def scores(*queries: Any) -> Any:
        asked = model.client.embed(queries, "retrieval.query", instructions="Find it.", return_multivector=True)
        every = [maxsim(one, passages.multivectors) for one in asked.multivectors]
        return sorted(np.sum(every, axis=0), reverse=True)

    image = Image.from_path(path)
    for bundle, wanted in (
        (model.query_bundle(image=path), scores(image)),
        (model.query_bundle("word1", path), scores(EmbeddingInput("word1", image=image))),
        (QueryBundle("x", custom_embedding_strs=["word1", "word2"]), scores("word1", "word2")),
    ):
        assert [one.score for one in find(retriever, bundle)] == pytest.approx(wanted, abs=1e-4)
    with pytest.raises(InputError, match="neither text nor image_path"):
        find(retriever, QueryBundle(""))


async def test_an_index_changes(model: NovaEmbedding) -> None:
    """What is inserted is found and what is deleted is not, by node and by document, sync and async."""
    index = NovaMultiVectorIndex.from_documents(
        [Document(text="word1", id_="one"), Document(text="word2", id_="two")], embed_model=model
    )
    assert isinstance(index, NovaMultiVectorIndex)

    async def found() -> set[str]:
        hits = await index.as_retriever(similarity_top_k=99).aretrieve("word")
        return {hit.node.ref_doc_id or hit.node.node_id for hit in hits}

    index.insert(Document(text="word3", id_="three"))
    await index.ainsert(Document(text="word4", id_="four"))
    index.insert_nodes(nodes(2))
    await index.ainsert_nodes(nodes(3))  # two of them again: replaced
    assert await found() == {"one", "two", "three", "four", "node 0", "node 1", "node 2"}
    assert len(index.store) == 7
    assert set(index.ref_doc_info) == {"one", "two", "three", "four"}
    index.delete_ref_doc("one")
    await index.adelete_ref_doc("three")
    index.delete_nodes(["node 0", "unknown"])
    await index.adelete_nodes(["node 1", "unknown"])
    index.delete_ref_doc("unknown")
    index.delete_ref_doc("None")
    assert await found() == {"two", "four", "node 2"}
    assert set(index.ref_doc_info) == {"two", "four"}
    index.update_ref_doc(Document(text="word5", id_="two"))
    assert index.refresh_ref_docs([Document(text="word5", id_="two"), Document(text="word6", id_="six")]) == [
        False,
        True,
    ]
    assert sorted(hit.text for hit in index.as_retriever(similarity_top_k=9).retrieve("x"))[1:] == [
        "word4",
        "word5",
        "word6",
    ]


def filters(*given: MetadataFilter | MetadataFilters, condition: Any = FilterCondition.AND) -> MetadataFilters:
    """Join filters."""
    return MetadataFilters(filters=list(given), condition=condition)


EVEN = MetadataFilter(key="kind", value="even")
SOME = MetadataFilter(key="page", value=[1, 2, 4], operator=FilterOperator.IN)


@pytest.mark.parametrize("find", FINDS.values(), ids=FINDS)
@pytest.mark.parametrize("make", STORES.values(), ids=STORES)
def test_filters_are_obeyed(model: NovaEmbedding, make: Callable[[], MultiVectorStore], find: Find) -> None:
    """Of EQ and IN filters, joined by AND and nested, all must match."""
    index = NovaMultiVectorIndex(nodes(), embed_model=model, store=make())
    for wanted, given in (
        ({0, 2, 4}, filters(EVEN)),
        ({1, 2, 4}, filters(SOME)),
        ({2, 4}, filters(EVEN, SOME)),
        ({2, 4}, filters(filters(EVEN), SOME)),
        (set(), filters(MetadataFilter(key="kind", value="neither"))),
        (set(range(6)), filters()),
    ):
        found = find(index.as_retriever(similarity_top_k=9, filters=given), "word1")
        assert {one.node.metadata["page"] for one in found} == wanted


@pytest.mark.parametrize(
    "given",
    [
        filters(EVEN, SOME, condition=FilterCondition.OR),
        filters(EVEN, condition=FilterCondition.NOT),
        filters(filters(EVEN, condition=FilterCondition.OR)),
        filters(EVEN, EVEN),
        filters(MetadataFilter(key="kind", value="even", operator=FilterOperator.IN)),
        filters(MetadataFilter(key="kind", value=["even"])),
        filters(MetadataFilter(key="kind", value=None)),
        *(
            filters(MetadataFilter(key="page", value=1, operator=operator))
            for operator in FilterOperator
            if operator not in {FilterOperator.EQ, FilterOperator.IN}
        ),
    ],
    ids=str,
)
def test_other_filters_are_refused(model: NovaEmbedding, given: MetadataFilters) -> None:
    """A filter that the stores do not have is named when the retriever is made, and never left out."""
    index = NovaMultiVectorIndex(embed_model=model)
    with pytest.raises(ConfigurationError, match="metadata filter"):
        index.as_retriever(filters=given)


def test_a_store_outlives_its_index(model: NovaEmbedding, tmp_path: Path) -> None:
    """An index over a store that was saved finds the nodes again; a store of another space is refused."""
    store = NumpyStore(tmp_path / "store", space=NovaMultiVectorIndex(embed_model=model).store.space)  # type: ignore[attr-defined]
    NovaMultiVectorIndex(nodes(), embed_model=model, store=store)
    store.save()
    again = NumpyStore(tmp_path / "store")
    (hit,) = NovaMultiVectorIndex(embed_model=model, store=again).as_retriever(similarity_top_k=1).retrieve("word1")
    assert hit.node.metadata["page"] in range(6)
    other = model.model_copy(update={"task": "code"})
    for make in (
        lambda: NovaMultiVectorIndex(nodes(), embed_model=other, store=again),
        lambda: NovaMultiVectorRetriever(again, other),
    ):
        with pytest.raises(SpaceMismatchError, match="another model, task or adapter"):
            make()
    assert len(again) == 6


async def test_a_bad_node_is_named(model: NovaEmbedding, server: RunningServer) -> None:
    """A node with nothing to embed is named before anything is sent; a bad file with its place, when it is its turn."""
    index = NovaMultiVectorIndex(nodes(1), embed_model=model)
    before = len(server.requests)
    bad = [*nodes(300), TextNode(text=" ", id_="bad")]
    with pytest.raises(InputError, match="node 'bad': it has neither") as caught:
        index.insert_nodes(bad)
    assert caught.value.index == 300
    with pytest.raises(InputError, match="node 'bad': it has neither"):
        await index.ainsert_nodes(bad)
    assert (len(server.requests), len(index.store)) == (before, 1)
    with pytest.raises(InputError, match="node 'bad': the image file") as caught:
        index.insert_nodes([*nodes(260), ImageNode(image_path="/missing.png", id_="bad")])
    assert caught.value.index == 260
    assert len(index.store) == 256


def test_objects_of_index_nodes_are_reached(model: NovaEmbedding) -> None:
    """An index node stands for its object, as in LlamaIndex's own indexes, however it went in."""
    inner = NovaMultiVectorIndex([TextNode(text="inside")], embed_model=model).as_retriever()
    index = NovaMultiVectorIndex(embed_model=model)
    index.insert_nodes([IndexNode(text="outside", index_id="x", obj=inner)])
    assert [hit.text for hit in index.as_retriever().retrieve("outside")] == ["inside"]
    index = NovaMultiVectorIndex(embed_model=model, objects=[IndexNode(text="outside", index_id="x", obj=inner)])
    assert [hit.text for hit in index.as_retriever().retrieve("outside")] == ["inside"]


def test_a_query_engine_answers(model: NovaEmbedding) -> None:
    """The index serves LlamaIndex's query engines, with a postprocessor in them."""
    index = NovaMultiVectorIndex(nodes(), embed_model=model)
    engine = index.as_query_engine(
        llm=MockLLM(),
        similarity_top_k=4,
        node_postprocessors=[NovaMaxSimPostprocessor(embed_model=model, top_n=2)],
    )
    assert len(engine.query("word1").source_nodes) == 2


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_postprocessor_reorders_by_exact_maxsim(model: NovaEmbedding, tmp_path: Path, way: str) -> None:
    """Nodes of a dense retriever, images too, come out by MaxSim as new scored nodes; what came in is unchanged."""
    path = picture(tmp_path)
    given = [*nodes(), ImageNode(image_path=str(path), text="a chart"), ImageDocument(image_path=str(path))]
    index = VectorStoreIndex([], embed_model=model)
    index.insert_nodes(list(model(given)))
    found = index.as_retriever(similarity_top_k=9).retrieve("word1 word3")
    before = [(one.node.node_id, one.score) for one in found]
    post = NovaMaxSimPostprocessor(embed_model=model, top_n=3)
    made = (
        post.postprocess_nodes(found, query_str="word1 word3")
        if way == "sync"
        else asyncio.run(post.apostprocess_nodes(found, query_bundle=QueryBundle("word1 word3")))
    )
    image = Image.from_path(path)
    passages = [*(node.text for node in nodes()), EmbeddingInput("a chart", image=image), image]
    scores = exact(model, "word1 word3", passages)
    best = sorted(zip(given, scores, strict=True), key=lambda pair: -pair[1])[:3]
    assert [one.score for one in made] == pytest.approx([score for _, score in best], abs=1e-4)
    assert [(one.node.node_id, one.score) for one in found] == before
    assert not {id(one) for one in made} & {id(one) for one in found}


@pytest.mark.parametrize("way", ["sync", "async"])
def test_a_postprocessor_needs_a_question(model: NovaEmbedding, server: RunningServer, way: str) -> None:
    """Without a question it says so; without nodes it asks nobody."""

    def run(found: list[NodeWithScore], query: str | None) -> list[NodeWithScore]:
        if way == "sync":
            return post.postprocess_nodes(found, query_str=query)
        return asyncio.run(post.apostprocess_nodes(found, query_str=query))

    post = NovaMaxSimPostprocessor(embed_model=model)
    before = len(server.requests)
    assert run([], "word1") == []
    with pytest.raises(ConfigurationError, match="against a question"):
        run([NodeWithScore(node=nodes()[0], score=1.0)], None)
    assert len(server.requests) == before


def test_wrong_options_are_refused(model: NovaEmbedding) -> None:
    """Another model, and numbers that cannot be, are refused when they are given."""
    other: Any = "default"
    for make in (
        lambda: NovaMultiVectorIndex(embed_model=other),
        lambda: NovaMultiVectorRetriever(NumpyStore(), other),
        lambda: NovaMaxSimPostprocessor(embed_model=other),
    ):
        with pytest.raises(ConfigurationError, match="come from a NovaEmbedding"):
            make()
    for wrong in (0, -1, True, 1.5):
        number: Any = wrong
        with pytest.raises(ConfigurationError, match="similarity_top_k"):
            NovaMultiVectorIndex(embed_model=model).as_retriever(similarity_top_k=number)
        with pytest.raises(ValidationError, match="top_n"):
            NovaMaxSimPostprocessor(embed_model=model, top_n=number)


async def test_the_limiter_is_asked(model: NovaEmbedding) -> None:
    """A rate limiter is asked once for each request, sync and async."""
    limiter = Counted()
    model.rate_limiter = limiter
    index = NovaMultiVectorIndex(nodes(), embed_model=model)
    index.as_retriever().retrieve("a")
    await index.ainsert_nodes(nodes())
    await index.as_retriever().aretrieve("a")
    assert limiter.acquired == 4
