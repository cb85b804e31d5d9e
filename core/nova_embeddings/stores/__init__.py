"""Stores of multi-vectors: numpy without any dependency, Qdrant embedded or as a server."""

from nova_embeddings.stores._numpy import NumpyStore
from nova_embeddings.stores._protocol import Hit, MultiVectorStore, Record
from nova_embeddings.stores._qdrant import QdrantStore

__all__ = ["Hit", "MultiVectorStore", "NumpyStore", "QdrantStore", "Record"]
