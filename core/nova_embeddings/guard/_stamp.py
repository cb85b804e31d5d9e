"""What does an index say about the vectors in it, and may others meet them? Pure."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, runtime_checkable

from nova_embeddings._errors import ConfigurationError, SpaceMismatchError
from nova_embeddings._secrets import brief

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nova_embeddings._space import EmbeddingSpace
    from nova_embeddings._tasks import Task

Role = Literal["passage", "query"]
"""What a vector is for: a passage is put into an index, a query is asked of it."""

_VERSION = 1


@runtime_checkable
class Encoder(Protocol):
    """What embeds: a `NovaClient`, and the embedding classes of both integrations."""

    def space_of(self) -> EmbeddingSpace:
        """Return the space of its dense vectors."""

    def encode_id(self) -> str:
        """Return the name of the way in which it embeds a passage."""


@runtime_checkable
class ManyTasks(Protocol):
    """What embeds for whichever task it is asked: a `NovaClient`."""

    @property
    def passage_task(self) -> Task:
        """Return the task of its passages, where none is said."""

    def space_of(self, task: Task | None = None) -> EmbeddingSpace:
        """Return the space of its dense vectors for a task."""

    def encode_id(self, task: Task | None = None) -> str:
        """Return the name of the way in which it embeds for a task."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """What an index is marked with: no key, no address, no text.

    Args:
        space: the fields of the `EmbeddingSpace`, as JSON has them.
        space_id: the space's id: a query must have the same.
        encode_id: how its passages were embedded: another passage must be embedded in the same way.
    """

    space: Mapping[str, Any]
    space_id: str
    encode_id: str

    @classmethod
    def of(cls, space: EmbeddingSpace, encode_id: str) -> Self:
        """Return the stamp of a space and of the `encode_id` of its passages."""
        return cls(asdict(space), space.id, encode_id)

    def to_json(self) -> str:
        """Return the stamp as text for an index to keep."""
        return json.dumps({"version": _VERSION, **asdict(self)}, sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the stamp that such a text holds.

        Raises:
            ValueError: it holds none, or one of a later release.
        """
        read = json.loads(text)
        if not isinstance(read, dict) or read.pop("version", None) != _VERSION or set(read) != set(cls.__slots__):
            raise ValueError(f"it is no stamp of version {_VERSION}")
        if not isinstance(read["space"], dict):
            raise ValueError("it has no fields of a space")  # noqa: TRY004 (as the other ways to be none)
        return cls(**read)


def stamp_of(encoder: Encoder | Stamp, task: Task | None = None) -> Stamp:
    """Return the stamp of the vectors that something makes.

    Args:
        encoder: a client, an embedding class of an integration, or a stamp, which is returned.
        task: of a client's passages. Default: its `passage_task`, `retrieval.passage` where the model has that.

    Raises:
        ConfigurationError: it is none of these, has a task already, or its width is not known yet.
    """
    if task is not None:
        if isinstance(encoder, Stamp) or not isinstance(encoder, ManyTasks):
            raise ConfigurationError(
                f"task={brief(task)} is for a NovaClient; a {type(encoder).__name__} has its task already"
            )
        return _whole(encoder.space_of(task), encoder.encode_id(task))
    if isinstance(encoder, Stamp):
        return encoder
    if not isinstance(encoder, Encoder):
        raise ConfigurationError(
            f"a {type(encoder).__name__} does not say in which space it embeds; give a NovaClient, the Nova embeddings "
            "of an integration, or a Stamp"
        )
    return _whole(encoder.space_of(), encoder.encode_id())


def parse_role(name: object) -> Role:
    """Return the role of this name.

    Raises:
        ConfigurationError: it is neither of the two.
    """
    if name == "passage" or name == "query":  # noqa: PLR1714 (a type checker reads it so)
        return name
    raise ConfigurationError(f"role={brief(name)} is none; 'passage' is what is put in, 'query' what is asked")


def differences(found: Stamp, own: Stamp, role: Role) -> dict[str, tuple[object, object]]:
    """Return the fields that keep vectors apart -> what the index says, and what you have; empty where they may meet.

    A query meets what lies in its space. A passage must also be embedded as those beside it were.
    """
    if found.space_id != own.space_id:
        names = [*own.space, *(name for name in found.space if name not in own.space)]
        pairs = {name: (found.space.get(name), own.space.get(name)) for name in names}
        apart = {name: (one, other) for name, (one, other) in pairs.items() if one != other}
        return apart or {"space_id": (found.space_id, own.space_id)}
    if role == "passage" and found.encode_id != own.encode_id:
        return {"encode_id": (found.encode_id, own.encode_id)}
    return {}


def check(where: str, found: Stamp, own: Stamp, role: Role) -> None:
    """Refuse vectors that must not meet those of an index.

    Raises:
        SpaceMismatchError: naming each field that differs.
        ConfigurationError: the role is none.
    """
    apart = differences(found, own, parse_role(role))
    if not apart:
        return
    fields = "; ".join(f"{name}: the index says {one!r}, you have {other!r}" for name, (one, other) in apart.items())
    if "encode_id" in apart:
        reason = "holds passages that were embedded in another way, by task or instructions"
        advice = "queries may be asked of it; to add passages, use the same, or index all of them anew"
    else:
        reason, advice = "was made in another space", "use the embeddings that it was made with, or index anew"
    raise SpaceMismatchError(f"{where} {reason} ({fields}); {advice}", differences=apart)


def _whole(space: EmbeddingSpace, encode_id: str) -> Stamp:
    if not space.dimensions:
        raise ConfigurationError(
            f"nobody knows how wide the vectors of {space.model} are before an answer: embed a text with it, then guard"
        )
    return Stamp.of(space, encode_id)
