"""Vectors of sentence-transformers models: the same as by sentence-transformers itself."""

from __future__ import annotations

import asyncio
import multiprocessing
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import litellm
import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from nova_embeddings import EmbeddingInput, NovaClient
from nova_embeddings.cache import SQLiteCache
from tests.torch import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from nova_embeddings import Task


@pytest.fixture(scope="module")
def own(folder: Path) -> SentenceTransformer:
    """The same model, loaded by its own library."""
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


@pytest.fixture(scope="module")
def client(folder: Path) -> NovaClient:
    """A client of it, with batches smaller than the texts."""
    return NovaClient(f"sentence_transformers/{folder}?device=cpu", batch_size=3)


@pytest.mark.parametrize(
    ("task", "name"),
    [
        ("retrieval.query", "query"),
        ("retrieval.passage", "passage"),
        ("code.query", "query"),
        ("code.passage", "passage"),
        ("text-matching", "STS"),
        ("retrieval", None),
        ("code", None),
    ],
)
def test_a_task_takes_the_models_own_prompt(
    task: Task, name: str | None, client: NovaClient, own: SentenceTransformer
) -> None:
    """Each task's vectors are those of `encode(prompt_name=…)`, in order, and without a prompt where there is none."""
    vectors = client.embed(tiny.TEXTS, task).vectors
    np.testing.assert_allclose(vectors, own.encode(tiny.TEXTS, prompt_name=name), atol=1e-6)
    assert vectors is not None
    assert vectors.dtype == np.float32


def test_tasks_may_be_mixed(client: NovaClient, own: SentenceTransformer) -> None:
    """Every input of a request has its own task's prompt, and its own place."""
    tasks: list[Task] = ["retrieval.query", "retrieval.passage", "text-matching"]
    inputs = [EmbeddingInput(text, task=tasks[place % 3]) for place, text in enumerate(tiny.TEXTS)]
    vectors = client.embed(inputs).vectors
    names = ["query", "passage", "STS"]
    expected = [own.encode(text, prompt_name=names[place % 3]) for place, text in enumerate(tiny.TEXTS)]
    np.testing.assert_allclose(vectors, expected, atol=1e-6)


def test_async_is_sync(client: NovaClient) -> None:
    """An event loop gets the same vectors."""
    found = asyncio.run(client.aembed(tiny.TEXTS)).vectors
    np.testing.assert_allclose(found, client.embed(tiny.TEXTS).vectors, atol=1e-6)


@pytest.mark.parametrize("dimensions", [8, 16])
def test_a_trained_width_is_a_beginning_at_length_one(
    dimensions: int, client: NovaClient, own: SentenceTransformer
) -> None:
    """A narrower vector is sentence-transformers' own: cut, and brought back to length 1."""
    result = client.embed(tiny.TEXTS, dimensions=dimensions)
    expected = own.encode(tiny.TEXTS, prompt_name="passage", truncate_dim=dimensions, normalize_embeddings=True)
    np.testing.assert_allclose(result.vectors, expected, atol=1e-6)
    assert result.space.dimensions == dimensions
    assert result.space.id == client.space_of(dimensions=dimensions).id


def test_vectors_keep_their_length(tmp_path: Path) -> None:
    """A model that does not normalise, because its scores are dot products, is left alone."""
    folder = tiny.whole(tmp_path / "dot", normalize=False)
    own = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    found = NovaClient(f"sentence_transformers/{folder}").embed(tiny.TEXTS).vectors
    np.testing.assert_allclose(found, own.encode(tiny.TEXTS), atol=1e-6)
    assert found is not None
    assert not np.allclose(np.linalg.norm(found, axis=1), 1, atol=0.1)


def test_instructions_go_where_the_model_was_trained_to_read_them(tmp_path: Path) -> None:
    """An Instruct-style model gets the caller's in its own form, before queries."""
    folder = tiny.whole(tmp_path / "instruct", tiny.QWEN)
    own = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
    client = NovaClient(f"sentence_transformers/{folder}")
    found = client.embed(tiny.TEXTS, "retrieval.query", instructions="search for code").vectors
    expected = own.encode(tiny.TEXTS, prompt="Instruct: search for code\nQuery:")
    np.testing.assert_allclose(found, expected, atol=1e-6)
    plain = client.embed(tiny.TEXTS, "retrieval.query").vectors
    np.testing.assert_allclose(plain, own.encode(tiny.TEXTS, prompt_name="query"), atol=1e-6)
    assert not np.allclose(found, plain, atol=1e-3)


def test_many_threads_share_a_model(client: NovaClient) -> None:
    """Threads that embed at once, texts of different lengths, get what each would get alone."""
    alone = [client.embed(tiny.TEXTS[: place + 1]).vectors for place in range(len(tiny.TEXTS))]
    with ThreadPoolExecutor(8) as pool:
        several = list(pool.map(lambda count: client.embed(tiny.TEXTS[:count]).vectors, [1, 2, 3, 4, 5, 6, 7] * 4))
    for place, found in enumerate(several):
        np.testing.assert_allclose(found, alone[place % 7], atol=1e-6)
    assert threading.active_count() < 40


def test_tokens_are_counted(client: NovaClient) -> None:
    """The prompt and the marks around it count: [CLS] text : the red cat sleeps [SEP]."""
    assert client.embed(["the red cat sleeps"]).usage.total_tokens == 8


@pytest.mark.slow
def test_a_pickled_client_embeds_in_another_process(client: NovaClient, tmp_path: Path) -> None:
    """A fresh interpreter in another directory unpickles the client and computes the same."""
    (tmp_path / "client").write_bytes(pickle.dumps(client))
    code = (
        "import pickle, sys; from pathlib import Path; c = pickle.loads(Path('client').read_bytes());"
        "r = c.embed(['the red cat sleeps']); print(r.space.id, *map(repr, map(float, r.vectors[0])))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    name, *numbers = done.stdout.split()
    result = client.embed(["the red cat sleeps"])
    assert name == result.space.id
    assert result.vectors is not None
    np.testing.assert_allclose([float(number) for number in numbers], result.vectors[0], atol=1e-6)


def _embed_in_child(client: NovaClient, queue: multiprocessing.Queue[list[float]]) -> None:
    vectors = client.embed(["the red cat sleeps"]).vectors
    queue.put([] if vectors is None else vectors[0].tolist())


def test_a_client_survives_a_fork(client: NovaClient) -> None:
    """A forked child computes the same, also after the parent has."""
    before = client.embed(["the red cat sleeps"]).vectors
    forking = multiprocessing.get_context("fork")
    queue: multiprocessing.Queue[list[float]] = forking.Queue()
    child = forking.Process(target=_embed_in_child, args=(client, queue), daemon=True)
    child.start()
    found = queue.get(timeout=60)
    child.join(10)
    assert before is not None
    np.testing.assert_allclose(found, before[0], atol=1e-6)


def test_a_cache_keeps_the_vectors(folder: Path, tmp_path: Path) -> None:
    """What was embedded once is not computed again: no tokens are counted."""
    client = NovaClient(f"sentence_transformers/{folder}", cache=SQLiteCache(tmp_path / "vectors.db"))
    first = client.embed(tiny.TEXTS)
    again = client.embed(tiny.TEXTS)
    np.testing.assert_array_equal(first.vectors, again.vectors)
    assert first.usage.total_tokens > 0
    assert again.usage.total_tokens == 0


def test_litellm_reaches_the_model_too(folder: Path, client: NovaClient) -> None:
    """Plain LiteLLM and its Router get the same vectors once the plugin is registered."""
    expected = client.embed(["a river"], "retrieval.query", dimensions=8).vectors
    entry = {"model_name": "mine", "litellm_params": {"model": f"sentence_transformers/{folder}"}}
    routed = NovaClient(model_list=[entry])
    result = routed.embed(["a river"], "retrieval.query", dimensions=8)
    np.testing.assert_allclose(result.vectors, expected, atol=1e-6)
    assert result.space.id == client.space_of(dimensions=8).id
    plain = litellm.embedding(
        f"sentence_transformers/{folder}", ["a river"], extra_body={"task": "retrieval.query", "dimensions": 8}
    )
    np.testing.assert_allclose([plain.data[0]["embedding"]], expected, atol=1e-6)


def test_onnx_computes_the_same(client: NovaClient, folder: Path) -> None:
    """The ONNX backend exports the model and lies in the same space, within its arithmetic."""
    exported = NovaClient(f"sentence_transformers/{folder}?backend=onnx")
    found = exported.embed(tiny.TEXTS)
    np.testing.assert_allclose(found.vectors, client.embed(tiny.TEXTS).vectors, atol=1e-5)
    assert found.space.id == client.space.id
