"""What does late interaction change? The same passages, ranked by one vector each and by one vector a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from demo.searching import Hit
from nova_embeddings import maxsim

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np

    from demo.passages import Passage
    from nova_embeddings import NovaClient

_CANDIDATES = 100


@dataclass(frozen=True, slots=True)
class Rankings:
    """The same passages, twice, best first.

    Args:
        question: what they were ranked for.
        dense: with cosines of dense vectors.
        late: with MaxSim of multi-vectors: for every token of the question its best cosine in the passage, summed.
    """

    question: str
    dense: Sequence[Hit]
    late: Sequence[Hit]


def nearest(client: NovaClient, question: str, passages: Sequence[Passage]) -> list[Hit]:
    """Return the passages whose dense vectors are nearest to the question's: 100, or all if there are fewer."""
    (query,) = client.embed([question], "retrieval.query").vectors
    rows = client.embed([passage.text for passage in passages], "retrieval.passage").vectors
    return _ranked(passages, rows @ query)[:_CANDIDATES]


def rescored(client: NovaClient, question: str, passages: Sequence[Passage]) -> list[Hit]:
    """Return all of the passages by MaxSim."""
    (query,) = client.embed([question], "retrieval.query", return_multivector=True).multivectors
    texts = [passage.text for passage in passages]
    tokens = client.embed(texts, "retrieval.passage", return_multivector=True).multivectors
    return _ranked(passages, maxsim(query, tokens))


def _ranked(passages: Sequence[Passage], scores: Iterable[np.float32]) -> list[Hit]:
    hits = [Hit(passage, float(score)) for passage, score in zip(passages, scores, strict=True)]
    return sorted(hits, key=lambda hit: -hit.score)
