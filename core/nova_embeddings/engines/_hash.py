"""Vectors from SHA-256: the same input gives the same vector, and nothing else is promised.

For tests, and as the engine that is always there. It knows no meaning and is not the Nova model.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from nova_embeddings._space import MULTIVECTOR_WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nova_embeddings._results import FloatArray
    from nova_embeddings.engines._prompts import Prompt

_NARROWEST, _WIDEST = 32, 4096


class HashEngine:
    """A vector of unit length, drawn from a generator that SHA-256 of the rendered input seeds."""

    name = "hash"
    widths = range(_NARROWEST, _WIDEST + 1)

    def encode(self, prompts: Sequence[Prompt], dimensions: int) -> FloatArray:
        """Return float32 `(N, dimensions)`; a narrower vector is the beginning of a wider one, normalised."""
        return _unit(np.stack([_drawn(f"{prompt.adapter}\0{prompt.rendered}", dimensions) for prompt in prompts]))

    def encode_tokens(self, prompts: Sequence[Prompt]) -> list[FloatArray]:
        """Return a row for each word: it depends on the word, the adapter and what stands before the text."""
        return [
            _unit(
                np.stack(
                    [
                        _drawn(f"{prompt.adapter}\0{prompt.context}\0{word}", MULTIVECTOR_WIDTH)
                        for word in prompt.text.split()
                    ]
                )
            )
            for prompt in prompts
        ]

    def count_tokens(self, prompts: Sequence[Prompt]) -> list[int]:
        """Return the number of words, prompt and instructions included."""
        return [len(prompt.rendered.split()) for prompt in prompts]


def _drawn(seed: str, width: int) -> FloatArray:
    stream = hashlib.shake_256(hashlib.sha256(seed.encode()).digest()).digest(4 * _WIDEST)
    numbers = np.frombuffer(stream, dtype="<u4")[:width]
    return (numbers / np.float64(2**31) - 1.0).astype(np.float32)


def _unit(rows: FloatArray) -> FloatArray:
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
