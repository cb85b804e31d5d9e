"""How do the figures look? Bars of CPU time and of wall time, ours beside others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from bench.page import PLOT
from bench.rows import CORE_ASYNC, CORE_SYNC, LANGCHAIN_SYNC, LLAMAINDEX_SYNC, RAW_ASYNC, RAW_LISTS, RAW_SYNC

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.axes import Axes

    from bench.goals import Figures

_Bar: TypeAlias = tuple[str, float, str]

_RAW, _OURS, _OTHERS = "#9a9a9a", "#1f6fb4", "#d98a3d"
_LEGEND = {"raw: written by hand": _RAW, "this library": _OURS, "other libraries": _OTHERS}
_CPU_ROWS = (
    (RAW_SYNC, "raw, to numpy", _RAW),
    (CORE_SYNC, "NovaClient, to numpy", _OURS),
    (RAW_LISTS, "raw, to lists", _RAW),
    (LANGCHAIN_SYNC, "LangChain NovaEmbeddings", _OURS),
    (LLAMAINDEX_SYNC, "LlamaIndex NovaEmbedding", _OURS),
    ("OpenAI SDK", "OpenAI SDK", _OTHERS),
    ("LangChain OpenAIEmbeddings sync", "LangChain OpenAIEmbeddings", _OTHERS),
    ("LlamaIndex OpenAILike sync", "LlamaIndex OpenAILike", _OTHERS),
    ("LlamaIndex Jina sync", "LlamaIndex JinaEmbedding", _OTHERS),
    ("litellm.embedding", "litellm.embedding", _OTHERS),
    ("LangChain LiteLLMEmbeddings", "LangChain LiteLLMEmbeddings", _OTHERS),
    ("LlamaIndex LiteLLMEmbedding", "LlamaIndex LiteLLMEmbedding", _OTHERS),
)
_WALL_ROWS = (
    (RAW_ASYNC, "raw, async", _RAW),
    (CORE_SYNC, "NovaClient.embed", _OURS),
    (CORE_ASYNC, "NovaClient.aembed", _OURS),
    (LANGCHAIN_SYNC, "LangChain NovaEmbeddings", _OURS),
    (LLAMAINDEX_SYNC, "LlamaIndex NovaEmbedding", _OURS),
    ("LangChain OpenAIEmbeddings sync", "LangChain OpenAIEmbeddings", _OTHERS),
    ("LlamaIndex OpenAILike sync", "LlamaIndex OpenAILike", _OTHERS),
)


@dataclass(frozen=True)
class _Axis:
    """One half of the plot: which figures, of which clients, and what is written around them."""

    figure: str
    texts: str
    rows: Sequence[tuple[str, str, str]]
    shape: str
    title: str
    label: str
    logarithmic: bool


_CPU = _Axis(
    "throughput/cpu",
    "throughput/texts",
    _CPU_ROWS,
    "{:.2g} s",
    "CPU time of the client\n{texts:,.0f} texts, 2048 dimensions",
    "seconds of CPU, logarithmic; less is better",
    logarithmic=True,
)
_WALL = _Axis(
    "latency 20 ms",
    "latency/texts",
    _WALL_ROWS,
    "{:.2f} ×",
    "Wall time, from a server with 20 ms latency\n{texts:,.0f} texts, 1024 dimensions",
    "times the ideal of eight calls at a time (dashed); less is better",
    logarithmic=False,
)


def draw(figures: Figures, folder: Path) -> Path | None:
    """Draw what was measured; what was not is left out, and where that is all, nothing is drawn."""
    panels = [(axis, _known(figures, axis)) for axis in (_CPU, _WALL)]
    panels = [(axis, bars) for axis, bars in panels if bars]
    if not panels:
        return None
    import matplotlib as mpl  # noqa: PLC0415 (slow to import, and only needed at the end)

    mpl.use("svg")
    mpl.rcParams.update({"svg.hashsalt": "bench", "font.size": 10})
    from matplotlib import pyplot as plt  # noqa: PLC0415 (as above)
    from matplotlib.patches import Patch  # noqa: PLC0415 (as above)

    figure, grid = plt.subplots(1, len(panels), figsize=(7 * len(panels), 5.4), layout="constrained", squeeze=False)
    for axes, (axis, bars) in zip(grid[0], panels, strict=True):
        _bars(axes, axis, bars, figures.get(axis.texts, 0))
    patches = [Patch(color=colour, label=label) for label, colour in _LEGEND.items()]
    figure.legend(handles=patches, loc="outside lower center", ncols=len(patches), frameon=False)
    path = folder / PLOT
    figure.savefig(path, metadata={"Date": None})
    plt.close(figure)
    return path


def _known(figures: Figures, axis: _Axis) -> list[_Bar]:
    rows = [(label, f"{axis.figure}/{name}", colour) for name, label, colour in axis.rows]
    return [(label, figures[name], colour) for label, name, colour in rows if name in figures]


def _bars(axes: Axes, axis: _Axis, bars: Sequence[_Bar], texts: float) -> None:
    places = list(range(len(bars)))
    drawn = axes.barh(places, [figure for _, figure, _ in bars], color=[colour for *_, colour in bars])
    labels = axes.bar_label(drawn, [axis.shape.format(figure) for _, figure, _ in bars], padding=4)
    for label in labels:
        label.set_bbox({"facecolor": "white", "edgecolor": "none", "pad": 1})  # over the dashed line
    axes.set_yticks(places, [label for label, *_ in bars])
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_title(axis.title.format(texts=texts))
    axes.set_xlabel(axis.label)
    if axis.logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
    else:
        axes.axvline(1, color="black", linewidth=0.8, linestyle="--")
