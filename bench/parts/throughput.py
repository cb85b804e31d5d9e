"""What do 10,000 texts at 2048 dimensions cost, with each client?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.findings import MEGABYTE, NOT_MEASURED, Findings, Table, failed_row
from bench.racing import Race, Row, race
from bench.rows import LITELLM_CLASSES, OPENAI_CLASSES, OWN, PEERS, RAW
from bench.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.running import Running

_TEXTS = 10_000
_FLOAT_BYTES, _BASE64 = 4, 4 / 3
HEADING = ("client", "CPU s", "× raw", "wall s", "× raw", "texts/s", "memory: grew by MB", "peak MB")


def run(running: Running) -> Findings:
    """Measure raw, own and peers side by side."""
    settings, count = Settings(running.api_base), running.count(_TEXTS)
    rows = [*RAW, *OWN, *(PEERS if running.peers else ())]
    ran = race(rows, settings, running.rounds, count)
    found = Findings()
    found.take(ran, rows, "throughput")
    found.figures["throughput/texts"] = count
    found.figures.update(_memory(ran, settings, count))
    found.figures.update(_against(ran, OPENAI_CLASSES, "OpenAI class"))
    found.figures.update(_against(ran, LITELLM_CLASSES, "LiteLLM class"))
    title = f"{count:,} texts, {settings.dimensions} dimensions, {settings.batch_size} texts a call"
    found.tables.append(table_of(ran, rows, count, title))
    return found


def table_of(ran: Race, rows: Sequence[Row], count: int, title: str) -> Table:
    """Return a line a client, its ratios against the hand-written one with the same shape of result."""
    table = Table(title, HEADING)
    for row in rows:
        if row.name in ran.failures:
            table.rows.append(failed_row(row.name, ran.failures[row.name], len(HEADING)))
            continue
        cpu, wall = ran.median(row.name, "cpu"), ran.median(row.name, "wall")
        ratios = [_ratio(ran, row, figure) for figure in ("cpu", "wall")]
        memory = [f"{ran.median(row.name, figure) / MEGABYTE:,.0f}" for figure in ("growth", "peak")]
        cells = f"{cpu:.2f}", ratios[0], f"{wall:.2f}", ratios[1], f"{count / wall:,.0f}", *memory
        table.rows.append([row.name, *cells])
    return table


def _ratio(ran: Race, row: Row, figure: str) -> str:
    return f"{ran.ratio(row.name, row.against, figure):.2f}" if row.against in ran.turns else NOT_MEASURED


def _memory(ran: Race, settings: Settings, count: int) -> dict[str, float]:
    """Return by how many batches, as they are on the wire, memory grew beyond the result."""
    vector = settings.dimensions * _FLOAT_BYTES
    batch = settings.batch_size * vector * _BASE64
    return {
        f"throughput/beyond/{name}": (ran.median(name, "growth") - count * vector) / batch
        for name in ("raw sync", "raw threads", "core sync", "core async")
        if name in ran.turns
    }


def _against(ran: Race, peers: Mapping[str, str], kind: str) -> dict[str, float]:
    """Return how many times the CPU of our class its peer needs."""
    return {
        f"throughput/{kind}/{own}": ran.ratio(peer, own)
        for own, peer in peers.items()
        if own in ran.turns and peer in ran.turns
    }
