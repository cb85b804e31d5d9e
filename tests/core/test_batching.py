"""Where is a request cut?"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova_embeddings import EmbeddingInput, NovaClient
from nova_embeddings._batching import cut
from nova_embeddings._tasks import TASKS
from tests.fake_nova import FakeNova, Scripted, expected, good_answer

inputs = st.lists(st.tuples(st.sampled_from("xyz"), st.integers(1, 50)), max_size=60)


@given(inputs, st.integers(1, 10), st.integers(1, 120))
def test_a_cut_keeps_every_input_once(items: list[tuple[str, int]], most: int, most_bytes: int) -> None:
    """Every index is in one batch; a batch shares a key, ascends, and keeps both limits unless it is one input."""
    keys, sizes = [key for key, _ in items], [size for _, size in items]
    batches = list(cut(keys, sizes, most, most_bytes))
    assert sorted(index for batch in batches for index in batch) == list(range(len(items)))
    for batch in batches:
        assert batch == sorted(batch)
        assert len({keys[index] for index in batch}) == 1
        assert len(batch) <= most
        assert len(batch) == 1 or sum(sizes[index] for index in batch) <= most_bytes


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.text("ab é", min_size=1, max_size=9), st.sampled_from(TASKS)), min_size=1, max_size=30),
    st.integers(1, 7),
    st.integers(1, 40),
    st.integers(1, 5),
    st.integers(0, 2**32),
)
def test_any_cut_gives_each_input_its_own_vector(
    nova: FakeNova,
    items: list[tuple[str, Any]],
    batch_size: int,
    most_bytes: int,
    concurrency: int,
    seed: int,
) -> None:
    """However a request is cut, and in whatever order calls finish, row i belongs to input i."""
    chance = random.Random(seed)  # Hypothesis's own is not for the server's threads
    nova.answering = lambda body: Scripted(body=good_answer(body), delay=chance.choice([0, 0.003]))
    given_inputs = [EmbeddingInput(f"t{text}", task=task) for text, task in items]
    client = NovaClient(
        api_base=nova.api_base,
        dimensions=128,
        batch_size=batch_size,
        max_batch_bytes=most_bytes,
        max_concurrency=concurrency,
    )
    wanted = [expected(value.text, str(value.task), width=128) for value in given_inputs]
    np.testing.assert_allclose(client.embed(given_inputs).vectors, np.stack(wanted), rtol=1e-6)
    client.close()
