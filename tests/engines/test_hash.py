"""The engine of hashes: the same input, the same vector; any other input, another one."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest

from nova_embeddings import ConfigurationError, NovaClient

VARIANTS: list[dict[str, Any]] = [
    {},
    {"task": "retrieval.query"},
    {"task": "code.passage"},
    {"instructions": "Find proofs"},
    {"adapter": "code"},
]


@pytest.mark.parametrize("multivector", [False, True])
def test_every_option_has_an_effect(multivector: bool) -> None:  # noqa: FBT001
    """Task, instructions and adapter each give other vectors: an option that got lost is noticed."""
    client = NovaClient("lexiq_nova/hash")
    results = [client.embed(["a text"], return_multivector=multivector, **options) for options in VARIANTS]
    rows = [result.multivectors[0].ravel() if multivector else result.vectors[0] for result in results]
    for one, other in combinations(rows, 2):
        assert np.abs(one - other).max() > 0.01


def test_the_vectors_never_change() -> None:
    """A vector that was stored with an earlier version is still the vector of its text."""
    row = NovaClient("lexiq_nova/hash").embed(["a text"], task="retrieval.query", dimensions=128).vectors[0]
    np.testing.assert_allclose(row[:4], [-0.02859743, 0.13020171, 0.01786736, 0.0131655], atol=1e-6)


@pytest.mark.parametrize("dimensions", [32, 33, 300, 2048, 4096])
def test_any_width_in_its_range_is_served_at_length_1(dimensions: int) -> None:
    """A client that opted in gets any width from 32 to 4096; it begins as the widest does."""
    client = NovaClient("lexiq_nova/hash", any_dimensions=True)
    widest, row = (client.embed(["a text"], dimensions=width).vectors[0] for width in (4096, dimensions))
    assert row.shape == (dimensions,)
    np.testing.assert_allclose(row, widest[:dimensions] / np.linalg.norm(widest[:dimensions]), atol=1e-6)


@pytest.mark.parametrize("dimensions", [31, 4097])
def test_widths_out_of_its_range_are_refused(dimensions: int) -> None:
    """The error says which widths there are."""
    with pytest.raises(ConfigurationError, match="or any from 32 to 4096"):
        NovaClient("lexiq_nova/hash", any_dimensions=True).embed(["a text"], dimensions=dimensions)


def test_an_unknown_engine_is_refused() -> None:
    """The error says which engines there are."""
    with pytest.raises(ConfigurationError, match="choose one of hash, wordllama"):
        NovaClient("lexiq_nova/nova").embed(["a text"])
