"""What do other shapes cost: narrower vectors, multi-vectors, images?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.findings import Findings
from bench.parts.throughput import table_of
from bench.racing import race
from bench.rows import LANGCHAIN_SYNC, LLAMAINDEX_SYNC, RAW_LISTS, RAW_MULTI, named
from bench.settings import MULTIVECTOR_WIDTH, Settings

if TYPE_CHECKING:
    from bench.racing import Row
    from bench.running import Running

_WIDTHS = (128, 1024)
_TEXTS, _MULTIVECTORS, _IMAGES = 10_000, 1024, 240
_IMAGES_A_CALL = 15  # of 200 kB each: what fits into the 4 MiB that the core sends at most in one call


def run(running: Running) -> Findings:
    """Measure each shape by itself, raw and own side by side."""
    found = Findings()
    dense = named("raw sync", "raw async", RAW_LISTS, "core sync", "core async", LANGCHAIN_SYNC, LLAMAINDEX_SYNC)
    for width in _WIDTHS:
        settings = Settings(running.api_base, width)
        _shape(found, running, settings, dense, _TEXTS, f"texts, {width} dimensions", f"width {width}")
    core = named("core sync")[0]
    multi = Settings(running.api_base, MULTIVECTOR_WIDTH, kind="multi-vector")
    _shape(found, running, multi, [RAW_MULTI, core], _MULTIVECTORS, "texts, multi-vectors of 32 × 128", "multi-vectors")
    images = Settings(running.api_base, batch_size=_IMAGES_A_CALL, kind="image")
    _shape(found, running, images, named("raw sync", "core sync"), _IMAGES, "images of 200 kB", "images")
    return found


def _shape(
    found: Findings, running: Running, settings: Settings, rows: list[Row], whole: int, what: str, prefix: str
) -> None:
    count = running.count(whole)
    ran = race(rows, settings, running.rounds, count)
    found.take(ran, rows, prefix)
    title = f"{count:,} {what}, {settings.batch_size} a call"
    found.tables.append(table_of(ran, rows, count, title))
