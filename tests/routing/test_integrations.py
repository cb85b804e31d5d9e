"""Both integrations over deployments of one adapter each: by a client, a Router or a model list."""

from __future__ import annotations

import asyncio
import base64
import copy
import gc
import json
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from langchain_core.documents import Document
from langchain_core.load import dumpd, dumps
from litellm.router import Router
from llama_index.core.ingestion import IngestionCache
from llama_index.core.schema import ImageNode, NodeWithScore, QueryBundle, TextNode

from langchain_nova import NovaEmbeddings, NovaMaxSimReranker, NovaMultiVectorRetriever
from llama_index.embeddings.nova import (
    NovaEmbedding,
    NovaIngestionPipeline,
    NovaMaxSimPostprocessor,
    NovaMultiVectorIndex,
)
from nova_embeddings import ConfigurationError, NovaClient, litellm_plugin, passage_task, query_task
from nova_embeddings._tasks import FAMILIES
from tests.core.pictures import drawn
from tests.fake_nova import expected
from tests.llamaindex.observers import observing
from tests.routing.fleet import GROUP, Fleet
from tests.ways_in import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fake_nova import FakeNova

    Model = NovaEmbeddings | NovaEmbedding

INTEGRATIONS = [NovaEmbeddings, NovaEmbedding]
LEADING = ["client", "router", "model_list"]
TEXTS = [f"text {number}" for number in range(20)]


def leading(way: str, fleet: Fleet, **options: Any) -> dict[str, Any]:
    """Return the options of a model that this way leads to the fleet; what a client decides, it gets."""
    if way == "client":
        return {"client": NovaClient(model_list=fleet.model_list, **options)}
    if way == "router":
        litellm_plugin.register()  # a Router of one's own is made by LiteLLM, which must know the providers
        return {"router": Router(model_list=fleet.model_list, num_retries=0), **options}
    return {"model_list": fleet.model_list, **options}


@pytest.fixture(params=INTEGRATIONS, ids=["langchain", "llamaindex"])
def made(request: pytest.FixtureRequest) -> Callable[..., Model]:
    """The class of either integration."""
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def pictures(tmp_path: Path) -> list[Path]:
    """Two image files."""
    paths = [tmp_path / "small.png", tmp_path / "large.png"]
    for path, width in zip(paths, (8, 16), strict=True):
        path.write_bytes(drawn(size=(width, 8)))
    return paths


def asked(model: Model) -> np.ndarray:
    """Return the vector of a question."""
    return np.array(model.embed_query("a") if isinstance(model, NovaEmbeddings) else model.get_query_embedding("a"))


@pytest.mark.parametrize("leads", LEADING)
@pytest.mark.parametrize("way", [name for name in WAYS if not name.startswith("core")])
def test_every_input_reaches_its_adapter(way: str, leads: str, fleet: Fleet, pictures: list[Path]) -> None:
    """Queries, texts, images and fused of all families, sync and async, come back in order from their own server."""
    base = leading(leads, fleet, dimensions=128, batch_size=7)
    sent = [base64.b64encode(path.read_bytes()).decode() for path in pictures]
    paths = [str(path) for path in pictures]
    for family in FAMILIES:
        model = WAYS[way](task=family, **base)
        rows = [*model.passages(TEXTS), *model.images(paths), *model.fused(list(zip("ab", paths, strict=True)))]
        kinds: list[tuple[str | None, dict[str, str]]] = [(text, {}) for text in TEXTS]
        kinds += [(None, {"image": image}) for image in sent]
        kinds += [(text, {"image": image}) for text, image in zip("ab", sent, strict=True)]
        wanted = [expected(text, passage_task(family), width=128, **image) for text, image in kinds]
        np.testing.assert_allclose(rows, wanted, rtol=1e-6)
        np.testing.assert_allclose(model.query("q"), expected("q", query_task(family), width=128), rtol=1e-6)
        assert fleet.servers[family].inputs_seen == len(wanted) + 1
    assert fleet.misrouted == 0


@pytest.mark.parametrize("leads", LEADING)
async def test_late_interaction_of_langchain_is_routed(leads: str, fleet: Fleet, pictures: list[Path]) -> None:
    """The retriever, with dense vectors before it, and the reranker ask the server of their family alone."""
    model = NovaEmbeddings(task="code", **leading(leads, fleet))
    texts = ["one a", "two b", "three c"]
    retriever = NovaMultiVectorRetriever.from_texts(texts, model, k=1, prefetch=3)
    assert len(retriever.add_images([str(path) for path in pictures], texts=["four", "five"])) == 2
    assert len(retriever.invoke("two b")) == len(await retriever.ainvoke("two b")) == 1
    reranker = NovaMaxSimReranker(embeddings=model, top_n=2)
    found = [Document(text) for text in texts]
    assert len(reranker.compress_documents(found, "q")) == len(await reranker.acompress_documents(found, "q")) == 2
    assert {family for family, server in fleet.servers.items() if server.seen} == {"code"}
    assert fleet.misrouted == 0


@pytest.mark.parametrize("leads", LEADING)
async def test_late_interaction_of_llamaindex_is_routed(leads: str, fleet: Fleet, pictures: list[Path]) -> None:
    """The multi-vector index, its retriever and the postprocessor ask the server of their family alone."""
    model = NovaEmbedding(task="text-matching", **leading(leads, fleet))
    nodes = [TextNode(text="one a"), ImageNode(text="two", image_path=str(pictures[0]))]
    index = NovaMultiVectorIndex(nodes, embed_model=model)
    await index.ainsert_nodes([TextNode(text="three")])
    retriever = index.as_retriever(similarity_top_k=3)
    assert len(retriever.retrieve("one a")) == len(await retriever.aretrieve("one a")) == 3
    best = NovaMaxSimPostprocessor(embed_model=model, top_n=1)
    assert len(best.postprocess_nodes([NodeWithScore(node=node) for node in nodes], QueryBundle("one a"))) == 1
    assert {family for family, server in fleet.servers.items() if server.seen} == {"text-matching"}
    assert fleet.misrouted == 0


@pytest.mark.parametrize("leads", LEADING)
def test_a_pipeline_of_llamaindex_is_routed(leads: str, fleet: Fleet, pictures: list[Path]) -> None:
    """Nodes with and without images get the vectors of their adapter, by `run` and by `arun`."""
    pipeline = NovaIngestionPipeline(transformations=[NovaEmbedding(task="code", **leading(leads, fleet))])
    for run in (pipeline.run, lambda **given: asyncio.run(pipeline.arun(**given))):
        [text, image] = run(nodes=[TextNode(text=f"a{run}"), ImageNode(image_path=str(pictures[0]))])
        np.testing.assert_allclose(text.embedding or [], expected(f"a{run}", "code.passage"), rtol=1e-6)
        assert len(image.embedding or []) == 2048
    assert fleet.misrouted == 0


def test_models_over_one_client_share_it(made: Callable[..., Model], fleet: Fleet) -> None:
    """A client that was passed in stays open when its models go, and is theirs and their copies' when it closes."""
    client = NovaClient(model_list=fleet.model_list)
    first = made(client=client)
    others = [copy.copy(first), copy.deepcopy(first), first.model_copy(), first.model_copy(update={"task": "code"})]
    others += [NovaEmbeddings(client=client, task="code"), NovaEmbedding(client=client, task="text-matching")]
    assert all(asked(model).shape == (2048,) for model in [first, *others])
    del first
    gc.collect()
    client.embed(["a"])
    client.close()
    for model in others:
        with pytest.raises(ConfigurationError, match="closed"):
            asked(model)


@pytest.mark.parametrize("leads", LEADING)
def test_a_copy_works_and_is_equal(made: Callable[..., Model], leads: str, fleet: Fleet) -> None:
    """Copies of a used model, shallow, deep or changed, go the same way; a frozen one equals its copies."""
    model = made(task="code", **leading(leads, fleet, dimensions=128))
    wanted = asked(model)
    for other in (copy.copy(model), copy.deepcopy(model), model.model_copy(), model.model_copy(deep=True)):
        np.testing.assert_array_equal(asked(other), wanted)
        assert not isinstance(model, NovaEmbeddings) or other == model
    changed = model.model_copy(update={"task": "retrieval"})
    assert changed != model
    np.testing.assert_allclose(asked(changed), expected("a", "retrieval.query", width=128), rtol=1e-6)
    assert fleet.misrouted == 0


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"api_base": "http://127.0.0.1:9/v1", "timeout": 5}, "api_base, timeout: not beside client="),
        ({"api_key": "canary"}, "api_key: not beside client="),
        ({"headers": {"x-a": "canary"}}, "headers: not beside client="),
        ({"dimensions": 256, "instructions": "Find."}, "dimensions, instructions: not beside client="),
        ({"batch_size": 128}, "batch_size: not beside client="),
        ({"model_list": [{"api_key": "canary"}]}, "model_list: not beside client="),
        ({"router": "canary"}, "router: not beside client="),
    ],
)
def test_what_a_client_decides_is_not_given_beside_it(
    made: Callable[..., Model], fleet: Fleet, options: dict[str, Any], words: str
) -> None:
    """The error names the options, also those that have their defaults, and shows no value."""
    with pytest.raises(ConfigurationError, match=words) as caught:
        made(client=NovaClient(model_list=fleet.model_list), **options)
    assert "canary" not in str(caught.value)


def test_the_model_is_the_client_s(fleet: Fleet) -> None:
    """Either name of the model is refused beside a client, and shows the client's."""
    client = NovaClient(model_list=fleet.model_list)
    assert NovaEmbeddings(client=client).model == NovaEmbedding(client=client).model_name == GROUP
    with pytest.raises(ConfigurationError, match="model: not beside client="):
        NovaEmbeddings(client=client, model="mine")
    with pytest.raises(ConfigurationError, match="model_name: not beside client="):
        NovaEmbedding(client=client, model_name="mine")


@pytest.mark.parametrize("leads", ["router", "model_list"])
def test_what_deployments_have_is_not_given_beside_them(made: Callable[..., Model], leads: str, fleet: Fleet) -> None:
    """Address, key and headers beside a Router or a list have the core's error; so has both together."""
    base = leading(leads, fleet)
    for option in ({"api_base": "http://127.0.0.1:9/v1"}, {"api_key": "canary"}, {"headers": {"x-a": "canary"}}):
        with pytest.raises(ConfigurationError, match=f"{next(iter(option))}: not beside router= or model_list="):
            made(**base, **option)
    with pytest.raises(ConfigurationError, match="model_list: not beside"):
        made(**leading("router", fleet), **leading("model_list", fleet))


@pytest.mark.parametrize("option", ["client", "router", "model_list"])
def test_what_is_no_way_is_refused_without_its_value(made: Callable[..., Model], option: str) -> None:
    """A str, a key perhaps, in the place of any of the three is not repeated."""
    with pytest.raises(ConfigurationError, match=f"(?i){option}") as caught:
        made(**{option: "canary"})
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize("leads", LEADING)
def test_the_environment_is_no_option_beside_a_way(
    made: Callable[..., Model], leads: str, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Variables for a server of one's own neither contradict a Router nor name its group."""
    for name, value in {"NOVA_MODEL": "mine", "NOVA_API_BASE": "http://127.0.0.1:9/v1", "NOVA_API_KEY": "k"}.items():
        monkeypatch.setenv(name, value)
    model = made(task="code", **leading(leads, fleet))
    asked(model)
    assert (model.model if isinstance(model, NovaEmbeddings) else model.model_name) == GROUP
    assert fleet.seen("code.query")[0].headers["authorization"] == "Bearer key-of-code"


def test_a_copy_keeps_its_way(made: Callable[..., Model], fleet: Fleet) -> None:
    """No copy turns from one way to another, which would take along options of the old one; a new list is fine."""
    model = made(model_list=fleet.model_list)
    for update in ({"model_list": None}, leading("client", fleet), leading("router", fleet)):
        with pytest.raises(ConfigurationError, match="a copy keeps its way"):
            model.model_copy(update=update)
    rotated = model.model_copy(update={"model_list": [fleet.entry("retrieval", api_key="new")]})
    asked(rotated)
    assert fleet.seen("retrieval.query")[0].headers["authorization"] == "Bearer new"


def test_assignment_in_llamaindex(fleet: Fleet) -> None:
    """A way is not assigned, a new list of the same is; what a client decides cannot be set beside it."""
    over_list = NovaEmbedding(model_list=fleet.model_list)
    over_list.model_list = [fleet.entry("retrieval", api_key="new")]
    asked(over_list)
    assert fleet.seen("retrieval.query")[0].headers["authorization"] == "Bearer new"
    over_client = NovaEmbedding(**leading("client", fleet, dimensions=128))
    with pytest.raises(ConfigurationError, match="dimensions: not beside client="):
        over_client.dimensions = 256
    with pytest.raises(ConfigurationError, match="a copy keeps its way"):
        over_client.router = leading("router", fleet)["router"]
    with pytest.raises(AttributeError, match="client"):
        over_client.client = NovaClient()  # type: ignore[misc]
    over_client.task = "code"
    np.testing.assert_allclose(asked(over_client), expected("a", "code.query", width=128), rtol=1e-6)


def forms_of(model: Model) -> list[object]:
    """Return all that a model can be written as."""
    forms: list[object] = [repr(model), str(model), list(model), vars(model), model.model_dump()]
    forms += [model.model_dump_json()]
    forms += [model.model_json_schema(), model.model_copy(), copy.deepcopy(model)]
    if isinstance(model, NovaEmbeddings):
        return [*forms, dumpd(model), dumps(model), model._client]
    return [*forms, model.to_dict(), model.to_json(), model.to_payload(), model._made, model.client]


@pytest.mark.parametrize("leads", LEADING)
def test_no_form_shows_a_key_or_an_address(made: Callable[..., Model], leads: str, fleet: Fleet) -> None:
    """Whatever writes a model down writes neither a key nor an address of its deployments."""
    model = made(**leading(leads, fleet))
    with observing() as observed:
        asked(model)
    events = [observed.dispatched.starts, observed.dispatched.ends]
    for form in map(repr, [*forms_of(model), *events]):
        assert "key-of-" not in form
        assert "127.0.0.1" not in form
    for form in (repr(model), str(model.model_dump())):
        assert "router" not in form
        assert "model_list" not in form
        assert "client" not in form


@pytest.mark.parametrize("leads", ["client", "model_list"])
def test_a_pickle_has_no_keys(
    made: Callable[..., Model], leads: str, fleet: Fleet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What arrives goes the same way, with the other environment's key; what the model list refers to goes along."""
    monkeypatch.setenv("KEY_OF_CODE", "looked up")
    fleet_list = [fleet.entry("retrieval"), fleet.entry("code", api_key="os.environ/KEY_OF_CODE")]
    base: dict[str, Any] = {"model_list": fleet_list, "dimensions": 128, "timeout": 7.0}
    model = made(task="code", **({"client": NovaClient(**base)} if leads == "client" else base))
    asked(model)
    carried = pickle.dumps(model)
    assert b"key-of" not in carried
    monkeypatch.setenv("NOVA_API_KEY", "of there")
    monkeypatch.setenv("NOVA_MODEL", "another")
    other = pickle.loads(carried)
    assert other.model_dump() == model.model_dump()
    for model in (other, other.model_copy(update={"task": "retrieval"})):
        assert asked(model).shape == (128,)
    assert fleet.seen("code.query")[-1].headers["authorization"] == "Bearer looked up"
    assert fleet.seen("retrieval.query")[-1].headers["authorization"] == "Bearer of there"


def test_no_secret_of_a_model_list_is_pickled(made: Callable[..., Model], fleet: Fleet) -> None:
    """Secrets and headers, also of another group's deployments, stay behind as keys do; prices go along."""
    secrets = {"client_secret": "canary", "aws_secret_access_key": "canary", "extra_headers": {"x-a": "canary"}}
    chat = {"model_name": "chat", "litellm_params": {"model": "openai/x", "api_key": "canary", **secrets}}
    model = made(model_list=[fleet.entry("code", input_cost_per_token=0.125), chat])
    carried = pickle.dumps(model)
    assert b"canary" not in carried
    assert b"input_cost_per_token" in carried


@pytest.mark.parametrize("over", ["router", "client"])
def test_a_router_does_not_pickle(made: Callable[..., Model], over: str, fleet: Fleet) -> None:
    """The core's error says what to do, also where LlamaIndex would drop the Router in silence."""
    router = leading("router", fleet)
    model = made(**(router if over == "router" else {"client": NovaClient(**router)}))
    with pytest.raises(ConfigurationError, match="model_list="):
        pickle.dumps(model)
    asked(model)


def test_a_client_over_one_server(made: Callable[..., Model], nova: FakeNova, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client without a Router does as well: its own options count, and its key stays behind in a pickle."""
    client = NovaClient("mine", api_base=nova.api_base, api_key="key-of-mine", dimensions=256, instructions="Find.")
    model = made(client=client)
    np.testing.assert_allclose(
        asked(model), expected("a", "retrieval.query", width=256, instructions="Find."), rtol=1e-6
    )
    carried = pickle.dumps(model)
    assert b"key-of-mine" not in carried
    monkeypatch.setenv("NOVA_API_KEY", "of there")
    asked(pickle.loads(carried))
    assert [seen.headers["authorization"] for seen in nova.seen] == ["Bearer key-of-mine", "Bearer of there"]


@pytest.mark.parametrize("leads", LEADING)
def test_dicts_of_llamaindex_want_the_way_again(leads: str, fleet: Fleet) -> None:
    """A dict or JSON says that there was a way and which; read without one, it is refused, not sent elsewhere."""
    base = leading(leads, fleet, dimensions=128)
    model = NovaEmbedding(task="code", query_instructions="Find.", **base)
    again = {leads: base[leads]}
    with pytest.raises(ConfigurationError, match=f"made with {leads}=.*give it again"):
        NovaEmbedding.from_dict(model.to_dict())
    with pytest.raises(ConfigurationError, match=f"{leads}="):
        NovaEmbedding.from_json(model.to_json())
    for other in (NovaEmbedding.from_dict(model.to_dict(), **again), NovaEmbedding.from_json(model.to_json(), **again)):
        assert other.to_dict() == model.to_dict()
        wanted = expected("a", "code.query", width=128, instructions="Find.")
        np.testing.assert_allclose(asked(other), wanted, rtol=1e-6)
    assert json.loads(model.to_json())["made_with"] == leads


def test_a_pipeline_s_cache_tells_clients_apart(fleet: Fleet) -> None:
    """Models that differ only in what their clients decide do not get each other's results."""
    cache = IngestionCache()
    for width in (128, 256):
        model = NovaEmbedding(**leading("client", fleet, dimensions=width))
        [node] = NovaIngestionPipeline(transformations=[model], cache=cache).run(nodes=[TextNode(text="a")])
        assert len(node.embedding or []) == width
