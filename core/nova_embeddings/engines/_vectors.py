"""What do engines do with rows of numbers?"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nova_embeddings._errors import InputError

if TYPE_CHECKING:
    from nova_embeddings._results import FloatArray

_SMALLEST = np.finfo(np.float32).tiny


def unit(rows: FloatArray) -> FloatArray:
    """Return the rows `(N, D)` at length 1, float32.

    Raises:
        InputError: a row is zero, so that it has no direction; its index is given.
    """
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if not (lengths > _SMALLEST).all():
        message = "its vector is zero, so nothing can be compared with it; give it more text"
        raise InputError(message, index=int(np.argmin(lengths > _SMALLEST)))
    return (rows / lengths).astype(np.float32)
