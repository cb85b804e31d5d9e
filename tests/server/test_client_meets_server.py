"""The library's client against the reference server: what comes over the socket is what the engine gives in process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from nova_embeddings import AuthenticationError, ConfigurationError, EmbeddingInput, InputError, NovaClient
from nova_embeddings.testing import serving

if TYPE_CHECKING:
    from nova_embeddings.testing import RunningServer

TEXTS = ["How tall is the tower?", "Der Turm ist 300 Meter hoch.", "def height(tower): ...", "塔有多高"]


@pytest.mark.parametrize("engine", ["hash", "wordllama"])
@pytest.mark.parametrize("task", ["retrieval.query", "code.passage", "text-matching"])
@pytest.mark.parametrize("dimensions", [None, 128])
def test_a_round_trip_gives_the_engines_vectors(engine: str, task: str, dimensions: int | None) -> None:
    """Dense vectors are equal to the last bit, with and without the socket."""
    here = NovaClient(f"lexiq_nova/{engine}")
    with serving(engine) as server, NovaClient(api_base=server.api_base) as there:
        asked = {"task": task, "dimensions": dimensions, "instructions": "Mind the heights"}
        near, far = (client.embed(TEXTS, **asked) for client in (here, there))  # type: ignore[arg-type]
    np.testing.assert_array_equal(near.vectors, far.vectors)
    assert near.usage == far.usage


@pytest.mark.parametrize("engine", ["hash", "wordllama"])
def test_multivectors_survive_the_round_trip(engine: str) -> None:
    """Multi-vectors come back with their shapes and numbers."""
    here = NovaClient(f"lexiq_nova/{engine}").embed(TEXTS, return_multivector=True)
    with serving(engine) as server, NovaClient(api_base=server.api_base) as client:
        there = client.embed(TEXTS, return_multivector=True)
    for near, far in zip(here.multivectors, there.multivectors, strict=True):
        np.testing.assert_array_equal(near, far)


async def test_an_event_loop_gets_the_same(server: RunningServer) -> None:
    """Sync and async give the same rows, over several batches and families."""
    inputs = [EmbeddingInput(f"text {n}", task="code.query" if n % 3 else "retrieval.query") for n in range(40)]
    async with NovaClient(api_base=server.api_base, batch_size=7) as client:
        waited = await client.aembed(inputs)
        np.testing.assert_array_equal(waited.vectors, client.embed(inputs).vectors)


def test_a_refused_input_keeps_its_index() -> None:
    """What the server says about the second batch's third input names the request's input."""
    texts = ["short"] * 9
    texts[7] = "word " * 40
    with serving(max_tokens=20) as server, NovaClient(api_base=server.api_base, batch_size=5) as client:
        with pytest.raises(InputError, match="20") as caught:
            client.embed(texts)
        assert caught.value.index == 7


def test_a_refused_request_says_what_is_allowed(server: RunningServer) -> None:
    """The server's words reach the user."""
    with NovaClient(api_base=server.api_base, any_dimensions=True) as client:
        with pytest.raises(ConfigurationError, match="128, 256, 512, 1024, 2048"):
            client.embed(["a"], dimensions=300)
        with pytest.raises(ConfigurationError, match="Adapter 'medical' not loaded"):
            client.embed(["a"], adapter="medical")


def test_the_key_opens(keyed_server: RunningServer) -> None:
    """With the key it works; without, the error says which variable to set."""
    with NovaClient(api_base=keyed_server.api_base, api_key="right-key") as client:
        assert client.embed(["a"]).vectors.shape == (1, 2048)
    with NovaClient(api_base=keyed_server.api_base) as client, pytest.raises(AuthenticationError, match="NOVA_API_KEY"):
        client.embed(["a"])


def test_adapters_are_loaded_through_the_client() -> None:
    """The model card's endpoints work from end to end."""
    with serving() as server, NovaClient(api_base=server.api_base) as client:
        client.load_adapter("medical", "/adapters/medical")
        own = client.embed(["a"], adapter="medical").vectors
        assert (own != client.embed(["a"]).vectors).any()
        client.unload_adapter("medical")
        with pytest.raises(ConfigurationError, match="not loaded"):
            client.unload_adapter("medical")
