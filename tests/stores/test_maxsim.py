"""What `maxsim` promises: the definition's numbers, whatever way the documents lie in memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from nova_embeddings import ConfigurationError, maxsim
from tests.stores.kinds import naive, unit

RNG = np.random.default_rng(4)
LENGTHS = [*RNG.integers(1, 60, 300).tolist(), 1, 9000, 1, 200]


def views() -> list[Any]:
    """Return documents of different lengths that lie behind each other in one array."""
    return np.split(unit(np.random.default_rng(7), sum(LENGTHS), 128), np.cumsum(LENGTHS)[:-1])


WAYS = {
    "views of one array": views,
    "arrays of their own": lambda: [one.copy() for one in views()],
    "views in another order": lambda: views()[::-1],
    "views with gaps": lambda: views()[::2],
    "double precision": lambda: [one.astype(np.float64) for one in views()],
    "columns first": lambda: [np.asfortranarray(one) for one in views()],
    "every second row of more": lambda: [np.repeat(one, 2, axis=0)[::2] for one in views()],
    "lists of numbers": lambda: [one.tolist() for one in views()[:20]],
}


@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS.keys())
@pytest.mark.parametrize("tokens", [1, 3, 32, 300])
def test_scores_are_those_of_the_definition(way: Any, tokens: int) -> None:
    """For every layout and length of documents and query the scores equal a double loop within 1e-5 a token."""
    query, documents = unit(np.random.default_rng(tokens), tokens, 128), way()
    scores = maxsim(query, documents)
    assert scores.dtype == np.float32
    for index in (0, 1, 7, len(documents) // 2, -4, -3, -2, -1):
        document = np.asarray(documents[index])
        assert scores[index] == pytest.approx(float((query.astype(float) @ document.T).max(1).sum()), abs=1e-5 * tokens)


def test_scores_equal_a_naive_double_loop() -> None:
    """On unit rows, within 1e-5 of a loop over the tokens of both sides in double precision."""
    rng = np.random.default_rng(0)
    query, documents = unit(rng, 32, 128), [unit(rng, int(length), 128) for length in rng.integers(1, 50, 40)]
    assert np.abs(maxsim(query, documents) - [naive(query, one) for one in documents]).max() < 1e-5


def test_no_document_is_no_error_and_none_is_changed() -> None:
    """Nothing gives no score; what is given is only read."""
    query, documents = unit(RNG, 4, 128), views()
    before = [one.copy() for one in documents]
    maxsim(query, documents)
    assert maxsim(query, []).shape == (0,)
    assert all(np.array_equal(one, other) for one, other in zip(documents, before, strict=True))


@pytest.mark.parametrize("bad", [np.ones((2, 64)), np.ones(128), np.ones((0, 128)), np.ones((1, 2, 128))])
def test_what_is_no_multivector_is_named(bad: Any) -> None:
    """A document or query of another rank or width, or without a token, is an error that says which and its shape."""
    good = np.ones((2, 128), np.float32)
    with pytest.raises(ConfigurationError, match="document 1 has the shape"):
        maxsim(good, [good, bad])
    with pytest.raises(ConfigurationError, match="shape"):
        maxsim(bad, [good])
