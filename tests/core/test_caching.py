"""A client with a cache asks for nothing twice, and never takes one input's vector for another's."""

from __future__ import annotations

import asyncio
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nova_embeddings import ConfigurationError, EmbeddingInput, EmbeddingResult, Image, InputError, NovaClient
from nova_embeddings.cache import MemoryCache, SQLiteCache
from nova_embeddings.testing import serving
from tests.core.pictures import drawn
from tests.fake_nova import FakeNova, Scripted, expected, good_answer

if TYPE_CHECKING:
    from pathlib import Path

BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


def embed(
    client: NovaClient, inputs: list[Any], *arguments: Any, asynchronous: bool, **options: Any
) -> EmbeddingResult:
    """Embed, in either way."""
    if asynchronous:
        return asyncio.run(client.aembed(inputs, *arguments, **options))
    return client.embed(inputs, *arguments, **options)


def client_of(nova: FakeNova, cache: Any, **options: Any) -> NovaClient:
    """Return a client with a cache."""
    return NovaClient(api_base=nova.api_base, dimensions=128, cache=cache, **options)


@BOTH
@pytest.mark.parametrize("kind", ["memory", "file"])
def test_only_what_is_new_is_sent(nova: FakeNova, tmp_path: Path, kind: str, *, asynchronous: bool) -> None:
    """Known inputs are not sent again, those that are twice in a request once; every row is its input's own."""
    cache = MemoryCache() if kind == "memory" else SQLiteCache(tmp_path / "vectors.db")
    client = client_of(nova, cache, batch_size=3)
    for texts, sent in ((list("abcab"), 3), (list("cabdd"), 4), (list("dcba"), 4)):
        result = embed(client, texts, asynchronous=asynchronous)
        rows = [expected(text, "retrieval.passage", width=128) for text in texts]
        np.testing.assert_allclose(result.vectors, rows, rtol=1e-6)
        assert nova.inputs_seen == sent
    assert result.usage.total_tokens == 0
    assert len(result.spaces) == 4


@BOTH
def test_whatever_changes_the_vector_has_an_entry_of_its_own(nova: FakeNova, *, asynchronous: bool) -> None:
    """Task, instructions, adapter, width and kind never share a vector; nor do a text and a text with an image."""
    client = client_of(nova, MemoryCache())
    ways: list[dict[str, Any]] = [
        {},
        {"task": "retrieval.query"},
        {"task": "code.passage"},
        {"instructions": "briefly"},
        {"adapter": "mine"},
        {"dimensions": 256},
        {"return_multivector": True},
    ]
    for _ in range(2):
        for way in ways:
            embed(client, ["a"], asynchronous=asynchronous, **way)
        embed(client, [EmbeddingInput("a", image=Image.from_bytes(drawn()))], asynchronous=asynchronous)
        embed(client, [Image.from_bytes(drawn())], asynchronous=asynchronous)
    assert nova.inputs_seen == len(ways) + 2
    row = embed(client, ["a"], "retrieval.query", asynchronous=asynchronous).vectors[0]
    np.testing.assert_allclose(row, expected("a", "retrieval.query", width=128), rtol=1e-6)


@BOTH
def test_an_interrupted_job_goes_on_where_it_stopped(nova: FakeNova, tmp_path: Path, *, asynchronous: bool) -> None:
    """What was answered before a failure is kept: the next run sends only the rest."""
    texts = [f"text {number}" for number in range(40)]
    nova.answering = lambda body: Scripted(401) if "text 35" in str(body) else good_answer(body)
    client = client_of(nova, SQLiteCache(tmp_path / "vectors.db"), batch_size=4, max_concurrency=1)
    with pytest.raises(Exception, match="401"):
        embed(client, texts, asynchronous=asynchronous)
    nova.answering, before = good_answer, nova.inputs_seen
    result = embed(client_of(nova, SQLiteCache(tmp_path / "vectors.db")), texts, asynchronous=asynchronous)
    assert nova.inputs_seen - before == 8
    rows = [expected(text, "retrieval.passage", width=128) for text in texts]
    np.testing.assert_allclose(result.vectors, rows, rtol=1e-6)


@BOTH
def test_bad_inputs_and_their_twins_are_left_out(nova: FakeNova, *, asynchronous: bool) -> None:
    """An input that is refused is left out wherever it stands, and nothing is kept of it."""
    nova.answering = lambda body: (
        Scripted(400, {"error": {"message": "input[0] is bad"}}) if "bad" in str(body) else good_answer(body)
    )
    client = client_of(nova, MemoryCache(), batch_size=1)
    for _ in range(2):
        result = embed(client, ["a", "bad", "b", "bad", "a"], asynchronous=asynchronous, on_error="skip")
        assert set(result.errors) == {1, 3}
        assert {index: getattr(error, "index", None) for index, error in result.errors.items()} == {1: 1, 3: 3}
        np.testing.assert_allclose(
            result.vectors, [expected(text, "retrieval.passage", width=128) for text in "aba"], rtol=1e-6
        )
    with pytest.raises(InputError):
        embed(client, ["a", "bad"], asynchronous=asynchronous)


def test_old_vectors_are_computed_anew(nova: FakeNova) -> None:
    """Beyond `cache_ttl` a vector is asked for again."""
    cache = MemoryCache()
    client_of(nova, cache).embed(["a"])
    client_of(nova, cache, cache_ttl=1000.0).embed(["a"])
    assert nova.inputs_seen == 1
    client_of(nova, cache, cache_ttl=1e-9).embed(["a"])
    assert nova.inputs_seen == 2


def test_a_stand_in_fills_no_cache() -> None:
    """Vectors of an engine that stands in for the model are never kept under the model's name."""
    cache = MemoryCache()
    with serving() as server:
        client = NovaClient(api_base=server.api_base, cache=cache)
        with pytest.warns(UserWarning, match="not the Nova model"):
            client.embed(["a"])
        client.embed(["a"])
        assert len(server.requests) == 2
    client = NovaClient("lexiq_nova/hash", cache=cache)
    first, second = client.embed(["a"]).vectors, client.embed(["a"]).vectors
    np.testing.assert_array_equal(first, second)


def test_streams_and_copies_share_the_cache(nova: FakeNova, tmp_path: Path) -> None:
    """`embed_iter`, copies, pickles, and clients over a Router use one cache."""
    client = client_of(nova, SQLiteCache(tmp_path / "vectors.db"), batch_size=2)
    assert sum(map(len, client.embed_iter(list("abcab")))) == 5
    seen = nova.inputs_seen
    assert len(pickle.loads(pickle.dumps(client)).embed(list("abc"))) == 3
    entry = {
        "model_name": "nova",
        "litellm_params": {"model": "hosted_lexiq_nova/nova-embeddings-v1", "api_base": nova.api_base},
    }
    routed = NovaClient(model_list=[entry], dimensions=128, cache=SQLiteCache(tmp_path / "vectors.db"))
    assert len(routed.embed(list("abc"))) == 3
    assert nova.inputs_seen == seen


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"cache": "vectors.db"}, r"SQLiteCache\('vectors\.db'\)"),
        ({"cache": MemoryCache(), "cache_ttl": -1}, "cache_ttl=-1"),
        ({"cache_ttl": 5.0}, "without a cache"),
    ],
)
def test_what_is_no_cache_is_refused(options: dict[str, Any], words: str) -> None:
    """A path, a negative time or a time without a cache is refused when the client is made."""
    with pytest.raises(ConfigurationError, match=words):
        NovaClient(**options)
