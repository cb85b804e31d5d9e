"""This library's ways in: the core, LangChain and LlamaIndex, at once or from an event loop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bench.settings import texts

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sized

    from bench.settings import Settings
    from langchain_nova import NovaEmbeddings
    from llama_index.embeddings.nova import NovaEmbedding
    from nova_embeddings import NovaClient

    Embed = Callable[[list[Any]], Sized]
    AsyncEmbed = Callable[[list[Any]], Awaitable[Sized]]

_GROUP = "nova-embeddings-v1"


def core_sync(settings: Settings) -> Embed:
    """Make `NovaClient.embed`, whichever kind is asked for."""
    client = _core(settings)
    if settings.kind == "multi-vector":
        return lambda inputs: client.embed(inputs, return_multivector=True).multivectors
    if settings.kind == "image":
        from nova_embeddings import Image  # noqa: PLC0415 (a client's process imports only what it needs)

        return lambda inputs: client.embed([Image.from_bytes(data) for data in inputs]).vectors
    return lambda inputs: client.embed(inputs).vectors


def core_async(settings: Settings) -> AsyncEmbed:
    """Make `NovaClient.aembed`."""
    client = _core(settings)

    async def embed(inputs: list[Any]) -> Sized:
        return (await client.aembed(inputs)).vectors

    return embed


def core_iter(settings: Settings) -> Callable[[range], int]:
    """Make `NovaClient.embed_iter` over a stream of texts; neither they nor their vectors are kept."""
    client = _core(settings)
    return lambda numbers: sum(len(batch) for batch in client.embed_iter(texts(numbers)))


def core_aiter(settings: Settings) -> Callable[[range], Awaitable[int]]:
    """Make `NovaClient.aembed_iter` over the same."""
    client = _core(settings)

    async def embed(numbers: range) -> int:
        return sum([len(batch) async for batch in client.aembed_iter(texts(numbers))])

    return embed


def core_router(settings: Settings) -> Embed:
    """Make `NovaClient.embed` over a LiteLLM Router of the server, three times."""
    client = _routed(settings)
    return lambda inputs: client.embed(inputs).vectors


def core_router_async(settings: Settings) -> AsyncEmbed:
    """Make `NovaClient.aembed` over the same."""
    client = _routed(settings)

    async def embed(inputs: list[Any]) -> Sized:
        return (await client.aembed(inputs)).vectors

    return embed


def langchain_sync(settings: Settings) -> Embed:
    """Make `NovaEmbeddings.embed_documents`."""
    return _langchain(settings).embed_documents


def langchain_async(settings: Settings) -> AsyncEmbed:
    """Make `NovaEmbeddings.aembed_documents`."""
    return _langchain(settings).aembed_documents


def llamaindex_sync(settings: Settings) -> Embed:
    """Make `NovaEmbedding.get_text_embedding_batch`."""
    return _llamaindex(settings).get_text_embedding_batch


def llamaindex_async(settings: Settings) -> AsyncEmbed:
    """Make `NovaEmbedding.aget_text_embedding_batch`."""
    return _llamaindex(settings).aget_text_embedding_batch


def _core(settings: Settings) -> NovaClient:
    from nova_embeddings import NovaClient  # noqa: PLC0415 (as above)

    return NovaClient(settings.model, **_options(settings), **_where(settings))


def _routed(settings: Settings) -> NovaClient:
    from nova_embeddings import NovaClient  # noqa: PLC0415 (as above)

    deployments = [
        {
            "model_name": _GROUP,
            "litellm_params": {"model": f"hosted_lexiq_nova/{family}", "api_base": settings.api_base, "task": family},
        }
        for family in ("retrieval", "text-matching", "code")
    ]
    return NovaClient(model_list=deployments, **_options(settings))


def _langchain(settings: Settings) -> NovaEmbeddings:
    from langchain_nova import NovaEmbeddings  # noqa: PLC0415 (as above)

    return NovaEmbeddings(model=settings.model, **_options(settings), **_where(settings))


def _llamaindex(settings: Settings) -> NovaEmbedding:
    from llama_index.embeddings.nova import NovaEmbedding  # noqa: PLC0415 (as above)

    return NovaEmbedding(model_name=settings.model, **_options(settings), **_where(settings))


def _where(settings: Settings) -> dict[str, Any]:
    return {"api_base": settings.api_base, "api_key": settings.api_key}


def _options(settings: Settings) -> dict[str, Any]:
    """Return the options that all three have by the same names."""
    multi = settings.kind == "multi-vector"
    return {
        "dimensions": None if multi else settings.dimensions,
        "batch_size": settings.batch_size,
        "max_concurrency": settings.concurrency,
        "any_dimensions": True,
    }
