"""Vector stores of LangChain over real Chroma and Qdrant, which hold them where langchain-chroma and -qdrant do."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, Self

import chromadb
from chromadb.config import Settings
from langchain_core.documents import Document
from langchain_core.vectorstores import VectorStore
from qdrant_client import QdrantClient
from qdrant_client.models import Distance, PointStruct, VectorParams

if TYPE_CHECKING:
    from collections.abc import Iterable

    from langchain_core.embeddings import Embeddings

WIDTH = 128


class ChromaStore(VectorStore):
    """Keeps its collection as `_collection`."""

    def __init__(self, name: str, embeddings: Embeddings) -> None:
        """Open the collection in memory, which all clients of this process share."""
        client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
        self._collection = client.get_or_create_collection(name, embedding_function=None)
        self._embeddings = embeddings

    @property
    def embeddings(self) -> Embeddings:
        """Return what embeds."""
        return self._embeddings

    def add_texts(self, texts: Iterable[str], metadatas: list[dict[Any, Any]] | None = None, **_: Any) -> list[str]:
        """Embed and add."""
        del metadatas
        documents = list(texts)
        ids = [uuid.uuid4().hex for _ in documents]
        vectors: Any = self._embeddings.embed_documents(documents)
        self._collection.add(ids=ids, embeddings=vectors, documents=documents)
        return ids

    def similarity_search(self, query: str, k: int = 4, **_: Any) -> list[Document]:
        """Search by the query's vector."""
        asked: Any = [self._embeddings.embed_query(query)]
        found = self._collection.query(query_embeddings=asked, n_results=k)
        return [Document(text) for text in (found["documents"] or [[]])[0]]

    @classmethod
    def from_texts(cls, texts: list[str], embedding: Embeddings, *_: Any, **__: Any) -> Self:
        """Make one."""
        store = cls(f"docs-{uuid.uuid4().hex}", embedding)
        store.add_texts(texts)
        return store


class QdrantStore(VectorStore):
    """Has its `client` and its `collection_name`."""

    def __init__(self, name: str, embeddings: Embeddings, client: QdrantClient | None = None) -> None:
        """Make the collection if it is not there."""
        self.client, self.collection_name, self._embeddings = client or QdrantClient(":memory:"), name, embeddings
        if not self.client.collection_exists(name):
            params = VectorParams(size=WIDTH, distance=Distance.COSINE)
            self.client.create_collection(name, vectors_config=params)

    @property
    def embeddings(self) -> Embeddings:
        """Return what embeds."""
        return self._embeddings

    def add_texts(self, texts: Iterable[str], metadatas: list[dict[Any, Any]] | None = None, **_: Any) -> list[str]:
        """Embed and add."""
        del metadatas
        documents = list(texts)
        ids = [uuid.uuid4().hex for _ in documents]
        rows = zip(ids, self._embeddings.embed_documents(documents), documents, strict=True)
        self.client.upsert(
            self.collection_name, [PointStruct(id=one, vector=row, payload={"text": text}) for one, row, text in rows]
        )
        return ids

    def similarity_search(self, query: str, k: int = 4, **_: Any) -> list[Document]:
        """Search by the query's vector."""
        asked = self._embeddings.embed_query(query)
        found = self.client.query_points(self.collection_name, query=asked, limit=k).points
        return [Document((point.payload or {})["text"]) for point in found]

    @classmethod
    def from_texts(cls, texts: list[str], embedding: Embeddings, *_: Any, **__: Any) -> Self:
        """Make one."""
        store = cls("docs", embedding)
        store.add_texts(texts)
        return store
