"""How long until the first vector, in a fresh process?"""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from bench.environments import Unavailable
from bench.findings import Findings, Table, failed_row
from bench.racing import Racer
from bench.rows import CORE_SYNC, LANGCHAIN_SYNC, LLAMAINDEX_SYNC, PEERS, named
from bench.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.racing import Row
    from bench.running import Running

_WIDTH = 128
_IMPORT = """
import resource, sys, time
{before}
start, used = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF)
{statement}
wall, now = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_SELF)
print(now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime, wall, "litellm" in sys.modules)
"""
IMPORTS: Mapping[str, str] = {
    "litellm": "",
    "nova_embeddings": "",
    "langchain_nova": "langchain_core.embeddings",
    "llama_index.embeddings.nova": "llama_index.core",
}
"""Modules, and what each stands on: that is imported before, and not counted."""


@dataclass(frozen=True)
class _Start:
    making: float
    first: float
    second: float
    cpu: float


def run(running: Running) -> Findings:
    """Measure imports by themselves, and each client from its import to its second vector."""
    found = Findings()
    _imports(found, running.rounds)
    _starts(found, running)
    return found


def _imports(found: Findings, rounds: int) -> None:
    table = Table(
        "Imports in fresh interpreters, medians",
        ("import", "CPU s", "wall s", "imports litellm"),
        notes=("What langchain_nova and llama_index.embeddings.nova stand on (their framework) is not counted.",),
    )
    for module, base in IMPORTS.items():
        runs = [_import_once(module, base) for _ in range(rounds)]
        cpu, wall = (median(run[place] for run in runs) for place in (0, 1))
        brings = any(run[2] for run in runs)
        found.figures[f"import/{module}"] = cpu
        found.figures[f"import brings litellm/{module}"] = float(brings)
        table.rows.append([module, f"{cpu:.2f}", f"{wall:.2f}", "yes" if brings else "no"])
    found.tables.append(table)


def _import_once(module: str, base: str) -> tuple[float, float, bool]:
    code = _IMPORT.format(before=f"import {base}" if base else "", statement=f"import {module}")
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    cpu, wall, brings = said.stdout.split()[-3:]
    return float(cpu), float(wall), brings == "True"


def _starts(found: Findings, running: Running) -> None:
    heading = ("client", "import and make, wall s", "first vector, wall s", "together, CPU s", "second vector, ms")
    table = Table("The first vector of a fresh process, medians", heading)
    for row in [*named("raw sync", CORE_SYNC, LANGCHAIN_SYNC, LLAMAINDEX_SYNC), *(_peers() if running.peers else ())]:
        try:
            starts = [_start(row, Settings(running.api_base, _WIDTH)) for _ in range(running.rounds)]
        except Unavailable as error:
            found.failures[row.name] = str(error)
            table.rows.append(failed_row(row.name, str(error), len(heading)))
            continue
        making, first, second, cpu = (
            median(getattr(start, name) for start in starts) for name in ("making", "first", "second", "cpu")
        )
        found.figures[f"start/{row.name}"] = making + first
        table.rows.append([row.name, f"{making:.2f}", f"{first:.2f}", f"{cpu:.2f}", f"{second * 1000:.1f}"])
    found.tables.append(table)


def _peers() -> list[Row]:
    return [row for row in PEERS if "async" not in row.name]


def _start(row: Row, settings: Settings) -> _Start:
    with Racer(row, settings) as racer:
        made = racer.make()
        first = racer.measure(1)
        return _Start(made["wall"], first.wall, racer.measure(1).wall, made["cpu"] + first.cpu)
