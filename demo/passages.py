"""What can be found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable

Kind: TypeAlias = Literal["text", "code"]

MOST_CHARACTERS = 1_000
_BEGINNING = 200


@dataclass(frozen=True, slots=True)
class Passage:
    """One thing that can be found.

    Args:
        kind: text or code; they are embedded with different tasks and searched apart.
        where: the module and the name in it, or the file and the line.
        text: what is embedded, at most `MOST_CHARACTERS`.
    """

    kind: Kind
    where: str
    text: str

    @property
    def beginning(self) -> str:
        """Return the first words in one line."""
        return " ".join(self.text[:_BEGINNING].split())


def distinct(passages: Iterable[Passage]) -> list[Passage]:
    """Return the passages without those whose text came before."""
    first: dict[tuple[Kind, str], Passage] = {}
    for passage in passages:
        first.setdefault((passage.kind, passage.text), passage)
    return list(first.values())
