"""One model for each kind of server, and what is to be seen of a text under each task."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.dialects import servers

if TYPE_CHECKING:
    from nova_embeddings import NovaClient, Task
    from tests.dialects.servers import Answering
    from tests.fake_nova import FakeNova


@dataclass(frozen=True)
class Case:
    """A model on a server.

    Args:
        model: as a client takes it.
        answering: the server.
        base: where its address ends.
    """

    model: str
    answering: Answering
    base: str = "/v1"

    def client(self, fake: FakeNova, **options: Any) -> NovaClient:
        """Return a client of the server, which answers from now on."""
        from nova_embeddings import NovaClient  # noqa: PLC0415 (the cases are read without it)

        fake.answering = self.answering
        base = fake.api_base.removesuffix("/v1") + self.base
        return NovaClient(self.model, **{"api_base": base, "api_key": "canary", "max_retries": 0, **options})


CASES = {
    "jina": Case("jina_ai/jina-embeddings-v4", servers.jina),
    "vllm": Case("hosted_vllm/jinaai/jina-embeddings-v4-vllm-retrieval", servers.vllm),
    "vllm-code": Case("hosted_vllm/jinaai/jina-embeddings-v4-vllm-code", servers.vllm),
    "infinity": Case("infinity/BAAI/bge-m3", servers.infinity, base=""),
    "tei": Case("tei/intfloat/multilingual-e5-large", servers.tei, base=""),
    "ollama": Case("ollama/nomic-embed-text", servers.ollama, base=""),
    "sglang": Case("sglang/Qwen/Qwen3-Embedding-0.6B", servers.sglang),
    "openai": Case("openai/text-embedding-3-small", servers.openai),
    "openai-like": Case("openai-like/BAAI/bge-large-en-v1.5", servers.openai),
    "azure": Case("azure/text-embedding-3-small", servers.openai, base=""),
    "gemini": Case("gemini/gemini-embedding-001", servers.gemini),
    "gemini-2": Case("gemini/gemini-embedding-2", servers.gemini),
    "cohere": Case("cohere/embed-v4.0", servers.cohere),
    "voyage": Case("voyage/voyage-3.5", servers.voyage),
    "mistral": Case("mistral/mistral-embed", servers.mistral),
    "huggingface": Case("huggingface/BAAI/bge-m3", servers.huggingface, base="/models/BAAI/bge-m3"),
}
"""The dialects, and LiteLLM's own providers."""

TASKS: tuple[Task, ...] = (
    "retrieval.query",
    "retrieval.passage",
    "text-matching",
    "classification",
    "clustering",
    "code.query",
    "code.passage",
)
