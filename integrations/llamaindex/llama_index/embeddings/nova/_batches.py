"""How are inputs embedded, batch by batch? Each with events around it, and the rate limiter before it."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

from llama_index.embeddings.nova._cache import Shelf
from llama_index.embeddings.nova._events import watched
from llama_index.embeddings.nova._places import cut, placed

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from llama_index.core.base.embeddings.base import Embedding

    from llama_index.embeddings.nova._cache import AsyncEmbed, Embed
    from llama_index.embeddings.nova._model import ConfiguredModel
    from llama_index.embeddings.nova._nodes import Item
    from llama_index.embeddings.nova._options import Side


def embed_all(
    model: ConfiguredModel, items: Sequence[Item], side: Side, embed: Embed, *, shown: bool
) -> list[Embedding]:
    """Embed one batch after another; the core runs the calls of each at once."""
    batches = cut(items, model.embed_batch_size)
    vectors: list[Embedding] = []
    with _progress(len(items), shown=shown) as advance:
        for places, batch in batches:
            with placed(places):
                vectors += embed_batch(model, batch, side, embed)
            advance(len(batch))
    return vectors


async def aembed_all(
    model: ConfiguredModel, items: Sequence[Item], side: Side, embed: AsyncEmbed, *, shown: bool
) -> list[Embedding]:
    """Embed `num_workers` batches at once, from an event loop; the first failure cancels the others."""
    batches = cut(items, model.embed_batch_size)
    waiting = iter(enumerate(batches))
    done: list[list[Embedding]] = [[] for _ in batches]
    with _progress(len(items), shown=shown) as advance:

        async def work() -> None:
            for number, (places, batch) in waiting:
                with placed(places):
                    done[number] = await aembed_batch(model, batch, side, embed)
                advance(len(batch))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(max(1, model.num_workers or 1), len(batches))):
                    group.create_task(work())
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None
    return [vector for vectors in done for vector in vectors]


def embed_batch(model: ConfiguredModel, items: Sequence[Item], side: Side, embed: Embed) -> list[Embedding]:
    """Embed one batch; the limiter is asked only where something is sent."""

    def limited(sent: Sequence[Item]) -> list[Embedding]:
        if model.rate_limiter is not None:
            model.rate_limiter.acquire()
        return embed(sent)

    with watched(model, items) as vectors:
        shelf = _shelf_of(model, side)
        vectors.extend(shelf.complete(items, limited) if shelf else limited(items))
    return vectors


async def aembed_batch(model: ConfiguredModel, items: Sequence[Item], side: Side, embed: AsyncEmbed) -> list[Embedding]:
    """Do what `embed_batch` does, from an event loop."""

    async def limited(sent: Sequence[Item]) -> list[Embedding]:
        if model.rate_limiter is not None:
            await model.rate_limiter.async_acquire()
        return await embed(sent)

    with watched(model, items) as vectors:
        shelf = _shelf_of(model, side)
        vectors.extend(await shelf.acomplete(items, limited) if shelf else await limited(items))
    return vectors


def alone(embed: Callable[[Any], Embedding]) -> Embed:
    """Return what embeds one input as what embeds a batch of one."""
    return lambda items: [embed(items[0])]


def aalone(embed: Callable[[Any], Awaitable[Embedding]]) -> AsyncEmbed:
    """Do what `alone` does, for an event loop."""

    async def only(items: Sequence[Any]) -> list[Embedding]:
        return [await embed(items[0])]

    return only


def _shelf_of(model: ConfiguredModel, side: Side) -> Shelf | None:
    """Return where to look first; the way in which the texts are embedded is part of the place."""
    store = model.embeddings_cache
    return None if store is None else Shelf(store, model.client.encode_id(**side))


@contextlib.contextmanager
def _progress(total: int, *, shown: bool) -> Iterator[Callable[[int], object]]:
    """Yield what counts inputs, on a bar if asked for."""
    if not shown:
        yield lambda _: None
        return
    from tqdm.auto import tqdm  # noqa: PLC0415 (only for those who asked)

    with tqdm(total=total, desc="Generating embeddings", unit="input") as bar:
        yield bar.update
