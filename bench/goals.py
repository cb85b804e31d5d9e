"""What does the library promise of its speed, and is it kept? A line each, over the figures of the parts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bench.findings import NOT_MEASURED
from bench.parts.latency import PROMISED
from bench.rows import CORE_ASYNC, CORE_SYNC, LITELLM_CLASSES, OPENAI_CLASSES, OWN_LISTS

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

GOALS = (
    Goal("CPU, core to numpy, against the raw client", _named("throughput/cpu ratio", _CORES), 1.3),
    Goal("CPU, frameworks to lists, against the raw client", _named("throughput/cpu ratio", OWN_LISTS), 1.15),
    Goal("memory a call takes, core to numpy, against the raw client", _named("throughput/growth ratio", _CORES), 1.15),
    Goal(
        "memory a call takes beyond its result, in batches",
        _named("throughput/beyond", _CORES),
        3,
        unit="batches",
        why=(
            "eight calls are in flight, and each is held as bytes, as parsed text and as an array for a moment; what "
            "is freed stays with the allocator. With `max_concurrency` 1, 2 and 8 one `embed` of these texts grew by "
            "11, 18 and 44 MB beyond its result of 78 MB, where a batch is 1.4 MB; the raw client grows as much."
        ),
    ),
    Goal("wall time at 20 ms latency, against the ideal", PROMISED[:2], 1.1),
    Goal("wall time at 100 ms latency, against the ideal", PROMISED[2:], 1.1),
    Goal("longest stall of the event loop", [f"stall/{CORE_ASYNC}"], 20, unit="ms"),
    Goal(
        "cost of a text, from 1,000 to 100,000 of them",
        _named("cost growth", _CORES),
        1.1,
        why=(
            "a request of 100,000 texts is checked and cut before its first call, and its result of 400 MB is new "
            "memory; the figures of one client differ by a tenth between runs. `aembed_iter` costs the same for any "
            "number of texts."
        ),
    ),
    Goal("CPU of the OpenAI classes, against ours", _named("throughput/OpenAI class", _ALL_OPENAI), 1.4, least=True),
    Goal("CPU of the LiteLLM classes, against ours", _named("throughput/LiteLLM class", _ALL_LITELLM), 30, least=True),
    Goal("memory of a stream of 1,000,000 texts, against 100,000", _named("stream", _STREAMS), 1.1),
)
"""What is promised, with the figures that show it."""
