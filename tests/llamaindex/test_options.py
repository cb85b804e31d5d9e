"""What can be asked of a `NovaEmbedding`, when it is made and later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.callbacks import CallbackManager
from llama_index.core.embeddings import MultiModalEmbedding
from llama_index.core.storage.kvstore import SimpleKVStore
from pydantic import ValidationError

from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import ConfigurationError
from tests.fake_nova import expected
from tests.llamaindex.observers import Counted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_nova import FakeNova

NOVA = "hosted_lexiq_nova/remodlai/nova-embeddings-v1"


def assigned(model: NovaEmbedding, options: dict[str, Any]) -> NovaEmbedding:
    """Change options of a model, one after the other."""
    for name, value in options.items():
        setattr(model, name, value)
    return model


def copied(model: NovaEmbedding, options: dict[str, Any]) -> NovaEmbedding:
    """Make a model with other options."""
    return model.model_copy(update=options)


def test_it_is_an_embedding_model_of_llamaindex() -> None:
    """LlamaIndex recognises the class, also as one of images to come."""
    assert issubclass(NovaEmbedding, MultiModalEmbedding)
    assert BaseEmbedding in NovaEmbedding.__mro__
    assert NovaEmbedding.class_name() == "NovaEmbedding"


@pytest.mark.parametrize(
    ("given", "variable", "name"),
    [
        ({}, None, NOVA),
        ({"model_name": None}, None, NOVA),
        ({"model_name": None}, "from-outside", "hosted_lexiq_nova/from-outside"),
        ({"model_name": "mine"}, "from-outside", "mine"),
    ],
)
def test_the_models_name_is_the_one_in_effect(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], variable: str | None, name: str
) -> None:
    """Events, dicts and stores carry the name of the model that embeds, wherever it came from."""
    if variable:
        monkeypatch.setenv("NOVA_MODEL", variable)
    model = NovaEmbedding(**given)
    assert model.model_name == model.to_payload()["model_name"] == model.to_dict()["model_name"] == name


def test_options_of_the_base_class_can_be_set() -> None:
    """What every embedding model of LlamaIndex takes, this one takes."""
    manager, store, limiter = CallbackManager([]), SimpleKVStore(), Counted()
    model = NovaEmbedding(
        callback_manager=manager, num_workers=4, embeddings_cache=store, rate_limiter=limiter, embed_batch_size=7
    )
    assert model.callback_manager is manager
    assert model.embeddings_cache is store
    assert model.rate_limiter is limiter
    assert (model.num_workers, model.embed_batch_size) == (4, 7)


@pytest.mark.parametrize("size", [0, -1, 2049])
def test_llamaindex_checks_its_own_options(size: int) -> None:
    """The batch size keeps LlamaIndex's limits, also when it is assigned."""
    with pytest.raises(ValidationError, match="embed_batch_size"):
        NovaEmbedding(embed_batch_size=size)
    with pytest.raises(ValidationError, match="embed_batch_size"):
        NovaEmbedding().embed_batch_size = size


@pytest.mark.parametrize("changed", [assigned, copied])
@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("dimensions", 300),
        ("dimensions", True),
        ("task", "retrieval.query"),
        ("task", None),
        ("adapter", ""),
        ("instructions", " "),
        ("query_instructions", 3),
        ("document_instructions", "\t"),
        ("api_base", "localhost:8000"),
        ("api_key", "k\ney"),
        ("headers", {"authorization": "x"}),
        ("batch_size", 0),
        ("max_concurrency", 0),
        ("timeout", "soon"),
        ("max_retries", -1),
    ],
)
def test_a_refused_change_changes_nothing(changed: Callable[..., Any], option: str, value: Any) -> None:
    """A wrong option raises the core's error when it is given, and the model stays as it was."""
    model = NovaEmbedding(dimensions=256)
    before = model.to_dict()
    with pytest.raises(ConfigurationError):
        changed(model, {option: value})
    with pytest.raises(ConfigurationError):
        NovaEmbedding(**{option: value})
    assert (model.to_dict(), model.api_key, model.headers) == (before, None, None)


@pytest.mark.parametrize(
    "misspelling",
    [
        lambda: NovaEmbedding(apikey="canary"),  # type: ignore[call-arg]
        lambda: NovaEmbedding.from_dict({"apikey": "canary"}),
        lambda: NovaEmbedding().model_copy(update={"apikey": "canary"}),
        lambda: setattr(NovaEmbedding(), "apikey", "canary"),
    ],
)
def test_a_misspelt_option_is_named(misspelling: Callable[[], object]) -> None:
    """What is no option is never dropped in silence, and its value is not repeated."""
    with pytest.raises(ConfigurationError, match="apikey") as caught:
        misspelling()
    assert "canary" not in repr(caught.value)


@pytest.mark.parametrize("changed", [assigned, copied])
@pytest.mark.parametrize(
    ("options", "task", "wanted"),
    [
        ({"dimensions": 128}, "retrieval.passage", {"width": 128}),
        ({"any_dimensions": True, "dimensions": 300}, "retrieval.passage", {"width": 300}),
        ({"task": "code"}, "code.passage", {}),
        ({"instructions": "Mind the law."}, "retrieval.passage", {"instructions": "Mind the law."}),
        ({"document_instructions": "A law."}, "retrieval.passage", {"instructions": "A law."}),
        ({"adapter": "legal"}, "retrieval.passage", {"adapter": "legal"}),
    ],
)
def test_a_change_after_use_takes_effect(
    nova: FakeNova, changed: Callable[..., NovaEmbedding], options: dict[str, Any], task: str, wanted: dict[str, Any]
) -> None:
    """A model that was used, and is then changed or copied with changes, asks for what it now says."""
    model = NovaEmbedding(api_base=nova.api_base)
    model.get_text_embedding("a")
    vector = changed(model, options).get_text_embedding("a")
    np.testing.assert_allclose(vector, expected("a", task, **wanted), rtol=1e-6)


@pytest.mark.parametrize("changed", [assigned, copied])
async def test_a_key_and_a_model_may_change_after_use(nova: FakeNova, changed: Callable[..., NovaEmbedding]) -> None:
    """Another key, other headers and another model reach the server, sync and async."""
    model = NovaEmbedding(api_base=nova.api_base, api_key="old", headers={"x-tenant": "old"})
    model.get_text_embedding("a")
    model = changed(model, {"api_key": "new", "headers": {"x-tenant": "new"}, "model_name": "another"})
    model.get_text_embedding("a")
    await model.aget_text_embedding("a")
    assert [seen.headers["authorization"] for seen in nova.seen] == ["Bearer old", "Bearer new", "Bearer new"]
    assert [seen.headers["x-tenant"] for seen in nova.seen] == ["old", "new", "new"]
    assert [seen.body["model"] for seen in nova.seen] == ["remodlai/nova-embeddings-v1", "another", "another"]
