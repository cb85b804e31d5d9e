"""Which family and task a guard takes of a client, and what becomes of two at once."""

from __future__ import annotations

import itertools
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from langchain_nova import NovaEmbeddings
from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import ConfigurationError, NovaClient, SpaceMismatchError
from nova_embeddings.guard import guard, stamp, stamp_of, verify
from tests.guard.conftest import WIDTH

if TYPE_CHECKING:
    from tests.guard.conftest import Kind

OWN = NovaClient(dimensions=WIDTH)
OTHER_MODEL = NovaClient("another", dimensions=WIDTH)


@pytest.mark.parametrize("family", ["code", "text-matching"])
def test_a_model_of_one_family_is_guarded_as_that(kind: Kind, family: str) -> None:
    """A merged checkpoint that has no retrieval stamps an index with the space of its own passages."""
    model = f"vllm/jinaai/jina-embeddings-v4-vllm-{family}"
    client = NovaClient(model, api_base="http://localhost:1/v1", dimensions=WIDTH)
    assert guard(kind.collection, client).space["family"] == family
    assert guard(kind.again(), client).space_id == client.space.id
    with pytest.raises(SpaceMismatchError, match="family"):
        guard(kind.again(), OWN)


def test_a_task_says_which_passages_a_client_makes(kind: Kind) -> None:
    """One client embeds for several families: an index of code is kept to code; what has a task takes no other."""
    given = guard(kind.collection, OWN, task="code.passage")
    assert given == stamp_of(OWN, "code.passage") == verify(kind.again(), OWN, task="code.passage")
    assert verify(kind.again(), OWN, task="code.query", role="query") == given
    with pytest.raises(SpaceMismatchError, match="family: the index says 'code', you have 'retrieval'"):
        guard(kind.again(), OWN)
    assert stamp(kind.again(), OWN, task="text-matching").space["family"] == "text-matching"
    for encoder in (given, NovaEmbeddings(), NovaEmbedding()):
        with pytest.raises(ConfigurationError, match=r"task='code\.passage' is for a NovaClient"):
            guard(kind.again(), encoder, task="code.passage")


def test_of_two_threads_at_once_one_stamps() -> None:
    """An empty index that two open for the first time, each for a space of its own, is let to one of them."""

    class Slow:
        where = "a slow index"

        def __init__(self) -> None:
            self.text: str | None = None
            self.writes = itertools.count(1)

        def read_stamp(self) -> str | None:
            found = self.text
            time.sleep(0.05)
            return found

        def write_stamp(self, text: str) -> None:
            time.sleep(0.2 * next(self.writes))
            self.text = text

        def count(self) -> int:
            return 0

        def widths(self) -> set[int]:
            return set()

    index, barrier = Slow(), threading.Barrier(2)

    def opened(client: NovaClient) -> str:
        barrier.wait(5)
        try:
            return guard(index, client).space_id
        except SpaceMismatchError:
            return "refused"

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(opened, [OWN, OTHER_MODEL]))
    assert found == [verify(index, stamp_of(OWN) if OWN.space.id in found else OTHER_MODEL).space_id, "refused"]
