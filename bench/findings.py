"""What did a part of the bench find? Tables to read, and named figures for the goals and the plot."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.racing import Race, Row

MEGABYTE = 2**20
NOT_MEASURED = "–"


@dataclass
class Table:
    """Cells of text; the first column is a label, all others are figures."""

    title: str
    heading: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: Sequence[str] = ()


@dataclass
class Findings:
    """What a part found.

    Args:
        tables: for a reader.
        figures: by name; what a name means, `bench.goals` and `bench.plot` say.
        failures: clients that could not be measured, and why.
    """

    tables: list[Table] = field(default_factory=list)
    figures: dict[str, float] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def take(self, race: Race, rows: Sequence[Row], prefix: str) -> None:
        """Add a race's ratios and growths, under `<prefix>/<what>/<client>`, and its failures."""
        self.failures.update(race.failures)
        for row in rows:
            if row.name not in race.turns:
                continue
            self.figures[f"{prefix}/cpu/{row.name}"] = race.median(row.name, "cpu")
            self.figures[f"{prefix}/wall/{row.name}"] = race.median(row.name, "wall")
            self.figures[f"{prefix}/growth/{row.name}"] = race.median(row.name, "growth")
            self.figures[f"{prefix}/peak/{row.name}"] = race.median(row.name, "peak")
            if row.against in race.turns:
                self.figures[f"{prefix}/cpu ratio/{row.name}"] = race.ratio(row.name, row.against)
                self.figures[f"{prefix}/growth ratio/{row.name}"] = race.ratio(row.name, row.against, "growth")
                self.figures[f"{prefix}/peak ratio/{row.name}"] = race.ratio(row.name, row.against, "peak")


def failed_row(name: str, reason: str, columns: int) -> list[str]:
    """Return a line for a client that has no figures, padded to as many columns."""
    return [f"{name}: {reason}", *[NOT_MEASURED] * (columns - 1)]
