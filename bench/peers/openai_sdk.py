"""The OpenAI SDK, a batch a call."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from bench.settings import Settings


def sync(settings: Settings) -> Callable[[list[str]], list[list[float]]]:
    """Make `client.embeddings.create`, which asks for base64 and returns lists."""
    client = importlib.import_module("openai").OpenAI(base_url=settings.api_base, api_key=settings.api_key)

    def embed(texts: list[str]) -> list[list[float]]:
        rows: list[list[float]] = []
        for start in settings.starts(texts):
            batch = texts[start : start + settings.batch_size]
            reply = client.embeddings.create(model="prebuilt", input=batch, dimensions=settings.dimensions)
            rows.extend(row.embedding for row in reply.data)
        return rows

    return embed
