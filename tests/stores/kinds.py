"""Every store that the contract holds for: adding one is a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from nova_embeddings.stores import NumpyStore, QdrantStore, Record

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

Store: TypeAlias = NumpyStore | QdrantStore


@dataclass(frozen=True)
class Kind:
    """A store and where it lies.

    Args:
        make: takes a folder of its own and the store's options.
        reload: takes a filled store and its folder, and opens it again as another process would; None in memory.
    """

    make: Callable[..., Store]
    reload: Callable[..., Store] | None = None


def _saved(store: NumpyStore, folder: Path, **options: Any) -> NumpyStore:
    store.save()
    return NumpyStore(folder, **options)


def _reopened(store: QdrantStore, folder: Path, **options: Any) -> QdrantStore:
    store.close()
    return QdrantStore("passages", folder=folder, **options)


KINDS = {
    "numpy": Kind(lambda _, **options: NumpyStore(**options)),
    "numpy-folder": Kind(NumpyStore, _saved),
    "qdrant-memory": Kind(lambda _, **options: QdrantStore("passages", location=":memory:", **options)),
    "qdrant-folder": Kind(lambda folder, **options: QdrantStore("passages", folder=folder, **options), _reopened),
}


def unit(rng: np.random.Generator, *shape: int) -> Floats:
    """Return random rows of unit length."""
    rows = rng.standard_normal(shape).astype(np.float32)
    unit_rows: Floats = rows / np.linalg.norm(rows, axis=-1, keepdims=True)
    return unit_rows


def records(count: int, *, dimensions: int = 0, seed: int = 0, longest: int = 40) -> list[Record]:
    """Return records `d0`, `d1`, … of 1 to `longest` tokens, whose payloads have a number, a colour and an author."""
    rng = np.random.default_rng(seed)
    return [
        Record(
            f"d{number}",
            unit(rng, int(rng.integers(1, longest + 1)), 128),
            unit(rng, dimensions) if dimensions else None,
            {"number": number, "colour": ["red", "blue", "green"][number % 3], "meta": {"author": f"a{number % 5}"}},
        )
        for number in range(count)
    ]


def naive(query: Floats, document: Floats) -> float:
    """Return MaxSim by its definition, in double precision."""
    return sum(max(float(np.dot(q.astype(float), d.astype(float))) for d in document) for q in query)
