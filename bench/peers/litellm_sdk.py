"""`litellm.embedding` with LiteLLM's provider for servers that speak OpenAI's API, a batch a call."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.settings import Settings


def sync(settings: Settings) -> Callable[[list[str]], list[list[float]]]:
    """Make `litellm.embedding` as its documentation calls it, which asks for floats."""
    litellm = importlib.import_module("litellm")

    def embed(texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = []
        for start in settings.starts(texts):
            reply = litellm.embedding(
                model="openai/text-embedding-3-large",
                input=texts[start : start + settings.batch_size],
                api_base=settings.api_base,
                api_key=settings.api_key,
                dimensions=settings.dimensions,
            )
            rows.extend(row["embedding"] for row in reply.data)
        return rows

    return embed
