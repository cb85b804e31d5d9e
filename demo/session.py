"""The same passages in both frameworks' stores, and the same questions to both; what that sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.late import Rankings, nearest, rescored
from demo.searching import DIMENSIONS, FRAMEWORKS
from demo.sent import Observer, Sent
from nova_embeddings import NovaClient

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractContextManager

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
        with self._recorded(framework, f"index {kind}", len(passages)):
            fill = FRAMEWORKS[framework]
            self._searches[framework, kind] = fill(self._api_base, kind, passages, self._instructions)

    def ask(self, question: Question) -> Mapping[str, Sequence[Hit]]:
        """Return what each framework finds."""
        found = {}
        for framework in FRAMEWORKS:
            with self._recorded(framework, f"ask {question.kind}", 1):
                found[framework] = self._searches[framework, question.kind](question.text)
        return found

    def rank(self, question: str, passages: Sequence[Passage]) -> Rankings:
        """Return the passages that are nearest by dense vectors, ranked by those and by late interaction."""
        with NovaClient(api_base=self._api_base, dimensions=DIMENSIONS, instructions=self._instructions) as client:
            with self._recorded("NovaClient", "rank dense", 1 + len(passages)):
                dense = nearest(client, question, passages)
            with self._recorded("NovaClient", "rank late", 1 + len(dense)):
                return Rankings(question, dense, rescored(client, question, [hit.passage for hit in dense]))

    def _recorded(self, who: str, step: str, inputs: int) -> AbstractContextManager[None]:
        return self._observer.adding_to(self.sent.setdefault((who, step), Sent()), inputs)
