"""The contact sheet: one picture of questions and hits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PIL import Image

from demo.passages import Passage
from demo.questions import Question
from demo.searching import Hit
from demo.sheet import contact_sheet

if TYPE_CHECKING:
    from pathlib import Path

_RED = (255, 0, 0)


@pytest.fixture
def chart(tmp_path: Path) -> Passage:
    """A chart that is all red."""
    file = tmp_path / "red.png"
    Image.new("RGB", (900, 560), _RED).save(file)
    return Passage("chart", file.name, "Red", file)


def reds(sheet: Image.Image) -> int:
    """Return how many pixels are red."""
    colours = sheet.getcolors(sheet.width * sheet.height) or []
    return sum(count for count, colour in colours if colour == _RED)


def test_a_chart_is_shown_as_it_is(chart: Passage) -> None:
    """A chart that was found fills most of its card; where a text was found, there is none of it."""
    text = Hit(Passage("text", "colours", "Red is a colour."), 0.5)
    with_it = contact_sheet({Question("chart", "What is red?"): [Hit(chart, 0.9), text]}, "about")
    without = contact_sheet({Question("chart", "What is red?"): [text]}, "about")
    assert reds(with_it) > 100_000
    assert reds(without) == 0
    assert with_it.size == without.size


def test_it_grows_with_the_questions_and_not_with_the_hits(chart: Passage) -> None:
    """Each question takes a row of the same height, however many hits it has."""
    one, two = (
        contact_sheet({Question("chart", f"What is {n}?"): [Hit(chart, 0.9)] * 9 for n in range(count)}, "about")
        for count in (1, 2)
    )
    assert one.width == two.width >= 1_500
    assert one.height < two.height < 2 * one.height


@pytest.mark.parametrize(
    "text",
    ["word " * 5_000, "x" * 5_000, "…", "日本語 \x00\x1b[0m"],
    ids=["long", "no space", "short", "odd characters"],
)
def test_any_text_fits_its_card(text: str) -> None:
    """Whatever a passage holds, it is cut to its card: the margin around it stays empty."""
    passage = Passage("text", "a.module.with.a.name." * 20, text)
    sheet = contact_sheet({Question("text", "Which?"): [Hit(passage, 0.5)] * 3}, "about")
    margin = sheet.crop((sheet.width - 50, 0, sheet.width, sheet.height))
    assert len(margin.getcolors() or []) == 1
