"""Does memory stay flat while a million texts stream through?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.findings import MEGABYTE, Findings, Table
from bench.racing import Racer, warming
from bench.rows import STREAMS
from bench.settings import Settings

if TYPE_CHECKING:
    from bench.racing import Figures
    from bench.running import Running

_WIDTH = 128
_FEW, _MANY = 100_000, 1_000_000


def run(running: Running) -> Findings:
    """Measure each number of texts in a process of its own."""
    found = Findings()
    table = Table(
        f"Streams of short texts, {_WIDTH} dimensions",
        ("client", "texts", "peak MB", "grew by MB", "CPU µs a text", "texts/s"),
    )
    sizes = running.count(_FEW), running.count(_MANY)
    for row in STREAMS:
        peaks = []
        for size in sizes:
            settings = Settings(running.api_base, _WIDTH, kind="stream")
            with Racer(row, settings) as racer:
                racer.make()
                racer.measure(warming(size, settings.batch_size))
                figures = racer.measure(size)
            peaks.append(figures.peak)
            table.rows.append(_cells(row.name, size, figures))
        found.figures[f"stream/{row.name}"] = peaks[1] / peaks[0]
    found.tables.append(table)
    return found


def _cells(name: str, size: int, figures: Figures) -> list[str]:
    memory = [f"{number / MEGABYTE:,.1f}" for number in (figures.peak, figures.growth)]
    return [name, f"{size:,}", *memory, f"{figures.cpu / size * 1e6:,.0f}", f"{size / figures.wall:,.0f}"]
