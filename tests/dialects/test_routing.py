"""One vLLM server for each task family, behind one name of a Router: the task picks the server."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import litellm
import numpy as np
import pytest
from litellm.router import Router

from nova_embeddings import ConfigurationError, NovaClient, litellm_plugin
from tests.dialects import servers
from tests.fake_nova import FakeNova

if TYPE_CHECKING:
    from collections.abc import Iterator

FAMILIES = ("retrieval", "text-matching", "code")


@pytest.fixture
def fleet() -> Iterator[dict[str, FakeNova]]:
    """A fake vLLM for each family."""
    with contextlib.ExitStack() as stack:
        fakes = {family: stack.enter_context(FakeNova().running()) for family in FAMILIES}
        for fake in fakes.values():
            fake.answering = servers.vllm
        yield fakes


def entries(fleet: dict[str, FakeNova]) -> list[dict[str, Any]]:
    """Return the deployments as LiteLLM takes them."""
    return [
        {
            "model_name": "jina-v4",
            "litellm_params": {
                "model": f"hosted_lexiq_nova/jinaai/jina-embeddings-v4-vllm-{family}",
                "api_base": fake.api_base,
                "task": family,
                "dialect": "vllm",
            },
        }
        for family, fake in fleet.items()
    ]


@pytest.mark.parametrize("over", ["router", "model_list"])
async def test_a_task_reaches_the_server_of_its_family(over: str, fleet: dict[str, FakeNova]) -> None:
    """With the prompt that its model was trained to see, sync and async; a foreign task is refused."""
    listed = entries(fleet)
    client = NovaClient(model_list=listed) if over == "model_list" else NovaClient(router=Router(model_list=listed))
    asked = {"retrieval.query": "Query: ", "text-matching": "Query: ", "code.passage": "Passage: "}
    for task, prefix in asked.items():
        one = client.embed(["a", "b"], task)  # type: ignore[arg-type]
        other = await client.aembed(["a", "b"], task)  # type: ignore[arg-type]
        np.testing.assert_array_equal(one.vectors, other.vectors)
        seen = fleet[task.partition(".")[0]].seen[-2:]
        assert [each.body["input"] for each in seen] == [[f"{prefix}a", f"{prefix}b"]] * 2
    assert [len(fake.seen) for fake in fleet.values()] == [2, 2, 2]
    with pytest.raises(ConfigurationError, match=r"clustering.*is not supported"):
        client.embed(["a"], "clustering")


def test_other_callers_are_spelt_for_too(fleet: dict[str, FakeNova]) -> None:
    """Whoever calls the Router with plain texts and a task gets the same vectors."""
    router = Router(model_list=entries(fleet))
    litellm_plugin.install(router)
    answer = router.embedding(model="jina-v4", input=["a"], task="code.query")
    [row] = answer.data
    direct = NovaClient(model_list=entries(fleet)).embed(["a"], "code.query")
    np.testing.assert_allclose(row["embedding"], direct.vectors[0], rtol=1e-6)
    assert [seen.body["input"] for seen in fleet["code"].seen] == [["Query: a"]] * 2


def test_dialects_are_not_mixed(fleet: dict[str, FakeNova]) -> None:
    """Servers that spell differently do not hold one model; an unknown dialect is named."""
    mixed = entries(fleet)
    del mixed[0]["litellm_params"]["dialect"]
    with pytest.raises(ConfigurationError, match="several dialects: nova, vllm"):
        NovaClient(model_list=mixed)
    mixed[0]["litellm_params"]["dialect"] = "vlm"
    with pytest.raises(ConfigurationError, match="dialect='vlm' is none of"):
        NovaClient(model_list=mixed)
    assert litellm.custom_provider_map


@pytest.mark.parametrize("prefix", ["vllm", "hosted_vllm"])
def test_a_clients_prefix_in_a_list_is_respelt(prefix: str, fleet: dict[str, FakeNova]) -> None:
    """LiteLLM has these prefixes itself; the error says what this library reads, and that works."""
    listed = entries(fleet)
    params = listed[0]["litellm_params"]
    rest = params["model"].removeprefix("hosted_lexiq_nova/")
    wrong = {**listed[0], "litellm_params": {"model": f"{prefix}/{rest}", "api_base": params["api_base"]}}
    said = f"for {prefix}/{rest} give model: hosted_lexiq_nova/{rest} and dialect: vllm in litellm_params"
    with pytest.raises(ConfigurationError, match=said):
        NovaClient(model_list=[wrong])
    right = {"model": f"hosted_lexiq_nova/{rest}", "dialect": "vllm", "api_base": params["api_base"]}
    client = NovaClient(model_list=[{**wrong, "litellm_params": right}])
    assert client.embed(["a"], "retrieval.query").vectors.shape == (1, 2048)
