"""Which clients are measured, and against which hand-written one?"""

from __future__ import annotations

from functools import partial

from bench.environments import interpreter
from bench.racing import Row

RAW_SYNC, RAW_THREADS, RAW_ASYNC, RAW_LISTS = "raw sync", "raw threads", "raw async", "raw sync to lists"
CORE_SYNC, CORE_ASYNC = "core sync", "core async"
LANGCHAIN_SYNC, LANGCHAIN_ASYNC = "LangChain sync", "LangChain async"
LLAMAINDEX_SYNC, LLAMAINDEX_ASYNC = "LlamaIndex sync", "LlamaIndex async"
OWN_LISTS = (LANGCHAIN_SYNC, LANGCHAIN_ASYNC, LLAMAINDEX_SYNC, LLAMAINDEX_ASYNC)


def _raw(name: str, function: str, against: str) -> Row:
    return Row(name, f"bench.clients.raw:{function}", against)


def _own(name: str, function: str, against: str) -> Row:
    return Row(name, f"bench.clients.own:{function}", against)


def _peer(name: str, client: str, environment: str, *, slow: bool = False) -> Row:
    return Row(name, f"bench.peers.{client}", RAW_LISTS, partial(interpreter, environment), slow)


RAW = (
    _raw(RAW_SYNC, "sync", RAW_SYNC),
    _raw("raw sync, pybase64", "fast", RAW_SYNC),
    _raw(RAW_THREADS, "threads", RAW_SYNC),
    _raw(RAW_ASYNC, "aio", RAW_ASYNC),
    _raw(RAW_LISTS, "lists", RAW_LISTS),
)
RAW_MULTI = _raw("raw sync", "multivectors", RAW_SYNC)
IDLE = _raw("an idle loop", "idle", "an idle loop")
OWN = (
    _own(CORE_SYNC, "core_sync", RAW_SYNC),
    _own(CORE_ASYNC, "core_async", RAW_ASYNC),
    _own(LANGCHAIN_SYNC, "langchain_sync", RAW_LISTS),
    _own(LANGCHAIN_ASYNC, "langchain_async", RAW_LISTS),
    _own(LLAMAINDEX_SYNC, "llamaindex_sync", RAW_LISTS),
    _own(LLAMAINDEX_ASYNC, "llamaindex_async", RAW_LISTS),
)
ROUTED = (
    _own("core sync, Router", "core_router", RAW_SYNC),
    _own("core async, Router", "core_router_async", RAW_ASYNC),
)
STREAMS = (_own("embed_iter", "core_iter", "embed_iter"), _own("aembed_iter", "core_aiter", "aembed_iter"))

OPENAI_CLASSES = {
    LANGCHAIN_SYNC: "LangChain OpenAIEmbeddings sync",
    LANGCHAIN_ASYNC: "LangChain OpenAIEmbeddings async",
    LLAMAINDEX_SYNC: "LlamaIndex OpenAILike sync",
    LLAMAINDEX_ASYNC: "LlamaIndex OpenAILike async",
}
"""This library's row, and the peer's that does the same."""
LITELLM_CLASSES = {LANGCHAIN_SYNC: "LangChain LiteLLMEmbeddings", LLAMAINDEX_SYNC: "LlamaIndex LiteLLMEmbedding"}
PEERS = (
    _peer("OpenAI SDK", "openai_sdk:sync", "openai"),
    _peer("LangChain OpenAIEmbeddings sync", "langchain_openai_class:sync", "langchain-openai"),
    _peer("LangChain OpenAIEmbeddings async", "langchain_openai_class:aio", "langchain-openai"),
    _peer("LlamaIndex OpenAILike sync", "llamaindex_openai_like:sync", "llamaindex-openai-like"),
    _peer("LlamaIndex OpenAILike async", "llamaindex_openai_like:aio", "llamaindex-openai-like"),
    _peer("LlamaIndex Jina sync", "llamaindex_jina:sync", "llamaindex-jina"),
    _peer("LlamaIndex Jina async", "llamaindex_jina:aio", "llamaindex-jina", slow=True),
    _peer("litellm.embedding", "litellm_sdk:sync", "litellm", slow=True),
    _peer("LangChain LiteLLMEmbeddings", "langchain_litellm_class:sync", "langchain-litellm", slow=True),
    _peer("LlamaIndex LiteLLMEmbedding", "llamaindex_litellm_class:sync", "llamaindex-litellm", slow=True),
)


def named(*names: str) -> list[Row]:
    """Return the rows with these names, in this order."""
    rows = {row.name: row for row in (*RAW, *OWN, *ROUTED, *STREAMS, *PEERS)}
    return [rows[name] for name in names]
