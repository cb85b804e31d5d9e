"""What is asked when nobody asks: three questions about text, two about code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from demo.passages import Kind


@dataclass(frozen=True, slots=True)
class Question:
    """A question, and whether text or code is to answer it."""

    kind: Kind
    text: str


QUESTIONS = (
    Question("text", "How can I keep a list sorted while I insert new items?"),
    Question("text", "How can I measure how long a small piece of code takes to run?"),
    Question("text", "How can several processes share memory?"),
    Question("code", "quote a string so that a shell reads it as one word"),
    Question("code", "which lines changed between two versions of a file"),
)
