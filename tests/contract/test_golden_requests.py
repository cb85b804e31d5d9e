"""The bytes that Nova receives, pinned: what changes here changes what every server sees."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nova_embeddings import EmbeddingInput, Image, NovaClient
from tests.core.pictures import drawn

if TYPE_CHECKING:
    from tests.fake_nova import FakeNova

GOLDEN = Path(__file__).parent / "golden" / "nova"
PNG = drawn()  # stands as <PNG> in the golden files: how Pillow packs it is none of our business
PICTURE = Image.from_bytes(PNG)
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
    "image": ({}, {"inputs": [PICTURE], "dimensions": 512}),
    "image_as_data_uri": ({"image_encoding": "data_uri"}, {"inputs": [PICTURE]}),
    "image_by_url": ({}, {"inputs": [Image.from_url("https://images.example.com/chart.png")]}),
    "fused_with_instructions": (
        {"instructions": "Focus on figures and their captions."},
        {"inputs": [EmbeddingInput("Revenue by quarter", image=PICTURE), PICTURE]},
    ),
    "image_embeds": ({}, {"inputs": [EmbeddingInput("a caption", image_embeds=[[0.25, -1.5], [3, 0.1]])]}),
    "images_as_multivectors": (
        {},
        {"inputs": [EmbeddingInput("page 3", image=PICTURE, adapter="page-v2")], "return_multivector": True},
    ),
}
# one `embed` with text, image and code inputs of several tasks: a call for each family and kind
MIXED: list[Any] = [
    EmbeddingInput("Who wrote it?", task="retrieval.query", instructions="Names matter."),
    EmbeddingInput(image=PICTURE, task="retrieval.passage"),
    EmbeddingInput("def f(): ...", task="code.passage", adapter="python"),
    EmbeddingInput("The letter was written by Ada.", task="retrieval.passage"),
    EmbeddingInput("The figure of the letter", image=PICTURE, task="retrieval.passage"),
    EmbeddingInput("alike?", task="text-matching"),
]


@pytest.mark.parametrize("name", REQUESTS)
def test_a_request_is_spelt_as_pinned(nova: FakeNova, name: str) -> None:
    """Path, body and headers of a request are the golden ones."""
    options, request = REQUESTS[name]
    NovaClient(api_base=nova.api_base, api_key="key", **options).embed(**request)
    seen = nova.seen[0]
    assert seen.path == "/v1/embeddings"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.body == golden(name)


def test_a_mixed_request_is_spelt_as_pinned(nova: FakeNova) -> None:
    """Several tasks and kinds in one request become one call each, with the common task or family on top."""
    NovaClient(api_base=nova.api_base, max_concurrency=1).embed(MIXED)
    assert [seen.body for seen in nova.seen] == golden("mixed")


def golden(name: str) -> Any:
    """Return what is pinned under a name."""
    text = (GOLDEN / f"{name}.json").read_text(encoding="utf-8")
    return json.loads(text.replace("<PNG>", base64.b64encode(PNG).decode()))
