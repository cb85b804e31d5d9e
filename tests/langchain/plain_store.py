"""A store of multi-vectors in a dict: what the protocol says, and nothing more."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nova_embeddings import maxsim
from nova_embeddings.stores import Hit, Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np


class PlainStore:
    """Keeps records by id, and remembers how it was searched."""

    def __init__(self) -> None:
        """Start empty."""
        self.records: dict[str, Record] = {}
        self.searches: list[dict[str, Any]] = []

    def upsert(self, records: Sequence[Record]) -> None:
        """Add or replace."""
        self.records.update({record.id: record for record in records})

    def search(
        self,
        query: np.ndarray,
        k: int = 10,
        *,
        dense: np.ndarray | None = None,
        prefetch: int | None = None,
        filter: Mapping[str, object] | None = None,  # noqa: A002 (the word of the protocol)
    ) -> list[Hit]:
        """Score every record that matches."""
        self.searches.append({"k": k, "dense": dense, "prefetch": prefetch, "filter": filter})
        found = [record for record in self.records.values() if _matches(record.payload, filter or {})]
        scores = maxsim(query, [record.multivector for record in found])
        hits = [Hit(one.id, float(score), one.payload) for one, score in zip(found, scores, strict=True)]
        return sorted(hits, key=lambda hit: (-hit.score, hit.id))[:k]

    def delete(self, ids: Sequence[str] = (), *, filter: Mapping[str, object] | None = None) -> None:  # noqa: A002
        """Forget the ids; no test deletes by filter."""
        assert filter is None
        for name in ids:
            self.records.pop(name, None)

    def get(self, ids: Sequence[str]) -> list[Record]:
        """Return those that are known."""
        return [self.records[name] for name in ids if name in self.records]

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.records)


def _matches(payload: Mapping[str, Any], wanted: Mapping[str, object]) -> bool:
    for path, value in wanted.items():
        seen: Any = payload
        for name in path.split("."):
            seen = seen.get(name) if isinstance(seen, dict) else None
        if seen not in (value if isinstance(value, list) else [value]):
            return False
    return True
