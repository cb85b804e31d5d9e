"""What does the library promise of its speed, and is it kept? A line each, over the figures of the parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bench.findings import NOT_MEASURED
from bench.parts.latency import promised
from bench.rows import (
    CORE_ASYNC,
    CORE_SYNC,
    LANGCHAIN_SYNC,
    LITELLM_CLASSES,
    LLAMAINDEX_SYNC,
    OPENAI_CLASSES,
    OWN_LISTS,
)

Figures: TypeAlias = Mapping[str, float]
_CORES = (CORE_SYNC, CORE_ASYNC)


@dataclass(frozen=True)
class Goal:
    """One promise.

    Args:
        path: what is measured.
        names: the figures that it is about; the worst of them counts.
        limit: the promise.
        least: whether the figures must reach the limit, instead of staying below it.
        unit: after a figure.
        why: what is known of a promise that is not kept, for the page.
    """

    path: str
    names: Sequence[str]
    limit: float
    least: bool = False
    unit: str = "×"
    why: str = ""

    def promised(self) -> str:
        """Return the promise, for a reader."""
        return f"at {'least' if self.least else 'most'} {self.limit:g} {self.unit}"

    def measured(self, figures: Figures) -> str:
        """Return the figures that there are, for a reader."""
        known = [(name.rpartition("/")[2], figures[name]) for name in self.names if name in figures]
        shown = "; ".join(f"{label} {figure:.3g}" for label, figure in known)
        return f"{shown} {self.unit}" if known else NOT_MEASURED

    def verdict(self, figures: Figures) -> str:
        """Return whether the promise is kept, as far as was measured."""
        known = [figures[name] for name in self.names if name in figures]
        if len(known) < len(self.names):
            return "not measured" if not known or self._kept(known) else "not met"
        return "met" if self._kept(known) else "not met"

    def _kept(self, known: Sequence[float]) -> bool:
        return min(known) >= self.limit if self.least else max(known) <= self.limit


def _named(prefix: str, clients: Sequence[str]) -> list[str]:
    return [f"{prefix}/{client}" for client in clients]


_ALL_OPENAI, _ALL_LITELLM = tuple(OPENAI_CLASSES), tuple(LITELLM_CLASSES)
_STREAMS = ("embed_iter", "aembed_iter")

_PER_CALL = (
    "LiteLLM's bookkeeping for a call costs the same whatever comes back, so that narrow vectors show it most; larger "
    "calls (`batch_size=512`) share it among more texts. At 2048 dimensions decoding outweighs it, and pybase64 beats "
    "the standard library's base64, which the raw client has; the tables show it with pybase64 as well."
)
_LISTS = "floats that become Python objects are CPU time which no waiting for other calls hides"
_SYNC_LISTS = (LANGCHAIN_SYNC, LLAMAINDEX_SYNC)

GOALS = (
    Goal(
        "CPU, core to numpy, 2048 dimensions, against raw", _named("throughput/cpu ratio", _CORES), 1.3, why=_PER_CALL
    ),
    Goal("the same, 1024 dimensions", _named("width 1024/cpu ratio", _CORES), 1.3, why=_PER_CALL),
    Goal("the same, 128 dimensions", _named("width 128/cpu ratio", _CORES), 1.3, why=_PER_CALL),
    Goal("CPU, frameworks to lists, 2048 dimensions", _named("throughput/cpu ratio", OWN_LISTS), 1.15, why=_PER_CALL),
    Goal("the same, 1024 dimensions", _named("width 1024/cpu ratio", _SYNC_LISTS), 1.15, why=_PER_CALL),
    Goal("the same, 128 dimensions", _named("width 128/cpu ratio", _SYNC_LISTS), 1.15, why=_PER_CALL),
    Goal("memory that a call takes, core to numpy, against raw", _named("throughput/growth ratio", _CORES), 1.15),
    Goal(
        "peak memory of the process, core to numpy, against raw",
        _named("throughput/peak ratio", _CORES),
        1.15,
        why="litellm's import stays in the process, about 150 MB, whatever is embedded; see the line above without it.",
    ),
    Goal(
        "memory that a call takes beyond its result, in batches",
        _named("throughput/beyond", _CORES),
        3,
        unit="batches",
        why=(
            "eight calls are in flight, and each is held as bytes, as parsed text and as an array for a moment; what "
            "is freed stays with the allocator. It grows with `max_concurrency`, and not with the number of texts."
        ),
    ),
    Goal("wall time at 20 ms latency, core, against the ideal", promised("20 ms", _CORES), 1.1),
    Goal("wall time at 100 ms latency, core, against the ideal", promised("100 ms", _CORES), 1.1),
    Goal("wall time at 20 ms latency, frameworks", promised("20 ms", OWN_LISTS), 1.1, why=_LISTS),
    Goal("wall time at 100 ms latency, frameworks", promised("100 ms", OWN_LISTS), 1.1, why=_LISTS),
    Goal("longest stall of the event loop, after litellm's import", [f"stall/{CORE_ASYNC}"], 20, unit="ms"),
    Goal(
        "cost of a text, the most texts against a hundredth of them",
        _named("cost growth", _CORES),
        1.1,
        why=(
            "a request of many texts is checked and cut before its first call, and its result is new memory; the "
            "figures of one client differ by a tenth between runs. The cost of `aembed_iter` hardly grows."
        ),
    ),
    Goal(
        "CPU of the OpenAI classes, against ours",
        _named("throughput/OpenAI class", _ALL_OPENAI),
        1.4,
        least=True,
        why="the nearest of them stands within the tenth by which ratios differ between runs.",
    ),
    Goal("CPU of the LiteLLM classes, against ours", _named("throughput/LiteLLM class", _ALL_LITELLM), 30, least=True),
    Goal("peak memory of a stream, against one a tenth as long", _named("stream", _STREAMS), 1.1),
)
"""What is promised, with the figures that show it."""
