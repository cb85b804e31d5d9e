"""The figures as a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from matplotlib.axes import Axes

_OURS, _OTHERS, _IDEAL = "#2a6f97", "#b8b8b8", "#e09f3e"


def draw(figures: Mapping[str, Any], path: Path) -> None:
    """Draw what there is: ratios against the raw clients, peers against ours, walls against the ideal."""
    import matplotlib as mpl  # noqa: PLC0415 (only where a plot is drawn)

    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 (as above)

    drawing: dict[str, Callable[[Axes, Any], None]] = {"ratios": _ratios, "peers": _peers, "walls": _walls}
    panels = [name for name in drawing if figures.get(name)]
    if not panels:
        return
    figure, axes = plt.subplots(1, len(panels), figsize=(6.2 * len(panels), 5.2), layout="constrained", squeeze=False)
    for name, panel in zip(panels, axes[0], strict=True):
        drawing[name](panel, figures[name])
        panel.spines[["top", "right"]].set_visible(False)
    figure.savefig(path, dpi=110)
    plt.close(figure)


def _ratios(panel: Axes, ratios: Mapping[str, float]) -> None:
    shown = {name: ratio for name, ratio in ratios.items() if not name.startswith("raw")}
    bars = panel.barh(list(shown), list(shown.values()), color=_OURS)
    panel.bar_label(bars, fmt="%.2f", padding=3)
    panel.axvline(1, color=_IDEAL, linestyle="--", label="hand-written client of the same shape")
    panel.set(title="CPU, against a hand-written client", xlabel="times its CPU seconds (less is better)")
    panel.invert_yaxis()
    panel.legend(loc="lower right")
    panel.margins(x=0.15)


def _peers(panel: Axes, ratios: Mapping[str, float]) -> None:
    shown = {"this library": 1.0, **dict(sorted(ratios.items(), key=lambda pair: pair[1]))}
    bars = panel.barh(list(shown), list(shown.values()), color=[_OURS, *[_OTHERS] * len(ratios)])
    panel.bar_label(bars, fmt="%.1f", padding=3)
    panel.set(title="CPU of other libraries' classes", xlabel="times ours, same framework (logarithmic)", xscale="log")
    panel.invert_yaxis()
    panel.margins(x=0.2)


def _walls(panel: Axes, walls: Mapping[str, tuple[float, float]]) -> None:
    names = list(walls)
    places = range(len(names))
    panel.barh(
        [place - 0.2 for place in places], [walls[name][0] for name in names], 0.38, color=_OURS, label="measured"
    )
    panel.barh([place + 0.2 for place in places], [walls[name][1] for name in names], 0.38, color=_IDEAL, label="ideal")
    panel.set(
        title="Wall time behind latency, 8 calls in flight", xlabel="seconds", yticks=list(places), yticklabels=names
    )
    panel.invert_yaxis()
    panel.legend(loc="lower right")
