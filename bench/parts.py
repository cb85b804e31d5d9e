"""What is measured in processes of rows: CPU, wall time and memory, against a hand-written client."""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from bench.measuring import Figures, RowProcess, median_of
from bench.report import Goal, Part
from bench.rows import ALL_ROWS, ROWS
from bench.server import delayed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.settings import Settings

_MEGABYTE = 2**20
_CORE_SYNC, _CORE_ASYNC, _RAW = "core sync -> numpy", "core async -> numpy", "raw sync -> numpy"
_ASYNC_LISTS = ("LangChain async -> lists", "LlamaIndex async -> lists")
_LIST_GOALS = ("LangChain sync -> lists", "LlamaIndex sync -> lists", *_ASYNC_LISTS)
SIZES = (1, 100, 1_000, 10_000, 100_000)


@dataclass(frozen=True)
class Seen:
    """What a row cost, and what its process held before."""

    figures: Figures
    before: float


def measured(names: Sequence[str], settings: Settings, rounds: int) -> dict[str, Seen]:
    """Return the medians of each row; rounds are interleaved, so that the machine's moods touch every row alike."""
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(RowProcess(name, settings)) for name in names]
        before = {one.name: one.before() for one in processes}
        seen = [{one.name: one.measure() for one in processes} for _ in range(rounds)]
    return {name: Seen(median_of([one[name] for one in seen]), before[name]) for name in names}


def clients(settings: Settings, rounds: int) -> Part:
    """Every client of this library against the hand-written ones."""
    names = [row.name for row in ROWS]
    seen = measured(names, settings, rounds)
    result_bytes = settings.texts * settings.dimensions * 4
    flight = 3 * settings.batch_size * settings.dimensions * 4 * 4 / 3
    cells = [
        _cells(name, seen[name].figures, seen[ALL_ROWS[name].against].figures, seen[name].before) for name in names
    ]
    ratios = {name: seen[name].figures.cpu / seen[ALL_ROWS[name].against].figures.cpu for name in names}
    grown = (seen[_CORE_SYNC].figures.peak - seen[_CORE_SYNC].before) * _MEGABYTE
    goals = [
        Goal("core sync -> numpy, CPU, batch 128", "at most 1.3 x raw numpy client", 1.3, ratios[_CORE_SYNC]),
        Goal("core async -> numpy, CPU, batch 128", "at most 1.3 x raw numpy client", 1.3, ratios[_CORE_ASYNC]),
        *(Goal(f"{name}, CPU", "at most 1.15 x raw building lists", 1.15, ratios[name]) for name in _LIST_GOALS),
        Goal(
            "peak memory, core -> numpy, beyond what the process held before",
            "at most 1.15 x (result bytes + 3 batches in flight)",
            1.15,
            max(grown, 0) / (result_bytes + flight),
        ),
    ]
    notes = [
        "CPU is user and system time of the client's process.",
        "Every client was warmed up: the import of litellm, seconds of CPU at the first call, is under Start-up.",
        "The raw clients are httpx, orjson, the standard library's base64 and numpy.",
        "This library decodes with pybase64; the last raw row does so too.",
    ]
    title = f"Clients: {settings.texts:,} texts, {settings.dimensions} dimensions, {settings.batch_size} a call"
    return Part(title, _COLUMNS, cells, notes, goals, {"ratios": ratios})


def shapes(settings: Settings, rounds: int) -> Part:
    """Widths, multi-vectors and images."""
    cells = []
    for width in (128, 1024, 2048):
        cells += _pair(f"{width} dimensions", _RAW, _CORE_SYNC, replace(settings, dimensions=width), rounds)
    few = replace(settings, texts=max(settings.texts // 10, 8), kind="multi-vectors")
    cells += _pair(f"multi-vectors, {few.texts:,} texts", "raw multi-vectors", "core multi-vectors", few, rounds)
    pictures = replace(settings, texts=max(settings.texts // 50, 8), batch_size=8, kind="images")
    cells += _pair(f"images of 200 kB, {pictures.texts:,}", "raw images", "core images", pictures, rounds)
    notes = [
        "Multi-vectors travel as JSON floats.",
        "The raw client sends base64 that it was given; the core looks at the picture, and encodes it again.",
    ]
    return Part("Shapes of results and inputs", _COLUMNS, cells, notes)


def sizes(settings: Settings, rounds: int) -> Part:
    """From one text to 100,000."""
    cells, cost = [], {}
    for texts in (size for size in SIZES if size <= 10 * settings.texts):
        these = replace(settings, texts=texts, dimensions=128)
        seen = measured((_RAW, _CORE_SYNC, _CORE_ASYNC), these, rounds)
        for name, one in seen.items():
            cost[name, texts] = one.figures.cpu / texts
            cells.append((f"{texts:,}", name, f"{1e6 * cost[name, texts]:,.1f}", f"{one.figures.wall:.3f}"))
    largest = max(texts for _, texts in cost)
    goals = [
        Goal(
            f"{name}: cost per text, N = {largest:,} against 1,000",
            "within 1.1 x",
            1.1,
            cost[name, largest] / cost[name, 1_000],
        )
        for name in (_CORE_SYNC, _CORE_ASYNC)
        if (name, 1_000) in cost
    ]
    return Part("Cost per text, 128 dimensions", ("texts", "client", "CPU µs a text", "wall s"), cells, (), goals)


def latencies(settings: Settings, rounds: int) -> Part:
    """Servers that take their time: what concurrency hides."""
    calls = math.ceil(settings.texts / settings.batch_size)
    names = (_CORE_SYNC, _CORE_ASYNC, *_ASYNC_LISTS)
    at_once = measured(names, settings, rounds)
    cells, goals, figures = [], [], {}
    for milliseconds, jitter in ((20, False), (100, False), (20, True)):
        seen = measured(
            names, replace(settings, api_base=delayed(settings.api_base, milliseconds, jitter=jitter)), rounds
        )
        label = f"{milliseconds} ms{', ±50 %' if jitter else ''}"
        for name in names:
            ideal = calls / settings.concurrency * milliseconds / 1000 + at_once[name].figures.wall
            ratio = seen[name].figures.wall / ideal
            figures[f"{name}, {label}"] = (seen[name].figures.wall, ideal)
            cells.append((label, name, f"{seen[name].figures.wall:.2f}", f"{ideal:.2f}", f"{ratio:.2f}"))
            if name in {_CORE_SYNC, _CORE_ASYNC} and not jitter:
                aim = "at most 1.1 x (calls / 8 x latency + transfer)"
                goals.append(Goal(f"{name}: wall at {milliseconds} ms, concurrency 8", aim, 1.1, ratio))
    notes = [f"{calls} calls; the transfer is what the same client takes against a server that answers at once."]
    columns = ("latency", "client", "wall s", "ideal s", "x ideal")
    return Part("Latency, 8 calls in flight", columns, cells, notes, goals, {"walls": figures})


_COLUMNS = ("client", "CPU s", "x raw", "wall s", "x raw", "peak MB", "before")


def _cells(label: str, mine: Figures, raw: Figures, before: float) -> tuple[str, ...]:
    return (
        label,
        f"{mine.cpu:.2f}",
        f"{mine.cpu / raw.cpu:.2f}",
        f"{mine.wall:.2f}",
        f"{mine.wall / raw.wall:.2f}",
        f"{mine.peak:,.0f}",
        f"{before:,.0f}",
    )


def _pair(label: str, raw: str, core: str, settings: Settings, rounds: int) -> list[tuple[str, ...]]:
    seen: Mapping[str, Seen] = measured((raw, core), settings, rounds)
    return [
        _cells(f"{label}: {name}", seen[name].figures, seen[raw].figures, seen[name].before) for name in (raw, core)
    ]
