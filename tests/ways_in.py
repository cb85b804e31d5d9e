"""Every way in: core, LangChain and LlamaIndex, sync and async, behind one small surface."""

from __future__ import annotations

import asyncio
import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from llama_index.core.schema import ImageNode

from langchain_nova import NovaEmbeddings
from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import EmbeddingInput, Image, NovaClient, passage_task, query_task

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

    def images(self, paths: list[str]) -> NDArray[np.float32]:
        """Embed image files that are searched, `(N, D)`."""
        ...

    def fused(self, pairs: list[tuple[str, str]]) -> NDArray[np.float32]:
        """Embed texts, each with an image file, as one vector each, `(N, D)`."""
        ...


def fused_input(text: str, path: str) -> EmbeddingInput:
    """Return a text and an image as one input of the core."""
    return EmbeddingInput(text, image=Image.from_path(path))


def blocks(text: str, path: str) -> list[dict[str, str]]:
    """Return a text and an image as LangChain's content blocks."""
    data = base64.b64encode(Path(path).read_bytes()).decode()
    return [{"type": "text", "text": text}, {"type": "image", "base64": data, "mime_type": "image/png"}]


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

    def images(self, paths: list[str]) -> NDArray[np.float32]:
        return self.client.embed([Image.from_path(path) for path in paths], **self.as_passage).vectors

    def fused(self, pairs: list[tuple[str, str]]) -> NDArray[np.float32]:
        return self.client.embed([fused_input(*pair) for pair in pairs], **self.as_passage).vectors


class _AsyncCore(_Core):
    def passages(self, texts: list[str]) -> NDArray[np.float32]:
        return asyncio.run(self.client.aembed(texts, **self.as_passage)).vectors

    def query(self, text: str) -> NDArray[np.float32]:
        return row(asyncio.run(self.client.aembed([text], **self.as_query)).vectors)

    def images(self, paths: list[str]) -> NDArray[np.float32]:
        inputs = [Image.from_path(path) for path in paths]
        return asyncio.run(self.client.aembed(inputs, **self.as_passage)).vectors

    def fused(self, pairs: list[tuple[str, str]]) -> NDArray[np.float32]:
        inputs = [fused_input(*pair) for pair in pairs]
        return asyncio.run(self.client.aembed(inputs, **self.as_passage)).vectors


class _LangChain:
    def __init__(self, **options: Any) -> None:
        self.embeddings = NovaEmbeddings(**options)

    def passages(self, texts: list[str]) -> NDArray[np.float32]:
        return _matrix(self.embeddings.embed_documents(texts))

    def query(self, text: str) -> NDArray[np.float32]:
        return row(_matrix([self.embeddings.embed_query(text)]))

    def images(self, paths: list[str]) -> NDArray[np.float32]:
        return _matrix(self.embeddings.embed_images(paths))

    def fused(self, pairs: list[tuple[str, str]]) -> NDArray[np.float32]:
        return _matrix(self.embeddings.embed_content_blocks([blocks(*pair) for pair in pairs]))


class _AsyncLangChain(_LangChain):
    def passages(self, texts: list[str]) -> NDArray[np.float32]:
        return _matrix(asyncio.run(self.embeddings.aembed_documents(texts)))

    def query(self, text: str) -> NDArray[np.float32]:
        return row(_matrix([asyncio.run(self.embeddings.aembed_query(text))]))

    def images(self, paths: list[str]) -> NDArray[np.float32]:
        return _matrix(asyncio.run(self.embeddings.aembed_images(paths)))

    def fused(self, pairs: list[tuple[str, str]]) -> NDArray[np.float32]:
        return _matrix(asyncio.run(self.embeddings.aembed_content_blocks([blocks(*pair) for pair in pairs])))


class _LlamaIndex:
    def __init__(self, **options: Any) -> None:
        self.embedding = NovaEmbedding(**options)

    def passages(self, texts: list[str]) -> NDArray[np.float32]:
        return _matrix(self.embedding.get_text_embedding_batch(texts))

    def query(self, text: str) -> NDArray[np.float32]:
        return row(_matrix([self.embedding.get_query_embedding(text)]))

    def images(self, paths: list[str]) -> NDArray[np.float32]:
        return _matrix(self.embedding.get_image_embedding_batch(paths))

    def fused(self, pairs: list[tuple[str, str]]) -> NDArray[np.float32]:
        nodes = [ImageNode(text=text, image_path=path) for text, path in pairs]
        return _matrix([node.embedding or [] for node in self.embedding(nodes)])


class _AsyncLlamaIndex(_LlamaIndex):
    def passages(self, texts: list[str]) -> NDArray[np.float32]:
        return _matrix(asyncio.run(self.embedding.aget_text_embedding_batch(texts)))

    def query(self, text: str) -> NDArray[np.float32]:
        return row(_matrix([asyncio.run(self.embedding.aget_query_embedding(text))]))

    def images(self, paths: list[str]) -> NDArray[np.float32]:
        return _matrix(asyncio.run(self.embedding.aget_image_embedding_batch(paths)))

    def fused(self, pairs: list[tuple[str, str]]) -> NDArray[np.float32]:
        nodes = [ImageNode(text=text, image_path=path) for text, path in pairs]
        return _matrix([node.embedding or [] for node in asyncio.run(self.embedding.acall(nodes))])


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
