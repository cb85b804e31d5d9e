"""The same passages in both frameworks' stores, and the same questions to both."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.searching import FRAMEWORKS
from demo.sent import Observer, Sent

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from demo.passages import Kind, Passage
    from demo.questions import Question
    from demo.searching import Hit, Search


class Session:
    """Indexes once, then answers; `sent` says what that took, by framework and step."""

    def __init__(self, api_base: str, instructions: str) -> None:
        """Send nothing yet."""
        self.sent: dict[tuple[str, str], Sent] = {}
        self._api_base = api_base
        self._instructions = instructions
        self._observer = Observer()
        self._searches: dict[tuple[str, Kind], Search] = {}

    def index(self, framework: str, kind: Kind, passages: Sequence[Passage]) -> None:
        """Fill a framework's store with the passages of one kind."""
        sent = self.sent.setdefault((framework, f"index {kind}"), Sent())
        with self._observer.adding_to(sent, len(passages)):
            fill = FRAMEWORKS[framework]
            self._searches[framework, kind] = fill(self._api_base, kind, passages, self._instructions)

    def ask(self, question: Question) -> Mapping[str, Sequence[Hit]]:
        """Return what each framework finds."""
        found = {}
        for framework in FRAMEWORKS:
            sent = self.sent.setdefault((framework, f"ask {question.kind}"), Sent())
            with self._observer.adding_to(sent, 1):
                found[framework] = self._searches[framework, question.kind](question.text)
        return found
