"""Are two deployments the same space? Vectors of the same texts, side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._inputs import require_list
from nova_embeddings._secrets import brief
from nova_embeddings._tasks import family_of, parse_any_task, passage_task, query_task

if TYPE_CHECKING:
    from collections.abc import Iterable

    import numpy as np
    from numpy.typing import NDArray

    from nova_embeddings._client import NovaClient
    from nova_embeddings._results import FloatArray
    from nova_embeddings._tasks import Family, Task

_LEAST_TEXTS = 3
_LEAST_RANKED = 10
_SHARE = 3
_SAME = 0.999
_CLOSE = 0.9


@dataclass(frozen=True, slots=True)
class Side:
    """What two deployments make of the same texts, asked for with one task.

    Args:
        task: it.
        cosines: of each text's two vectors; empty where the widths differ.
        overlap: how much of the nearest neighbours of a text the two agree on, from 0 to 1, on average; it needs no
            common space.
        told_apart: both give different texts different vectors; else cosines and neighbours mean nothing.
    """

    task: Task
    cosines: tuple[float, ...]
    overlap: float
    told_apart: bool

    @property
    def same(self) -> bool:
        """Tell whether the two give a text the same vector."""
        return self.told_apart and bool(self.cosines) and min(self.cosines) >= _SAME

    def to_text(self) -> str:
        """Return a line for a terminal."""
        ordered = sorted(self.cosines)
        seen = (
            f"cosines at least {ordered[0]:.4f}, median {ordered[len(ordered) // 2]:.4f}" if ordered else "no cosines"
        )
        return f"{self.task}: {seen}; neighbours {self.overlap:.0%} the same"


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two deployments make of the same texts.

    Args:
        texts: how many.
        widths: of the vectors of each.
        neighbours: how many of the nearest texts were looked at: a third of all at most, as more agree by chance.
        sides: as passages and as queries, or once where the task has no sides.
    """

    texts: int
    widths: tuple[int, int]
    neighbours: int
    sides: tuple[Side, ...]

    @property
    def cosines(self) -> tuple[float, ...]:
        """Return the cosines of each text's two vectors, of all sides; empty where the widths differ."""
        return tuple(cosine for side in self.sides for cosine in side.cosines)

    @property
    def overlap(self) -> float:
        """Return how much of the neighbours is the same, on the side where that is least."""
        return min(side.overlap for side in self.sides)

    @property
    def same(self) -> bool:
        """Tell whether vectors of the one may stand in an index of the other, and queries of the one be asked there."""
        return all(side.same for side in self.sides)

    @property
    def verdict(self) -> str:
        """Return what follows, in a sentence."""
        if not all(side.told_apart for side in self.sides):
            return (
                "no verdict: different texts got the same vector; do the texts differ, and does each side embed them?"
            )
        if self.same:
            return "the same space: vectors of both may meet in one index"
        if alike := [side.task for side in self.sides if side.same]:
            return f"the same for {', '.join(alike)} only: other prompts stand before the rest, so do not mix the two"
        if self.texts < _LEAST_RANKED:
            return f"other spaces: index anew; whether they rank alike, {_LEAST_RANKED} texts or more would tell"
        if self.overlap >= _CLOSE:
            return "other spaces that rank alike: index anew, and expect similar results"
        return "other spaces that rank differently: index anew, and evaluate before you move"

    def to_text(self) -> str:
        """Return a few lines for a terminal."""
        seen = (
            f"{self.texts} texts, {self.widths[0]} and {self.widths[1]} dimensions, nearest {self.neighbours} of each"
        )
        return "\n".join([seen, *(side.to_text() for side in self.sides), self.verdict])


def compare(
    one: NovaClient, other: NovaClient, texts: Iterable[str], task: Task | None = None, *, neighbours: int = 10
) -> Comparison:
    """Embed the same texts with two clients, as passages and as queries, and compare the vectors.

    Args:
        one: a client.
        other: another one; its model, address or provider may differ.
        texts: at least three, of your own corpus; to compare how the two rank, ten, and better some hundreds.
        task: whose family is asked for, both sides of it. Default: retrieval, or what a model without it has.
        neighbours: how many of the nearest texts are compared, at most; never more than a third of the texts.

    Raises:
        ConfigurationError: there are too few texts, or a model does not have the task.
        NovaError: as `NovaClient.embed`.
    """
    held = list(require_list(texts))
    if type(neighbours) is not int or neighbours < 1:
        raise ConfigurationError(f"neighbours={brief(neighbours)} is not a whole number of at least 1")
    if len(held) < _LEAST_TEXTS:
        raise ConfigurationError(f"compare needs {_LEAST_TEXTS} texts at least; there are {len(held)}")
    family = _family(one, other) if task is None else family_of(parse_any_task(task))
    near = min(neighbours, len(held) // _SHARE)
    widths, sides = (0, 0), []
    for asked in dict.fromkeys((passage_task(family), query_task(family))):
        left, right = (_unit(client.embed(held, asked).vectors) for client in (one, other))
        widths = (left.shape[1], right.shape[1])
        sides.append(_side(asked, left, right, near))
    return Comparison(len(held), widths, near, tuple(sides))


def _family(one: NovaClient, other: NovaClient) -> Family:
    """Return the family that both are asked for: retrieval, unless a model has none."""
    families = [family_of(client.passage_task) for client in (one, other)]
    return next((family for family in families if family != "retrieval"), "retrieval")


def _side(task: Task, left: FloatArray, right: FloatArray, near: int) -> Side:
    import numpy as np  # noqa: PLC0415 (not needed to import the package)

    one, other = (_similar(vectors) for vectors in (left, right))
    told_apart = all(float(np.median(similar.max(axis=1))) < _SAME for similar in (one, other))
    shared = [len(np.intersect1d(*pair)) for pair in zip(_nearest(one, near), _nearest(other, near), strict=True)]
    alike = left.shape[1] == right.shape[1]
    cosines = tuple(map(float, (left * right).sum(axis=1))) if alike else ()
    return Side(task, cosines, float(np.mean(shared)) / near, told_apart)


def _unit(vectors: FloatArray) -> FloatArray:
    import numpy as np  # noqa: PLC0415 (as above)

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: FloatArray = (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
    return unit


def _similar(vectors: FloatArray) -> FloatArray:
    """Return how similar each text is to each other one, but not to itself."""
    import numpy as np  # noqa: PLC0415 (as above)

    similar: FloatArray = vectors @ vectors.T
    np.fill_diagonal(similar, -np.inf)
    return similar


def _nearest(similar: FloatArray, count: int) -> NDArray[np.intp]:
    import numpy as np  # noqa: PLC0415 (as above)

    return np.argsort(-similar, axis=1, kind="stable")[:, :count]
