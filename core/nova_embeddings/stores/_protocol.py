"""What must a store of multi-vectors do?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nova_embeddings._results import FloatArray

    Filter = Mapping[str, object]
    """Field of the payload -> its value, or a list of values of which one must match; all fields must match.

    A dot goes into a nested payload: `{"metadata.author": ["Kay", "Hopper"], "metadata.year": 1972}`.
    """


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """One document of a store.

    Args:
        id: its name; a record with the same id is replaced.
        multivector: float32 `(T, 128)`, one row a token, of unit length.
        dense: float32 `(D,)`, for stores that look for candidates by it first; None where there is none.
        payload: JSON values to come back with a hit, and to filter by.
    """

    id: str
    multivector: FloatArray
    dense: FloatArray | None = None
    payload: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hit:
    """One document that was found.

    Args:
        id: its name.
        score: MaxSim: for every token of the query its best cosine in the document, summed.
        payload: what was stored with it.
    """

    id: str
    score: float
    payload: Mapping[str, Any]


class MultiVectorStore(Protocol):
    """Keeps multi-vectors and finds the best by MaxSim; used by many threads at once."""

    def upsert(self, records: Sequence[Record]) -> None:
        """Add records, or replace those with the same id: all of them or, if one is unfit, none.

        Raises:
            ConfigurationError: a record's width or kind is not the store's; nothing was written.
        """
        ...

    def search(
        self,
        query: FloatArray,
        k: int = 10,
        *,
        dense: FloatArray | None = None,
        prefetch: int | None = None,
        filter: Filter | None = None,  # noqa: A002 (the word of the field)
    ) -> list[Hit]:
        """Return the k best documents, best first; equal scores in the order of their ids.

        Args:
            query: float32 `(T, 128)`.
            k: how many, at most.
            dense: the query's dense vector, `(D,)`: only the `prefetch` nearest documents by it are scored.
            prefetch: how many candidates `dense` gives; default: ten times k.
            filter: which documents may be found.
        """
        ...

    def delete(self, ids: Sequence[str] = (), *, filter: Filter | None = None) -> None:  # noqa: A002
        """Remove the documents of these ids, and those that match the filter; unknown ids are no error."""
        ...

    def get(self, ids: Sequence[str]) -> list[Record]:
        """Return the records of these ids, in their order; unknown ids are left out."""
        ...

    def __len__(self) -> int:
        """Return the number of documents."""
        ...
