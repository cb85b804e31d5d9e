"""How a chart is drawn: as a PNG that a person reads at a glance, and a program by its letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from demo.charts import Chart

INK, FAINT, COLOURS = "#1f2933", "#66727f", ("#1f6f8b", "#e07a3f", "#6a994e")
_INCHES, _DOTS_PER_INCH = (9.0, 5.6), 100
_LEFT, _MIDDLE = 0.025, (0.015, 0.08, 0.97, 0.74)  # as parts of the figure


def draw(chart: Chart) -> Figure:
    """Return the chart as a figure: its title and what is counted by what above it, where it comes from below."""
    figure = Figure(figsize=_INCHES, dpi=_DOTS_PER_INCH, layout="constrained", facecolor="white")
    figure.get_layout_engine().set(rect=_MIDDLE)  # type: ignore[union-attr, call-arg]  # a constrained layout has it
    figure.text(_LEFT, 0.945, chart.title, va="center", fontsize=21, fontweight="bold", color=INK)
    figure.text(_LEFT, 0.865, f"{chart.unit}, by {chart.along}", va="center", fontsize=14, color=FAINT)
    figure.text(_LEFT, 0.04, f"Source: {chart.about}", va="center", fontsize=11, color=FAINT)
    axes = figure.subplots()
    axes.spines[["top", "right", "left", "bottom"]].set_visible(False)
    axes.tick_params(length=0, labelsize=14, labelcolor=INK)
    {"bars": _bars, "columns": _columns, "lines": _lines}[chart.shape](axes, chart)
    return figure


def _bars(axes: Axes, chart: Chart) -> None:
    figures = _only(chart.series)
    drawn = axes.barh(list(figures), list(figures.values()), color=COLOURS[0], height=0.7)
    axes.bar_label(drawn, fmt="{:,.0f}", padding=6, fontsize=14, color=INK)
    axes.invert_yaxis()
    axes.margins(x=0.12, y=0.02)
    axes.xaxis.set_ticks([])


def _columns(axes: Axes, chart: Chart) -> None:
    figures = _only(chart.series)
    labels = [label.replace(" ", "\n", 1) for label in figures]
    drawn = axes.bar(labels, list(figures.values()), color=COLOURS[0], width=0.62)
    axes.bar_label(drawn, fmt="{:,.0f}", padding=4, fontsize=15, color=INK)
    axes.margins(x=0.01, y=0.1)
    axes.yaxis.set_ticks([])


def _lines(axes: Axes, chart: Chart) -> None:
    for (name, figures), colour in zip(chart.series.items(), COLOURS, strict=True):
        axes.plot(list(figures), list(figures.values()), marker="o", markersize=8, linewidth=3, color=colour)
        last = (len(figures) - 1, list(figures.values())[-1])
        axes.annotate(
            name, last, (14, 0), textcoords="offset points", va="center", fontsize=15, fontweight="bold", color=colour
        )
    axes.margins(x=0.09, y=0.08)
    axes.grid(axis="y", color="#e4e7eb")
    axes.yaxis.set_major_formatter(StrMethodFormatter("{x:.0f} %"))
    axes.set_xlabel(chart.along, fontsize=14, color=FAINT)


def _only(series: Mapping[str, Mapping[str, float]]) -> Mapping[str, float]:
    (figures,) = series.values()
    return figures
