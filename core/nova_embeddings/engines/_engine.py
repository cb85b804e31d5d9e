"""What must an engine do?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from nova_embeddings._results import FloatArray
    from nova_embeddings.engines._prompts import Prompt


@dataclass(frozen=True, slots=True)
class Tokenized:
    """An input as an engine reads it.

    Args:
        prompt: the input.
        tokens: of its text, and of the text in its picture where the engine reads that; one row of a multi-vector each.
        count: tokens of the whole input, prompt and instructions included.
    """

    prompt: Prompt
    tokens: Any
    count: int


class Engine(Protocol):
    """What computes vectors; used by many threads at once."""

    name: str
    widths: range
    """Widths beside Nova's own, for callers who opted in; empty for none."""

    def see(self, picture: bytes) -> str:
        """Return what the engine makes of a picture, as a text of its own.

        Args:
            picture: the bytes of an image file that can be decoded.

        Raises:
            InputError: there is nothing that the engine can see.
            ConfigurationError: a package is not installed.
        """
        ...

    def see_numbers(self, numbers: NDArray[np.float32]) -> str:
        """Return what the engine makes of `image_embeds`.

        Raises:
            InputError: it has no use for them.
        """
        ...

    def tokenize(self, prompts: Sequence[Prompt]) -> list[Tokenized]:
        """Return the inputs in tokens, never cut.

        Raises:
            InputError: an input has no token that the engine knows; its index is given.
        """
        ...

    def encode(self, inputs: Sequence[Tokenized], dimensions: int) -> FloatArray:
        """Return float32 `(N, dimensions)`, rows of unit length; a narrower row is the beginning of a wider one.

        Raises:
            InputError: an input has no direction; its index is given.
        """
        ...

    def encode_tokens(self, inputs: Sequence[Tokenized]) -> list[FloatArray]:
        """Return N arrays of float32 `(T_n, 128)`, rows of unit length, a row for each token."""
        ...
