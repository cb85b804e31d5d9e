"""What a cache gives back, over an SQLite file, a byte store of LangChain, and memory."""

from __future__ import annotations

import asyncio
import copy
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from langchain_core.stores import InMemoryByteStore

from langchain_nova import NovaEmbeddings, cached
from nova_embeddings import ConfigurationError, DeploymentUnavailableError, NovaClient
from nova_embeddings.cache import CacheError, MemoryCache, SQLiteCache
from tests.fake_nova import Scripted, expected, good_answer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fake_nova import FakeNova

PLACES: dict[str, Callable[[Path], Any]] = {
    "path": lambda folder: folder / "vectors.db",
    "file": lambda folder: SQLiteCache(folder / "vectors.db"),
    "memory": lambda _: MemoryCache(),
    "byte store": lambda _: InMemoryByteStore(),
}


@pytest.fixture(params=PLACES)
def kept(request: pytest.FixtureRequest, nova: FakeNova, tmp_path: Path) -> NovaEmbeddings:
    """Embeddings with a cache, in each place that there may be."""
    return cached(NovaEmbeddings(api_base=nova.api_base, dimensions=128), PLACES[request.param](tmp_path))


def test_query_and_passage_never_collide(kept: NovaEmbeddings, nova: FakeNova) -> None:
    """The same text is kept once for each side, sync and async; no call is made for what is kept."""
    for _ in range(2):
        np.testing.assert_allclose(kept.embed_documents(["a"])[0], expected("a", "retrieval.passage", width=128))
        np.testing.assert_allclose(kept.embed_query("a"), expected("a", "retrieval.query", width=128))
        assert asyncio.run(kept.aembed_query("a")) == kept.embed_query("a")
        assert asyncio.run(kept.aembed_documents(["a"])) == kept.embed_documents(["a"])
    assert nova.inputs_seen == 2


def test_another_way_of_embedding_is_another_vector(nova: FakeNova) -> None:
    """Task, instructions, width and adapter are told apart in one store."""
    store = InMemoryByteStore()
    ways: list[dict[str, Any]] = [
        {},
        {"task": "code"},
        {"task": "text-matching"},
        {"instructions": "Find."},
        {"document_instructions": "Find it."},
        {"dimensions": 256},
        {"adapter": "mine"},
    ]
    for _ in range(2):
        for way in ways:
            rows = cached(NovaEmbeddings(api_base=nova.api_base, **way), store).embed_documents(["a"])
            assert len(rows[0]) == way.get("dimensions", 2048)
    assert nova.inputs_seen == len(ways)


def test_images_are_kept_too(kept: NovaEmbeddings, nova: FakeNova, tmp_path: Path) -> None:
    """Image methods are there, and know a picture by its bytes, wherever it lies; a changed one is another."""
    pillow = pytest.importorskip("PIL.Image")
    for name, colour in (("one", "teal"), ("same", "teal"), ("other", "gold")):
        pillow.new("RGB", (8, 8), colour).save(tmp_path / f"{name}.png")
    for name in ("one", "same"):
        kept.embed_image([str(tmp_path / f"{name}.png")])
    assert nova.inputs_seen == 1
    kept.embed_image([str(tmp_path / "other.png")])
    kept.embed_image_query(str(tmp_path / "one.png"))
    assert nova.inputs_seen == 3


def test_multi_vectors_are_kept_too(kept: NovaEmbeddings, nova: FakeNova) -> None:
    """They are not taken for dense ones."""
    kept.embed_documents(["a"])
    [first], [second] = (kept.embed_documents_multi(["a"]) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert nova.inputs_seen == 2


def test_an_interrupted_run_goes_on(nova: FakeNova) -> None:
    """What was embedded before the server went away is not asked for again."""
    store = InMemoryByteStore()
    kept = cached(NovaEmbeddings(api_base=nova.api_base, batch_size=2, max_concurrency=1, max_retries=0), store)
    nova.answering = lambda body: Scripted(503) if "text 2" in str(body["input"]) else good_answer(body)
    texts = [f"text {number}" for number in range(6)]
    with pytest.raises(DeploymentUnavailableError):
        kept.embed_documents(texts)
    nova.answering = good_answer
    before = nova.inputs_seen
    rows = kept.embed_documents(texts)
    np.testing.assert_allclose(rows, [expected(text, "retrieval.passage") for text in texts], rtol=1e-6)
    assert nova.inputs_seen - before == 4


def test_damage_in_a_byte_store_is_not_believed(nova: FakeNova) -> None:
    """A value that was changed is embedded anew."""
    store = InMemoryByteStore()
    kept = cached(NovaEmbeddings(api_base=nova.api_base), store)
    wanted = kept.embed_query("a")
    [key] = store.yield_keys()
    [value] = store.mget([key])
    assert value is not None
    store.mset([(key, value[:100] + bytes([value[100] ^ 1]) + value[101:])])
    assert kept.embed_query("a") == wanted
    assert nova.inputs_seen == 2


def test_a_vector_may_be_too_old(nova: FakeNova) -> None:
    """`ttl` holds for byte stores as well, which know no age."""
    store = InMemoryByteStore()
    model = NovaEmbeddings(api_base=nova.api_base)
    cached(model, store).embed_query("a")
    cached(model, store, ttl=3600).embed_query("a")
    assert nova.inputs_seen == 1
    cached(model, store, ttl=1e-9).embed_query("a")
    assert nova.inputs_seen == 2


def test_the_original_is_not_changed(nova: FakeNova, tmp_path: Path) -> None:
    """`cached` returns another object; copies of that share its cache, a pickle opens its file again."""
    model = NovaEmbeddings(api_base=nova.api_base)
    kept = cached(model, tmp_path / "vectors.db")
    assert model.cache is None
    for each in (kept, copy.copy(kept), copy.deepcopy(kept), kept.model_copy(), pickle.loads(pickle.dumps(kept))):
        each.embed_query("a")
    assert nova.inputs_seen == 1
    model.embed_query("a")
    assert nova.inputs_seen == 2
    assert "vectors.db" not in f"{kept!r} {kept.model_dump()}"


def test_what_is_no_cache_is_refused(nova: FakeNova, tmp_path: Path) -> None:
    """So is a foreign file, a lifetime without a cache, and a cache beside a client, which has its own."""
    model = NovaEmbeddings(api_base=nova.api_base)
    with pytest.raises(ConfigurationError, match="cache is a dict"):
        cached(model, {})  # type: ignore[arg-type]
    (tmp_path / "notes.txt").write_text("not a cache")
    with pytest.raises(CacheError, match=r"notes\.txt"):
        cached(model, tmp_path / "notes.txt")
    with pytest.raises(ConfigurationError, match="cache_ttl"):
        NovaEmbeddings(cache_ttl=5)
    with pytest.raises(ConfigurationError, match="cache: not beside client="):
        cached(NovaEmbeddings(client=NovaClient()), InMemoryByteStore())
