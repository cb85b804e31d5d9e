"""Dense against late-interaction ranking."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from demo.late import Rankings, nearest, rescored
from demo.passages import Passage
from demo.searching import Hit
from demo.showing import changes
from nova_embeddings import NovaClient

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def client() -> Iterator[NovaClient]:
    """A client of the embedded stand-in."""
    with NovaClient("lexiq_nova/wordllama", dimensions=256) as client:
        yield client


def passages(count: int) -> list[Passage]:
    """Return passages of which one is about trains."""
    others = [Passage("text", f"tea{number}", f"Tea number {number} is grown in Assam.") for number in range(count - 1)]
    return [*others, Passage("text", "trains", "Trains leave from the railway station.")]


def test_both_rank_the_same_passages(client: NovaClient) -> None:
    """Late interaction ranks those that the dense vectors picked: each of them once, best first."""
    dense = nearest(client, "railway", passages(150))
    late = rescored(client, "railway", [hit.passage for hit in dense])
    assert len(dense) == len(late) == 100
    assert {hit.passage for hit in dense} == {hit.passage for hit in late}
    assert dense[0].passage.where == late[0].passage.where == "trains"
    for hits in (dense, late):
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_passage_scores_for_its_best_tokens(client: NovaClient) -> None:
    """Every token of the question counts one where it stands in the passage, whatever else stands there."""
    same, more = rescored(client, "railway station", [Passage("text", "a", "railway station"), *passages(1)])
    (tokens,) = client.embed(["railway station"], "retrieval.query", return_multivector=True).multivectors
    assert same.score == pytest.approx(len(tokens), rel=0.05)
    assert more.score == pytest.approx(same.score)


def test_what_changed_is_said_in_words() -> None:
    """The summary says how far the first of each ranking moved, and how many stayed among the best."""
    hits = [Hit(Passage("text", name, name), 1.0) for name in "abcdefghij"]
    said = changes(Rankings("?", hits, hits[::-1]))
    assert "the same 10 passages" in said
    assert "2 of the best 6 stayed" in said
    assert "j went from rank 10 to 1, a from 1 to 10" in said
    assert "the first is the same" in changes(Rankings("?", hits, hits))
