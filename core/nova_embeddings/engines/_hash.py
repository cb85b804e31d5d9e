"""Vectors from SHA-256: the same input gives the same vector, and nothing else is promised.

For tests, and as the engine that is always there. It knows no meaning and is not the Nova model.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from nova_embeddings._space import MULTIVECTOR_WIDTH
from nova_embeddings.engines._engine import Tokenized
from nova_embeddings.engines._vectors import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nova_embeddings._results import FloatArray
    from nova_embeddings.engines._prompts import Prompt

_NARROWEST, _WIDEST = 32, 4096


class HashEngine:
    """A vector of unit length, drawn from a generator that SHA-256 of the rendered input seeds."""

    name = "hash"
    widths = range(_NARROWEST, _WIDEST + 1)

    def tokenize(self, prompts: Sequence[Prompt]) -> list[Tokenized]:
        """Return the words of each text; the template around it counts too."""
        return [Tokenized(prompt, prompt.text.split(), len(prompt.rendered.split())) for prompt in prompts]

    def encode(self, inputs: Sequence[Tokenized], dimensions: int) -> FloatArray:
        """Return float32 `(N, dimensions)`; a narrower vector is the beginning of a wider one, normalised."""
        prompts = [value.prompt for value in inputs]
        return unit(np.stack([_drawn(f"{prompt.adapter}\0{prompt.rendered}", dimensions) for prompt in prompts]))

    def encode_tokens(self, inputs: Sequence[Tokenized]) -> list[FloatArray]:
        """Return a row for each word: it depends on the word, the adapter and what stands before the text."""
        return [unit(_word_rows(value), index) for index, value in enumerate(inputs)]


def _word_rows(value: Tokenized) -> FloatArray:
    seed = f"{value.prompt.adapter}\0{value.prompt.context}"
    return np.stack([_drawn(f"{seed}\0{word}", MULTIVECTOR_WIDTH) for word in value.tokens])


def _drawn(seed: str, width: int) -> FloatArray:
    """Return numbers from -1 to 1: the first `width` of a stream that does not end."""
    stream = hashlib.shake_256(hashlib.sha256(seed.encode()).digest()).digest(4 * width)
    return (np.frombuffer(stream, dtype="<u4") / np.float64(2**31) - 1.0).astype(np.float32)
