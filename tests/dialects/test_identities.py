"""Under which names are vectors of other systems kept and compared?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import chromadb
import numpy as np
import pytest

from nova_embeddings import ConfigurationError, InputError, NovaClient
from nova_embeddings.cache import MemoryCache
from nova_embeddings.guard import guard
from tests.dialects.cases import CASES

if TYPE_CHECKING:
    from nova_embeddings import Task
    from tests.fake_nova import FakeNova


def entry(model: str, server: FakeNova, task: str | None = None, **more: Any) -> dict[str, Any]:
    """Return a deployment of the one group."""
    params = {"model": f"hosted_lexiq_nova/{model}", "api_base": server.api_base, **more}
    return {"model_name": "group", "litellm_params": {**params, "task": task} if task else params}


def test_a_cut_vector_is_not_that_of_a_whole_text(nova: FakeNova) -> None:
    """What was cut on request is not recalled where cutting is refused."""
    client = CASES["tei"].client(nova, cache=MemoryCache())
    text = "x" * 3000
    client.embed([text], truncate=True)
    asked = len(nova.seen)
    client.embed([text], truncate=True)
    assert len(nova.seen) == asked
    with pytest.raises((ConfigurationError, InputError)):
        client.embed([text], truncate=False)


@pytest.mark.parametrize("task", ["retrieval.query", "retrieval.passage"])
def test_a_space_knows_its_width_once_an_answer_has_shown_it(nova: FakeNova, task: Task) -> None:
    """For a model whose width no table has, the client's space is its results' space from the first answer on."""
    client = CASES["openai-like"].client(nova)
    before, key = client.space.dimensions, client.encode_id()
    result = client.embed(["a"], task)
    assert before == 0
    assert client.space == result.space
    assert client.space.dimensions == result.vectors.shape[1]
    assert client.encode_id() == key


def test_two_models_do_not_answer_one_family(nova: FakeNova) -> None:
    """A group that would mix vectors of two models for a task is refused; one model under two names can say so."""
    two = [entry("nova-embeddings-v1", nova, "retrieval"), entry("nova-legal", nova, "retrieval.query")]
    with pytest.raises(ConfigurationError, match=r"models for retrieval: nova-legal, remodlai/nova-embeddings-v1"):
        NovaClient(model_list=two)
    same = [{**each, "model_info": {"base_model": "nova-legal-2"}} for each in two]
    assert NovaClient(model_list=same).space.model == "nova-legal-2"


def test_the_space_of_a_family_is_that_of_its_own_model(nova: FakeNova) -> None:
    """What else a group serves does not change it, nor does the order, nor that a Router stands between."""
    merged = {
        family: entry(f"jinaai/jina-embeddings-v4-vllm-{family}", nova, family, dialect="vllm")
        for family in ("retrieval", "code")
    }
    direct = NovaClient("vllm/jinaai/jina-embeddings-v4-vllm-retrieval", api_base=nova.api_base).space
    for group in ([merged["retrieval"]], list(merged.values()), list(merged.values())[::-1]):
        assert NovaClient(model_list=group).space == direct
    own = [entry("nova-embeddings-v1", nova, "retrieval"), entry("nova-code-2", nova, "code")]
    client = NovaClient(model_list=own)
    assert client.space == NovaClient(api_base=nova.api_base).space
    assert client.space_of("code.passage").model == "nova-code-2"


def test_groups_of_one_name_and_two_models_are_two_spaces(nova: FakeNova) -> None:
    """A group's name says nothing of its vectors."""
    clients = [NovaClient(model_list=[entry(model, nova)]) for model in ("nova-embeddings-v1", "nova-legal")]
    assert clients[0].space.id != clients[1].space.id
    np.testing.assert_equal([client.space.model for client in clients], ["remodlai/nova-embeddings-v1", "nova-legal"])


def test_an_index_is_guarded_once_the_width_is_known(nova: FakeNova) -> None:
    """Before any answer the guard says what to do; after one the stamp has the width."""
    client = CASES["openai-like"].client(nova)
    collection = chromadb.EphemeralClient().get_or_create_collection("width", embedding_function=None)
    with pytest.raises(ConfigurationError, match="embed a text with it, then guard"):
        guard(collection, client)
    width = client.embed(["a"]).vectors.shape[1]
    assert guard(collection, client).space["dimensions"] == width
