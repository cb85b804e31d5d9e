"""What an error says to do fits who was asked: the right variable, the right server, the right size."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import litellm
import pytest

from nova_embeddings import (
    AuthenticationError,
    ConfigurationError,
    DeploymentUnavailableError,
    InputError,
    NovaClient,
    RateLimitError,
)
from tests.dialects import servers
from tests.dialects.cases import CASES

if TYPE_CHECKING:
    from tests.fake_nova import FakeNova

_UNREACHED = r"no connection: .*api_base="
KEYS = {
    "jina": "JINA_API_KEY or JINA_AI_API_KEY",
    "openai": "OPENAI_API_KEY",
    "tei": "NOVA_API_KEY",
    "azure": "AZURE_API_KEY",
    "gemini": "GOOGLE_API_KEY or GEMINI_API_KEY",
    "cohere": "COHERE_API_KEY",
    "voyage": "VOYAGE_API_KEY",
    "mistral": "MISTRAL_API_KEY",
    "huggingface": "HUGGINGFACE_API_KEY",
}


@pytest.mark.parametrize("name", KEYS)
def test_a_key_that_is_not_taken_names_the_variable_that_is_read(name: str, nova: FakeNova) -> None:
    """Another variable than Nova's, for those who do not read Nova's."""
    client = CASES[name].client(nova)
    nova.answering = lambda _: servers.refused(401, {"error": {"message": "no"}, "message": "no"})
    with pytest.raises(AuthenticationError, match=f"; set {KEYS[name]}") as caught:
        client.embed(["a"], "retrieval.query")
    assert ("NOVA_API_KEY" in str(caught.value)) == (name == "tei")


@pytest.mark.parametrize("name", ["tei", "jina", "openai"])
def test_nobody_is_told_to_start_nova_in_anothers_place(name: str) -> None:
    """Where another server should answer and does not, it is that which is named."""
    client = NovaClient(CASES[name].model, api_base="http://127.0.0.1:9", api_key="canary", max_retries=0)
    with pytest.raises(DeploymentUnavailableError, match=f"a server of dialect '{name}'") as caught:
        client.embed(["a"])
    assert "Nova model" not in str(caught.value)
    assert ("NOVA_API_BASE" in str(caught.value)) == (name == "tei")


@pytest.mark.parametrize("name", ["azure", "gemini", "cohere", "voyage", "huggingface"])
def test_a_connection_that_was_refused_is_no_answer(name: str) -> None:
    """LiteLLM gives it the status 500; nobody answered with that."""
    client = NovaClient(CASES[name].model, api_base="http://127.0.0.1:9", api_key="canary", max_retries=0)
    with pytest.raises(DeploymentUnavailableError, match=_UNREACHED) as caught:
        client.embed(["a"], "retrieval.query")
    with pytest.raises(DeploymentUnavailableError, match=_UNREACHED) as other:
        asyncio.run(client.aembed(["a"], "retrieval.query"))
    for error in (caught.value, other.value):
        assert "answered" not in str(error)
        assert error.status is None


def test_a_single_text_that_is_too_long_is_not_a_matter_of_batches(nova: FakeNova) -> None:
    """Text Embeddings Inference answers 413 to both: a batch is cut smaller, a text is to be shortened."""
    client = CASES["tei"].client(nova)
    with pytest.raises(ConfigurationError, match="single input: shorten or split it, or say truncate=True") as caught:
        client.embed(["x" * 3000])
    assert "batch_size" not in str(caught.value)
    with pytest.raises(InputError, match="truncate=True") as named:
        client.embed(["ok", "x" * 3000])
    assert named.value.index == 1
    nova.answering = lambda _: servers.refused(413, {"error": "payload too large"})
    with pytest.raises(ConfigurationError, match="lower max_batch_bytes or batch_size"):
        client.embed(["a", "b"])


def test_litellm_prints_nothing_of_its_own(nova: FakeNova, capfd: pytest.CaptureFixture[str]) -> None:
    """A failure is told by our error alone; the user's own calls of LiteLLM print as they did."""
    nova.answering = lambda _: servers.refused(500, {"message": "boom"})
    before, litellm.suppress_debug_info = litellm.suppress_debug_info, False
    try:
        for name in ("cohere", "voyage"):
            client = NovaClient(CASES[name].model, api_base=nova.api_base, api_key="canary", max_retries=0)
            with pytest.raises(DeploymentUnavailableError):
                client.embed(["a", "b"], "retrieval.query", on_error="skip")
            with pytest.raises(DeploymentUnavailableError):
                asyncio.run(client.aembed(["a"], "retrieval.query"))
        assert capfd.readouterr().out == ""
        assert litellm.suppress_debug_info is False
    finally:
        litellm.suppress_debug_info = before


@pytest.mark.parametrize("status", [429, 500])
@pytest.mark.parametrize("name", [name for name in CASES if name not in {"gemini-2", "vllm-code"}])
def test_nobody_but_this_library_asks_again(name: str, status: int, nova: FakeNova) -> None:
    """One layer retries: with `max_retries=0` a failed call is one request, whoever spells it."""
    client = CASES[name].client(nova)
    nova.answering = lambda _: servers.refused(status, {"error": {"message": "boom"}, "message": "boom"})
    with pytest.raises((DeploymentUnavailableError, RateLimitError)):
        client.embed(["a"], "retrieval.query")
    with pytest.raises((DeploymentUnavailableError, RateLimitError)):
        asyncio.run(client.aembed(["a"], "retrieval.query"))
    assert len(nova.seen) == 2
