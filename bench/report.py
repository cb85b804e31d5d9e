"""What was measured, as data: tables, and the goals that their figures meet or miss."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Goal:
    """One figure that is aimed at.

    Args:
        path: what is measured.
        aim: in words, with the figure.
        limit: the figure.
        measured: what came out, in the same unit.
        unit: behind the figure.
        least: the figure is the least, not the most.
    """

    path: str
    aim: str
    limit: float
    measured: float
    unit: str = "x"
    least: bool = False

    @property
    def met(self) -> bool:
        """Tell whether it is."""
        return self.measured >= self.limit if self.least else self.measured <= self.limit


@dataclass(frozen=True)
class Part:
    """One table, with what is to be known of it.

    Args:
        title: its heading.
        columns: of the table.
        rows: texts, a cell a column.
        notes: sentences below it.
        goals: what its figures are held against.
        figures: numbers for the plots, by name.
    """

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    notes: Sequence[str] = ()
    goals: Sequence[Goal] = ()
    figures: dict[str, Any] = field(default_factory=dict)


def failed(title: str, error: Exception) -> Part:
    """Return the place of a part that could not be measured, which says why."""
    return Part(title, ("not measured",), [(f"{type(error).__name__}: {str(error)[:200]}",)])


def markdown_of(part: Part) -> str:
    """Return a part as Markdown."""
    table = [part.columns, ["---", *["---:"] * (len(part.columns) - 1)], *part.rows]
    notes = ["", *[f"* {note}" for note in part.notes]] if part.notes else []
    return "\n".join([f"## {part.title}", "", *map(_line, table), *notes])


def markdown_of_goals(goals: Sequence[Goal]) -> str:
    """Return what was aimed at beside what came out."""
    head = [("path", "aim", "measured", ""), ("---", "---", "---:", "---")]
    return "\n".join(map(_line, [*head, *map(_cells, goals)]))


def _cells(goal: Goal) -> tuple[str, ...]:
    return goal.path, goal.aim, f"{goal.measured:.2f} {goal.unit}", "met" if goal.met else "**missed**"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
