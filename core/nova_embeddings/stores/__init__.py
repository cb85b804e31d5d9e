"""Stores of multi-vectors: numpy without any dependency, Qdrant embedded or as a server."""

from nova_embeddings.stores._protocol import Hit, MultiVectorStore, Record

__all__ = ["Hit", "MultiVectorStore", "Record"]
