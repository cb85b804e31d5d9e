"""How does a record lie in Qdrant, and how is a filter said there?"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError
from nova_embeddings.stores._protocol import Hit, Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from qdrant_client.models import Condition, Filter, PointStruct

    from nova_embeddings.stores._fitting import Value, Wanted

MULTI, DENSE = "multivector", "dense"
"""Names of the two vectors of a point."""

_ID = "_nova_id"
_IDS = uuid.UUID("6a9b2a52-8a0e-5b6e-9a2c-3f1d7c0b4e11")  # fixed for ever: other stores would not find their records
_BATCH_BYTES = 8 * 2**20
_NUMBER_BYTES = 22  # of a float in JSON, with its comma


def point_id(record_id: str) -> str:
    """Return the UUID under which a record lies; Qdrant knows only those and numbers."""
    return str(uuid.uuid5(_IDS, record_id))


def check_payloads(records: Sequence[Record]) -> None:
    """Check that no payload has the field that the id is kept in.

    Raises:
        ConfigurationError: one has it.
    """
    for record in records:
        if _ID in record.payload:
            raise ConfigurationError(f"record {record.id!r}: its payload has {_ID!r}, a field of the store's own")


def batches(records: Sequence[Record]) -> Iterator[list[PointStruct]]:
    """Yield points, some megabytes at a time, made as they are asked for; servers take 32 MB by default."""
    batch: list[Record] = []
    size = 0
    for record in records:
        mine = _NUMBER_BYTES * (record.multivector.size + (0 if record.dense is None else record.dense.size))
        if batch and size + mine > _BATCH_BYTES:
            yield [_point(one) for one in batch]
            batch, size = [], 0
        batch.append(record)
        size += mine
    if batch:
        yield [_point(one) for one in batch]


def hit_of(point: Any) -> Hit:  # noqa: ANN401 (Qdrant's ScoredPoint)
    """Return a point that was found."""
    name, payload = _named(point)
    return Hit(name, float(point.score), payload)


def record_of(point: Any) -> Record:  # noqa: ANN401 (Qdrant's Record)
    """Return a point that was fetched with its vectors."""
    import numpy as np  # noqa: PLC0415 (not needed to import the package)

    name, payload = _named(point)
    dense = point.vector.get(DENSE)
    return Record(
        name,
        np.asarray(point.vector[MULTI], dtype=np.float32),
        None if dense is None else np.asarray(dense, dtype=np.float32),
        payload,
    )


def filter_of(wanted: Wanted | None) -> Filter | None:
    """Return Qdrant's filter: every field has one of its values."""
    from qdrant_client.models import Filter, HasIdCondition  # noqa: PLC0415 (an extra)

    if wanted is None:
        return None
    none = HasIdCondition(has_id=[])  # for a field of which no value will do
    return Filter(
        must=[Filter(should=[_condition(field, one) for one in values] or none) for field, values in wanted.items()]
    )


def _condition(field: str, value: Value) -> Condition:
    from qdrant_client.models import FieldCondition, MatchValue, Range  # noqa: PLC0415 (an extra)

    key = ".".join(f'"{name}"' for name in field.split("."))
    if isinstance(value, float):
        return FieldCondition(key=key, range=Range(gte=value, lte=value))
    return FieldCondition(key=key, match=MatchValue(value=value))


def _point(record: Record) -> PointStruct:
    from qdrant_client.models import PointStruct  # noqa: PLC0415 (an extra)

    vector: dict[str, Any] = {MULTI: record.multivector.tolist()}
    if record.dense is not None:
        vector[DENSE] = record.dense.tolist()
    return PointStruct(id=point_id(record.id), vector=vector, payload={**record.payload, _ID: record.id})


def _named(point: Any) -> tuple[str, dict[str, Any]]:  # noqa: ANN401 (as above)
    payload = dict(point.payload or {})
    if _ID not in payload:
        raise ConfigurationError(f"a point of the collection has no field {_ID!r}: it was not written by this store")
    return payload.pop(_ID), payload
