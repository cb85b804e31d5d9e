"""A prefix that was misspelt goes nowhere: neither texts nor Nova's key reach an address that was not meant."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from litellm.types.utils import LlmProviders

from nova_embeddings import ConfigurationError, NovaClient

if TYPE_CHECKING:
    from tests.fake_nova import FakeNova


@pytest.mark.parametrize(
    ("model", "meant"),
    [
        ("opanai/text-embedding-3-small", "openai"),
        ("Openai/text-embedding-3-small", "openai"),
        ("openai_like/BAAI/bge-m3", "openai-like"),
        ("gemni/gemini-embedding-001", "gemini"),
        ("jina-ai/jina-embeddings-v4", "jina_ai"),
        ("hosted-vllm/BAAI/bge-m3", "hosted_vllm"),
        ("hosted_lexiq_novа/nova-embeddings-v1", "hosted_lexiq_nova"),  # noqa: RUF001 (a Cyrillic letter, as pasted)
        ("Voyage/voyage-3.5", "voyage"),
    ],
)
@pytest.mark.parametrize("way", ["api_base", "environment"])
def test_a_misspelt_prefix_is_refused(
    model: str, meant: str, way: str, nova: FakeNova, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before a call, with the prefix that may be meant and all that there are; wherever the address comes from."""
    monkeypatch.setenv("NOVA_API_BASE", nova.api_base)
    monkeypatch.setenv("NOVA_API_KEY", "of-nova")
    with pytest.raises(ConfigurationError, match=rf"did you mean '{meant}'\?.*azure, bedrock, cohere") as caught:
        NovaClient(model, api_base=nova.api_base if way == "api_base" else None).embed(["a"])
    assert "of-nova" not in str(caught.value)
    assert nova.seen == []


@pytest.mark.parametrize("model", ["together_ai/BAAI/bge-m3", "Together_AI/bge-m3", "deepinfra/BAAI/bge-m3"])
def test_another_provider_of_litellm_is_refused(model: str, nova: FakeNova, monkeypatch: pytest.MonkeyPatch) -> None:
    """LiteLLM would know it, this library has no row for it; it is not Nova's."""
    monkeypatch.setenv("NOVA_API_BASE", nova.api_base)
    with pytest.raises(ConfigurationError, match="no prefix of a provider that is known here"):
        NovaClient(model)
    assert nova.seen == []


def test_a_provider_before_an_owner_is_no_owner(nova: FakeNova) -> None:
    """Also where an address is given: no model is called so."""
    with pytest.raises(ConfigurationError, match="'together_ai' is no prefix"):
        NovaClient("together_ai/BAAI/bge-m3", api_base=nova.api_base)


def test_no_provider_of_litellm_is_taken_for_an_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the installed LiteLLM's are known by name: they have a row here, or are refused."""
    monkeypatch.delenv("NOVA_API_BASE", raising=False)
    taken = []
    for provider in LlmProviders:
        try:
            space = NovaClient(f"{provider.value}/x", on_unsupported="ignore").space_of()
        except ConfigurationError:
            continue
        taken += [provider.value] if space.dialect == "nova" else []
    assert taken == []


@pytest.mark.parametrize(
    "model",
    [
        "remodlai/nova-embeddings-v1",
        "nova-embeddings-v1",
        "hosted_lexiq_nova/remodlai/nova-embeddings-v1",
        "hosted_lexiq_nova/opanai/x",
        "our-team/our-nova",
        "Qwen/Qwen3-Embedding-0.6B",
        "BAAI/bge-m3",
        "hash",
    ],
)
def test_owners_are_owners(model: str, nova: FakeNova, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a Nova server may call its model is sent as it is, at the environment's address too."""
    monkeypatch.setenv("NOVA_API_BASE", nova.api_base)
    NovaClient(model).embed(["a"])
    assert nova.seen[0].body["model"] == model.removeprefix("hosted_lexiq_nova/")


@pytest.mark.parametrize("model", ["jinaai/jina-embeddings-v4", "Snowflake/snowflake-arctic-embed-l", "mistralai/e5"])
def test_owners_that_look_like_a_provider_need_an_address(
    model: str, nova: FakeNova, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are owners on Hugging Face too; at an address of their own they may be meant."""
    monkeypatch.setenv("NOVA_API_BASE", nova.api_base)
    with pytest.raises(ConfigurationError, match=r"put hosted_lexiq_nova/ before it or give the server's address"):
        NovaClient(model)
    NovaClient(model, api_base=nova.api_base).embed(["a"])
    assert nova.seen[0].body["model"] == model
