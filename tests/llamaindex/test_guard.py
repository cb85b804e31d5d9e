"""Storages of LlamaIndex that keep to one space: persisted ones, and those over Chroma and Qdrant."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

import chromadb
import pytest
from chromadb.config import Settings
from llama_index.core import StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.schema import TextNode
from llama_index.core.vector_stores import (
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryResult,
)
from llama_index.core.vector_stores.types import BasePydanticVectorStore
from pydantic import PrivateAttr
from qdrant_client import QdrantClient
from qdrant_client.models import Distance, PointStruct, VectorParams

from llama_index.embeddings.nova import NovaEmbedding, guard_storage, verify_storage
from nova_embeddings import ConfigurationError, SpaceMismatchError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from llama_index.core.schema import BaseNode

    from tests.fake_nova import FakeNova

WIDTH = 128
TEXTS = ["Tea grows in Assam.", "Rust has no garbage collector.", "The moon has no air."]


@pytest.fixture
def model(nova: FakeNova) -> NovaEmbedding:
    """A model of narrow vectors."""
    return NovaEmbedding(api_base=nova.api_base, dimensions=WIDTH)


def nodes() -> list[TextNode]:
    """Return the texts as nodes."""
    return [TextNode(text=text, id_=str(number), metadata={"n": number}) for number, text in enumerate(TEXTS)]


def persisted(folder: Path, model: NovaEmbedding) -> None:
    """Persist a guarded index."""
    storage = guard_storage(folder, model)
    VectorStoreIndex(nodes(), storage_context=storage, embed_model=model)
    storage.persist(folder)


def test_a_persisted_index_is_opened_by_its_own_model(tmp_path: Path, model: NovaEmbedding) -> None:
    """What was persisted loads, finds, filters, grows, and is persisted again, guarded all the while."""
    persisted(tmp_path, model)
    for count in (3, 4):
        storage = guard_storage(tmp_path, model)
        index: Any = load_index_from_storage(storage, embed_model=model)
        assert len(index.as_retriever(similarity_top_k=9).retrieve("tea")) == count
        one = MetadataFilters(filters=[MetadataFilter(key="n", value=1)])
        assert [hit.node_id for hit in index.as_retriever(filters=one).retrieve("tea")] == ["1"]
        index.insert_nodes([TextNode(text="Coffee grows in Ethiopia.", id_="coffee", metadata={"n": 9})])
        storage.persist(tmp_path)
    index.delete_nodes(["coffee"])
    assert verify_storage(storage, model) is storage


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"model_name": "another"}, "model"),
        ({"task": "code"}, "family"),
        ({"adapter": "legal"}, "adapter"),
        ({"dimensions": 256}, "dimensions"),
    ],
)
def test_a_persisted_index_refuses_another_space(
    tmp_path: Path, model: NovaEmbedding, options: dict[str, Any], field: str
) -> None:
    """The error names the field, from the folder and from a context that LlamaIndex loaded itself."""
    persisted(tmp_path, model)
    other = model.model_copy(update=options)
    loaded = StorageContext.from_defaults(persist_dir=str(tmp_path))
    for refusing in (guard_storage, verify_storage):
        for storage in (tmp_path, str(tmp_path), loaded):
            with pytest.raises(SpaceMismatchError) as refused:
                refusing(storage, other)
            assert list(refused.value.differences) == [field]


def test_instructions_of_queries_may_change(tmp_path: Path, model: NovaEmbedding) -> None:
    """Questions may be asked in other words; nodes may not be inserted with others."""
    persisted(tmp_path, model)
    guard_storage(tmp_path, model.model_copy(update={"query_instructions": "Find."}))
    writing = model.model_copy(update={"document_instructions": "A law."})
    verify_storage(tmp_path, writing, role="query")
    with pytest.raises(SpaceMismatchError, match="encode_id"):
        guard_storage(tmp_path, writing)


def test_an_index_of_unknown_make_is_adopted_only_if_told(tmp_path: Path, model: NovaEmbedding) -> None:
    """What was persisted without a guard is refused, and adopted only at its own width."""
    VectorStoreIndex(nodes(), embed_model=model).storage_context.persist(tmp_path)
    for refusing in (guard_storage, verify_storage):
        with pytest.raises(ConfigurationError, match=r"the vector store 'default'.*adopt=True"):
            refusing(tmp_path, model)
    with pytest.raises(SpaceMismatchError, match="width 128"):
        guard_storage(tmp_path, model.model_copy(update={"dimensions": 256}), adopt=True)
    guard_storage(tmp_path, model, adopt=True).persist(tmp_path)
    guard_storage(tmp_path, model)


def test_a_cleared_store_is_free_again(model: NovaEmbedding) -> None:
    """The stamp goes with the vectors, and travels as a dict."""
    storage = guard_storage(StorageContext.from_defaults(), model)
    copied = StorageContext.from_dict(storage.to_dict())
    other = model.model_copy(update={"task": "code"})
    with pytest.raises(SpaceMismatchError):
        guard_storage(copied, other)
    storage.vector_store.clear()
    guard_storage(storage, other)


def test_there_must_be_a_storage(tmp_path: Path, model: NovaEmbedding) -> None:
    """A folder without one cannot be verified, and a namespace must be there; guarding writes nothing by itself."""
    with pytest.raises(ConfigurationError, match="no storage of LlamaIndex"):
        verify_storage(tmp_path, model)
    guard_storage(tmp_path, model)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(ConfigurationError, match="it has 'default', 'image'"):
        guard_storage(tmp_path, model, namespace="charts")


def test_each_namespace_has_a_stamp_of_its_own(tmp_path: Path, model: NovaEmbedding) -> None:
    """Vectors of images by another model lie in a space of their own."""
    other = model.model_copy(update={"model_name": "another"})
    guard_storage(guard_storage(tmp_path, model), other, namespace="image").persist(tmp_path)
    verify_storage(tmp_path, other, namespace="image")
    with pytest.raises(SpaceMismatchError):
        verify_storage(tmp_path, model, namespace="image")


class ChromaStore(BasePydanticVectorStore):
    """A vector store over Chroma, which holds its collection as llama-index-vector-stores-chroma does."""

    stores_text: bool = True
    _collection: Any = PrivateAttr()

    def __init__(self, name: str) -> None:
        """Open the collection in memory, which all clients of this process share."""
        super().__init__(stores_text=True)
        client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
        self._collection = client.get_or_create_collection(name, embedding_function=None)

    @property
    def client(self) -> Any:
        """Return the collection."""
        return self._collection

    def add(self, nodes: Sequence[BaseNode], **_: Any) -> list[str]:
        """Add nodes with their vectors."""
        ids = [node.node_id for node in nodes]
        texts = [node.get_content() for node in nodes]
        self._collection.add(ids=ids, embeddings=[node.get_embedding() for node in nodes], documents=texts)
        return ids

    def delete(self, ref_doc_id: str, **_: Any) -> None:
        """Be asked by no test."""
        raise NotImplementedError(ref_doc_id)

    def query(self, query: VectorStoreQuery, **_: Any) -> VectorStoreQueryResult:
        """Search by a vector."""
        found = self._collection.query(query_embeddings=[query.query_embedding], n_results=query.similarity_top_k)
        kept = [TextNode(id_=one, text=text) for one, text in zip(found["ids"][0], found["documents"][0], strict=True)]
        return VectorStoreQueryResult(nodes=kept, similarities=[1.0] * len(kept), ids=found["ids"][0])


class QdrantStore(ChromaStore):
    """One over Qdrant, with `client` and `collection_name` as llama-index-vector-stores-qdrant has them."""

    collection_name: str = "docs"
    _client: Any = PrivateAttr()

    def __init__(self, client: QdrantClient) -> None:
        """Make the collection if it is not there."""
        BasePydanticVectorStore.__init__(self, stores_text=True)
        self._collection, self._client = None, client
        if not client.collection_exists("docs"):
            client.create_collection("docs", vectors_config=VectorParams(size=WIDTH, distance=Distance.COSINE))

    @property
    def client(self) -> Any:
        """Return Qdrant's client."""
        return self._client

    def add(self, nodes: Sequence[BaseNode], **_: Any) -> list[str]:
        """Add nodes with their vectors."""
        points = [
            PointStruct(id=number, vector=node.get_embedding(), payload={"text": node.get_content()})
            for number, node in enumerate(nodes)
        ]
        self._client.upsert("docs", points)
        return [node.node_id for node in nodes]

    def query(self, query: VectorStoreQuery, **_: Any) -> VectorStoreQueryResult:
        """Search by a vector."""
        found = self._client.query_points("docs", query=query.query_embedding, limit=query.similarity_top_k).points
        kept = [TextNode(text=point.payload["text"]) for point in found]
        return VectorStoreQueryResult(nodes=kept, similarities=[1.0] * len(kept), ids=[one.node_id for one in kept])


@pytest.mark.parametrize("database", ["chroma", "qdrant"])
def test_a_store_of_a_database_is_stamped_there(database: str, model: NovaEmbedding) -> None:
    """A storage context over Chroma or Qdrant is guarded in the collection, and an index over it works."""
    name, client = f"docs-{uuid.uuid4().hex}", QdrantClient(":memory:")

    def opened() -> StorageContext:
        store = ChromaStore(name) if database == "chroma" else QdrantStore(client)
        return StorageContext.from_defaults(vector_store=store)

    storage = guard_storage(opened(), model)
    index = VectorStoreIndex(nodes(), storage_context=storage, embed_model=model)
    assert len(index.as_retriever(similarity_top_k=2).retrieve("tea")) == 2
    guard_storage(opened(), model)
    with pytest.raises(SpaceMismatchError, match=rf"{database.title()} collection 'docs.*family"):
        guard_storage(opened(), model.model_copy(update={"task": "code"}))
