"""LangChain's `OpenAIEmbeddings`, set up for a server that is not OpenAI's."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from bench.settings import Settings

    Lists = list[list[float]]


def sync(settings: Settings) -> Callable[[list[str]], Lists]:
    """Make `embed_documents`."""
    embed: Callable[[list[str]], Lists] = _embeddings(settings).embed_documents
    return embed


def aio(settings: Settings) -> Callable[[list[str]], Awaitable[Lists]]:
    """Make `aembed_documents`."""
    embed: Callable[[list[str]], Awaitable[Lists]] = _embeddings(settings).aembed_documents
    return embed


def _embeddings(settings: Settings) -> Any:  # noqa: ANN401 (its package is not installed here)
    return importlib.import_module("langchain_openai").OpenAIEmbeddings(
        model="prebuilt",
        base_url=settings.api_base,
        api_key=settings.api_key,
        dimensions=settings.dimensions,
        chunk_size=settings.batch_size,
        check_embedding_ctx_length=False,  # else it sends tokens of OpenAI's models instead of texts
    )
