"""The bytes that Nova receives, pinned: what changes here changes what every server sees."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nova_embeddings import EmbeddingInput, NovaClient

if TYPE_CHECKING:
    from tests.fake_nova import FakeNova

GOLDEN = Path(__file__).parent / "golden" / "nova"
REQUESTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "one_text": ({}, {"inputs": ["Climate change"]}),
    "query_with_instructions": (
        {"instructions": "Focus on law."},
        {"inputs": ["Who pays?"], "task": "retrieval.query", "dimensions": 512},
    ),
    "multivector": ({"dimensions": 512}, {"inputs": ["a", "b"], "return_multivector": True}),
    "everything_per_input": (
        {"model": "hosted_lexiq_nova/nova-embeddings-code"},
        {
            "inputs": [
                EmbeddingInput("def f(): ...", task="code.passage", instructions="Python only", adapter="python"),
                EmbeddingInput("sort a list", task="code.query", instructions=""),
                "plain",
            ],
            "task": "code",
            "instructions": "General",
            "adapter": "code-v2",
        },
    ),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_spelt_as_pinned(nova: FakeNova, name: str) -> None:
    """Path, body and headers of a request are the golden ones."""
    options, request = REQUESTS[name]
    NovaClient(api_base=nova.api_base, api_key="key", **options).embed(**request)
    seen = nova.seen[0]
    assert seen.path == "/v1/embeddings"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.body == json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
