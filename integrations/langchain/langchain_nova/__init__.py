"""Nova embeddings for LangChain."""

from typing import TYPE_CHECKING

from langchain_nova.embeddings import NovaEmbeddings

if TYPE_CHECKING:
    from langchain_nova.cache import cached
    from langchain_nova.guard import cache_namespace, guard_store, key_encoder, verify_space
    from langchain_nova.rerank import NovaMaxSimReranker
    from langchain_nova.retrievers import NovaMultiVectorRetriever

__all__ = [
    "NovaEmbeddings",
    "NovaMaxSimReranker",
    "NovaMultiVectorRetriever",
    "cache_namespace",
    "cached",
    "guard_store",
    "key_encoder",
    "verify_space",
]

_LATER = {
    "NovaMaxSimReranker": "rerank",
    "NovaMultiVectorRetriever": "retrievers",
    "cached": "cache",
    **dict.fromkeys(("cache_namespace", "guard_store", "key_encoder", "verify_space"), "guard"),
}


def __getattr__(name: str) -> object:
    """Import the rest when it is asked for: LangChain's retrievers bring half as much again to load."""
    if name not in _LATER:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from importlib import import_module  # noqa: PLC0415 (only for those who ask)

    return getattr(import_module(f"{__name__}.{_LATER[name]}"), name)
