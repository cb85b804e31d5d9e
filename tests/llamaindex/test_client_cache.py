"""What the cache of the core's client keeps for a model of LlamaIndex: images and multi-vectors too."""

from __future__ import annotations

import asyncio
import copy
import pickle
from typing import TYPE_CHECKING

import numpy as np
import pytest
from llama_index.core.schema import ImageNode, TextNode
from PIL import Image

from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import ConfigurationError, NovaClient
from nova_embeddings.cache import MemoryCache, SQLiteCache
from tests.fake_nova import expected

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fake_nova import FakeNova


def test_query_and_text_never_collide(nova: FakeNova) -> None:
    """The same text is kept once for each side, sync and async."""
    model = NovaEmbedding(api_base=nova.api_base, cache=MemoryCache())
    for _ in range(2):
        np.testing.assert_allclose(model.get_text_embedding("a"), expected("a", "retrieval.passage"), rtol=1e-6)
        np.testing.assert_allclose(model.get_query_embedding("a"), expected("a", "retrieval.query"), rtol=1e-6)
        assert asyncio.run(model.aget_query_embedding("a")) == model.get_query_embedding("a")
        assert asyncio.run(model.aget_text_embedding_batch(["a"])) == model.get_text_embedding_batch(["a"])
    assert nova.inputs_seen == 2


def test_nodes_with_images_are_kept(nova: FakeNova, tmp_path: Path) -> None:
    """A picture is known by its bytes; fused with a text it is another input."""
    Image.new("RGB", (8, 8), "teal").save(tmp_path / "teal.png")
    model = NovaEmbedding(api_base=nova.api_base, cache=MemoryCache())
    for _ in range(2):
        path = str(tmp_path / "teal.png")
        model([TextNode(text="a"), ImageNode(image_path=path), ImageNode(text="a", image_path=path)])
    assert nova.inputs_seen == 3


def test_an_assigned_cache_counts(nova: FakeNova, tmp_path: Path) -> None:
    """One that is assigned later is used; copies share it, and a pickle opens its file again."""
    model = NovaEmbedding(api_base=nova.api_base)
    model.cache, model.cache_ttl = SQLiteCache(tmp_path / "vectors.db"), 3600
    for each in (model, copy.copy(model), copy.deepcopy(model), model.model_copy(), pickle.loads(pickle.dumps(model))):
        each.get_query_embedding("a")
    assert nova.inputs_seen == 1


def test_a_dict_leaves_it_out(nova: FakeNova, tmp_path: Path) -> None:
    """As all that lives in the process; what is read from the dict again works, without a cache."""
    model = NovaEmbedding(api_base=nova.api_base, cache=SQLiteCache(tmp_path / "vectors.db"), cache_ttl=3600)
    assert "cache" not in {name for name, value in model.to_dict().items() if value is not None}
    other = NovaEmbedding.from_dict(model.to_dict())
    for each in (model, other):
        each.get_query_embedding("a")
    assert nova.inputs_seen == 2


def test_what_is_no_cache_is_refused() -> None:
    """So is a lifetime without a cache, and a cache beside a client, which has its own."""
    with pytest.raises(ConfigurationError, match="cache is a dict"):
        NovaEmbedding(cache={})  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="cache_ttl"):
        NovaEmbedding(cache_ttl=5)
    with pytest.raises(ConfigurationError, match="cache: not beside client="):
        NovaEmbedding(client=NovaClient(), cache=MemoryCache())
