"""What the rows of single models say: what their server has and they lack, how wide they are, how many a call takes."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nova_embeddings import ConfigurationError, EmbeddingInput, Image, InputError, NovaClient
from tests.core.pictures import drawn
from tests.dialects import servers
from tests.dialects.cases import Case
from tests.dialects.page_runner import stand_in_for_google_auth

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fake_nova import FakeNova

JINA_V3, JINA_V5, JINA_CODE = "jina-embeddings-v3", "jina-embeddings-v5-text-small", "jina-code-embeddings-0.5b"
WIDTHS = {
    "voyage/voyage-3": (1024, {1024}),
    "voyage/voyage-3-lite": (512, {512}),
    "voyage/voyage-law-2": (1024, {1024}),
    "voyage/voyage-finance-2": (1024, {1024}),
    "voyage/voyage-multilingual-2": (1024, {1024}),
    "voyage/voyage-3-large": (1024, {256, 512, 1024, 2048}),
    "voyage/voyage-3.5-lite": (1024, {256, 512, 1024, 2048}),
    "jina/jina-embeddings-v5-text-nano": (768, {128, 256, 512, 768}),
    "jina/jina-embeddings-v5-text-small": (1024, {128, 256, 512, 768, 1024}),
    "tei/nomic-ai/nomic-embed-text-v1": (768, {768}),
    "tei/nomic-ai/nomic-embed-text-v1.5": (768, {128, 256, 512, 768}),
    "ollama/nomic-embed-text": (768, {128, 256, 512, 768}),
    "tei/nomic-ai/nomic-embed-text-v2-moe": (768, {256, 768}),
    "tei/Qwen/Qwen3-Embedding-0.6B": (1024, {128, 256, 512, 768, 1024}),
    "tei/Qwen/Qwen3-Embedding-4B": (2560, {128, 256, 512, 768, 1024, 2048, 2560}),
    "tei/Qwen/Qwen3-Embedding-8B": (4096, {128, 256, 512, 768, 1024, 2048, 2560, 4096}),
    "ollama/qwen3-embedding:0.6b-q8_0": (1024, {128, 256, 512, 768, 1024}),
    "ollama/qwen3-embedding": (0, {128, 256, 512, 768, 1024}),
}
"""A model's own width, 0 where its name does not say it; and those of the widths below that may be asked for."""
ASKED = (128, 256, 512, 768, 1024, 2048, 2560, 4096)


@pytest.mark.parametrize("name", WIDTHS)
def test_widths_are_those_of_the_model(name: str) -> None:
    """The width is known before a call, and only those are taken that the model was trained for."""
    own, fine = WIDTHS[name]
    client = NovaClient(name, api_base="http://127.0.0.1:9", api_key="canary")
    assert client.space_of("retrieval.query").dimensions == own
    for width in ASKED:
        if width in fine:
            assert client.space_of("retrieval.query", dimensions=width).dimensions == width
        else:
            with pytest.raises(ConfigurationError, match=r"dimensions is not supported|not a width"):
                client.space_of("retrieval.query", dimensions=width)


@pytest.mark.parametrize("model", ["voyage-3-lite", "voyage-law-2", "voyage-3"])
def test_voyage_models_of_one_width_are_not_asked_for_another(model: str, nova: FakeNova) -> None:
    """Their own width comes back; a narrower one is refused before a call."""
    client = Case(f"voyage/{model}", servers.voyage).client(nova)
    own = 512 if model == "voyage-3-lite" else 1024
    assert client.embed(["a"], "retrieval.query").vectors.shape == (1, own)
    with pytest.raises(ConfigurationError, match=r"dimensions is not supported .it is"):
        client.embed(["a"], "retrieval.query", dimensions=256)
    assert len(nova.seen) == 1


@pytest.mark.parametrize(
    ("model", "task", "option"),
    [
        (JINA_V3, "retrieval.query", "return_multivector"),
        (JINA_V5, "retrieval.query", "return_multivector"),
        (JINA_V5, "retrieval.passage", "late_chunking"),
        (JINA_CODE, "code.query", "return_multivector"),
        (JINA_CODE, "code.passage", "late_chunking"),
    ],
)
def test_what_other_models_of_a_server_have_is_refused_before_a_call(
    model: str, task: Any, option: str, nova: FakeNova
) -> None:
    """Jina's multi-vectors are v4's, and its late chunking is for v3 and v4."""
    client = Case(f"jina/{model}", servers.jina).client(nova)
    asked: dict[str, Any] = {option: True}
    with pytest.raises(ConfigurationError, match=f"{option} is not supported .it takes"):
        client.embed(["a"], task, **asked)
    assert nova.seen == []


@pytest.mark.parametrize("model", [JINA_V3, JINA_V5, JINA_CODE])
def test_images_are_for_models_that_have_them(model: str, nova: FakeNova) -> None:
    """An image for one of Jina's text models is refused before a call, with its index."""
    client = Case(f"jina/{model}", servers.jina).client(nova)
    task: Any = "code.query" if model == JINA_CODE else "retrieval.query"
    with pytest.raises(InputError, match="images is not supported") as caught:
        client.embed(["a", Image.from_bytes(drawn())], task)
    assert caught.value.index == 1
    assert nova.seen == []


def test_late_chunking_is_for_v3_too(nova: FakeNova) -> None:
    """What a model has, it still gets."""
    client = Case(f"jina/{JINA_V3}", servers.jina).client(nova)
    nova.answering = lambda body: servers.listed(
        [servers.packed(servers.vector(one, 1024)) for one in body["input"]], body["model"]
    )
    client.embed([EmbeddingInput("a", document="d"), EmbeddingInput("b", document="d")], late_chunking=True)
    assert nova.seen[0].body["late_chunking"] is True


@pytest.fixture
def google() -> Iterator[None]:
    """Let LiteLLM find credentials of Google Cloud."""
    names = ("google.auth", "google.auth.credentials", "google.auth.transport", "google.auth.transport.requests")
    before = {name: sys.modules[name] for name in names if name in sys.modules}
    stand_in_for_google_auth()
    yield
    for name in names:
        del sys.modules[name]
    sys.modules.update(before)


@pytest.mark.usefixtures("google")
@pytest.mark.parametrize(("model", "calls"), [("gemini-embedding-001", [1, 1, 1]), ("text-embedding-005", [3])])
def test_vertex_takes_one_text_of_gemini(
    model: str, calls: list[int], nova: FakeNova, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request for gemini-embedding-001 holds one instance; other models take more."""
    monkeypatch.setenv("VERTEXAI_PROJECT", "my-project")
    monkeypatch.setenv("VERTEXAI_LOCATION", "us-central1")
    width = 3072 if model == "gemini-embedding-001" else 768
    nova.answering = lambda body: {
        "predictions": [
            {"embeddings": {"values": servers.vector(one, width).tolist(), "statistics": {"token_count": 3}}}
            for one in body["instances"]
        ]
    }
    result = NovaClient(f"vertex_ai/{model}", api_base=nova.api_base).embed(["a", "b", "c"], "retrieval.query")
    assert sorted(len(seen.body["instances"]) for seen in nova.seen) == calls
    expected = [servers.vector({"content": text, "task_type": "RETRIEVAL_QUERY"}, width) for text in "abc"]
    np.testing.assert_allclose(result.vectors, expected, rtol=1e-5, atol=1e-7)
