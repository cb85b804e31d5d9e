"""What comes back: vectors in the order of the inputs, and what they cost."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from nova_embeddings._errors import NovaError
    from nova_embeddings._space import EmbeddingSpace

    FloatArray = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the server counted them; zero where it does not say.

    Args:
        prompt_tokens: tokens of all inputs, prompts and instructions included.
        total_tokens: the same, as the wire has both.
    """

    prompt_tokens: int = 0
    total_tokens: int = 0

    def __add__(self, other: Usage) -> Usage:
        """Return the sum."""
        return Usage(self.prompt_tokens + other.prompt_tokens, self.total_tokens + other.total_tokens)


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class EmbeddingResult:
    """The vectors of one request.

    Args:
        dense: float32 `(N, D)`, or None for multi-vectors; read it as `vectors`.
        multi: N arrays of float32 `(T_n, 128)`, or None for dense vectors; read it as `multivectors`.
        usage: tokens of all calls together.
        model: the model's name as the server gave it.
        spaces: the space of each vector.
        errors: the inputs that were left out (`on_error="skip"`), by their index, and why; they have no row.
        start: where the first input stands in the stream (`embed_iter`); all indices here count from it.
    """

    dense: FloatArray | None
    multi: tuple[FloatArray, ...] | None
    usage: Usage
    model: str
    spaces: tuple[EmbeddingSpace, ...]
    errors: Mapping[int, NovaError] = field(default_factory=dict)
    start: int = 0

    @property
    def mask(self) -> NDArray[np.bool_]:
        """Return which inputs have a vector, bool `(N,)`; `np.flatnonzero(mask)` are their indices, row by row."""
        import numpy as np  # noqa: PLC0415 (not needed to import the package)

        mask = np.ones(len(self) + len(self.errors), dtype=np.bool_)
        mask[list(self.errors)] = False
        return mask

    @property
    def vectors(self) -> FloatArray:
        """Return the dense vectors, float32 `(N, D)`, row i for input i, less those that were left out.

        Raises:
            ConfigurationError: the request asked for multi-vectors.
        """
        if self.dense is None:
            message = "this result holds multi-vectors: read .multivectors, or ask without return_multivector"
            raise ConfigurationError(message)
        return self.dense

    @property
    def multivectors(self) -> tuple[FloatArray, ...]:
        """Return the multi-vectors, one float32 `(T_n, 128)` an input.

        Raises:
            ConfigurationError: the request asked for dense vectors.
        """
        if self.multi is None:
            message = "this result holds dense vectors: read .vectors, or ask with return_multivector=True"
            raise ConfigurationError(message)
        return self.multi

    @property
    def space(self) -> EmbeddingSpace:
        """Return the space in which all these vectors lie.

        Raises:
            ConfigurationError: they lie in several, because inputs had tasks of several families or adapters.
        """
        distinct = set(self.spaces)
        if not distinct:
            message = "there are no vectors, so they lie in no space; ask the client: client.space_of(task)"
            raise ConfigurationError(message)
        if len(distinct) != 1:
            seen = sorted(f"{space.family}/{space.adapter or space.family}" for space in distinct)
            message = f"these vectors lie in {len(distinct)} spaces {seen} and must not be compared: read .spaces"
            raise ConfigurationError(message)
        return next(iter(distinct))

    def __len__(self) -> int:
        """Return the number of inputs that have vectors."""
        return len(self.dense) if self.dense is not None else len(self.multi or ())

    def __repr__(self) -> str:
        """Show shapes, not numbers."""
        shape = f"vectors={self.dense.shape}" if self.dense is not None else f"multivectors={len(self)} of (T, 128)"
        left_out = f", left out={len(self.errors)}" if self.errors else ""
        return f"EmbeddingResult({shape}, model={self.model!r}, usage={self.usage}{left_out})"
