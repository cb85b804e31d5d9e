"""What do engines do with rows of numbers?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nova_embeddings._errors import InputError

if TYPE_CHECKING:
    from nova_embeddings._results import FloatArray

_SMALLEST = np.finfo(np.float32).tiny


def unit(rows: FloatArray, index: int | None = None) -> FloatArray:
    """Return the rows `(N, D)` at length 1, float32.

    Args:
        rows: one for each input, or all of one input.
        index: the one input's, where they are all of one.

    Raises:
        InputError: a row is zero, so that it has no direction; the input's index is given.
    """
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (lengths > _SMALLEST).all():
        message = "has a vector of length zero, which nothing can be compared with; give it more text"
        raise InputError(message, index=int(np.argmin(lengths > _SMALLEST)) if index is None else index)
    return np.asarray(rows / lengths, dtype=np.float32)
