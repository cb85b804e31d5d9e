"""What can be found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

Kind: TypeAlias = Literal["text", "code", "chart"]

MOST_CHARACTERS = 1_000
_BEGINNING = 200


@dataclass(frozen=True, slots=True)
class Passage:
    """One thing that can be found.

    Args:
        kind: text, code or chart; code is embedded with another task and searched apart.
        where: the module and the name in it, or the file and the line.
        text: what is embedded, at most `MOST_CHARACTERS`; of a chart, its title, which is not embedded.
        image: the chart's file, which is what is embedded of it.
    """

    kind: Kind
    where: str
    text: str
    image: Path | None = None

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
