"""Nodes with images through ingestion pipelines: their bytes count in the cache, and stay out of memory."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.node_parser import SentenceSplitter
from llama_index.core.readers.base import ReaderConfig
from llama_index.core.readers.string_iterable import StringIterableReader
from llama_index.core.schema import ImageNode, MetadataMode, TextNode
from llama_index.core.vector_stores import SimpleVectorStore

from llama_index.embeddings.nova import NovaEmbedding, NovaIngestionPipeline
from nova_embeddings import ConfigurationError, InputError
from tests.core.pictures import drawn, noise
from tests.fake_nova import expected
from tests.llamaindex.image_nodes import ADDRESS, KINDS, encoded, picture, sent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from llama_index.core.schema import BaseNode

    from tests.fake_nova import FakeNova
    from tests.llamaindex.image_nodes import Make

    Run = Callable[..., Sequence[BaseNode]]

RUNS: dict[str, Run] = {
    "run": lambda pipeline, **options: pipeline.run(**options),
    "arun": lambda pipeline, **options: asyncio.run(pipeline.arun(**options)),
}
ROOT = Path(__file__).parents[2]


def row_of(color: str) -> Any:
    """Return the vector of a picture of this colour."""
    return expected(None, "retrieval.passage", width=128, image=encoded(drawn(color)))


def pipeline_of(nova: FakeNova, kind: type[IngestionPipeline] = NovaIngestionPipeline, **options: Any) -> Any:
    """Make a pipeline that embeds."""
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128)
    return kind(transformations=[model], **options)


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_two_images_are_two_nodes(nova: FakeNova, tmp_path: Path, make: Make, run: Run) -> None:
    """The cache never gives one image's node for another's, and gives the same one's without asking again."""
    pipeline = pipeline_of(nova)
    for color in ("red", "blue", "red", "blue"):
        (made,) = run(pipeline, nodes=[make(picture(tmp_path, color), None)])
        np.testing.assert_allclose(made.get_embedding(), row_of(color), rtol=1e-6)
    assert len(nova.seen) == 2


def test_llamaindexs_own_pipeline_mixes_them_up(nova: FakeNova, tmp_path: Path) -> None:
    """With LlamaIndex's own pipeline and its cache, the second image gets the first one's node: why we have ours."""
    nodes = [ImageNode(image_path=str(picture(tmp_path, color)), id_=color) for color in ("red", "blue")]
    plain, uncached = pipeline_of(nova, IngestionPipeline), pipeline_of(nova, IngestionPipeline, disable_cache=True)
    assert [plain.run(nodes=[node])[0].node_id for node in nodes] == ["red", "red"]
    assert [uncached.run(nodes=[node])[0].node_id for node in nodes] == ["red", "blue"]


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_a_changed_file_is_seen(nova: FakeNova, tmp_path: Path, run: Run) -> None:
    """It is the bytes that count, not the path; an address counts as it is, unread."""
    pipeline, path = pipeline_of(nova), picture(tmp_path, "red")
    for color in ("red", "blue"):
        path.write_bytes(drawn(color))
        (made,) = run(pipeline, nodes=[ImageNode(image_path=str(path))])
        np.testing.assert_allclose(made.get_embedding(), row_of(color), rtol=1e-6)
    for address in (ADDRESS, f"{ADDRESS}?2", ADDRESS):
        run(pipeline, nodes=[ImageNode(image_url=address)])
    assert [item["image"] for item in sent(nova)[2:]] == [ADDRESS, f"{ADDRESS}?2"]


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_the_digest_is_for_the_cache_alone(nova: FakeNova, tmp_path: Path, run: Run) -> None:
    """What tells images apart is neither embedded nor shown to a language model, and texts have none."""
    store = SimpleVectorStore()
    image = ImageNode(image_path=str(picture(tmp_path)), text="a chart", metadata={"page": 1})
    made = run(pipeline_of(nova, vector_store=store), nodes=[image, TextNode(text="a")])
    assert {item.get("text") for item in sent(nova)} == {"page: 1\n\na chart", "a"}
    assert "image_sha256" in made[0].metadata
    for mode in (MetadataMode.EMBED, MetadataMode.LLM):
        assert "image_sha256" not in made[0].get_content(metadata_mode=mode)
    assert made[1].metadata == {}
    assert len(store.data.embedding_dict) == 2


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_documents_of_the_pipeline_count(nova: FakeNova, tmp_path: Path, run: Run) -> None:
    """Documents that are given, or belong to the pipeline, are told apart too, also behind a splitter."""
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128)
    for color in ("red", "blue"):
        document = KINDS["ImageDocument"](picture(tmp_path, color), "a chart")
        options: dict[str, Any] = {"transformations": [SentenceSplitter(), model]}
        own = NovaIngestionPipeline(**options, documents=[document])
        given = NovaIngestionPipeline(**options, cache=own.cache)
        for made in (run(own), run(given, documents=[document])):
            row = expected("a chart", "retrieval.passage", width=128, image=encoded(drawn(color)))
            np.testing.assert_allclose(made[0].get_embedding(), row, rtol=1e-6)
    assert len(nova.seen) == 2


@pytest.mark.parametrize("run", RUNS.values(), ids=RUNS)
def test_what_cannot_be_told_apart_is_refused(nova: FakeNova, tmp_path: Path, run: Run) -> None:
    """A template that hides metadata, readers, and a missing file raise before anything is embedded."""
    node = ImageNode(image_path=str(picture(tmp_path)), text="a", text_template="{content}", id_="hidden")
    with pytest.raises(ConfigurationError, match=r"'hidden'.*text_template"):
        run(pipeline_of(nova), nodes=[node])
    readers = [ReaderConfig(reader=StringIterableReader(), reader_args=[["a"]])]
    with pytest.raises(ConfigurationError, match="readers"):
        run(pipeline_of(nova, readers=readers))
    with pytest.raises(InputError, match="node 'gone': the image file cannot be read: No such file") as caught:
        run(pipeline_of(nova), nodes=[TextNode(text="a"), ImageNode(image_path="/gone.png", id_="gone")])
    assert caught.value.index == 1
    assert nova.seen == []
    assert len(run(pipeline_of(nova, readers=readers, disable_cache=True), nodes=[node])) == 2


@pytest.mark.slow
def test_processes_tell_them_apart(nova: FakeNova, tmp_path: Path) -> None:
    """Worker processes, each with a part of the nodes, fill and use the cache rightly."""
    pipeline = pipeline_of(nova)
    for _ in range(2):
        nodes = [ImageNode(image_path=str(picture(tmp_path, color)), id_=color) for color in ("red", "blue")]
        made = pipeline.run(nodes=nodes, num_workers=2)
        assert [node.node_id for node in made] == ["red", "blue"]
        np.testing.assert_allclose([node.embedding for node in made], [row_of("red"), row_of("blue")], rtol=1e-6)
    assert len(nova.seen) == 2


MEASURE = """
import sys, tracemalloc
from llama_index.core.schema import ImageNode
from llama_index.embeddings.nova import NovaEmbedding, NovaIngestionPipeline
api_base, path, kind, limit = *sys.argv[1:4], int(sys.argv[4])
def run(count):
    model = NovaEmbedding(api_base=api_base, dimensions=128, max_concurrency=1, max_batch_bytes=limit)
    nodes = [ImageNode(image_path=path, metadata={"number": number}) for number in range(count)]
    pipeline = NovaIngestionPipeline(transformations=[model])
    if count > 1:  # importing litellm would take most of the time, and all of the memory
        tracemalloc.start()
    if kind == "run":
        made = pipeline.run(nodes=nodes)
    else:
        import asyncio
        made = asyncio.run(pipeline.arun(nodes=nodes))
    assert len(made) == count and all(len(node.embedding) == 128 for node in made)
    kept, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return kept, peak
run(1)
print(*run(1000))
"""


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["run", "arun"])
def test_a_thousand_images_are_never_in_memory_together(nova: FakeNova, tmp_path: Path, kind: str) -> None:
    """A pipeline over 1,000 images needs the memory of less than two batches of images besides its result."""
    path, limit = tmp_path / "noise.png", 2**20
    path.write_bytes(noise(10_000))
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, nova.api_base, str(path), kind, str(limit)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    kept, peak = map(int, done.stdout.split())
    assert nova.inputs_seen == 1001
    assert max(len(seen.items) for seen in nova.seen) * path.stat().st_size * 4 // 3 <= limit
    assert peak - kept < 2 * limit < 1000 * path.stat().st_size
