"""What one row costs, in a process of its own; and what an import costs, in a fresh interpreter."""

from __future__ import annotations

import functools
import multiprocessing
import resource
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from statistics import median
from typing import TYPE_CHECKING, Self

from bench.rows import ALL_ROWS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bench.rows import Embed
    from bench.settings import Settings

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # what getrusage counts in, in bytes
_MEGABYTE = 2**20
_WARM_UP_BATCHES = 10
_COST_OF_IMPORT = """
import resource, sys
{statement}
used = resource.getrusage(resource.RUSAGE_SELF)
print(used.ru_utime + used.ru_stime, "litellm" in sys.modules)
"""


@dataclass(frozen=True)
class Figures:
    """What one round of one row cost.

    Args:
        cpu: seconds of user and system time of the client's process.
        wall: seconds.
        peak: most resident memory so far, in megabytes.
    """

    cpu: float
    wall: float
    peak: float


class RowProcess:
    """A fresh process that embeds with one row's client as often as it is asked."""

    def __init__(self, name: str, settings: Settings) -> None:
        """Start the process, and have it import, connect and warm up; several do so at once."""
        self.name = name
        self._settings = settings
        self._process = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"))
        self._before = self._process.submit(_warm_up, name, settings)

    def before(self) -> float:
        """Return the peak memory in megabytes when the process was ready; wait until it is."""
        return self._before.result()

    def measure(self) -> Figures:
        """Embed the corpus once."""
        return self._process.submit(_measure, self.name, self._settings).result()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._process.shutdown()


def median_of(rounds: Sequence[Figures]) -> Figures:
    """Return the median of each figure; of the peak, which only rises, the last."""
    return Figures(median(one.cpu for one in rounds), median(one.wall for one in rounds), rounds[-1].peak)


@dataclass(frozen=True)
class ImportCost:
    """What an import costs: seconds of CPU, and whether it brought litellm along."""

    cpu: float
    brings_litellm: bool


def import_cost(name: str, base: str, rounds: int) -> ImportCost:
    """Return what importing a module costs in a fresh interpreter that has imported its base already; the least seen.

    Args:
        name: the module.
        base: what it stands on; empty for a bare interpreter.
        rounds: how many interpreters.
    """
    before = f"import {base}" if base else ""
    bare, full = zip(
        *((_import_once(before), _import_once(f"{before}\nimport {name}")) for _ in range(rounds)), strict=True
    )
    least = min(run.cpu for run in full) - min(run.cpu for run in bare)
    return ImportCost(least, any(run.brings_litellm for run in full))


def _import_once(statement: str) -> ImportCost:
    code = _COST_OF_IMPORT.format(statement=statement)
    said = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    cpu, brings_litellm = said.stdout.split()
    return ImportCost(float(cpu), brings_litellm == "True")


@functools.cache
def _client(name: str, settings: Settings) -> Embed:
    embed = ALL_ROWS[name].make(settings)
    warming = replace(settings, texts=min(settings.texts, _WARM_UP_BATCHES * settings.batch_size))
    embed(warming.corpus())
    return embed


def _warm_up(name: str, settings: Settings) -> float:
    _client(name, settings)
    return _peak()


def _measure(name: str, settings: Settings) -> Figures:
    embed, texts = _client(name, settings), settings.corpus()
    cpu, wall = _cpu(), time.perf_counter()
    vectors = embed(texts)
    cpu, wall = _cpu() - cpu, time.perf_counter() - wall
    if len(vectors) != len(texts):
        message = f"{name}: {len(vectors)} vectors for {len(texts)} texts"
        raise RuntimeError(message)
    return Figures(cpu, wall, _peak())


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT / _MEGABYTE
