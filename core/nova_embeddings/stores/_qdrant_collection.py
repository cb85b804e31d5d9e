"""How is a collection for multi-vectors made, and is the one that is there such a one?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._space import MULTIVECTOR_WIDTH
from nova_embeddings.stores._fitting import agree, agree_on_space
from nova_embeddings.stores._points import DENSE, MULTI

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

_SPACE = "nova_space"


def create(client: QdrantClient, name: str, space: str | None, dimensions: int) -> None:
    """Make the collection: no graph on the multi-vectors, which costs much and finds no faster."""
    from qdrant_client.models import (  # noqa: PLC0415 (an extra)
        Distance,
        HnswConfigDiff,
        MultiVectorComparator,
        MultiVectorConfig,
        VectorParams,
    )

    vectors = {
        MULTI: VectorParams(
            size=MULTIVECTOR_WIDTH,
            distance=Distance.DOT,
            multivector_config=MultiVectorConfig(comparator=MultiVectorComparator.MAX_SIM),
            hnsw_config=HnswConfigDiff(m=0),
        )
    }
    if dimensions:
        vectors[DENSE] = VectorParams(size=dimensions, distance=Distance.COSINE)
    client.create_collection(name, vectors_config=vectors, metadata={} if space is None else {_SPACE: space})


def check(client: QdrantClient, name: str, space: str | None, dimensions: int | None) -> tuple[str | None, int]:
    """Return the space and the dimensions that the collection has.

    Raises:
        ConfigurationError: it was made for other vectors, or another space.
    """
    where = f"the collection {name!r}"
    config = client.get_collection(name).config
    vectors: Any = config.params.vectors
    if not isinstance(vectors, dict) or MULTI not in vectors or set(vectors) - {MULTI, DENSE}:
        names = sorted(vectors) if isinstance(vectors, dict) else ["(one without a name)"]
        raise ConfigurationError(f"{where} has the vectors {names}, not those of this store; name another")
    _check_vector(f"{where}: {MULTI}", vectors[MULTI], MULTIVECTOR_WIDTH, "Dot", "max_sim")
    found = 0
    if DENSE in vectors:
        found = vectors[DENSE].size
        _check_vector(f"{where}: {DENSE}", vectors[DENSE], found, "Cosine", None)
    agree(where, "dimensions", found, dimensions)
    mark = (config.metadata or {}).get(_SPACE)
    agree_on_space(where, mark, space)
    return mark, found


def _check_vector(where: str, params: Any, size: int, distance: str, comparator: str | None) -> None:  # noqa: ANN401
    agree(where, "the width", params.size, size)
    agree(where, "the distance", params.distance.value, distance)
    multi = params.multivector_config
    found = None if multi is None else multi.comparator.value
    if found != comparator:
        raise ConfigurationError(f"{where} is compared by {found}, not by {comparator}; name another collection")
