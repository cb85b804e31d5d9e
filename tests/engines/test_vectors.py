"""Rows that engines make: at length 1, or refused."""

from __future__ import annotations

import numpy as np
import pytest

from nova_embeddings import InputError
from nova_embeddings.engines._vectors import unit


@pytest.mark.parametrize("bad", [0.0, float("nan")])
def test_a_row_without_a_direction_is_refused(bad: float) -> None:
    """A zero or a NaN is an error that names the input, never a vector that poisons a store."""
    rows = np.ones((3, 4), dtype=np.float32)
    rows[2] = bad
    with pytest.raises(InputError) as caught, np.errstate(all="ignore"):
        unit(rows)
    assert caught.value.index == 2
