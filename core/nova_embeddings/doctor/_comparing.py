"""Are these vectors the same, or different? The tolerances, and the verdicts that follow."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nova_embeddings.doctor._report import failed, ok

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nova_embeddings._results import FloatArray
    from nova_embeddings.doctor._report import Finding

SAME = 0.99
"""Cosine from which two answers are one vector: bf16 with another batch or kernel stays well above it."""
DIFFERENT = 0.999
"""Cosine below which an option had an effect.

It stands above `SAME`, because a prompt of a few words may turn a long text's vector by less than a degree or two; so
whether a vector is the one that was asked for is told by which known one is nearest, not by `SAME` alone. It holds for
a server whose own noise is smaller, which is checked first.
"""
UNIT_TOLERANCE = 0.01
"""How far from 1 the length of a unit vector may be: bf16 keeps three digits."""


def cosine(one: FloatArray, other: FloatArray) -> float:
    """Return the cosine of two vectors, `(D,)` each; 0 where their widths differ, so that they cannot be compared."""
    if one.shape != other.shape:
        return 0.0
    a, b = one.astype(np.float64), other.astype(np.float64)
    return float(a @ b / (np.linalg.norm(a) * np.linalg.norm(b)))


def nearest(vector: FloatArray, known: Mapping[str, FloatArray]) -> str:
    """Return the name of the known vector that is nearest."""
    return max(known, key=lambda name: cosine(vector, known[name]))


def is_one_of(vector: FloatArray, name: str, known: Mapping[str, FloatArray]) -> bool:
    """Tell whether a vector is the known one of this name, rather than another that differs from it."""
    closest = known[nearest(vector, known)]
    return cosine(vector, known[name]) >= SAME and (closest is known[name] or cosine(closest, known[name]) >= DIFFERENT)


def apart(pairs: Mapping[str, tuple[FloatArray, FloatArray]], advice: str) -> Finding:
    """Return whether the two vectors of each pair differ; those that do not are named.

    Args:
        pairs: two vectors each, by what is said of them; at least one.
        advice: for a pair that does not differ.
    """
    cosines = {name: cosine(*pair) for name, pair in pairs.items()}
    alike = {name: value for name, value in cosines.items() if value >= DIFFERENT}
    if alike:
        return failed(", ".join(f"{name}: cosine {value:.4f}" for name, value in alike.items()), advice)
    return ok(f"cosine {', '.join(f'{value:.4f}' for value in cosines.values())}")
