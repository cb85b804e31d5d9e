"""Which clients are measured, and against which hand-written one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sized
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from bench.raw import RawClient, aembed

if TYPE_CHECKING:
    from bench.settings import Settings
    from langchain_nova import NovaEmbeddings
    from llama_index.embeddings.nova import NovaEmbedding
    from nova_embeddings import NovaClient

Embed: TypeAlias = Callable[[list[str]], Sized]


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        name: its label.
        against: the label of the hand-written row with the same shape of result.
        make: imports what it needs, and returns what embeds texts.
    """

    name: str
    against: str
    make: Callable[[Settings], Embed]


def _raw_sync(settings: Settings) -> Embed:
    return RawClient(settings).embed


def _raw_fast(settings: Settings) -> Embed:
    return RawClient(settings).embed_fast


def _raw_threads(settings: Settings) -> Embed:
    return RawClient(settings).embed_threaded


def _raw_async(settings: Settings) -> Embed:
    return lambda texts: asyncio.run(aembed(texts, settings))


def _raw_lists(settings: Settings) -> Embed:
    return RawClient(settings).embed_lists


def _core_sync(settings: Settings) -> Embed:
    client = _core(settings)
    return lambda texts: client.embed(texts).vectors


def _core_async(settings: Settings) -> Embed:
    client = _core(settings)

    async def embed(texts: list[str]) -> Sized:
        return (await client.aembed(texts)).vectors

    return lambda texts: asyncio.run(embed(texts))


def _raw_multi(settings: Settings) -> Embed:
    return RawClient(settings).embed_multi


def _core_multi(settings: Settings) -> Embed:
    client = _core(settings)
    return lambda texts: client.embed(texts, return_multivector=True).multivectors


def _core_images(settings: Settings) -> Embed:
    from nova_embeddings import Image  # noqa: PLC0415 (as below)

    client = _core(settings)
    return lambda pictures: client.embed([Image.from_base64(each) for each in pictures]).vectors


def _router_sync(settings: Settings) -> Embed:
    client = _over_router(settings)
    return lambda texts: client.embed(texts).vectors


def _router_async(settings: Settings) -> Embed:
    client = _over_router(settings)

    async def embed(texts: list[str]) -> Sized:
        return (await client.aembed(texts)).vectors

    return lambda texts: asyncio.run(embed(texts))


def _over_router(settings: Settings) -> NovaClient:
    from nova_embeddings import NovaClient  # noqa: PLC0415 (as below)

    served = {"model": "hosted_lexiq_nova/prebuilt", "api_base": settings.api_base, "task": "retrieval"}
    options = {name: value for name, value in _options(settings).items() if name != "api_base"}
    return NovaClient(model_list=[{"model_name": "prebuilt", "litellm_params": served}], **options)


def _langchain_sync(settings: Settings) -> Embed:
    return _langchain(settings).embed_documents


def _langchain_async(settings: Settings) -> Embed:
    embeddings = _langchain(settings)
    return lambda texts: asyncio.run(embeddings.aembed_documents(texts))


def _llamaindex_sync(settings: Settings) -> Embed:
    return _llamaindex(settings).get_text_embedding_batch


def _llamaindex_async(settings: Settings) -> Embed:
    embedding = _llamaindex(settings)
    return lambda texts: asyncio.run(embedding.aget_text_embedding_batch(texts))


def _core(settings: Settings) -> NovaClient:
    from nova_embeddings import NovaClient  # noqa: PLC0415 (a row's process imports only what the row needs)

    return NovaClient(**_options(settings))


def _langchain(settings: Settings) -> NovaEmbeddings:
    from langchain_nova import NovaEmbeddings  # noqa: PLC0415 (as above)

    return NovaEmbeddings(**_options(settings))


def _llamaindex(settings: Settings) -> NovaEmbedding:
    from llama_index.embeddings.nova import NovaEmbedding  # noqa: PLC0415 (as above)

    return NovaEmbedding(**_options(settings))


def _options(settings: Settings) -> dict[str, Any]:
    """Return the options that all three have by the same names."""
    return {
        "api_base": settings.api_base,
        "dimensions": settings.dimensions,
        "batch_size": settings.batch_size,
        "max_concurrency": settings.concurrency,
        "any_dimensions": True,
    }


_RAW_SYNC, _RAW_ASYNC, _RAW_LISTS = "raw sync -> numpy", "raw async -> numpy", "raw sync -> lists"

ROWS = (
    Row(_RAW_SYNC, _RAW_SYNC, _raw_sync),
    Row("raw sync, pybase64 -> numpy", _RAW_SYNC, _raw_fast),
    Row("raw threads -> numpy", _RAW_SYNC, _raw_threads),
    Row(_RAW_ASYNC, _RAW_ASYNC, _raw_async),
    Row("core sync -> numpy", _RAW_SYNC, _core_sync),
    Row("core async -> numpy", _RAW_ASYNC, _core_async),
    Row(_RAW_LISTS, _RAW_LISTS, _raw_lists),
    Row("LangChain sync -> lists", _RAW_LISTS, _langchain_sync),
    Row("LangChain async -> lists", _RAW_LISTS, _langchain_async),
    Row("LlamaIndex sync -> lists", _RAW_LISTS, _llamaindex_sync),
    Row("LlamaIndex async -> lists", _RAW_LISTS, _llamaindex_async),
    Row("core sync over a Router", _RAW_SYNC, _router_sync),
    Row("core async over a Router", _RAW_ASYNC, _router_async),
)
MULTI_ROWS = (
    Row("raw multi-vectors", "raw multi-vectors", _raw_multi),
    Row("core multi-vectors", "raw multi-vectors", _core_multi),
)
IMAGE_ROWS = (Row("raw images", "raw images", _raw_sync), Row("core images", "raw images", _core_images))
ALL_ROWS = {row.name: row for row in (*ROWS, *MULTI_ROWS, *IMAGE_ROWS)}
