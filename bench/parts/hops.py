"""What does a Router inside the client cost, and a proxy before the server?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.findings import Findings
from bench.parts.throughput import table_of
from bench.proxy import GROUP, proxying
from bench.racing import race
from bench.rows import ROUTED, named
from bench.settings import Settings

if TYPE_CHECKING:
    from bench.running import Running

_WIDTH, _TEXTS, _THROUGH_PROXY = 1024, 10_000, 2_560


def run(running: Running) -> Findings:
    """Measure both by themselves."""
    found = Findings()
    rows, count = [*named("raw sync", "raw async", "core sync", "core async"), *ROUTED], running.count(_TEXTS)
    ran = race(rows, Settings(running.api_base, _WIDTH), running.rounds, count)
    found.take(ran, rows, "router")
    found.tables.append(
        table_of(ran, rows, count, f"A LiteLLM Router in the client: {count:,} texts, {_WIDTH} dimensions")
    )
    rows, count = (
        named("raw sync", "raw threads", "raw async", "core sync", "core async"),
        running.count(_THROUGH_PROXY),
    )
    with proxying(running.api_base) as proxy:
        settings = Settings(proxy.api_base, _WIDTH, model=GROUP, api_key=proxy.api_key)
        ran = race(rows, settings, running.rounds, count)
    found.take(ran, rows, "proxy")
    table = table_of(ran, rows, count, f"Through a LiteLLM proxy: {count:,} texts, {_WIDTH} dimensions")
    table.notes = ("CPU is the client's; the wall time is mostly the proxy's own work.",)
    found.tables.append(table)
    return found
