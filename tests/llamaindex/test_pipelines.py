"""`NovaEmbedding` as a transformation of an `IngestionPipeline`."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import MetadataMode, TextNode
from llama_index.core.vector_stores import SimpleVectorStore

from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import InputError
from tests.fake_nova import Scripted, expected, good_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llama_index.core.schema import BaseNode

    from tests.fake_nova import FakeNova

RUNS: dict[str, Callable[..., Sequence[BaseNode]]] = {
    "run": IngestionPipeline.run,
    "arun": lambda pipeline, **options: asyncio.run(pipeline.arun(**options)),
}


def nodes(count: int = 5) -> list[BaseNode]:
    """Return nodes with metadata, which LlamaIndex puts before the text."""
    return [TextNode(text=f"text {number}", metadata={"page": number}) for number in range(count)]


def assert_embedded(made: Sequence[BaseNode], width: int = 128) -> None:
    """Every node has the vector of its own text and metadata, as a passage."""
    for node in made:
        text = node.get_content(metadata_mode=MetadataMode.EMBED)
        np.testing.assert_allclose(node.get_embedding(), expected(text, "retrieval.passage", width=width), rtol=1e-6)


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_pipeline_fills_nodes_and_stores(nova: FakeNova, run: Callable[..., Sequence[BaseNode]]) -> None:
    """Nodes come out with their vectors, in order, and are in the store."""
    store = SimpleVectorStore()
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128, embed_batch_size=2)
    made = run(IngestionPipeline(transformations=[model], vector_store=store), nodes=nodes(), show_progress=True)
    assert [node.metadata["page"] for node in made] == [0, 1, 2, 3, 4]
    assert_embedded(made)
    assert set(store.data.embedding_dict) == {node.node_id for node in made}


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_pipelines_cache_tells_options_apart(nova: FakeNova, run: Callable[..., Sequence[BaseNode]]) -> None:
    """The same nodes are not embedded twice, and a change of anything that changes vectors is seen."""
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128)
    pipeline, given = IngestionPipeline(transformations=[model]), nodes()
    for options in ({}, {"dimensions": 256}, {"task": "code"}, {"document_instructions": "x"}, {"adapter": "legal"}):
        pipeline.transformations = [model.model_copy(update=options)]
        nova.seen.clear()
        for _ in range(2):
            made = run(pipeline, nodes=[node.model_copy() for node in given])
            assert len(made[0].get_embedding()) == options.get("dimensions", 128)
        assert len(nova.seen) == 1


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_failed_run_leaves_the_store_as_it_was(nova: FakeNova, run: Callable[..., Sequence[BaseNode]]) -> None:
    """An error comes out of the pipeline, nothing is stored, and the next run does all of it."""

    def answer(body: dict[str, Any]) -> Scripted | dict[str, Any]:
        return Scripted(400) if "text 3" in str(body["input"]) else good_answer(body)

    nova.answering = answer
    store = SimpleVectorStore()
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128, embed_batch_size=2)
    pipeline = IngestionPipeline(transformations=[model], vector_store=store)
    with pytest.raises(InputError, match="400"):
        run(pipeline, nodes=nodes())
    assert store.data.embedding_dict == {}
    nova.answering = good_answer
    assert_embedded(run(pipeline, nodes=nodes()))
    assert len(store.data.embedding_dict) == 5


@pytest.mark.slow
def test_processes_take_the_key_from_the_environment(nova: FakeNova, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipeline's worker processes get the model without its key, and read their own."""
    monkeypatch.setenv("NOVA_API_KEY", "key-of-the-workers")
    model = NovaEmbedding(api_base=nova.api_base, api_key="key-of-this-process", dimensions=128)
    model.get_query_embedding("before")
    nova.seen.clear()
    made = IngestionPipeline(transformations=[model]).run(nodes=nodes(6), num_workers=2)
    assert sorted(node.metadata["page"] for node in made) == list(range(6))
    assert_embedded(made)
    assert [seen.headers["authorization"] for seen in nova.seen] == ["Bearer key-of-the-workers"] * 2
