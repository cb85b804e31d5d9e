"""What is asked when nobody asks: three questions about text, two about code, two that a chart answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.passages import Kind


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and what is to answer it: text, code, or a chart that stands among text."""

    kind: Kind
    text: str


QUESTIONS = (
    Question("text", "How can I keep a list sorted while I insert new items?"),
    Question("text", "How can I measure how long a small piece of code takes to run?"),
    Question("text", "How can several processes share memory?"),
    Question("code", "quote a string so that a shell reads it as one word"),
    Question("code", "which lines changed between two versions of a file"),
)
CHART_QUESTIONS = (
    Question("chart", "Are there more letters, symbols, marks or numbers in Unicode?"),
    Question("chart", "How much smaller does text get, in percent, with zlib, bz2 or lzma?"),
)
RANKED_QUESTION = "a queue that gives back the smallest item first"
