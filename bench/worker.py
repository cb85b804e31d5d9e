"""What does one client cost, in a process of its own? Standard library only: the interpreter is the client's.

It is told what to do in lines of JSON on its standard input, and answers each with one line: see `bench.racing`.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import importlib
import inspect
import json
import os
import resource
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

_RSS_UNIT = 1 if sys.platform == "darwin" else 1024  # what getrusage counts in, in bytes
_TICK = 0.001
_STATUS, _CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")


class Worker:
    """One client, made once and asked often; coroutines run on one event loop."""

    def __init__(self) -> None:
        """Hold nothing yet."""
        self._runner = asyncio.Runner()
        self._settings: Settings
        self._embed: Callable[[Any], Any]

    def make(self, module: str, function: str, settings: dict[str, Any]) -> dict[str, Any]:
        """Import a client and make it; say what that cost, and whether litellm came along."""
        self._settings = Settings(**settings)
        cpu, wall = _cpu(), time.perf_counter()
        self._embed = getattr(importlib.import_module(module), function)(self._settings)
        return {"cpu": _cpu() - cpu, "wall": time.perf_counter() - wall, "litellm": "litellm" in sys.modules}

    def measure(self, count: int, repeats: int, *, watched: bool) -> dict[str, Any]:
        """Embed as many inputs; say what it cost each time, in seconds and bytes.

        `before` and `peak` are resident memory when it began and at most; `stall`, if watched, is the longest time for
        which the event loop did nothing else.
        """
        inputs = self._settings.inputs(count)
        gc.collect()
        with contextlib.suppress(OSError):
            _CLEAR.write_text("5", encoding="ascii")  # Linux: the peak counts from here
        before, stall, vectors = _memory()[0], 0.0, None
        cpu, wall = _cpu(), time.perf_counter()
        for _ in range(repeats):
            del vectors
            vectors, longest = self._once(inputs, watched=watched)
            stall = max(stall, longest)
        cpu, wall = _cpu() - cpu, time.perf_counter() - wall
        got = vectors if isinstance(vectors, int) else len(vectors)  # type: ignore[arg-type]  # set in the loop
        if got != count:
            raise RuntimeError(f"{got} vectors for {count} inputs")
        return {"cpu": cpu / repeats, "wall": wall / repeats, "before": before, "peak": _memory()[1], "stall": stall}

    def _once(self, inputs: Sequence[Any], *, watched: bool) -> tuple[Any, float]:
        if not inspect.iscoroutinefunction(self._embed):
            return self._embed(inputs), 0.0
        if not watched:
            return self._runner.run(self._embed(inputs)), 0.0
        return self._runner.run(_watched(self._embed(inputs)))


async def _watched(work: Awaitable[Any]) -> tuple[Any, float]:
    longest = 0.0

    async def tick() -> None:
        nonlocal longest
        last = time.perf_counter()
        while True:
            await asyncio.sleep(_TICK)
            now = time.perf_counter()
            longest, last = max(longest, now - last - _TICK), now

    ticking = asyncio.create_task(tick())
    try:
        return await work, longest
    finally:
        ticking.cancel()


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _memory() -> tuple[int, int]:
    """Return resident memory, now and at most, in bytes; where only the most is known, that."""
    try:
        status = dict(line.split(":", 1) for line in _STATUS.read_text(encoding="utf-8").splitlines())
        return int(status["VmRSS"].split()[0]) * 1024, int(status["VmHWM"].split()[0]) * 1024
    except (OSError, KeyError):
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * _RSS_UNIT
        return peak, peak


def main() -> None:
    """Answer one order after another, until there are no more."""
    answers = os.fdopen(os.dup(1), "w", buffering=1, encoding="utf-8")
    os.dup2(2, 1)  # what libraries print must not meet the answers
    worker = Worker()
    for line in sys.stdin:
        order = json.loads(line)
        try:
            answer = getattr(worker, order.pop("do"))(**order)
        except Exception as error:  # noqa: BLE001 (told to whoever gave the order)
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")


if __name__ == "__main__":
    main()
