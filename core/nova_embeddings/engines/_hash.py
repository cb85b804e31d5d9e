"""Vectors from SHA-256: the same input gives the same vector, and nothing else is promised.

For tests, and as the engine that is always there. It knows no meaning and is not the Nova model.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import numpy as np

from nova_embeddings._space import MULTIVECTOR_WIDTH
from nova_embeddings.engines._engine import Tokenized
from nova_embeddings.engines._seeing import upright
from nova_embeddings.engines._vectors import unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from nova_embeddings._results import FloatArray
    from nova_embeddings.engines._prompts import Prompt

_NARROWEST, _WIDEST = 32, 4096
_BAND = 256  # rows of pixels hashed at a time
_ALPHA = 3


class HashEngine:
    """A vector of unit length, drawn from a generator that SHA-256 of the rendered input seeds."""

    name = "hash"
    widths = range(_NARROWEST, _WIDEST + 1)

    def see(self, picture: bytes) -> str:
        """Return the hash of the pixels: one picture, whatever file format it was kept in without loss."""
        shown = upright(picture)
        seen = hashlib.sha256(f"pixels {shown.size}".encode())
        for top in range(0, shown.height, _BAND):
            band = shown.crop((0, top, shown.width, min(top + _BAND, shown.height))).convert("RGBA")
            pixels = np.array(band)
            pixels[pixels[..., _ALPHA] == 0] = 0  # nobody sees the colour of what is wholly transparent
            seen.update(pixels.tobytes())
        return seen.hexdigest()

    def see_numbers(self, numbers: NDArray[np.float32]) -> str:
        """Return the hash of the numbers and of how they are nested."""
        return hashlib.sha256(f"numbers {numbers.shape}".encode() + numbers.astype("<f4").tobytes()).hexdigest()

    def tokenize(self, prompts: Sequence[Prompt]) -> list[Tokenized]:
        """Return the words of each text; the template around it and the picture count too."""
        return [
            Tokenized(prompt, prompt.text.split(), len(prompt.rendered.split()) + prompt.picture_tokens)
            for prompt in prompts
        ]

    def encode(self, inputs: Sequence[Tokenized], dimensions: int) -> FloatArray:
        """Return float32 `(N, dimensions)`; a narrower vector is the beginning of a wider one, normalised."""
        return unit(np.stack([_drawn(_seed(value.prompt), dimensions) for value in inputs]))

    def encode_tokens(self, inputs: Sequence[Tokenized]) -> list[FloatArray]:
        """Return a row for each word and for each token of the picture.

        It depends on the word, or on the picture and the token's place, and on the adapter and what stands before.
        """
        return [unit(_rows(value), index) for index, value in enumerate(inputs)]


def _seed(prompt: Prompt) -> str:
    seed = f"{prompt.adapter}\0{prompt.rendered}"
    return f"{seed}\0{prompt.seen}" if prompt.seen else seed


def _rows(value: Tokenized) -> FloatArray:
    prompt = value.prompt
    parts = [*value.tokens, *(f"{prompt.seen}\0{place}" for place in range(prompt.picture_tokens))]
    seed = f"{prompt.adapter}\0{prompt.context}"
    return np.stack([_drawn(f"{seed}\0{part}", MULTIVECTOR_WIDTH) for part in parts])


def _drawn(seed: str, width: int) -> FloatArray:
    """Return numbers from -1 to 1: the first `width` of a stream that does not end."""
    stream = hashlib.shake_256(hashlib.sha256(seed.encode()).digest()).digest(4 * width)
    return (np.frombuffer(stream, dtype="<u4") / np.float64(2**31) - 1.0).astype(np.float32)
