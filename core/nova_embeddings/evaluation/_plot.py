"""How does a report look as a picture? Means with their intervals, and what each query gained or lost."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nova_embeddings._errors import ConfigurationError
from nova_embeddings.evaluation._extra import needed
from nova_embeddings.evaluation._metrics import key_of, label, usual

if TYPE_CHECKING:
    from os import PathLike

    from nova_embeddings.evaluation._report import Comparison, Report

_INCHES, _DOTS = (6.4, 4.2), 150
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")  # told apart by the colour-blind too
_LONGEST, _WIDEST = 24, 80  # letters of a name, of all names beside each other


def draw(report: Report, path: str | PathLike[str], metric: str | None) -> None:
    """Write the picture to a file.

    Raises:
        ConfigurationError: the metric was not measured, the ending is unknown, or matplotlib is not installed.
    """
    check(path)
    key = usual(report.k) if metric is None else key_of(metric, report.metrics)
    compared = report.compare(key)
    panels = 2 if compared else 1
    size = (_INCHES[0] * panels, _INCHES[1])
    figure = needed("matplotlib.figure").Figure(figsize=size, layout="constrained")
    axes = figure.subplots(1, panels, squeeze=False)[0]
    _draw_means(axes[0], report, key)
    if compared:
        _draw_gains(axes[1], compared)
    figure.savefig(path, dpi=_DOTS)


def check(path: str | PathLike[str]) -> None:
    """Refuse a path that no picture could be written to.

    Raises:
        ConfigurationError: the ending is unknown, or matplotlib is not installed.
    """
    known = needed("matplotlib.figure").Figure().canvas.get_supported_filetypes()
    if (ending := Path(path).suffix.lower().removeprefix(".")) not in known:
        raise ConfigurationError(f"a picture cannot be written as {ending!r}; end the path with one of {sorted(known)}")


def _draw_means(axes: Any, report: Report, key: str) -> None:  # noqa: ANN401 (matplotlib is imported late)
    means = np.array([getattr(scores, key) for scores in report.values()])
    ends = np.array([scores.interval(key, seed=report.seed) for scores in report.values()]).T
    reach = np.maximum(0, np.abs(ends - means))
    names = [f"{_short(name)}\n{mean:.3f}" for name, mean in zip(report, means, strict=True)]
    places = range(len(names))
    axes.bar(places, means, yerr=reach, capsize=4, color=[_COLOURS[place % len(_COLOURS)] for place in places])
    axes.set_xticks(places, names, rotation=20 if sum(map(len, names)) > _WIDEST else 0)
    axes.set_ylim(0, 1.05)
    axes.set_ylabel(label(key))
    axes.set_title(f"{label(key)}, {len(report.queries):,} queries (95 % intervals)")


def _draw_gains(axes: Any, compared: list[Comparison]) -> None:  # noqa: ANN401 (as above)
    for place, one in enumerate(compared, start=1):
        gains = [gain for gain in one.differences.values() if gain]  # mostly few: the others would hide them
        said = f"{_short(one.variant)}: {len(one.wins)} won, {len(one.losses)} lost"
        places = range(1, len(gains) + 1)
        axes.plot(places, gains, marker=".", color=_COLOURS[place % len(_COLOURS)], label=said)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.axhline(0, color="black", linewidth=0.8)
    axes.set_xlabel("queries that changed, the largest gain first")
    axes.set_ylabel(f"change of {label(compared[0].metric)}")
    axes.set_title(f"against {_short(compared[0].baseline)}, query by query")
    axes.legend()


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
