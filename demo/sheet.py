"""The contact sheet: each question in one picture with what was found, charts as they are and texts as cards."""

from __future__ import annotations

import bisect
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import matplotlib as mpl
from PIL import Image, ImageDraw, ImageFont

from demo.drawing import COLOURS, FAINT, INK

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from demo.passages import Passage
    from demo.questions import Question
    from demo.searching import Hit

    Font: TypeAlias = ImageFont.FreeTypeFont

_HITS = 3
_CARD_WIDTH, _CARD_HEIGHT, _HEAD_HEIGHT = 660, 480, 64
_GAP, _MARGIN, _PADDING, _EDGES = 30, 60, 24, 6
_TOP_HEIGHT, _QUESTION_HEIGHT = 150, 84
_TEXT_LINES, _LINE_HEIGHT = 11, 33
_PAPER, _CARD, _EDGE = "#f3f5f7", "#ffffff", "#cfd6dd"


def contact_sheet(answers: Mapping[Question, Sequence[Hit]], about: str) -> Image.Image:
    """Return the picture.

    Args:
        answers: the hits of each question, best first; the first three are shown.
        about: what was searched, and how scores are to be read; one line.
    """
    row = _QUESTION_HEIGHT + _CARD_HEIGHT + _GAP
    width = 2 * _MARGIN + _HITS * _CARD_WIDTH + (_HITS - 1) * _GAP
    sheet = Image.new("RGB", (width, _TOP_HEIGHT + len(answers) * row + _MARGIN - _GAP), _PAPER)
    write = ImageDraw.Draw(sheet)
    write.text((_MARGIN, 58), "Charts and text, found in one index", INK, _font(38, bold=True), "lm")
    write.text((_MARGIN, 108), about, FAINT, _font(22), "lm")
    for number, (question, hits) in enumerate(answers.items()):
        top = _TOP_HEIGHT + number * row
        write.text((_MARGIN, top + _QUESTION_HEIGHT // 2), question.text, INK, _font(30, bold=True), "lm")
        for place, hit in enumerate(hits[:_HITS]):
            left = _MARGIN + place * (_CARD_WIDTH + _GAP)
            sheet.paste(_card(place + 1, hit), (left, top + _QUESTION_HEIGHT))
    return sheet


def _card(rank: int, hit: Hit) -> Image.Image:
    """Return one hit: rank, place and score above the chart or the text."""
    passage = hit.passage
    colour = COLOURS[1] if passage.image else COLOURS[0]
    card = Image.new("RGB", (_CARD_WIDTH, _CARD_HEIGHT), _CARD)
    write = ImageDraw.Draw(card)
    write.rectangle((0, 0, _HEAD_HEIGHT - 1, _HEAD_HEIGHT - 1), colour)
    write.text((_HEAD_HEIGHT // 2, _HEAD_HEIGHT // 2), str(rank), _CARD, _font(30, bold=True), "mm")
    name, score = _font(22, bold=True), f"{hit.score:.3f}"
    room = int(_CARD_WIDTH - _HEAD_HEIGHT - 3 * _PADDING - write.textlength(score, name))
    (where,) = _lines(f"{passage.kind}: {passage.where}", name, room, 1)
    write.text((_HEAD_HEIGHT + _PADDING, _HEAD_HEIGHT // 2), where, INK, name, "lm")
    write.text((_CARD_WIDTH - _PADDING, _HEAD_HEIGHT // 2), score, colour, name, "rm")
    write.line((0, _HEAD_HEIGHT, _CARD_WIDTH, _HEAD_HEIGHT), _EDGE)
    _content(card, passage)
    write.rectangle((0, 0, _CARD_WIDTH - 1, _CARD_HEIGHT - 1), outline=_EDGE)
    return card


def _content(card: Image.Image, passage: Passage) -> None:
    if passage.image:
        with Image.open(passage.image) as chart:
            small = chart.convert("RGB")
        small.thumbnail((_CARD_WIDTH - 2 * _EDGES, _CARD_HEIGHT - _HEAD_HEIGHT - 2 * _EDGES), Image.Resampling.LANCZOS)
        card.paste(small, ((_CARD_WIDTH - small.width) // 2, _HEAD_HEIGHT + _EDGES))
        return
    write, font = ImageDraw.Draw(card), _font(21)
    for number, line in enumerate(_lines(passage.text, font, _CARD_WIDTH - 2 * _PADDING, _TEXT_LINES)):
        write.text((_PADDING, _HEAD_HEIGHT + _PADDING + number * _LINE_HEIGHT), line, INK, font)


def _lines(text: str, font: Font, width: int, most: int) -> Iterator[str]:
    """Yield the text in lines that fit the width; the last one that is allowed says if there is more."""
    words = text.split()
    for number in range(1, most + 1):
        count = _fitting(words, font, width)
        line, words = " ".join(words[:count]), words[count:]
        if words and number == most:
            line = f"{line} …"
        yield _cut(line, font, width)
        if not words:
            return


def _fitting(words: Sequence[str], font: Font, width: int) -> int:
    """Return how many words fit in one line; at least one."""
    counts = range(2, len(words) + 1)
    return 1 + bisect.bisect(counts, float(width), key=lambda count: font.getlength(" ".join(words[:count])))


def _cut(line: str, font: Font, width: int) -> str:
    """Return the line without what does not fit, and with a sign that it is missing."""
    if font.getlength(line) <= width:
        return line
    most = bisect.bisect(range(1, len(line)), float(width), key=lambda length: font.getlength(f"{line[:length]}…"))
    return f"{line[:most].rstrip(' …')}…"


def _font(size: int, *, bold: bool = False) -> Font:
    """Return the font that comes with matplotlib and is therefore on every machine."""
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(str(Path(mpl.get_data_path(), "fonts", "ttf", name)), size)
