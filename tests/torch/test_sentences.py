"""Vectors of sentence-transformers models: the same as by sentence-transformers itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from nova_embeddings import NovaClient
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
    result = client.embed(tiny.TEXTS, task)
    expected = own.encode(tiny.TEXTS, prompt_name=name)
    np.testing.assert_allclose(result.vectors, expected, atol=1e-6)
    assert result.vectors is not None
    assert result.vectors.dtype == np.float32
