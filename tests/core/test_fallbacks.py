"""What becomes of a request whose deployment goes down."""

from __future__ import annotations

import asyncio
import copy
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nova_embeddings import (
    ConfigurationError,
    DeploymentUnavailableError,
    EmbeddingResult,
    InputError,
    NovaClient,
    SpaceMismatchError,
    aembed_with_any,
    embed_with_any,
)
from nova_embeddings.cache import MemoryCache
from tests.dialects import servers
from tests.fake_nova import FakeNova, Scripted, expected, good_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TEXTS = [f"text {number}" for number in range(20)]
DOWN = Scripted(503, {"error": {"message": "down"}})


@pytest.fixture
def other() -> Iterator[FakeNova]:
    """Another server of the same model."""
    with FakeNova().running() as fake:
        yield fake


def client_of(fake: FakeNova, **options: Any) -> NovaClient:
    """Return a client that does not try twice, in calls of five inputs one after another."""
    return NovaClient(api_base=fake.api_base, max_retries=0, batch_size=5, max_concurrency=1, **options)


def embed(client: NovaClient, inputs: Any, **options: Any) -> EmbeddingResult:
    """Embed from a thread."""
    return client.embed(inputs, **options)


def aembed(client: NovaClient, inputs: Any, **options: Any) -> EmbeddingResult:
    """Embed from an event loop."""
    return asyncio.run(client.aembed(inputs, **options))


@pytest.mark.parametrize("way", [embed, aembed])
def test_what_is_left_goes_to_the_next(nova: FakeNova, other: FakeNova, way: Callable[..., EmbeddingResult]) -> None:
    """A server that dies at half of a request has its half kept; the other gets the rest, in order."""
    nova.answering = lambda body: DOWN if "text 10" in str(body["input"]) else good_answer(body)
    client = client_of(nova, fallbacks=[client_of(other)])
    result = way(client, TEXTS)
    np.testing.assert_allclose(result.vectors, [expected(text, "retrieval.passage") for text in TEXTS], rtol=1e-6)
    assert [seen.texts[0] for seen in other.seen] == ["text 10", "text 15"]
    assert result.space == client.space


@pytest.mark.parametrize("way", [embed, aembed])
@pytest.mark.parametrize("status", [401, 429, 500, 503, 504])
def test_outages_of_every_kind(
    status: int, way: Callable[..., EmbeddingResult], nova: FakeNova, other: FakeNova
) -> None:
    """A refused key, too many calls and a failing server are about the deployment: the next one is asked."""
    nova.answering = lambda _: Scripted(status, {"error": {"message": "no"}})
    result = way(client_of(nova, fallbacks=[client_of(other)]), TEXTS)
    assert result.vectors.shape == (20, 2048)
    assert other.inputs_seen == 20


def test_each_keeps_its_own_limits(nova: FakeNova, other: FakeNova) -> None:
    """What is left is cut anew for a server that takes fewer inputs or bytes a call, and every row finds its place."""
    nova.answering = lambda body: DOWN if "text 5" in str(body["input"]) else good_answer(body)
    few = NovaClient(api_base=other.api_base, batch_size=2, max_concurrency=1)
    result = client_of(nova, fallbacks=[few]).embed(TEXTS)
    np.testing.assert_allclose(result.vectors, [expected(text, "retrieval.passage") for text in TEXTS], rtol=1e-6)
    assert [len(seen.items) for seen in other.seen] == [2, 2, 1] * 3
    other.seen.clear()
    nova.answering = lambda _: DOWN
    client_of(nova, fallbacks=[NovaClient(api_base=other.api_base, max_batch_bytes=15)]).embed(TEXTS[:10])
    assert sorted(len(seen.items) for seen in other.seen) == [1, 1, 2, 2, 2, 2]


def test_a_document_stays_whole(nova: FakeNova, other: FakeNova) -> None:
    """Pieces that are read with their neighbours go to the next in one call, however few it takes otherwise."""
    nova.answering, other.answering = lambda _: DOWN, servers.jina
    options: dict[str, Any] = {"api_key": "k", "max_retries": 0}
    spare = NovaClient("jina/jina-embeddings-v4", api_base=other.api_base, batch_size=2, **options)
    client = NovaClient("jina/jina-embeddings-v4", api_base=nova.api_base, fallbacks=[spare], **options)
    assert client.embed(["a", "b", "c"], late_chunking=True).vectors.shape == (3, 2048)
    assert [len(seen.items) for seen in other.seen] == [3]


def test_a_fallback_has_fallbacks(nova: FakeNova, other: FakeNova) -> None:
    """Those of a fallback come after it."""
    nova.answering = lambda _: DOWN
    middle = client_of(nova, fallbacks=[client_of(other)])
    assert client_of(nova, fallbacks=[middle]).embed(["a"]).vectors.shape == (1, 2048)
    assert (len(nova.seen), len(other.seen)) == (2, 1)


def test_what_is_wrong_with_the_request_is_said_at_once(nova: FakeNova, other: FakeNova) -> None:
    """A bad input or option would be as bad elsewhere."""
    nova.answering = lambda _: Scripted(422, {"error": {"message": "input[0] is bad", "param": "input[0]"}})
    with pytest.raises(InputError):
        client_of(nova, fallbacks=[client_of(other)]).embed(["a"])
    assert other.seen == []


def test_the_last_one_s_error_is_raised(nova: FakeNova, other: FakeNova) -> None:
    """Where nobody works, the error says where the last attempt failed."""
    nova.answering = other.answering = lambda _: DOWN
    with pytest.raises(DeploymentUnavailableError, match=other.api_base):
        client_of(nova, fallbacks=[client_of(other)]).embed(["a"])


def test_skipped_inputs_stay_skipped(nova: FakeNova, other: FakeNova) -> None:
    """With on_error="skip" what one server refused is not asked of the next."""

    def answering(body: dict[str, Any]) -> Any:
        texts = [item["text"] for item in body["input"]]
        if "text 3" in texts:
            place = texts.index("text 3")
            return Scripted(422, {"error": {"message": f"input[{place}] is bad", "param": f"input[{place}]"}})
        return DOWN if "text 10" in texts else good_answer(body)

    nova.answering = answering
    result = client_of(nova, fallbacks=[client_of(other)]).embed(TEXTS, on_error="skip")
    assert list(result.errors) == [3]
    assert result.vectors.shape == (19, 2048)
    assert other.inputs_seen == 10


def test_a_cache_keeps_what_either_gave(nova: FakeNova, other: FakeNova) -> None:
    """Vectors of the same space have the same keys, whoever computed them."""
    nova.answering = lambda body: DOWN if "text 10" in str(body["input"]) else good_answer(body)
    client = client_of(nova, cache=MemoryCache(), fallbacks=[client_of(other)])
    first = client.embed(TEXTS).vectors
    before = nova.inputs_seen + other.inputs_seen
    np.testing.assert_array_equal(client.embed(TEXTS).vectors, first)
    assert nova.inputs_seen + other.inputs_seen == before


def test_copies_and_pickles_keep_their_fallbacks(nova: FakeNova, other: FakeNova) -> None:
    """A client in another process goes on in the same way."""
    nova.answering = lambda _: DOWN
    client = client_of(nova, fallbacks=[client_of(other)])
    for each in (copy.copy(client), pickle.loads(pickle.dumps(client))):
        assert each.embed(["a"]).vectors.shape == (1, 2048)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model": "lexiq_nova/hash"}, "model is 'remodlai/nova-embeddings-v1' here and 'hash' there"),
        ({"dimensions": 256}, "dimensions is 2048 here and 256 there"),
        ({"model": "openai/text-embedding-3-small"}, "dialect is 'nova' here and 'openai"),
    ],
)
def test_another_space_is_no_fallback(options: dict[str, Any], words: str) -> None:
    """An index must not mix spaces: the error names the fields that differ, and pickles."""
    with pytest.raises(SpaceMismatchError, match=words) as caught:
        NovaClient(fallbacks=[NovaClient(**options)])
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.differences) == (str(caught.value), caught.value.differences)


@pytest.mark.parametrize("way", ["sync", "async"])
def test_whatever_works_tells_its_space(nova: FakeNova, way: str) -> None:
    """The first that works answers; a stand-in only where it is named, and its space says what it is."""
    nova.answering = lambda _: DOWN
    stand_in = NovaClient("lexiq_nova/hash")
    clients = [client_of(nova), stand_in]
    inputs = iter(["a", "b"])
    result = embed_with_any(clients, inputs) if way == "sync" else asyncio.run(aembed_with_any(clients, inputs))
    assert result.space == stand_in.space
    assert result.vectors.shape == (2, 2048)
    with pytest.raises(DeploymentUnavailableError):
        embed_with_any(clients[:1], ["a"])


def test_nothing_and_one_thing_are_refused() -> None:
    """No client, or a text where a list is meant, is a mistake and not a request."""
    with pytest.raises(ConfigurationError, match="clients is empty"):
        embed_with_any([], ["a"])
    with pytest.raises(ConfigurationError, match="give a list"):
        embed_with_any([NovaClient("lexiq_nova/hash")], "text")


def test_clients_come_as_any_list_of_clients() -> None:
    """One by one will do; names, and one client for a list, are refused with what to give."""
    hashed = NovaClient("lexiq_nova/hash")
    assert embed_with_any((one for one in [hashed]), ["a"]).space == hashed.space
    wrong: list[tuple[Any, str]] = [
        (["lexiq_nova/hash"], r"\[0\] is of type str; give a NovaClient"),
        ("lexiq_nova/hash", "is of type str; give a list of NovaClients"),
        (hashed, "is of type NovaClient; give a list of NovaClients"),
        (None, "is of type NoneType; give a list of NovaClients"),
    ]
    for given, words in wrong:
        with pytest.raises(ConfigurationError, match="clients.*" + words):
            embed_with_any(given, ["a"])
        with pytest.raises(ConfigurationError, match="fallbacks.*" + words):
            NovaClient("lexiq_nova/hash", fallbacks=given)
