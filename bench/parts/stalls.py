"""For how long does an event loop stand still while 10,000 texts are embedded on it?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.findings import Findings, Table, failed_row
from bench.racing import race
from bench.rows import CORE_ASYNC, IDLE, LANGCHAIN_ASYNC, LLAMAINDEX_ASYNC, OPENAI_CLASSES, RAW_ASYNC, named
from bench.settings import Settings

if TYPE_CHECKING:
    from bench.running import Running

_TEXTS = 10_000
_MILLISECONDS = 1000.0


def run(running: Running) -> Findings:
    """Measure the longest time between two ticks of a clock on the loop, beyond the tick itself."""
    count, settings = running.count(_TEXTS), Settings(running.api_base)
    peers = named(*(name for name in OPENAI_CLASSES.values() if name.endswith("async"))) if running.peers else []
    rows = [IDLE, *named(RAW_ASYNC, CORE_ASYNC, LANGCHAIN_ASYNC, LLAMAINDEX_ASYNC), *peers]
    ran = race(rows, settings, running.rounds, count, watched=True)
    found = Findings(failures=ran.failures)
    table = Table(
        f"Longest stall of the event loop, {count:,} texts, {settings.dimensions} dimensions",
        ("client", "median of the rounds, ms", "least, ms", "most, ms"),
        notes=("The idle loop shows what the machine does by itself; on a busy one no figure here means anything.",),
    )
    for row in rows:
        if row.name in ran.failures:
            table.rows.append(failed_row(row.name, ran.failures[row.name], len(table.heading)))
            continue
        stalls = sorted(turn.stall * _MILLISECONDS for turn in ran.turns[row.name])
        found.figures[f"stall/{row.name}"] = ran.median(row.name, "stall") * _MILLISECONDS
        cells = (found.figures[f"stall/{row.name}"], stalls[0], stalls[-1])
        table.rows.append([row.name, *(f"{cell:.0f}" for cell in cells)])
    found.tables.append(table)
    return found
