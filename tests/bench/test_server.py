"""The bench's server: what it answers, and what it counts."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import pytest

from bench.server import Serving, serving
from bench.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server() -> Iterator[Serving]:
    """A server that answers at once."""
    with serving() as running:
        yield running


def embeddings(server: Serving, **body: Any) -> list[Any]:
    """Return the vectors of an answer, as they are on the wire."""
    reply = httpx.post(Settings(server.api_base).url, json={"model": "m", "input": ["a", "b"], **body})
    return [row["embedding"] for row in reply.raise_for_status().json()["data"]]


def test_both_encodings_hold_the_same_vectors(server: Serving) -> None:
    """Peers that ask for floats and clients that ask for base64 get the same numbers."""
    floats = np.array(embeddings(server, dimensions=128), dtype=np.float32)
    packed = embeddings(server, dimensions=128, encoding_format="base64")
    assert floats.shape == (2, 128)
    assert np.array_equal(np.stack([np.frombuffer(base64.b64decode(row), "<f4") for row in packed]), floats)


def test_multi_vectors_are_rows_of_128(server: Serving) -> None:
    """A multi-vector has a row for each token."""
    assert np.array(embeddings(server, return_multivector=True)).shape == (2, 32, 128)


def test_it_counts_requests_and_inputs(server: Serving) -> None:
    """What was asked is counted, and asking for the counts is not."""
    before = server.counts()
    embeddings(server)
    after = server.counts()
    assert (after["requests"] - before["requests"], after["inputs"] - before["inputs"]) == (1, 2)
