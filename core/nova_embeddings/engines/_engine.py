"""What must an engine do?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nova_embeddings._results import FloatArray
    from nova_embeddings.engines._prompts import Prompt


@dataclass(frozen=True, slots=True)
class Tokenized:
    """An input as an engine reads it.

    Args:
        prompt: the input.
        tokens: of its text alone, words or numbers as the engine has them; one row of a multi-vector each.
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
        """Return N arrays of float32 `(T_n, 128)`, rows of unit length, a row for each token of the text."""
        ...
