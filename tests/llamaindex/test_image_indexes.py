"""Images inside LlamaIndex's indexes, and questions that are images."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from llama_index.core import StorageContext, VectorStoreIndex
from llama_index.core.indices import MultiModalVectorStoreIndex
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import ImageNode, QueryBundle, TextNode
from llama_index.core.storage.kvstore import SimpleKVStore
from llama_index.core.vector_stores import SimpleVectorStore

from llama_index.embeddings.nova import NovaEmbedding, NovaIngestionPipeline
from nova_embeddings import Image, InputError
from nova_embeddings.testing import serving
from tests.core.pictures import drawn
from tests.fake_nova import expected
from tests.llamaindex.image_nodes import ADDRESS, KINDS, LINKS, encoded, picture, sent
from tests.llamaindex.observers import observing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from llama_index.core.schema import BaseNode

    from tests.fake_nova import FakeNova

    Ask = Callable[..., QueryBundle]

ASKS: dict[str, Ask] = {
    "sync": lambda model, *query: model.query_bundle(*query),
    "async": lambda model, *query: asyncio.run(model.aquery_bundle(*query)),
}


@pytest.fixture
def model() -> Iterator[NovaEmbedding]:
    """A model whose queries and passages lie in the same place, so that an image finds itself."""
    with serving() as server:
        yield NovaEmbedding(api_base=server.api_base, task="text-matching", dimensions=256)


def corpus(folder: Path) -> list[BaseNode]:
    """Return a text, an image, and both."""
    return [
        TextNode(text="Tea grows in Assam.", id_="text"),
        ImageNode(image_path=str(picture(folder, "red")), id_="image"),
        ImageNode(image_path=str(picture(folder, "blue")), text="a chart", id_="fused"),
    ]


def found(index: VectorStoreIndex, query: QueryBundle) -> list[str]:
    """Return the ids of what an index finds, best first, sync and async the same."""
    retriever = index.as_retriever(similarity_top_k=3)
    hits = retriever.retrieve(query)
    assert [hit.node.node_id for hit in asyncio.run(retriever.aretrieve(query))] == [hit.node.node_id for hit in hits]
    assert hits[0].score == pytest.approx(1.0, abs=1e-4)
    return [hit.node.node_id for hit in hits]


def piped(model: NovaEmbedding, folder: Path) -> VectorStoreIndex:
    """Fill a store through a pipeline."""
    index = VectorStoreIndex([], embed_model=model)
    nodes = NovaIngestionPipeline(transformations=[model]).run(nodes=corpus(folder))
    index.insert_nodes(list(nodes))
    return index


def inserted(model: NovaEmbedding, folder: Path) -> VectorStoreIndex:
    """Embed nodes and insert them."""
    index = VectorStoreIndex([], embed_model=model)
    index.insert_nodes(list(model(corpus(folder))))
    return index


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
@pytest.mark.parametrize("build", [piped, inserted])
def test_one_index_holds_texts_and_images(
    model: NovaEmbedding, tmp_path: Path, build: Callable[..., VectorStoreIndex], ask: Ask
) -> None:
    """A text, an image and both, as questions, each find first what is the same."""
    index = build(model, tmp_path)
    red, blue = picture(tmp_path, "red"), picture(tmp_path, "blue")
    assert found(index, ask(model, "Tea grows in Assam."))[0] == "text"
    for image in (str(red), red, red.read_bytes(), Image.from_path(red)):
        assert found(index, ask(model, None, image))[0] == "image"
    assert found(index, ask(model, "a chart", str(blue)))[0] == "fused"


def test_an_index_of_documents_with_images(model: NovaEmbedding, tmp_path: Path) -> None:
    """A picture with a caption goes in through `transformations`, both as one vector, and is found."""
    index = VectorStoreIndex.from_documents([], transformations=[model], embed_model=model)
    captioned: Any = KINDS["ImageDocument"](picture(tmp_path, "blue"), "a chart")
    index.insert(captioned)
    hits = index.as_retriever().retrieve(model.query_bundle("a chart", str(tmp_path / "blue.png")))
    assert hits[0].score == pytest.approx(1.0, abs=1e-4)


@pytest.mark.parametrize("embedded", [False, True])
def test_a_multi_modal_index(model: NovaEmbedding, tmp_path: Path, embedded: bool) -> None:  # noqa: FBT001
    """LlamaIndex's index of two stores works, with vectors that are there and with those it asks for."""
    nodes = [*corpus(tmp_path)[:1], ImageNode(image_path=str(picture(tmp_path, "red")), id_="image", text="a chart")]
    index = MultiModalVectorStoreIndex(
        list(model(nodes)) if embedded else nodes,
        storage_context=StorageContext.from_defaults(image_store=SimpleVectorStore()),
        embed_model=model,
        image_embed_model=model,
    )
    retriever = index.as_retriever(similarity_top_k=1, image_similarity_top_k=1)
    assert [hit.node.node_id for hit in retriever.text_to_image_retrieve("a chart")] == ["image"]
    assert [hit.node.node_id for hit in retriever.image_to_image_retrieve(str(picture(tmp_path, "red")))] == ["image"]
    assert retriever.retrieve("Tea grows in Assam.")[0].node.node_id == "text"


@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_llamaindex_downloads_nothing(nova: FakeNova, link: BaseNode, monkeypatch: pytest.MonkeyPatch) -> None:
    """Through a pipeline and an index, an address is sent on and never fetched by LlamaIndex."""
    fetched: list[Any] = []
    monkeypatch.setattr("requests.get", lambda *given, **_: fetched.append(given))
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128)
    for kind in (NovaIngestionPipeline, IngestionPipeline):
        nodes = kind(transformations=[model]).run(nodes=[link.model_copy(deep=True)])
    index = VectorStoreIndex([], embed_model=model)
    index.insert_nodes(list(nodes))
    if isinstance(link, ImageNode):
        MultiModalVectorStoreIndex(
            list(nodes),
            storage_context=StorageContext.from_defaults(image_store=SimpleVectorStore()),
            embed_model=model,
            image_embed_model=model,
        )
    index.as_retriever().retrieve(model.query_bundle(image=ADDRESS))
    assert {item.get("image") for item in sent(nova)} == {ADDRESS}
    assert fetched == []


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_a_question_in_every_form(nova: FakeNova, tmp_path: Path, ask: Ask) -> None:
    """Text, image and both go out as one query, with the model's instructions or the question's own."""
    path = picture(tmp_path)
    image = encoded(drawn("teal"))
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128, query_instructions="general")
    for query, item, instructions in (
        (("a",), {"text": "a"}, "general"),
        ((None, str(path)), {"image": image}, "general"),
        (("a", str(path)), {"text": "a", "image": image}, "general"),
        (("a", str(path), "own"), {"text": "a", "image": image}, "own"),
        (("a", None, ""), {"text": "a"}, None),
    ):
        bundle = ask(model, *query)
        given: dict[str, Any] = {"image": item.get("image"), "instructions": instructions}
        wanted = expected(item.get("text"), "retrieval.query", width=128, **given)
        assert bundle.embedding == pytest.approx(wanted.tolist(), rel=1e-6)
        assert (bundle.query_str, bundle.image_path) == (item.get("text", ""), str(path) if "image" in item else None)
    assert len(nova.seen) == 5


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
@pytest.mark.parametrize("query", [(), (" ",), (None, "missing.png"), (None, 3), ("", ADDRESS)], ids=str)
def test_a_bad_question_is_refused(nova: FakeNova, query: tuple[Any, ...], ask: Ask) -> None:
    """A question of nothing, or of what is no image, raises and sends nothing."""
    with pytest.raises(InputError):
        ask(NovaEmbedding(api_base=nova.api_base), *query)
    assert nova.seen == []


@pytest.mark.parametrize("ask", ASKS.values(), ids=ASKS)
def test_a_question_is_observed_and_cached(nova: FakeNova, tmp_path: Path, ask: Ask) -> None:
    """A question of text shares the cache with others of the same instructions; observers see no image."""
    with observing() as observed:
        model = NovaEmbedding(api_base=nova.api_base, dimensions=128, embeddings_cache=SimpleKVStore())
        model.get_query_embedding("a")
        for query in (("a",), ("a", None, "own"), ("a", None, "own"), ("a", str(picture(tmp_path)))):
            ask(model, *query)
    assert len(nova.seen) == 3
    assert [end.chunks for end in observed.dispatched.ends] == [["a"]] * 4 + [["a [image]"]]


def test_importing_loads_nothing_heavy() -> None:
    """Importing the package and making its classes loads no image format, database or LiteLLM beside LlamaIndex."""
    code = """
import sys, llama_index.core
before = set(sys.modules)
import llama_index.embeddings.nova as nova
nova.NovaMaxSimPostprocessor(embed_model=nova.NovaEmbedding())
nova.NovaMultiVectorIndex(embed_model=nova.NovaEmbedding()).as_retriever()
heavy = {"PIL", "qdrant_client", "litellm", "openai", "rapidocr", "onnxruntime"}
print(sorted(name for name in set(sys.modules) - before if name.partition(".")[0] in heavy))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"
