"""LlamaIndex's `OpenAILikeEmbedding`."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.settings import Settings

    Lists = list[list[float]]


def sync(settings: Settings) -> Callable[[list[str]], Lists]:
    """Make `get_text_embedding_batch`."""
    embed: Callable[[list[str]], Lists] = _embedding(settings).get_text_embedding_batch
    return embed


def aio(settings: Settings) -> Callable[[list[str]], Awaitable[Lists]]:
    """Make `aget_text_embedding_batch`, as many calls in flight as all others."""
    embed: Callable[[list[str]], Awaitable[Lists]] = _embedding(settings).aget_text_embedding_batch
    return embed


def _embedding(settings: Settings) -> Any:  # noqa: ANN401 (its package is not installed here)
    return importlib.import_module("llama_index.embeddings.openai_like").OpenAILikeEmbedding(
        model_name="prebuilt",
        api_base=settings.api_base,
        api_key=settings.api_key,
        dimensions=settings.dimensions,
        embed_batch_size=settings.batch_size,
        num_workers=settings.concurrency,
    )
