"""A LiteLLM Router that was taught to route by task, called as LiteLLM's users call it."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
import threading
import warnings
from typing import Any

import litellm
import numpy as np
import pytest
from litellm import exceptions
from litellm.caching.caching import Cache
from litellm.router import Router
from litellm.types.router import Deployment

from nova_embeddings import ConfigurationError, RoutingWarning
from nova_embeddings._tasks import TASKS
from nova_embeddings.litellm_plugin import install
from tests.fake_nova import Scripted, expected
from tests.routing.fleet import GROUP, Fleet, only

STRATEGIES = ["simple-shuffle", "least-busy", "latency-based-routing", "usage-based-routing-v2", "cost-based-routing"]


def routed(model_list: list[dict[str, Any]], **options: Any) -> Router:
    """Return a Router that routes by task."""
    router = Router(model_list=model_list, **{"num_retries": 0, **options})
    install(router)
    return router


def nobody() -> str:
    """Return an address at which nobody listens."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{found.getsockname()[1]}/v1"


def ask(router: Router, *, asynchronous: bool, **request: Any) -> Any:
    """Send one request, in either way."""
    arguments = {"model": GROUP, "input": ["a text"], **request}
    return asyncio.run(router.aembedding(**arguments)) if asynchronous else router.embedding(**arguments)


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("strategy", STRATEGIES)
def test_every_strategy_sends_every_task_to_its_deployment(fleet: Fleet, strategy: str, *, asynchronous: bool) -> None:
    """Whatever LiteLLM balances by, a request reaches the deployment of its task, and its options with it."""
    router = routed(fleet.model_list, routing_strategy=strategy)
    for task in TASKS * 3:
        answer = ask(router, asynchronous=asynchronous, task=task, dimensions=128, user="someone")
        np.testing.assert_allclose(answer.data[0]["embedding"], expected("a text", task, width=128), rtol=1e-6)
        seen = fleet.seen(task)[-1]
        assert (seen.body["task"], seen.body["dimensions"], seen.body["user"]) == (task, 128, "someone")
        assert seen.headers["authorization"] == f"Bearer key-of-{task.split('.')[0]}"
    assert fleet.misrouted == 0


@pytest.mark.parametrize("strategy", ["usage-based-routing", "provider-budget-routing"])
def test_a_strategy_that_runs_no_filter_is_refused(fleet: Fleet, strategy: str) -> None:
    """A strategy by which tasks would reach any adapter is refused at once, with those that may be used."""
    router = Router(model_list=fleet.model_list)
    router.routing_strategy = strategy
    with pytest.raises(ConfigurationError, match=f"{strategy}.*simple-shuffle"):
        install(router)


def test_every_strategy_that_litellm_has_is_known() -> None:
    """LiteLLM has no strategy beside those that are tested or refused here."""
    from litellm.types.router import RoutingStrategy  # noqa: PLC0415 (only this test needs it)

    known = {*STRATEGIES, "usage-based-routing", "provider-budget-routing"}
    assert {strategy.value for strategy in RoutingStrategy} <= known


@pytest.mark.parametrize("asynchronous", [False, True])
def test_the_exact_task_wins_then_the_family_then_the_untagged(fleet: Fleet, *, asynchronous: bool) -> None:
    """`retrieval.query` goes to its own deployment, other retrieval tasks to the family's, the rest to the untagged."""
    entries = [
        fleet.entry("code", task="retrieval.query"),
        fleet.entry("retrieval"),
        fleet.entry("text-matching", task=None),
    ]
    for server in fleet.servers.values():
        server.answering = FAMILY_BLIND
    router = routed(entries)
    for task in TASKS:
        ask(router, asynchronous=asynchronous, task=task)
    reached = {family: [seen.body["task"] for seen in server.seen] for family, server in fleet.servers.items()}
    assert reached == {
        "code": ["retrieval.query"],
        "retrieval": ["retrieval", "retrieval.passage"],
        "text-matching": ["text-matching", "code", "code.query", "code.passage"],
    }


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_task_that_nobody_serves_is_a_400_that_names_those_that_are(fleet: Fleet, *, asynchronous: bool) -> None:
    """No deployment for the task, or no task: LiteLLM's 400, nothing sent, and the error says what is served."""
    router = routed([fleet.entry("retrieval"), fleet.entry("code")], num_retries=2)
    with pytest.raises(exceptions.BadRequestError, match=r"text-matching.*code, retrieval") as caught:
        ask(router, asynchronous=asynchronous, task="text-matching")
    assert caught.value.status_code == 400
    with pytest.raises(exceptions.BadRequestError, match=r"no task.*code, retrieval"):
        ask(router, asynchronous=asynchronous)
    with pytest.raises(exceptions.BadRequestError, match=r"summarise.*retrieval\.query"):
        ask(router, asynchronous=asynchronous, task="summarise")
    assert not any(server.seen for server in fleet.servers.values())


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_the_real_error_surfaces_while_the_only_deployment_cools_down(
    fleet: Fleet, status: int, *, asynchronous: bool
) -> None:
    """A 401 stays a 401, however often it is asked: LiteLLM's cooldown does not turn it into a 429."""
    router = routed(fleet.model_list)
    fleet.servers["code"].answering = lambda _: Scripted(status, {"error": {"message": "so it is"}})
    for _ in range(3):
        with pytest.raises(Exception, match="so it is") as caught:
            ask(router, asynchronous=asynchronous, task="code.query")
        assert getattr(caught.value, "status_code", None) == status
    assert len(fleet.servers["code"].seen) == 3
    ask(router, asynchronous=asynchronous, task="retrieval.query")


@pytest.mark.parametrize("asynchronous", [False, True])
def test_the_real_error_surfaces_while_all_deployments_cool_down(fleet: Fleet, *, asynchronous: bool) -> None:
    """Two deployments that refuse the key say so, also once LiteLLM lets both of them cool down."""
    router = routed([fleet.entry("code"), fleet.entry("text-matching", task="code")])
    for server in fleet.servers.values():
        server.answering = lambda _: Scripted(401, {"error": {"message": "so it is"}})
    for _ in range(5):
        with pytest.raises(exceptions.AuthenticationError, match="so it is"):
            ask(router, asynchronous=asynchronous, task="code.query")


@pytest.mark.parametrize("asynchronous", [False, True])
@pytest.mark.parametrize("gone", [False, True])
@pytest.mark.parametrize("more", [{}, {"disable_cooldowns": True}])
def test_one_of_two_down_fails_no_request(
    fleet: Fleet, more: dict[str, Any], *, gone: bool, asynchronous: bool
) -> None:
    """With two deployments of a task, one failing or not there at all, no request fails or goes to another task's."""
    sick, well = fleet.servers["text-matching"], fleet.servers["retrieval"]
    sick.answering = lambda _: Scripted(503, {"error": {"message": "loading"}})
    down = fleet.entry("text-matching", task="retrieval", **({"api_base": nobody()} if gone else {}))
    router = routed([*fleet.model_list[::2], down], num_retries=1, **more)
    for _ in range(20):
        ask(router, asynchronous=asynchronous, task="retrieval.passage")
    assert len(well.seen) == 20
    assert len(sick.seen) < 10
    assert not fleet.servers["code"].seen


@pytest.mark.parametrize("asynchronous", [False, True])
def test_tags_keep_working_beside_tasks(fleet: Fleet, *, asynchronous: bool) -> None:
    """A configuration written for tags: its tags say the tasks, and clients that send tags are routed by them."""
    entries = [
        fleet.entry("retrieval", task=None, tags=["retrieval", "retrieval.query", "retrieval.passage"]),
        fleet.entry("code", task=None, tags=["code", "code.query", "code.passage"]),
    ]
    router = routed(entries, enable_tag_filtering=True)
    for task in ("retrieval.query", "code.passage", "retrieval", "code"):
        ask(router, asynchronous=asynchronous, task=task)
    items = [{"text": "a", "task": "code.query"}]
    if asynchronous:  # LiteLLM filters by tags on this path only
        for server in fleet.servers.values():
            server.answering = FAMILY_BLIND
        ask(router, asynchronous=True, input=items, metadata={"tags": ["code"]})
    assert fleet.misrouted == 0


@pytest.mark.parametrize("asynchronous", [False, True])
def test_tags_that_fit_several_families_choose_none(fleet: Fleet, *, asynchronous: bool) -> None:
    """A tag that deployments of two families share says no task: a request with nothing else is refused."""
    entries = [fleet.entry(family, task=None, tags=[family, "team-a"]) for family in ("retrieval", "code")]
    router = routed(entries, enable_tag_filtering=True)
    with pytest.raises(exceptions.BadRequestError, match="has no task"):
        ask(router, asynchronous=asynchronous, metadata={"tags": ["team-a"]})
    assert not any(server.seen for server in fleet.servers.values())


@pytest.mark.parametrize("asynchronous", [False, True])
def test_the_inputs_own_tasks_count(fleet: Fleet, *, asynchronous: bool) -> None:
    """Inputs that say their task route the request, also without one on top; mixed families are refused."""
    router = routed(fleet.model_list)
    ask(router, asynchronous=asynchronous, input=[{"text": "a", "task": "code.query"}])
    assert len(fleet.servers["code"].seen) == 1
    mixed = [{"text": "a", "task": "code.query"}, {"text": "b", "task": "retrieval.query"}]
    with pytest.raises(exceptions.BadRequestError, match="several families"):
        ask(router, asynchronous=asynchronous, input=mixed, task="retrieval")
    with pytest.raises(exceptions.BadRequestError, match="contradict each other"):
        ask(router, asynchronous=asynchronous, task="code", extra_body={"task": "retrieval"})
    with pytest.raises(exceptions.BadRequestError, match="extra_body is a str"):
        ask(router, asynchronous=asynchronous, task="code", extra_body="foo")
    assert fleet.misrouted == 0


@pytest.mark.parametrize("asynchronous", [False, True])
def test_litellm_s_cache_is_not_asked(fleet: Fleet, *, asynchronous: bool) -> None:
    """Its keys leave out the task: the same text under another task gets its own vector all the same."""
    before = litellm.cache
    try:
        with pytest.warns(RoutingWarning, match="do without it"):
            router = routed(fleet.model_list, cache_responses=True)
        rows = [
            ask(router, asynchronous=asynchronous, task=task, extra_body={"dimensions": width}).data[0]["embedding"]
            for task, width in (("code.query", 128), ("retrieval.query", 128), ("code.query", 256))
        ]
    finally:
        litellm.cache = before
    assert [len(row) for row in rows] == [128, 128, 256]
    assert rows[0] != rows[1]


def test_other_groups_are_left_alone(fleet: Fleet) -> None:
    """A group of another provider is not filtered, and its options are not moved, whatever its name."""
    amazon = {
        "model_name": "amazon.nova-embeddings-v1",
        "litellm_params": {"model": "openai/text-embedding-3-small", "api_key": "k", "mock_response": [0.5]},
    }
    router = routed([*fleet.model_list, amazon])
    arguments: dict[str, Any] = {"model": amazon["model_name"], "input": ["a"], "dimensions": 128, "task": "whatever"}
    assert router.embedding(**arguments).data[0]["embedding"] == [0.5]
    assert asyncio.run(router.aembedding(**arguments)).data[0]["embedding"] == [0.5]


def test_callbacks_that_are_assigned_anew_do_not_switch_routing_off(fleet: Fleet) -> None:
    """Who assigns `litellm.callbacks` after the installation still has every task routed."""
    router = routed(fleet.model_list)
    litellm.callbacks = []
    for _ in range(8):
        ask(router, asynchronous=False, task="code")
        ask(router, asynchronous=True, task="code")
    assert len(fleet.servers["code"].seen) == 16


def test_an_alias_and_a_second_installation_change_nothing(fleet: Fleet) -> None:
    """A group's alias is routed as the group, and a Router may be given to `install` again."""
    router = routed(fleet.model_list, model_group_alias={"nova": GROUP})
    install(router)
    ask(router, asynchronous=False, model="nova", task="text-matching")
    assert len(fleet.servers["text-matching"].seen) == 1


def test_two_routers_do_not_mix(fleet: Fleet) -> None:
    """Two Routers with groups of one name route each among its own deployments."""
    first, second = routed([fleet.entry("retrieval")]), routed([fleet.entry("code")])
    ask(first, asynchronous=False, task="retrieval")
    ask(second, asynchronous=True, task="code")
    with pytest.raises(exceptions.BadRequestError, match="serve retrieval"):
        ask(first, asynchronous=False, task="code")


def test_threads_and_loops_route_alike(fleet: Fleet) -> None:
    """Many threads and loops at once, all tasks mixed: none is misrouted."""
    router = routed(fleet.model_list)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for task in TASKS:
                ask(router, asynchronous=bool(number % 2), task=task)
        except BaseException as error:  # noqa: BLE001 (shown by the assertion below)
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert not failures
    assert fleet.misrouted == 0
    assert sum(len(server.seen) for server in fleet.servers.values()) == 8 * len(TASKS)


def test_changed_settings_never_misroute_silently(fleet: Fleet) -> None:
    """LiteLLM drops a custom strategy when settings change: sync calls are then routed right or refused, and mended."""
    router = routed(fleet.model_list)
    router.update_settings(routing_strategy="least-busy")  # type: ignore[no-untyped-call]
    for _ in range(12):
        try:
            ask(router, asynchronous=False, task="code")
        except exceptions.BadRequestError as error:
            assert "install(router) again" in str(error)  # noqa: PT017 (it may be routed right by chance)
        ask(router, asynchronous=True, task="code")
    assert fleet.misrouted == 0
    install(router)
    before = len(fleet.servers["code"].seen)
    for _ in range(12):
        ask(router, asynchronous=False, task="code")
    assert len(fleet.servers["code"].seen) == before + 12


@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_deployment_named_by_its_id_takes_only_its_tasks(fleet: Fleet, *, asynchronous: bool) -> None:
    """A caller may name a deployment; a task that it does not serve is refused before it is sent."""
    router = routed(fleet.model_list)
    chosen = next(
        entry["model_info"]["id"]
        for entry in router.get_model_list(GROUP) or []
        if entry["litellm_params"].get("task") == "code"
    )
    ask(router, asynchronous=asynchronous, model=chosen, task="code.query")
    with pytest.raises(exceptions.BadRequestError, match="routed to a deployment that serves code"):
        ask(router, asynchronous=asynchronous, model=chosen, task="retrieval")
    assert fleet.misrouted == 0


def test_deployments_may_come_and_go(fleet: Fleet) -> None:
    """A task whose only deployment was taken away is refused, and served again when there is one."""
    router = routed(fleet.model_list)
    gone = next(
        entry["model_info"]["id"]
        for entry in router.get_model_list(GROUP) or []
        if entry["litellm_params"].get("task") == "code"
    )
    router.delete_deployment(id=gone)
    for asynchronous in (False, True):
        with pytest.raises(exceptions.BadRequestError, match="serve retrieval, text-matching"):
            ask(router, asynchronous=asynchronous, task="code")
    router.add_deployment(Deployment(**fleet.entry("code"), model_info={"id": "new"}))
    for asynchronous in (False, True):
        ask(router, asynchronous=asynchronous, task="code")
    assert fleet.misrouted == 0


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_routes_on(fleet: Fleet) -> None:
    """A child forked after the Router was used routes by task, too."""
    script = (
        "import os, sys\nfrom litellm import Router\nfrom nova_embeddings.litellm_plugin import install\n"
        f"router = Router(model_list={fleet.model_list!r})\ninstall(router)\n"
        f"ask = lambda: router.embedding(model={GROUP!r}, input=['a'], task='code')\n"
        "ask()\nchild = os.fork()\nif child == 0:\n    ask()\n    os._exit(0)\n"
        "sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], timeout=60, check=False, capture_output=True)
    assert done.returncode == 0, done.stderr
    assert len(fleet.servers["code"].seen) == 2


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"tasks": "retrieval"}, "'tasks'.*task is meant"),
        ({"task": "retrival"}, "task='retrival'.*text-matching"),
        ({"apibase": "x"}, "'apibase'.*api_base is meant"),
    ],
)
def test_a_wrong_key_or_task_is_named_at_the_installation(fleet: Fleet, changed: dict[str, Any], words: str) -> None:
    """A deployment with a key that nobody reads, or a task that is none, is refused with its name."""
    router = Router(model_list=[fleet.entry("retrieval", **changed)])
    with pytest.raises(ConfigurationError, match=words):
        install(router)


def test_settings_that_change_vectors_silently_are_warned_about(fleet: Fleet, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fallbacks to another model, dropped parameters and a cache that ignores the task give a warning each."""
    monkeypatch.setattr(litellm, "drop_params", True)
    monkeypatch.setattr(litellm, "cache", Cache())
    with pytest.warns(RoutingWarning) as caught:
        routed(fleet.model_list, fallbacks=[{GROUP: ["other"]}])
    words = " ".join(str(warning.message) for warning in caught)
    assert all(word in words for word in ("fallbacks", "drop_params", "LiteLLM's cache"))
    monkeypatch.setattr(litellm, "drop_params", False)
    monkeypatch.setattr(litellm, "enable_caching_on_provider_specific_optional_params", True)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RoutingWarning)
        routed(fleet.model_list)


def test_install_takes_a_router_only() -> None:
    """Anything else is refused in plain words."""
    with pytest.raises(ConfigurationError, match=r"litellm\.Router, not a str"):
        install("router")


def FAMILY_BLIND(body: dict[str, Any]) -> Any:  # noqa: N802 (a constant answer)
    """Answer any task, whatever the server is for."""
    task = body["input"][0]["task"]
    return only(task.split(".")[0])({**body, "task": task})
