"""How well is a server's latency hidden?"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from bench.findings import NOT_MEASURED, Findings, Table, failed_row
from bench.racing import Race, race
from bench.rows import OPENAI_CLASSES, OWN, PEERS, RAW_ASYNC, RAW_THREADS, named
from bench.running import SERVERS
from bench.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.racing import Row
    from bench.running import Running

_WIDTH, _TEXTS = 1024, 10_240  # 80 calls, ten for each of eight connections
_TURNS_OF_PEERS = "20 ms"
_NOTE = (
    "The ideal is {calls} calls / {concurrency} × latency + {transfer:.2f} s, the wall time of the faster raw client "
    "from the server without latency, with the standard library's base64. Work that goes on while other calls wait can "
    "come below it. "
    "Jitter: 20 ms ± 90 %, evenly."
)


def run(running: Running) -> Findings:
    """Measure the wall time over each server, raw and own side by side; the peers over one."""
    count, races = running.count(_TEXTS), {}
    rows = [*named(RAW_THREADS, RAW_ASYNC), *OWN]
    peers = [row for row in PEERS if row.name in OPENAI_CLASSES.values()] if running.peers else []
    for name, server in running.servers.items():
        racing = [*rows, *(peers if name == _TURNS_OF_PEERS else ())]
        races[name] = race(racing, Settings(server.api_base, _WIDTH), running.rounds, count)
    return _found([*rows, *peers], races, count)


def ideal(calls: int, concurrency: int, latency: float, transfer: float) -> float:
    """Return the seconds that calls take at least: their latency, one after another's, and the work.

    Args:
        calls: how many.
        concurrency: how many at a time.
        latency: seconds of one.
        transfer: seconds that all of them take without any latency.
    """
    return calls / concurrency * latency + transfer


def _found(rows: list[Row], races: dict[str, Race], count: int) -> Findings:
    found = Findings()
    settings = Settings("", _WIDTH)
    calls = math.ceil(count / settings.batch_size)
    at_once = races["0 ms"]
    found.figures["latency/texts"] = count
    found.figures["latency/transfer"] = transfer = min(
        at_once.median(name, "wall") for name in (RAW_THREADS, RAW_ASYNC) if name in at_once.turns
    )
    floors = {name: ideal(calls, settings.concurrency, SERVERS[name][0], transfer) for name in races}
    table = Table(
        f"Wall s of {count:,} texts, {_WIDTH} dimensions, {calls} calls, {settings.concurrency} at a time; × ideal",
        ("client", *races),
        notes=(_NOTE.format(calls=calls, concurrency=settings.concurrency, transfer=transfer),),
    )
    table.rows.append(["ideal", *(f"{floor:.2f}" for floor in floors.values())])
    for row in rows:
        cells = []
        for name, ran in races.items():
            found.failures.update(ran.failures)
            if row.name not in ran.turns:
                cells.append(NOT_MEASURED)
                continue
            wall = ran.median(row.name, "wall")
            found.figures[f"latency {name}/{row.name}"] = wall / floors[name]
            cells.append(f"{wall:.2f} ({wall / floors[name]:.2f})")
        reason = found.failures.get(row.name) if set(cells) == {NOT_MEASURED} else None
        table.rows.append(failed_row(row.name, reason, len(table.heading)) if reason else [row.name, *cells])
    found.tables.append(table)
    return found


def promised(latency: str, clients: Sequence[str]) -> list[str]:
    """Return the names of the figures that a goal is about."""
    return [f"latency {latency}/{client}" for client in clients]
