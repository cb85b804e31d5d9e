"""How do many multi-vectors lie in memory? All tokens behind each other in one array, and where each document begins.

Rows are only ever appended. A reader takes what there is at one moment, and reads on undisturbed by what comes later:
growing and compacting make new arrays, and removing is a matter of which rows one asks for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nova_embeddings._scoring import offsets_of, score
from nova_embeddings._space import MULTIVECTOR_WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nova_embeddings._results import FloatArray
    from nova_embeddings._scoring import Offsets

    Array = NDArray[Any]

_GROWTH = 1.5  # pages that were never written take no memory
_INT8_LARGEST = 127


class Growing:
    """An array that grows along its first axis."""

    def __init__(self, array: Array) -> None:
        """Hold the array; it is copied before anything is added."""
        self._held, self._count = array, len(array)

    @property
    def rows(self) -> Array:
        """Return what there is, without a copy."""
        return self._held[: self._count]

    def first(self, count: int) -> Array:
        """Return so many rows, without a copy."""
        return self._held[:count]

    def append(self, rows: Array, at: int) -> None:
        """Add rows, cast to the array's type, after the first `at`; what an interrupted append left there is lost."""
        total = at + len(rows)
        if total > len(self._held):
            grown = np.empty((max(total, int(_GROWTH * at)), *self._held.shape[1:]), self._held.dtype)
            grown[:at] = self._held[:at]
            self._held = grown
        self._held[at:total] = rows
        self._count = total


class Columns:
    """Multi-vectors and dense vectors of many documents, by row number."""

    def __init__(self, *, int8: bool, dimensions: int) -> None:
        """Hold no document.

        Args:
            int8: keep a token's numbers as int8 and one scale: 132 bytes a token for 512.
            dimensions: of the dense vectors; 0 for none.
        """
        self._tokens = Growing(np.empty((0, MULTIVECTOR_WIDTH), np.int8 if int8 else np.float32))
        self._scales = Growing(np.empty((0,), np.float32)) if int8 else None
        self._dense = Growing(np.empty((0, dimensions), np.float32))
        self._offsets = Growing(np.zeros(1, np.int64))

    @classmethod
    def of(cls, arrays: dict[str, Array]) -> Columns:
        """Return what holds these, as `arrays` gave them; nothing is copied."""
        made = cls(int8="scales" in arrays, dimensions=arrays["dense"].shape[1])
        made._tokens, made._dense = Growing(arrays["tokens"]), Growing(arrays["dense"])
        made._scales = Growing(arrays["scales"]) if "scales" in arrays else None
        made._offsets = Growing(arrays["offsets"])
        return made

    def arrays(self) -> dict[str, Array]:
        """Return all there is by name, without a copy; what is returned does not change any more."""
        offsets = self._offsets.rows
        tokens = int(offsets[-1])
        arrays = {
            "offsets": offsets,
            "tokens": self._tokens.first(tokens),
            "dense": self._dense.first(len(offsets) - 1),
        }
        return arrays if self._scales is None else {**arrays, "scales": self._scales.first(tokens)}

    def snapshot(self) -> Columns:
        """Return what there is now, for a reader."""
        return Columns.of(self.arrays())

    def append(self, multivectors: Sequence[FloatArray], dense: FloatArray) -> None:
        """Add documents, `(T_n, 128)` each; dense is `(N, dimensions)`."""
        offsets = self._offsets.rows[-1] + offsets_of([len(rows) for rows in multivectors])
        for rows, first in zip(multivectors, offsets[:-1].tolist(), strict=True):
            if self._scales is None:
                self._tokens.append(rows, first)
            else:
                codes, scales = _quantised(rows)
                self._tokens.append(codes, first)
                self._scales.append(scales, first)
        count = len(self._offsets.rows) - 1
        self._dense.append(dense, count)
        self._offsets.append(offsets[1:], count + 1)  # last: only now are the documents there

    def only(self, rows: Offsets) -> Columns:
        """Return a copy with only these documents, in this order."""
        kept = Columns(int8=self._scales is not None, dimensions=self._dense.rows.shape[1])
        tokens = self._tokens_of(rows)
        kept._tokens = Growing(self._tokens.rows[tokens])
        kept._scales = None if self._scales is None else Growing(self._scales.rows[tokens])
        kept._dense = Growing(self._dense.rows[rows])
        kept._offsets = Growing(offsets_of(self._lengths(rows).tolist()))
        return kept

    def multivector(self, row: int) -> FloatArray:
        """Return a copy of one document, float32 `(T, 128)`."""
        first, last = self._offsets.rows[row : row + 2]
        return np.array(self._floats(slice(first, last)))

    def dense(self, row: int) -> FloatArray | None:
        """Return a copy of a document's dense vector, float32 `(D,)` of unit length; None where there are none."""
        return np.array(self._dense.rows[row]) if self._dense.rows.shape[1] else None

    def nearest(self, query: FloatArray, rows: Offsets, count: int) -> Offsets:
        """Return those of the rows whose dense vectors are nearest to the query's, at most `count`, in their order."""
        if count >= len(rows):
            return rows
        likeness = (self._dense.rows @ query)[rows]
        return np.sort(rows[np.argpartition(-likeness, count - 1)[:count]])

    def scores(self, query: FloatArray, rows: Offsets) -> FloatArray:
        """Return the MaxSim of each of these documents, float32."""
        offsets = offsets_of(self._lengths(rows).tolist())
        return score(query, offsets, lambda first, last, room: self._floats(self._tokens_of(rows[first:last]), room))

    def _lengths(self, rows: Offsets) -> Offsets:
        lengths: Offsets = np.diff(self._offsets.rows)[rows]
        return lengths

    def _tokens_of(self, rows: Offsets) -> slice | Offsets:
        """Return where these documents' tokens lie: a slice, which copies nothing, where they lie behind each other."""
        if not len(rows):
            return slice(0, 0)
        if rows[-1] - rows[0] + 1 == len(rows) and (np.diff(rows) == 1).all():
            return slice(self._offsets.rows[rows[0]], self._offsets.rows[rows[-1] + 1])
        ends = offsets_of(self._lengths(rows).tolist())
        shifts = np.repeat(self._offsets.rows[rows] - ends[:-1], np.diff(ends))
        return np.arange(ends[-1]) + shifts

    def _floats(self, where: slice | Offsets, room: FloatArray | None = None) -> FloatArray:
        tokens: FloatArray = self._tokens.rows[where]
        if self._scales is None:
            return tokens
        return np.multiply(tokens, self._scales.rows[where][:, None], out=None if room is None else room[: len(tokens)])


def check(arrays: dict[str, Array]) -> None:
    """Check that these are what `Columns.arrays` gives.

    Raises:
        KeyError, ValueError, IndexError: they are not.
    """
    offsets, tokens, dense, scales = arrays["offsets"], arrays["tokens"], arrays["dense"], arrays.get("scales")
    types = {"offsets": np.int64, "tokens": np.float32 if scales is None else np.int8, "dense": np.float32}
    fits = (
        all(arrays[name].dtype == kind for name, kind in types.items())
        and (offsets.ndim, dense.ndim) == (1, 2)
        and tokens.shape == (offsets[-1], MULTIVECTOR_WIDTH)
        and len(dense) == len(offsets) - 1
        and offsets[0] == 0
        and bool((np.diff(offsets) > 0).all())
        and (scales is None or (scales.dtype == np.float32 and scales.shape == (len(tokens),)))
    )
    if not fits:
        raise ValueError("its arrays do not fit together")


def _quantised(rows: FloatArray) -> tuple[Array, FloatArray]:
    """Return int8 `(T, 128)` and the scale of each row, `(T,)`: the largest number of a row becomes 127."""
    largest = np.abs(rows).max(axis=1)
    scales = np.where(largest > 0, largest / _INT8_LARGEST, 1).astype(np.float32)
    return np.rint(rows / scales[:, None]).astype(np.int8), scales
