"""Is a difference more than chance? Paired tests and bootstrap intervals over queries (pure).

Source: Smucker, Allan and Carterette, "A comparison of statistical significance tests for information retrieval
evaluation" (2007), who recommend the randomisation test and the t-test.
"""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING

import numpy as np

from nova_embeddings.evaluation._extra import needed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Values = NDArray[np.float64]

RESAMPLES = 100_000
_BOOTSTRAPS = 10_000
_SIGNS = 2**22  # held at a time
_SLACK = 1e-12
"""Relative: sums of the same numbers in another order are equal."""


def t_test(differences: Values) -> float:
    """Return the two-sided p of the paired t-test (`scipy.stats.ttest_rel`); 1 where it has none.

    It has none for a single query, and where no query differs.
    """
    if len(differences) < 2 or not differences.any():  # noqa: PLR2004 (a variance needs two)
        return 1.0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # all differences equal: p is 0
        return float(needed("scipy.stats").ttest_rel(differences, np.zeros_like(differences)).pvalue)


def randomisation_test(differences: Values, seed: int, resamples: int = RESAMPLES) -> float:
    """Return the two-sided p of the sign-flip test: how often is a mean as large if each sign is a coin's?

    It is exact where there are no more ways to set the signs than `resamples`, else drawn with the seed. The numbers
    are those of `scipy.stats.permutation_test` (`permutation_type="samples"`), which takes far more time and memory.
    """
    moved = differences[differences != 0]  # the sign of the others changes nothing
    if not len(moved):
        return 1.0
    exact = len(moved) <= math.log2(resamples)
    count = 2 ** len(moved) if exact else resamples
    least, rng = abs(float(moved.sum())) * (1 - _SLACK), np.random.default_rng(seed)
    extreme, at_a_time = 0, max(1, _SIGNS // len(moved))
    for first in range(0, count, at_a_time):
        rows = min(at_a_time, count - first)
        flips = _every(first, rows, len(moved)) if exact else rng.integers(0, 2, (rows, len(moved)), np.int8)
        extreme += int((np.abs(moved.sum() - 2 * (flips @ moved)) >= least).sum())
    return extreme / count if exact else (extreme + 1) / (count + 1)


def interval(values: Values, level: float, seed: int) -> tuple[float, float]:
    """Return the bootstrap interval of the mean (percentile method, seeded); a single value is its own."""
    if len(values) < 2 or (values == values[0]).all():  # noqa: PLR2004 (nothing to draw from)
        return float(values.mean()), float(values.mean())
    bootstrap = needed("scipy.stats").bootstrap(
        (values,),
        np.mean,
        n_resamples=_BOOTSTRAPS,
        batch=max(1, _SIGNS // len(values)),
        confidence_level=level,
        method="percentile",
        rng=np.random.default_rng(seed),
    )
    return float(bootstrap.confidence_interval.low), float(bootstrap.confidence_interval.high)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return the p-values corrected for there being several (Holm's step-down method), in their order."""
    order = sorted(range(len(p_values)), key=lambda place: p_values[place])
    corrected, least = [0.0] * len(p_values), 0.0
    for rank, place in enumerate(order):
        least = max(least, min(1.0, p_values[place] * (len(p_values) - rank)))
        corrected[place] = least
    return corrected


def _every(first: int, rows: int, width: int) -> NDArray[np.int8]:
    """Return the bits of the numbers from `first` on: every way to choose signs, some at a time."""
    numbers = np.arange(first, first + rows, dtype=np.int64)[:, np.newaxis]
    return ((numbers >> np.arange(width)) & 1).astype(np.int8)
