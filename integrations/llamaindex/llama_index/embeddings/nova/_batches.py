"""How is a list of texts embedded, batch by batch? Each with events around it, and the rate limiter before it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

from llama_index.embeddings.nova._cache import Shelf
from llama_index.embeddings.nova._events import watched
from llama_index.embeddings.nova._places import cut, placed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Iterator

    from llama_index.core.base.embeddings.base import BaseEmbedding, Embedding

    from llama_index.embeddings.nova._cache import AsyncEmbed, Embed


def embed_all(texts: Iterable[str], size: int, embed: Embed, *, shown: bool) -> list[Embedding]:
    """Embed one batch after another; the core runs the calls of each at once."""
    batches = cut(texts, size)
    vectors: list[Embedding] = []
    with _progress(batches, shown=shown) as advance:
        for places, batch in batches:
            with placed(places):
                vectors += embed(batch)
            advance(len(batch))
    return vectors


async def aembed_all(
    texts: Iterable[str], size: int, embed: AsyncEmbed, *, at_once: int, shown: bool
) -> list[Embedding]:
    """Embed a few batches at once, from an event loop; the first failure cancels the others."""
    batches = cut(texts, size)
    waiting = iter(enumerate(batches))
    done: list[list[Embedding]] = [[] for _ in batches]
    with _progress(batches, shown=shown) as advance:

        async def work() -> None:
            for number, (places, batch) in waiting:
                with placed(places):
                    done[number] = await embed(batch)
                advance(len(batch))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(at_once, len(batches))):
                    group.create_task(work())
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
    return [vector for vectors in done for vector in vectors]


def embed_batch(model: BaseEmbedding, texts: list[str], encode_id: str, embed: Embed) -> list[Embedding]:
    """Embed one batch; the limiter is asked only where something is sent."""

    def limited(sent: list[str]) -> list[Embedding]:
        if model.rate_limiter is not None:
            model.rate_limiter.acquire()
        return embed(sent)

    with watched(model, texts) as vectors:
        shelf = _shelf_of(model, texts, encode_id)
        vectors.extend(shelf.complete(texts, limited) if shelf else limited(texts))
    return vectors


async def aembed_batch(model: BaseEmbedding, texts: list[str], encode_id: str, embed: AsyncEmbed) -> list[Embedding]:
    """Do what `embed_batch` does, from an event loop."""

    async def limited(sent: list[str]) -> list[Embedding]:
        if model.rate_limiter is not None:
            await model.rate_limiter.async_acquire()
        return await embed(sent)

    with watched(model, texts) as vectors:
        shelf = _shelf_of(model, texts, encode_id)
        vectors.extend(await shelf.acomplete(texts, limited) if shelf else await limited(texts))
    return vectors


def alone(embed: Callable[[str], Embedding]) -> Embed:
    """Return what embeds one text as what embeds a batch of one."""
    return lambda texts: [embed(texts[0])]


def aalone(embed: Callable[[str], Awaitable[Embedding]]) -> AsyncEmbed:
    """Do what `alone` does, for an event loop."""

    async def only(texts: list[str]) -> list[Embedding]:
        return [await embed(texts[0])]

    return only


def _shelf_of(model: BaseEmbedding, texts: list[str], encode_id: str) -> Shelf | None:
    """Return where to look first; what is no text never becomes a key: the core refuses it."""
    store = model.embeddings_cache
    if store is None or not all(isinstance(text, str) for text in texts):
        return None
    return Shelf(store, encode_id)


@contextlib.contextmanager
def _progress(batches: list[tuple[range, list[str]]], *, shown: bool) -> Iterator[Callable[[int], object]]:
    """Yield what counts texts, on a bar if asked for."""
    if not shown:
        yield lambda _: None
        return
    from tqdm.auto import tqdm  # noqa: PLC0415 (only for those who asked)

    total = sum(len(batch) for _, batch in batches)
    with tqdm(total=total, desc="Generating embeddings", unit="text") as bar:
        yield bar.update
