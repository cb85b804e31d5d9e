"""Which documents does each query find? Every document is scored, by cosine or by MaxSim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._scoring import maxsim, offsets_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nova_embeddings._results import FloatArray
    from nova_embeddings.evaluation._embedding import Side, Vectors

DEPTH = 1000
"""Documents kept for a query, at most: trec_eval's and BEIR's habit."""
_SCORES = 2**24  # held at a time: 64 MiB


def rankings(queries: Side, corpus: Side, depth: int) -> Iterator[dict[str, dict[str, float]]]:
    """Yield the best documents of some queries after others, with their scores, best first.

    Equal scores are in falling order of the ids, as trec_eval sorts them, also where the depth cuts between them.

    Args:
        queries: what is asked.
        corpus: what is searched.
        depth: documents of a query, at most.

    Raises:
        ConfigurationError: their vectors have different widths.
    """
    ids, documents = corpus.ids, corpus.vectors
    order = np.argsort(np.asarray(ids, dtype=object), kind="stable")[::-1]
    by_id = [ids[place] for place in order.tolist()]
    at_a_time = max(1, _SCORES // max(1, len(ids)))
    blocks = _dense(queries.vectors, documents, order, at_a_time)
    if not isinstance(documents, np.ndarray):
        blocks = _late(queries.vectors, documents, order)
    first = 0
    for scores in blocks:
        yield {
            queries.ids[first + row]: {by_id[place]: float(one[place]) for place in _best(one, depth)}
            for row, one in enumerate(scores)
        }
        first += len(scores)


def _dense(queries: Vectors, documents: Vectors, order: np.ndarray, at_a_time: int) -> Iterator[FloatArray]:
    asked, searched = _unit(np.asarray(queries)), _unit(np.asarray(documents)[order])
    if asked.shape[1] != searched.shape[1]:
        message = f"queries are {asked.shape[1]} wide, documents {searched.shape[1]}: they are not of one model"
        raise ConfigurationError(message)
    for first in range(0, len(asked), at_a_time):
        yield asked[first : first + at_a_time] @ searched.T


def _late(queries: Vectors, documents: Vectors, order: np.ndarray) -> Iterator[FloatArray]:
    """Yield one query's scores at a time; documents behind each other in one array are scored without a copy."""
    sorted_by_id = [documents[place] for place in order.tolist()]
    joined = np.ascontiguousarray(np.concatenate(sorted_by_id), dtype=np.float32)
    bounds = offsets_of([len(one) for one in sorted_by_id])
    views = [joined[first:last] for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True)]
    for query in queries:
        yield maxsim(query, views)[np.newaxis]


def _unit(rows: FloatArray) -> FloatArray:
    """Return the rows at unit length; the squares of large or small ones need more range than float32 has."""
    lengths = np.sqrt(np.einsum("nd,nd->n", rows, rows, dtype=np.float64))[:, np.newaxis]
    scaled: FloatArray = (rows / lengths).astype(np.float32)
    return scaled


def _best(scores: FloatArray, depth: int) -> list[int]:
    """Return the places of the best, best first; of equal ones the first place comes first."""
    places = np.arange(len(scores))
    if len(scores) > depth:
        places = np.flatnonzero(scores >= np.partition(scores, -depth)[-depth])
    ranked: list[int] = places[np.argsort(-scores[places], kind="stable")][:depth].tolist()
    return ranked
