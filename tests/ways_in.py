"""Every way in: core, LangChain and LlamaIndex, sync and async, behind one small surface."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from langchain_nova import NovaEmbeddings
from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import NovaClient, passage_task, query_task

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray


class WayIn(Protocol):
    """What every way in can do."""

    def passages(self, texts: list[str]) -> NDArray[np.float32]:
        """Embed what is searched, `(N, D)`."""
        ...

    def query(self, text: str) -> NDArray[np.float32]:
        """Embed a question, `(D,)`."""
        ...


class _Core:
    def __init__(
        self,
        *,
        task: str = "retrieval",
        query_instructions: str | None = None,
        document_instructions: str | None = None,
        **options: Any,
    ) -> None:
        self.client = NovaClient(**options)
        self.as_query: dict[str, Any] = {"task": query_task(task), "instructions": query_instructions}
        self.as_passage: dict[str, Any] = {"task": passage_task(task), "instructions": document_instructions}

    def passages(self, texts: list[str]) -> NDArray[np.float32]:
        return self.client.embed(texts, **self.as_passage).vectors

    def query(self, text: str) -> NDArray[np.float32]:
        return row(self.client.embed([text], **self.as_query).vectors)


class _AsyncCore(_Core):
    def passages(self, texts: list[str]) -> NDArray[np.float32]:
        return asyncio.run(self.client.aembed(texts, **self.as_passage)).vectors

    def query(self, text: str) -> NDArray[np.float32]:
        return row(asyncio.run(self.client.aembed([text], **self.as_query)).vectors)


class _LangChain:
    def __init__(self, **options: Any) -> None:
        self.embeddings = NovaEmbeddings(**options)

    def passages(self, texts: list[str]) -> NDArray[np.float32]:
        return _matrix(self.embeddings.embed_documents(texts))

    def query(self, text: str) -> NDArray[np.float32]:
        return row(_matrix([self.embeddings.embed_query(text)]))


class _AsyncLangChain(_LangChain):
    def passages(self, texts: list[str]) -> NDArray[np.float32]:
        return _matrix(asyncio.run(self.embeddings.aembed_documents(texts)))

    def query(self, text: str) -> NDArray[np.float32]:
        return row(_matrix([asyncio.run(self.embeddings.aembed_query(text))]))


class _LlamaIndex:
    def __init__(self, **options: Any) -> None:
        self.embedding = NovaEmbedding(**options)

    def passages(self, texts: list[str]) -> NDArray[np.float32]:
        return _matrix(self.embedding.get_text_embedding_batch(texts))

    def query(self, text: str) -> NDArray[np.float32]:
        return row(_matrix([self.embedding.get_query_embedding(text)]))


class _AsyncLlamaIndex(_LlamaIndex):
    def passages(self, texts: list[str]) -> NDArray[np.float32]:
        return _matrix(asyncio.run(self.embedding.aget_text_embedding_batch(texts)))

    def query(self, text: str) -> NDArray[np.float32]:
        return row(_matrix([asyncio.run(self.embedding.aget_query_embedding(text))]))


def row(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the one row."""
    (only,) = vectors
    return np.asarray(only)


def _matrix(rows: list[list[float]]) -> NDArray[np.float32]:
    assert isinstance(rows, list)
    assert all(isinstance(row, list) and all(type(number) is float for number in row) for row in rows)
    return np.array(rows, dtype=np.float32)


WAYS: dict[str, Callable[..., WayIn]] = {
    "core": _Core,
    "core-async": _AsyncCore,
    "langchain": _LangChain,
    "langchain-async": _AsyncLangChain,
    "llamaindex": _LlamaIndex,
    "llamaindex-async": _AsyncLlamaIndex,
}
