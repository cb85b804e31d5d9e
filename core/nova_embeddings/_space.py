"""Are two vectors comparable, and does the same input give the same vector?"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from nova_embeddings._tasks import Task

Kind = Literal["dense", "multi-vector"]

MULTIVECTOR_WIDTH = 128
"""Width of one token's vector. Source: the Nova model card."""

_HASH_LENGTH = 32


@dataclass(frozen=True, slots=True)
class EmbeddingSpace:
    """All vectors that may be compared with each other.

    Queries and passages of one family share a space; instructions do not change it.

    Args:
        model: the model's name, without a provider's prefix.
        dialect: who puts which prompt before the text: "nova", else the server or provider and what the model is shown.
        family: the task family, that is the adapter by default; "any" for a model that knows no tasks.
        adapter: the LoRA adapter, where it is not the family's own.
        kind: one dense vector an input, or one vector a token.
        dimensions: the width of a vector; 0 before an answer, where nobody knows it.
    """

    model: str
    dialect: str
    family: str
    adapter: str | None
    kind: Kind
    dimensions: int

    @property
    def id(self) -> str:
        """Return a stable name of the space (`[a-z0-9-]`); it holds no address and no key."""
        return _stable_id("ns1", asdict(self))

    def differences(self, other: EmbeddingSpace) -> dict[str, tuple[object, object]]:
        """Return the fields in which another space differs: by name, this one's value and the other's."""
        mine, others = asdict(self), asdict(other)
        return {name: (mine[name], others[name]) for name in mine if mine[name] != others[name]}

    def encode_id(self, task: Task, instructions: str | None = None, *, truncate: bool | None = None) -> str:
        """Return a stable name of the way an input becomes a vector: the key of caches.

        Equal if and only if the same input gives the same vector; no instructions and empty ones are the same. Not so
        with late chunking, where an input's vector depends on its neighbours.
        """
        said = {} if truncate is None else {"truncate": truncate}
        return _stable_id("ne1", {**asdict(self), "task": task, "instructions": instructions or None, **said})


def _stable_id(version: str, fields: dict[str, object]) -> str:
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return f"{version}-{hashlib.sha256(canonical.encode()).hexdigest()[:_HASH_LENGTH]}"
