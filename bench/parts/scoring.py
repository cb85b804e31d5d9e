"""What does MaxSim cost beside one matrix product of the same size, in the same process, in turns?"""

from __future__ import annotations

import time
from statistics import median
from typing import TYPE_CHECKING

import numpy as np

from bench.findings import Findings, Table
from nova_embeddings import maxsim

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from bench.running import Running

    Matrix = NDArray[np.float32]

DOCUMENTS, TOKENS, QUERY_TOKENS, _WIDTH = 2000, 200, 32, 128
PRODUCTS = ("query @ tokens.T", "tokens @ query.T")
"""The products compared with: both ways to write it, as they differ."""
SCORINGS = ("maxsim, a list of arrays", "maxsim, views of one array", "maxsim, lengths from 1 to 399")
_TURNS = 5


def run(running: Running) -> Findings:
    """Measure both ways to write the product, and the scorings."""
    seconds = seconds_of_scoring(running.rounds)
    fastest = min(seconds[name] for name in PRODUCTS)
    table = Table(
        f"MaxSim, {DOCUMENTS:,} documents of {TOKENS} tokens, a query of {QUERY_TOKENS}",
        ("what", "wall ms", "× product"),
        [[name, f"{1000 * mine:.1f}", f"{mine / fastest:.2f}"] for name, mine in seconds.items()],
        ("Compared with the faster of the two ways to write one float32 matrix product of all tokens.",),
    )
    return Findings([table], {f"maxsim/{name}": seconds[name] / fastest for name in SCORINGS})


def seconds_of_scoring(rounds: int) -> dict[str, float]:
    """Return the median seconds of each product and each scoring; they take turns, so all meet the same noise."""
    rows = _rows()
    for run in rows.values():
        run()
    seen = [{name: _seconds(run) for name, run in rows.items()} for _ in range(_TURNS * rounds)]
    return {name: median(one[name] for one in seen) for name in rows}


def _rows() -> dict[str, Callable[[], Matrix]]:
    rng = np.random.default_rng(0)
    tokens, query = _unit(rng, DOCUMENTS * TOKENS), _unit(rng, QUERY_TOKENS)
    views = np.split(tokens, DOCUMENTS)
    arrays = [view.copy() for view in views]
    lengths = np.resize(np.arange(1, 2 * TOKENS), DOCUMENTS)
    ends = np.minimum(np.cumsum(rng.permutation(lengths)), len(tokens))
    ragged = [part for part in np.split(tokens, ends) if len(part)]
    scorings = (lambda: maxsim(query, arrays), lambda: maxsim(query, views), lambda: maxsim(query, ragged))
    products = (lambda: query @ tokens.T, lambda: tokens @ query.T)
    return {**dict(zip(PRODUCTS, products, strict=True)), **dict(zip(SCORINGS, scorings, strict=True))}


def _unit(rng: np.random.Generator, count: int) -> Matrix:
    rows = rng.standard_normal((count, _WIDTH), dtype=np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def _seconds(run: Callable[[], Matrix]) -> float:
    start = time.perf_counter()
    run()
    return time.perf_counter() - start
