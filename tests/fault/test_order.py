"""Result i belongs to input i: for any inputs, any cut into calls, any order of rows and of answers."""

from __future__ import annotations

import asyncio
import random
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova_embeddings import EmbeddingInput, NovaClient
from nova_embeddings._tasks import TASKS
from tests.fake_nova import FakeNova, Scripted, good_answer, tokens_of, vector_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from nova_embeddings import EmbeddingResult

WIDTH = 128
KINDS = pytest.mark.parametrize("multivector", [False, True], ids=["dense", "multi-vector"])
WAYS = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
_FEW, _MANY, _TESTS = 50, 500, 4  # examples of each of the four tests: 200 and 2,000 together
EXAMPLES = _FEW * _TESTS, _MANY * _TESTS

texts = st.integers(0, 40).map("text {}\n漢".format)  # few enough that some inputs are equal


def inputs_of(tasks: list[Any], looks: list[Any]) -> st.SearchStrategy[EmbeddingInput]:
    """Return inputs with some of the tasks, and with some of the things to look at: few kinds make long calls."""
    return st.builds(
        EmbeddingInput,
        texts if looks == [None] else texts | st.none(),
        image_embeds=st.sampled_from(looks),
        task=st.sampled_from(tasks),
        instructions=st.sampled_from([None, None, "", "of its own"]),
        adapter=st.sampled_from([None, None, "law"]),
    ).filter(lambda value: value.text is not None or value.image_embeds is not None)


@st.composite
def requests(draw: st.DrawFn) -> list[EmbeddingInput]:
    """Return the inputs of a request; their number is drawn first, as Hypothesis's own lists are short."""
    count = draw(st.integers(0, 40))
    tasks = draw(st.lists(st.sampled_from([None, *TASKS]), min_size=1, max_size=3))
    looks: list[Any] = draw(st.sampled_from([[None], [None], [None, [[0.5, 1.0]], [[2.0, 3.0]]]]))
    return draw(st.lists(inputs_of(tasks, looks), min_size=count, max_size=count))


@dataclass(frozen=True)
class Answering:
    """How the server behaves: it holds answers back, in milliseconds, mixes their rows, and refuses long calls."""

    held_back: tuple[int, ...]
    most: int
    seed: int

    def behaviour(self) -> Callable[[dict[str, Any]], Any]:
        """Return what answers the requests of one example."""
        chance, lock, number = random.Random(self.seed), threading.Lock(), 0

        def answer(body: dict[str, Any]) -> Scripted:
            nonlocal number
            with lock:
                delay, number = self.held_back[number % len(self.held_back)] / 1000, number + 1
                mixing = chance.random()
            if len(body["input"]) > self.most:
                return Scripted(413, {"error": {"message": "fewer"}}, delay=delay)
            made = good_answer(body)
            random.Random(mixing).shuffle(made["data"])
            return Scripted(body=made, delay=delay)

        return answer


servers = st.builds(
    Answering,
    st.lists(st.sampled_from([0, 0, 1, 2, 5, 9]), min_size=1, max_size=6).map(tuple),
    st.sampled_from([1000, 1000, 1000, 1000, 1, 2, 3]),
    st.integers(0, 2**32),
)
clients = st.fixed_dictionaries(
    {
        "batch_size": st.integers(1, 12),
        "max_batch_bytes": st.sampled_from([4 * 2**20, 4 * 2**20, 4 * 2**20, 1, 30, 100]),
        "max_concurrency": st.integers(1, 5),
        "instructions": st.sampled_from([None, "of the client"]),
    }
)


def wanted(value: EmbeddingInput, options: dict[str, Any], *, multivector: bool) -> np.ndarray[Any, Any]:
    """Return what the server makes of an input, and of no other."""
    own = value.instructions if value.instructions is not None else options["instructions"]
    item: dict[str, Any] = {"text": value.text, "task": value.task or "retrieval.passage", "instructions": own}
    if value.adapter is not None:
        item["adapter"] = value.adapter
    if value.image_embeds is not None:
        item["image_embeds"] = value.image_embeds
    row = vector_of(item, {}, WIDTH)
    return np.tile(row, (tokens_of(item), 1)) if multivector else row


def check(nova: FakeNova, examples: int, *, asynchronous: bool, multivector: bool) -> None:
    """Try so many examples on one server, each with a client of its own."""

    def embed(client: NovaClient, given_inputs: list[EmbeddingInput]) -> EmbeddingResult:
        if asynchronous:
            return asyncio.run(client.aembed(given_inputs, return_multivector=multivector))
        return client.embed(given_inputs, return_multivector=multivector)

    @settings(max_examples=examples, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(requests(), servers, clients)
    def holds(given_inputs: list[EmbeddingInput], server: Answering, options: dict[str, Any]) -> None:
        nova.answering = server.behaviour()
        with NovaClient(api_base=nova.api_base, dimensions=WIDTH, **options) as client:
            result = embed(client, given_inputs)
        rows = result.multivectors if multivector else result.vectors
        assert len(rows) == len(given_inputs)
        for row, value in zip(rows, given_inputs, strict=True):
            np.testing.assert_allclose(row, wanted(value, options, multivector=multivector), rtol=1e-6)

    holds()


@WAYS
@KINDS
def test_each_input_has_its_own_row(nova: FakeNova, *, asynchronous: bool, multivector: bool) -> None:
    """However a request is cut, and in whatever order rows and answers come, row i belongs to input i."""
    check(nova, _FEW, asynchronous=asynchronous, multivector=multivector)


@pytest.mark.slow
@pytest.mark.timeout(600)
@WAYS
@KINDS
def test_each_input_has_its_own_row_at_length(nova: FakeNova, *, asynchronous: bool, multivector: bool) -> None:
    """The same, 2,000 times in all."""
    check(nova, _MANY, asynchronous=asynchronous, multivector=multivector)
