"""LangChain's own suites, over a real socket; none of their tests is overridden."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from langchain_tests.integration_tests import EmbeddingsIntegrationTests, RetrieversIntegrationTests
from langchain_tests.unit_tests import EmbeddingsUnitTests

from langchain_nova import NovaEmbeddings, NovaMultiVectorRetriever

if TYPE_CHECKING:
    from tests.fake_nova import FakeNova


class TestUnit(EmbeddingsUnitTests):
    """Construction, from keywords and from the environment."""

    @property
    def embeddings_class(self) -> type[NovaEmbeddings]:
        """The class under test."""
        return NovaEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        """Keywords as a user gives them."""
        return {"model": "remodlai/nova-embeddings-v1", "api_key": "a key"}

    @property
    def init_from_env_params(self) -> tuple[dict[str, str], dict[str, Any], dict[str, Any]]:
        """The variables, no keywords, and the attributes that must follow."""
        seen = {"model": "hosted_lexiq_nova/other", "api_base": "http://127.0.0.1:9/v1", "api_key": "key from outside"}
        return {f"NOVA_{name.upper()}": value for name, value in seen.items()}, {}, seen


class TestIntegration(EmbeddingsIntegrationTests):
    """Embedding, sync and async, with a server that the environment names."""

    @pytest.fixture(autouse=True)
    def _server(self, nova: FakeNova, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NOVA_API_BASE", nova.api_base)

    @property
    def embeddings_class(self) -> type[NovaEmbeddings]:
        """The class under test."""
        return NovaEmbeddings

    @property
    def embedding_model_params(self) -> dict[str, Any]:
        """More than one batch for the suite's few texts."""
        return {"batch_size": 1, "dimensions": 256}


class TestRetriever(RetrieversIntegrationTests):
    """Late interaction, sync and async, over the store that it makes itself."""

    @pytest.fixture(autouse=True)
    def _server(self, nova: FakeNova, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("NOVA_API_BASE", nova.api_base)

    @property
    def retriever_constructor(self) -> type[NovaMultiVectorRetriever]:
        """The class under test."""
        return NovaMultiVectorRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        """Embeddings, and a store with more documents than any test asks for."""
        texts = [f"passage {number}" for number in range(6)]
        made = NovaMultiVectorRetriever.from_texts(texts, NovaEmbeddings())
        return {"embeddings": made.embeddings, "store": made.store}

    @property
    def retriever_query_example(self) -> str:
        """A question."""
        return "which passage is it"
