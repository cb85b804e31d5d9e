"""The page: goals with verdicts, and what is missing said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bench.findings import Findings, Table
from bench.goals import GOALS, Goal
from bench.page import Run, write
from bench.plot import draw

if TYPE_CHECKING:
    from pathlib import Path

MOST = Goal("path", ["a/x", "a/y"], 1.3)
LEAST = Goal("path", ["a/x"], 30, least=True)


def test_a_goal_is_as_good_as_its_worst_figure() -> None:
    """One figure beyond the limit is enough to miss it; a missing one is never taken for met."""
    assert MOST.verdict({"a/x": 1.2, "a/y": 1.3}) == "met"
    assert MOST.verdict({"a/x": 1.2, "a/y": 1.4}) == "not met"
    assert MOST.verdict({"a/x": 1.4}) == "not met"
    assert MOST.verdict({"a/x": 1.2}) == "not measured"
    assert LEAST.verdict({"a/x": 31}) == "met"
    assert LEAST.verdict({"a/x": 29}) == "not met"


def test_a_run_that_broke_off_says_so(tmp_path: Path) -> None:
    """What was measured is written; which parts failed, and why, stands before it."""
    table = Table("A title", ("client", "CPU s"), [["raw sync", "1.0"]], ["A note."])
    run = Run("make bench", ["2 cores"], 60.0, {"sizes": Findings([table])}, {"latency": "ValueError: broken"})
    page = write(run, tmp_path).read_text(encoding="utf-8")
    assert "**This run is incomplete.**" in page
    assert "* latency: ValueError: broken" in page
    assert "| raw sync | 1.0 |" in page
    assert page.count("| not measured |") >= len(GOALS)


def test_a_whole_run_does_not_say_so(tmp_path: Path) -> None:
    """Without failures there is no such line."""
    assert "incomplete" not in write(Run("make bench", []), tmp_path).read_text(encoding="utf-8")


def test_the_plot_shows_what_there_is(tmp_path: Path) -> None:
    """Half of the figures give half of the plot, none give none."""
    assert draw({}, tmp_path) is None
    path = draw({"throughput/cpu/raw sync": 0.8, "throughput/cpu/core sync": 1.0}, tmp_path)
    assert path is not None
    assert path.stat().st_size > 0
