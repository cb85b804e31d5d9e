"""LangChain's `LiteLLMEmbeddings`; it sends all texts in one call, so its caller makes the batches."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.settings import Settings


def sync(settings: Settings) -> Callable[[list[str]], list[list[float]]]:
    """Make `embed_documents`, a batch a call."""
    embeddings = importlib.import_module("langchain_litellm").LiteLLMEmbeddings(
        model="openai/text-embedding-3-large",
        api_base=settings.api_base,
        api_key=settings.api_key,
        dimensions=settings.dimensions,
    )

    def embed(texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = []
        for start in settings.starts(texts):
            rows.extend(embeddings.embed_documents(texts[start : start + settings.batch_size]))
        return rows

    return embed
