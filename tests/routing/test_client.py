"""This library's client over a Router: one result, in order, whatever the deployments."""

from __future__ import annotations

import asyncio
import copy
import gc
import pickle
import random
import threading
import weakref
from typing import Any

import litellm
import numpy as np
import pytest
from litellm.integrations.custom_logger import CustomLogger
from litellm.router import Router

from nova_embeddings import (
    AuthenticationError,
    ConfigurationError,
    EmbeddingInput,
    EmbeddingResult,
    Image,
    NovaClient,
    RateLimitError,
    RoutingError,
)
from nova_embeddings._tasks import TASKS
from tests.core.pictures import drawn
from tests.fake_nova import Scripted, expected
from tests.routing.fleet import GROUP, Fleet


@pytest.fixture(params=["router", "model_list"])
def client(request: pytest.FixtureRequest, fleet: Fleet) -> NovaClient:
    """A client over the fleet, by either option."""
    if request.param == "router":
        return NovaClient(router=Router(model_list=fleet.model_list), max_retries=3)
    return NovaClient(model_list=fleet.model_list, max_retries=3)


def embed(client: NovaClient, *arguments: Any, asynchronous: bool, **options: Any) -> EmbeddingResult:
    """Embed, in either way."""
    if asynchronous:
        return asyncio.run(client.aembed(*arguments, **options))
    return client.embed(*arguments, **options)


def mixed(count: int) -> list[EmbeddingInput]:
    """Return inputs of all tasks: texts, images and both fused, in an order of no pattern."""
    chosen = random.Random(7)
    image = Image.from_bytes(drawn())
    inputs = []
    for number in range(count):
        text = f"text {number}"
        task = chosen.choice(TASKS)
        kind = chosen.randrange(3)
        inputs.append(EmbeddingInput(None if kind == 1 else text, image=image if kind else None, task=task))
    return inputs


@pytest.mark.parametrize("asynchronous", [False, True])
def test_mixed_tasks_come_back_in_order_from_their_deployments(
    client: NovaClient, fleet: Fleet, *, asynchronous: bool
) -> None:
    """1,000 inputs of seven tasks, texts, images and fused: each row is its input's, none went to another adapter."""
    inputs = mixed(1_000)
    result = embed(client, inputs, dimensions=128, asynchronous=asynchronous)
    sent = drawn_base64(fleet)
    for row, value in zip(result.vectors, inputs, strict=True):
        image = {"image": sent} if value.image else {}
        np.testing.assert_allclose(row, expected(value.text, value.task, width=128, **image), rtol=1e-6)
    assert fleet.misrouted == 0
    for server in fleet.servers.values():
        assert all(len({item["task"] for item in seen.items}) == 1 for seen in server.seen)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_multivectors_are_routed_too(client: NovaClient, fleet: Fleet, *, asynchronous: bool) -> None:
    """Multi-vectors of all tasks come back in order."""
    inputs = [EmbeddingInput("a b " * (number % 5 + 1), task=TASKS[number % 7]) for number in range(50)]
    result = embed(client, inputs, return_multivector=True, asynchronous=asynchronous)
    assert [rows.shape for rows in result.multivectors] == [(2 * (number % 5 + 1), 128) for number in range(50)]
    for rows, value in zip(result.multivectors, inputs, strict=True):
        np.testing.assert_allclose(rows[0], expected(value.text, value.task, width=128), rtol=1e-6)
    assert fleet.misrouted == 0


@pytest.mark.parametrize("asynchronous", [False, True])
def test_each_deployment_gets_its_own_name_key_and_no_other(
    client: NovaClient, fleet: Fleet, monkeypatch: pytest.MonkeyPatch, *, asynchronous: bool
) -> None:
    """A call carries the model and the key of the deployment that was picked."""
    monkeypatch.setenv("NOVA_API_KEY", "of-the-environment")
    embed(client, [EmbeddingInput("a", task=task) for task in TASKS], asynchronous=asynchronous)
    for family, server in fleet.servers.items():
        assert {seen.headers["authorization"] for seen in server.seen} == {f"Bearer key-of-{family}"}
        assert {seen.body["model"] for seen in server.seen} == {f"nova-embeddings-{family}"}


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_failing_replica_is_avoided(fleet: Fleet, *, asynchronous: bool) -> None:
    """With one of two deployments down, 40 calls succeed and few reach the one that is down."""
    sick, well = fleet.servers["code"], fleet.servers["retrieval"]
    sick.answering = lambda _: Scripted(503, {"error": {"message": "loading"}})
    client = NovaClient(model_list=[fleet.entry("retrieval"), fleet.entry("code", task="retrieval")], batch_size=1)
    texts = [f"text {number}" for number in range(40)]
    result = embed(client, texts, dimensions=128, asynchronous=asynchronous)
    np.testing.assert_allclose(
        result.vectors, [expected(text, "retrieval.passage", width=128) for text in texts], rtol=1e-6
    )
    assert well.inputs_seen == 40
    assert len(sick.seen) <= 16
    assert not fleet.servers["text-matching"].seen


@pytest.mark.parametrize("asynchronous", [False, True])
def test_errors_are_the_deployment_s_own(client: NovaClient, fleet: Fleet, *, asynchronous: bool) -> None:
    """A 401 is an AuthenticationError after one call; nothing is retried by LiteLLM beside the client."""
    fleet.servers["code"].answering = lambda _: Scripted(401, {"error": {"message": "no key-of-code"}})
    for calls in (1, 2):
        with pytest.raises(AuthenticationError, match="401") as caught:
            embed(client, ["a"], "code.query", asynchronous=asynchronous)
        assert "key-of-code" not in str(caught.value)
        assert len(fleet.servers["code"].seen) == calls
    fleet.servers["retrieval"].answering = lambda _: Scripted(429, {"error": {"message": "slow"}})
    with pytest.raises(RateLimitError):
        embed(client, ["a"], asynchronous=asynchronous)
    assert len(fleet.servers["retrieval"].seen) == 4


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_task_that_no_deployment_serves_is_a_routing_error(fleet: Fleet, *, asynchronous: bool) -> None:
    """The error names the tasks that are served, and nothing is sent for it."""
    client = NovaClient(model_list=[fleet.entry("retrieval"), fleet.entry("code")])
    with pytest.raises(RoutingError, match=r"text-matching.*code, retrieval"):
        embed(client, ["a"], "text-matching", asynchronous=asynchronous)
    assert not any(server.seen for server in fleet.servers.values())


def test_fallbacks_of_the_router_are_not_taken(fleet: Fleet) -> None:
    """A Router's fallback to another model never answers for this client: the error is raised."""
    other = {"model_name": "other", "litellm_params": {"model": "openai/x", "api_key": "k", "mock_response": [0.5]}}
    with pytest.warns(UserWarning, match="fallbacks"):
        client = NovaClient(
            GROUP, router=Router(model_list=[*fleet.model_list, other], fallbacks=[{GROUP: ["other"]}]), max_retries=0
        )
    fleet.servers["code"].answering = lambda _: Scripted(500, {"error": {"message": "broken"}})
    with pytest.raises(Exception, match="broken"):
        client.embed(["a"], "code")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"model_list": []}, "non-empty list"),
        ({"model_list": ["x"]}, r"model_list\[0\]"),
        ({"model_list": [{"model_name": "a", "litellm_params": {"model": "openai/x"}}]}, "it has none"),
        ({"model_list": [{"litellm_params": {"model": "hosted_lexiq_nova/x", "task": "code"}}]}, "model_name"),
        ({"router": "x"}, r"litellm\.Router"),
    ],
)
def test_what_is_no_model_list_or_router_is_refused(options: dict[str, Any], words: str) -> None:
    """The error comes when the client is made, and says what is expected."""
    with pytest.raises(ConfigurationError, match=words):
        NovaClient(**options)


def test_groups_and_contradictions(fleet: Fleet) -> None:
    """The group is chosen by name where there are several; what belongs to deployments is not taken beside them."""
    second = {**fleet.entry("code"), "model_name": "second"}
    with pytest.raises(ConfigurationError, match=r"model names no group.*nova-embeddings-v1, second"):
        NovaClient(model_list=[*fleet.model_list, second])
    with pytest.raises(ConfigurationError, match=r"'third' is none"):
        NovaClient("third", model_list=[*fleet.model_list, second])
    NovaClient("second", model_list=[*fleet.model_list, second]).embed(["a"], "code")
    with pytest.raises(ConfigurationError, match=r"api_base, api_key: not beside"):
        NovaClient(model_list=fleet.model_list, api_base="http://x/v1", api_key="k")
    stranger = {"model_name": GROUP, "litellm_params": {"model": "openai/text-embedding-3-small", "api_key": "k"}}
    with pytest.raises(ConfigurationError, match=r"not Nova's: openai/text-embedding-3-small"):
        NovaClient(model_list=[*fleet.model_list, stranger])
    engine = {"model_name": GROUP, "litellm_params": {"model": "lexiq_nova/hash"}}
    with pytest.raises(ConfigurationError, match=r"must not meet: hash, hosted_lexiq_nova"):
        NovaClient(model_list=[*fleet.model_list, engine])


def test_adapters_are_loaded_at_one_server_only(client: NovaClient) -> None:
    """Loading an adapter over a Router would reach any server: it is refused."""
    with pytest.raises(ConfigurationError, match="api_base"):
        client.load_adapter("a", "path")


def test_a_group_of_engines_answers_in_process() -> None:
    """A group may stand for an engine of this process."""
    client = NovaClient(model_list=[{"model_name": "local", "litellm_params": {"model": "lexiq_nova/hash"}}])
    own = NovaClient("lexiq_nova/hash")
    np.testing.assert_array_equal(client.embed(["a"]).vectors, own.embed(["a"]).vectors)
    assert client.space.id == own.space.id


def test_the_space_is_the_model_s_whatever_routes(client: NovaClient, fleet: Fleet) -> None:
    """An index made through a Router is searched without one: names of one model give one space."""
    direct = NovaClient("remodlai/nova-embeddings-v1", api_base=fleet.servers["code"].api_base)
    assert client.space.id == direct.space.id == NovaClient("nova-embeddings-v1").space.id
    assert client.embed(["a"]).space.id == direct.space.id
    assert NovaClient("another/model").space.id != direct.space.id


def test_copies_and_pickles(fleet: Fleet) -> None:
    """A client over a model list travels without keys; one over a Router of the caller's says why it cannot."""
    client = NovaClient(model_list=fleet.model_list)
    assert "key-of" not in repr(client) + repr(copy.copy(client))
    carried = pickle.dumps(client)
    assert b"key-of" not in carried
    for twin in (pickle.loads(carried), copy.copy(client), copy.deepcopy(client)):
        assert twin.embed(["a"], "code", dimensions=128).vectors.shape == (1, 128)
    with pytest.raises(ConfigurationError, match="model_list="):
        pickle.dumps(NovaClient(router=Router(model_list=fleet.model_list)))


class Onlooker(CustomLogger):
    """Keeps what LiteLLM shows of a call."""

    def __init__(self) -> None:
        """Start with nothing."""
        super().__init__()
        self.shown: list[str] = []
        self.called = threading.Event()

    def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:  # noqa: ARG002
        """Keep it."""
        self.shown.append(repr(kwargs) + repr(response_obj))
        self.called.set()


def test_callbacks_see_neither_texts_nor_keys(fleet: Fleet) -> None:
    """What LiteLLM's callbacks are shown of a routed call holds no input and no key."""
    onlooker = Onlooker()
    litellm.callbacks = [onlooker]
    NovaClient(model_list=fleet.model_list).embed(["a canary text"])
    assert onlooker.called.wait(5)
    assert not any("canary" in each or "key-of" in each for each in onlooker.shown)


def test_a_client_is_collected_with_its_router(fleet: Fleet) -> None:
    """Clients over Routers leave nothing behind when they go."""
    client = NovaClient(model_list=fleet.model_list)
    client.embed(["a"])
    gone = weakref.ref(client)
    del client
    gc.collect()
    assert gone() is None


def drawn_base64(fleet: Fleet) -> str:
    """Return the image as it went out."""
    items = [item for server in fleet.servers.values() for seen in server.seen for item in seen.items]
    return str(next(item["image"] for item in items if "image" in item))
