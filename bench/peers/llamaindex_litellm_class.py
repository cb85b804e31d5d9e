"""LlamaIndex's `LiteLLMEmbedding`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.settings import Settings


def sync(settings: Settings) -> Callable[[list[str]], list[list[float]]]:
    """Make `get_text_embedding_batch`."""
    embedding = importlib.import_module("llama_index.embeddings.litellm").LiteLLMEmbedding(
        model_name="openai/text-embedding-3-large",
        api_base=settings.api_base,
        api_key=settings.api_key,
        dimensions=settings.dimensions,
        embed_batch_size=settings.batch_size,
    )
    embed: Callable[[list[str]], list[list[float]]] = embedding.get_text_embedding_batch
    return embed
