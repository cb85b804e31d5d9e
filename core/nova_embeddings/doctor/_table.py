"""A report as a table for people: what was found, then what to do about it."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError
from nova_embeddings.doctor._report import Verdict

try:
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text
except ImportError as error:
    message = (
        f"the table needs a package that is not installed ({error.name}): pip install 'nova-embeddings[cli]', "
        "or ask for --json"
    )
    raise ConfigurationError(message) from None

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from rich.status import Status

    from nova_embeddings.doctor._report import Report, Row

_STYLES = {Verdict.OK: "green", Verdict.WARNING: "yellow", Verdict.FAILED: "bold red", Verdict.SKIPPED: "dim"}


def waiting() -> AbstractContextManager[Status]:
    """Show on stderr that something goes on, where a person looks at it."""
    return Console(stderr=True).status("examining")


def show(report: Report) -> None:
    """Print a report to stdout, as wide as the terminal, or 80 columns where there is none."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # a server's words may be in letters that a pipe cannot write
    console = Console(highlight=False, emoji=False)
    console.print(Text(f"{report.api_base}\nmodel {report.model}"))
    console.print(_table(report))
    for row in report.rows:
        if row.advice:
            console.print(_advice(row))
    counts = (f"{report.count(verdict)} {verdict}" for verdict in Verdict)
    console.print(Text(", ".join(counts)))


def _table(report: Report) -> Table:
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1))
    table.add_column("check", no_wrap=True)
    table.add_column("verdict", no_wrap=True)
    table.add_column("sent", ratio=2)
    table.add_column("seen", ratio=3, overflow="fold")
    unreachable = report.rows[0].verdict is Verdict.FAILED  # then nearly all is skipped, and the counts say so
    for row in report.rows:
        if unreachable and row.verdict is Verdict.SKIPPED:
            continue
        verdict = Text(row.verdict, style=_STYLES[row.verdict])
        table.add_row(Text(row.check), verdict, Text(row.sent), Text(row.seen))
    return table


def _advice(row: Row) -> Text:
    heading = Text(f"{row.check} ({row.verdict})", style=_STYLES[row.verdict])
    return Text.assemble(heading, f": {row.advice}\n")
