"""Databases whose collections are guarded: real ones, in memory and in a folder, without telemetry."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import chromadb
import pytest
from chromadb.config import Settings
from qdrant_client import QdrantClient
from qdrant_client.models import Distance, PointStruct, VectorParams

from nova_embeddings.guard import QdrantCollection

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

WIDTH = 128


@dataclass(frozen=True)
class Kind:
    """A collection, and what a user does with it.

    Args:
        collection: as the guard takes it.
        again: the same, opened a second time.
        add: puts in a vector of this width.
        metadata: what the collection says about itself, as a second client reads it.
        found: the ids that a search for everything finds.
    """

    collection: Any
    again: Callable[[], Any]
    add: Callable[[int], object]
    metadata: Callable[[], dict[str, Any]]
    found: Callable[[], list[str]]


@pytest.fixture(params=["chroma in memory", "chroma in a folder", "qdrant in memory", "qdrant in a folder"])
def kind(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Kind]:
    """A new collection with metadata of its owner's."""
    if "qdrant" in request.param:
        client = QdrantClient(path=str(tmp_path)) if "folder" in request.param else QdrantClient(":memory:")
        yield qdrant(client)
        client.close()
    else:
        settings = Settings(anonymized_telemetry=False)
        if "folder" in request.param:
            yield chroma(chromadb.PersistentClient(str(tmp_path), settings))
        else:
            yield chroma(chromadb.EphemeralClient(settings))


def chroma(client: Any) -> Kind:
    """Return a collection of Chroma with cosine distance."""
    name = f"docs-{uuid.uuid4().hex}"  # clients in memory share what they hold
    owned = {"hnsw:space": "cosine", "owner": "library"}
    collection = client.create_collection(name, metadata=owned, embedding_function=None)

    def again() -> Any:
        return client.get_collection(name, embedding_function=None)

    return Kind(
        collection,
        again,
        lambda width: collection.add(ids=[uuid.uuid4().hex], embeddings=[[1.0] * width]),
        lambda: dict(again().metadata),
        lambda: list(collection.get()["ids"]),
    )


def qdrant(client: QdrantClient) -> Kind:
    """Return a collection of Qdrant with cosine distance."""
    params = VectorParams(size=WIDTH, distance=Distance.COSINE)
    client.create_collection("docs", vectors_config=params, metadata={"owner": "library"})

    def add(width: int) -> None:
        client.upsert("docs", [PointStruct(id=uuid.uuid4().hex, vector=[1.0] * width)])

    return Kind(
        QdrantCollection(client, "docs"),
        lambda: QdrantCollection(client, "docs"),
        add,
        lambda: dict(client.get_collection("docs").config.metadata or {}),
        lambda: [str(point.id) for point in client.query_points("docs", query=[1.0] * WIDTH, limit=9).points],
    )
