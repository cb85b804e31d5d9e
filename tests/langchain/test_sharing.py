"""One `NovaEmbeddings` used again: by event loops, threads, copies and other processes."""

from __future__ import annotations

import asyncio
import copy
import multiprocessing
import pickle
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydantic import PrivateAttr

from langchain_nova import NovaEmbeddings
from tests.fake_nova import expected

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_nova import FakeNova


@pytest.fixture
def used(nova: FakeNova) -> NovaEmbeddings:
    """An object with open connections, of threads and of a loop that has ended."""
    made = NovaEmbeddings(api_base=nova.api_base, dimensions=256, api_key="key of here", headers={"x-tenant": "blue"})
    made.embed_query("first")
    asyncio.run(made.aembed_query("first"))
    nova.seen.clear()
    return made


def wanted(text: str) -> np.ndarray:
    """Return the vector of a passage."""
    return expected(text, "retrieval.passage", width=256)


def test_several_event_loops_one_after_another(used: NovaEmbeddings) -> None:
    """`asyncio.run` may be called again and again with the same object."""
    for text in ("one", "two", "three"):
        np.testing.assert_allclose(asyncio.run(used.aembed_documents([text]))[0], wanted(text), rtol=1e-6)


async def test_sync_methods_work_inside_a_running_loop(used: NovaEmbeddings) -> None:
    """A notebook, where a loop always runs, may call the sync methods."""
    np.testing.assert_allclose(used.embed_documents(["one"])[0], wanted("one"), rtol=1e-6)


def test_eight_threads(used: NovaEmbeddings) -> None:
    """Threads that share an object each get the vectors of their own texts."""
    batches = [[f"{number} {letter}" for letter in "abc"] for number in range(32)]
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(used.embed_documents, batches))
    for batch, rows in zip(batches, results, strict=True):
        np.testing.assert_allclose(rows, np.stack([wanted(text) for text in batch]), rtol=1e-6)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, NovaEmbeddings.model_copy])
def test_a_copy_of_a_used_object_works(
    used: NovaEmbeddings, nova: FakeNova, copied: Callable[[NovaEmbeddings], NovaEmbeddings]
) -> None:
    """Copies within the process keep every option, the key and the headers included."""
    other = copied(used)
    assert other == used
    np.testing.assert_allclose(other.embed_documents(["one"])[0], wanted("one"), rtol=1e-6)
    assert nova.seen[0].headers["authorization"] == "Bearer key of here"
    assert nova.seen[0].headers["x-tenant"] == "blue"


def test_pickling_leaves_secrets_behind(used: NovaEmbeddings, nova: FakeNova, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is unpickled asks as the original did, with the key of its own environment and without the headers."""
    pickled = pickle.dumps(used)
    monkeypatch.setenv("NOVA_API_KEY", "key of there")
    monkeypatch.setenv("NOVA_MODEL", "another-model")
    other = pickle.loads(pickled)
    assert other.model_dump() == used.model_dump()
    np.testing.assert_allclose(other.embed_documents(["one"])[0], wanted("one"), rtol=1e-6)
    assert nova.seen[0].headers["authorization"] == "Bearer key of there"
    assert "x-tenant" not in nova.seen[0].headers
    assert nova.seen[0].body["model"] == "remodlai/nova-embeddings-v1"


def test_other_processes(used: NovaEmbeddings, nova: FakeNova, monkeypatch: pytest.MonkeyPatch) -> None:
    """A used object's methods run in the processes of a pool, which start from nothing."""
    monkeypatch.setenv("NOVA_API_KEY", "key of there")
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        rows = pool.submit(used.embed_documents, ["one", "two"]).result()
    np.testing.assert_allclose(rows, np.stack([wanted("one"), wanted("two")]), rtol=1e-6)
    assert [seen.headers["authorization"] for seen in nova.seen] == ["Bearer key of there"]


def test_a_subclass_may_keep_state_of_its_own(nova: FakeNova) -> None:
    """Private attributes of a subclass can be set, though options cannot."""

    class Counting(NovaEmbeddings):
        _asked: int = PrivateAttr(0)

        def embed_query(self, text: str, *, instructions: str | None = None) -> list[float]:
            self._asked += 1
            return super().embed_query(text, instructions=instructions)

    counting = Counting(api_base=nova.api_base)
    counting.embed_query("a")
    assert counting._asked == 1
