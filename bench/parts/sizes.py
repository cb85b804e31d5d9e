"""What does a text cost when it comes alone, and when 100,000 come together?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.findings import NOT_MEASURED, Findings, Table, failed_row
from bench.racing import Race, over, started
from bench.rows import CORE_ASYNC, CORE_SYNC, LANGCHAIN_SYNC, LLAMAINDEX_SYNC, PEERS, RAW_LISTS, named
from bench.settings import Settings

if TYPE_CHECKING:
    from bench.racing import Row
    from bench.running import Running

_WIDTH = 1024
_SIZES = (1, 10, 100, 1_000, 10_000, 100_000)
_LARGEST_OF_LISTS = 10_000  # a float of a list takes 32 bytes: 100,000 vectors would be 3 GB
_LARGEST_OF_SLOW = 1_000
_MICROSECONDS = 1e6
_TURN = 300
"""Texts of one turn, at least: fewer at a time are embedded as often as it takes."""


def run(running: Running) -> Findings:
    """Measure each number of texts by itself, all clients that can do it side by side."""
    arrays = named("raw sync", "raw async", CORE_SYNC, CORE_ASYNC)
    lists = [*named(RAW_LISTS, LANGCHAIN_SYNC, LLAMAINDEX_SYNC), *(_peers() if running.peers else ())]
    sizes = sorted({running.count(size) for size in _SIZES})
    races: dict[int, Race] = {}
    settings = Settings(running.api_base, _WIDTH)
    with started([*arrays, *lists], settings) as ready:
        for size in sizes:
            names = [row.name for row in (*arrays, *lists) if row in arrays or size <= _largest(row)]
            repeats = max(1, running.count(_TURN) // size)
            races[size] = ready.race(settings, running.rounds, size, repeats=repeats, only=names)
    return _found([*arrays, *lists], races)


def _peers() -> list[Row]:
    return [row for row in PEERS if "async" not in row.name]


def _largest(row: Row) -> int:
    return _LARGEST_OF_SLOW if row.slow else _LARGEST_OF_LISTS


def _found(rows: list[Row], races: dict[int, Race]) -> Findings:
    found = Findings()
    table = Table(
        f"CPU µs a text, {_WIDTH} dimensions, by the number of texts of one request",
        ("client", *(f"{size:,}" for size in races)),
    )
    for row in rows:
        cells = []
        for size, ran in races.items():
            found.failures.update(ran.failures)
            known = row.name in ran.turns
            if known:
                found.figures[f"size {size}/{row.name}"] = ran.median(row.name, "cpu") / size * _MICROSECONDS
            cells.append(f"{found.figures[f'size {size}/{row.name}']:,.0f}" if known else NOT_MEASURED)
        reason = found.failures.get(row.name) if set(cells) == {NOT_MEASURED} else None
        table.rows.append(failed_row(row.name, reason, len(table.heading)) if reason else [row.name, *cells])
    found.figures.update(_growths(found.figures, list(races)))
    found.tables.append(table)
    return found


def _growths(figures: dict[str, float], sizes: list[int]) -> dict[str, float]:
    """Return how much dearer a text becomes from 1,000 to the most of them; less than 1 is cheaper."""
    few, many = sizes[-3:][0], sizes[-1]
    names = [name for name in (CORE_SYNC, CORE_ASYNC) if f"size {few}/{name}" in figures]
    return {
        f"cost growth/{name}": over(figures[f"size {many}/{name}"], figures[f"size {few}/{name}"])
        for name in names
        if f"size {many}/{name}" in figures
    }
