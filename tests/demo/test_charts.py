"""Charts with real figures, as files that people and programs can read."""

from __future__ import annotations

import sys
from http import HTTPStatus
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from demo.charts import Chart, five_charts
from demo.drawing import draw
from demo.errors import DemoError
from demo.library import modules
from demo.parts import drawn

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="module")
def charts() -> dict[str, Chart]:
    """The five charts by name."""
    return {chart.name: chart for chart in five_charts()}


def test_every_chart_has_figures_and_says_what_they_are(charts: dict[str, Chart]) -> None:
    """There are five, each with a title and labels of its own and at least five figures above zero a series."""
    assert len({chart.title for chart in charts.values()}) == 5
    for chart in charts.values():
        assert all((chart.title, chart.about, chart.along, chart.unit))
        for figures in chart.series.values():
            assert len(figures) >= 5
            assert all(label and figure > 0 for label, figure in figures.items())


def test_figures_are_counted_and_not_made_up(charts: dict[str, Chart]) -> None:
    """What the charts show is what this Python has, counted here in another way."""
    codes = charts["http-status-codes"].series[""]
    assert sum(codes.values()) == len(HTTPStatus)
    assert codes["1xx informational"] == sum(status < 200 for status in HTTPStatus)
    letters = sum(chr(code).isalpha() for code in range(sys.maxunicode + 1))
    assert charts["unicode-categories"].series[""]["Letters"] == letters
    arithmetic = (FloatingPointError, OverflowError, ZeroDivisionError)
    assert charts["built-in-exceptions"].series[""]["ArithmeticError"] == len(arithmetic)
    asyncio = [path for module, path in modules() if module.split(".")[0] == "asyncio"]
    assert charts["lines-of-code"].series[""]["asyncio"] == sum(path.read_bytes().count(b"\n") for path in asyncio)
    assert all(0 < size < 100 for sizes in charts["compression"].series.values() for size in sizes.values())


def test_title_and_labels_stand_in_the_picture(charts: dict[str, Chart]) -> None:
    """Each chart is drawn with its title, its source, what is counted, and every label."""
    for chart in charts.values():
        figure = draw(chart)
        figure.canvas.draw()
        written = [text.get_text() for text in figure.texts]
        written += [
            tick.get_text() for axes in figure.axes for tick in (*axes.get_xticklabels(), *axes.get_yticklabels())
        ]
        written = [text.replace("\n", " ") for text in written]
        assert chart.title in written
        assert f"Source: {chart.about}" in written
        assert f"{chart.unit}, by {chart.along}" in written
        assert set(next(iter(chart.series.values()))) <= set(written)


def test_each_chart_becomes_a_png(charts: dict[str, Chart], tmp_path: Path) -> None:
    """Five PNG files of a size that can be read are written, into a folder that is made if need be."""
    found = drawn(charts.values(), tmp_path / "new" / "out")
    assert [passage.image for passage in found] == [tmp_path / "new" / "out" / passage.where for passage in found]
    assert len(list((tmp_path / "new" / "out").iterdir())) == 5
    for passage in found:
        assert passage.image
        with Image.open(passage.image) as image:
            assert image.format == "PNG"
            assert image.width >= 800
            assert image.height >= 500


def test_a_folder_that_cannot_be_written_to_is_a_clear_error(charts: dict[str, Chart], tmp_path: Path) -> None:
    """The error names the option, what was given, and what to give."""
    file = tmp_path / "file"
    file.write_text("no folder", "utf-8")
    with pytest.raises(DemoError, match=r"--out .*file: cannot write there .*give a folder"):
        drawn(charts.values(), file)
