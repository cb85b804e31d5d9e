"""Are two deployments the same space? Vectors of the same texts, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from nova_embeddings._client import NovaClient
    from nova_embeddings._results import FloatArray
    from nova_embeddings._tasks import Task

_LEAST_TEXTS = 3
_SAME = 0.999
_CLOSE = 0.9


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two deployments make of the same texts.

    Args:
        texts: how many.
        widths: of the vectors of each.
        cosines: of each text's two vectors; empty where the widths differ.
        overlap: how much of the nearest neighbours of a text the two agree on, from 0 to 1, on average; it needs no
            common space.
        neighbours: how many were looked at.
    """

    texts: int
    widths: tuple[int, int]
    cosines: tuple[float, ...]
    overlap: float
    neighbours: int

    @property
    def same(self) -> bool:
        """Tell whether vectors of the one may stand in an index of the other."""
        return bool(self.cosines) and min(self.cosines) >= _SAME

    @property
    def verdict(self) -> str:
        """Return what follows, in a sentence."""
        if self.same:
            return "the same space: vectors of both may meet in one index"
        if self.overlap >= _CLOSE:
            return "other spaces that rank alike: index anew, and expect similar results"
        return "other spaces that rank differently: index anew, and evaluate before you move"

    def to_text(self) -> str:
        """Return a few lines for a terminal."""
        lines = [f"{self.texts} texts, {self.widths[0]} and {self.widths[1]} dimensions"]
        if self.cosines:
            ordered = sorted(self.cosines)
            median = ordered[len(ordered) // 2]
            lines.append(f"cosine of each text's two vectors: least {ordered[0]:.4f}, median {median:.4f}")
        else:
            lines.append("cosines: none, as the widths differ")
        lines.append(f"nearest {self.neighbours} of each text: {self.overlap:.0%} the same")
        return "\n".join([*lines, self.verdict])


def compare(
    one: NovaClient, other: NovaClient, texts: Sequence[str], task: Task = "retrieval.passage", *, neighbours: int = 10
) -> Comparison:
    """Embed the same texts with two clients and compare the vectors.

    Args:
        one: a client.
        other: another one; its model, address or provider may differ.
        texts: at least three, of your own corpus.
        task: of the texts.
        neighbours: how many of the nearest texts are compared.

    Raises:
        ConfigurationError: there are too few texts.
        NovaError: as `NovaClient.embed`.
    """
    import numpy as np  # noqa: PLC0415 (not needed to import the package)

    if len(texts) < _LEAST_TEXTS or neighbours < 1:
        raise ConfigurationError(
            f"compare needs {_LEAST_TEXTS} texts at least, and a neighbour; there are {len(texts)}"
        )
    left, right = (_unit(client.embed(texts, task).vectors) for client in (one, other))
    near = min(neighbours, len(texts) - 1)
    shared = [len(np.intersect1d(*pair)) for pair in zip(_nearest(left, near), _nearest(right, near), strict=True)]
    alike = left.shape[1] == right.shape[1]
    cosines = tuple(map(float, (left * right).sum(axis=1))) if alike else ()
    return Comparison(len(texts), (left.shape[1], right.shape[1]), cosines, float(np.mean(shared)) / near, near)


def _unit(vectors: FloatArray) -> FloatArray:
    import numpy as np  # noqa: PLC0415 (as above)

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: FloatArray = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit


def _nearest(vectors: FloatArray, count: int) -> NDArray[np.intp]:
    import numpy as np  # noqa: PLC0415 (as above)

    similar = vectors @ vectors.T
    np.fill_diagonal(similar, -np.inf)
    return np.argsort(-similar, axis=1, kind="stable")[:, :count]
