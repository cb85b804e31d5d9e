"""How are the findings written down? `performance.md`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bench.findings import Findings, Table
from bench.goals import GOALS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from bench.goals import Figures

PLOT = "performance.svg"
_INTRODUCTION = """\
What the client itself costs, beside a client written by hand for one server and no failures ("raw": httpx, orjson,
base64, numpy), and beside other libraries. The server, in a process of its own, answers with bytes that were made
before, so no model is measured. Every client runs in a process of its own and was warmed up; they take turns, and a
figure is the median over the rounds. Clients that need minutes (LiteLLM's classes, Jina's from an event loop) run in
the first round only, and streams once. Seconds belong to this machine; read the ratios, and no third digit: ratios of
one client differ by a tenth between runs.

* **CPU** is user and system time of the client's process.
* **× raw** compares with the raw client that returns the same shape: arrays, arrays from an event loop, or lists. The
  sync raw client has one call in flight, this library eight: compare wall times with the raw clients that have as many.
* **Memory** is what resident memory grew by during a client's first turn; **peak** includes the interpreter and the
  imports: litellm alone is about 150 MB in each process that embeds over HTTP with this library.
"""


@dataclass
class Run:
    """A run of the bench.

    Args:
        command: how it was started.
        machine: on what.
        seconds: how long it took.
        findings: of each part that came to its end.
        failures: of each that did not, and why.
        scale: what numbers of inputs were divided by.
        drawn: whether the plot has anything to show.
    """

    command: str
    machine: Sequence[str]
    seconds: float = 0.0
    findings: dict[str, Findings] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    scale: int = 1
    drawn: bool = False

    @property
    def figures(self) -> Figures:
        """Return the figures of all parts."""
        return {name: figure for found in self.findings.values() for name, figure in found.figures.items()}


def table_of_goals(figures: Figures) -> Table:
    """Return the promises, with what was measured beside each."""
    rows = [(goal.path, goal.promised(), goal.measured(figures), goal.verdict(figures)) for goal in GOALS]
    return Table("Goals", ("what", "goal", "measured", ""), list(rows))


def write(run: Run, folder: Path) -> Path:
    """Write the page into a folder; the plot lies beside it."""
    path = folder / "performance.md"
    path.write_text("\n".join(_lines(run)) + "\n", encoding="utf-8")
    return path


def _lines(run: Run) -> Iterator[str]:
    yield "# Performance\n"
    yield _INTRODUCTION
    yield f"Written by `{run.command}` in {run.seconds / 60:.0f} minutes, on:\n"
    if run.scale > 1:
        yield f"* **a look only**: numbers of inputs divided by {run.scale}, so that fixed costs weigh more"
    yield from (f"* {line}" for line in run.machine)
    if run.failures:
        yield "\n**This run is incomplete.** These parts failed, and their figures are missing:\n"
        yield from (f"* {part}: {why}" for part, why in run.failures.items())
    if unmeasured := {name: why for found in run.findings.values() for name, why in found.failures.items()}:
        yield "\n**These clients could not be measured everywhere:**\n"
        yield from (f"* {name}: {why}" for name, why in unmeasured.items())
    yield from _markdown(table_of_goals(run.figures))
    if broken := [goal for goal in GOALS if goal.why and goal.verdict(run.figures) == "not met"]:
        yield "\nWhat is not met, and why:\n"
        whys = dict.fromkeys(goal.why for goal in broken)
        yield from (f"* {'; '.join(goal.path for goal in broken if goal.why == why)}: {why}" for why in whys)
    if run.drawn:
        yield f"\n![The clients' CPU time, and the wall time over slow servers, as bars]({PLOT})"
    for found in run.findings.values():
        for table in found.tables:
            yield from _markdown(table)


def _markdown(table: Table) -> Iterator[str]:
    yield f"\n## {table.title}\n"
    yield _line(table.heading)
    texts = 1 if table.title != "Goals" else len(table.heading)
    yield _line(["---"] * texts + ["---:"] * (len(table.heading) - texts))
    yield from (_line(row) for row in table.rows)
    yield from (f"\n{note}" for note in table.notes)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cell.replace('|', '/') for cell in cells)} |"
