"""A real LiteLLM proxy over three reference servers that refuse each other's tasks, asked by all kinds of clients."""

from __future__ import annotations

import asyncio
import base64
import json
import random
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import openai
import pytest

from nova_embeddings import EmbeddingInput, Image, NovaClient, StandInWarning, passage_task, query_task
from nova_embeddings._tasks import TASKS, family_of
from nova_embeddings.cache import SQLiteCache
from tests.core.pictures import drawn
from tests.routing.proxies import EXAMPLE, Proxy, running_example
from tests.ways_in import WAYS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from nova_embeddings import Task

MODEL = "nova-embeddings-v1"
PICTURE = base64.b64encode(drawn()).decode()
KINDS = ("text", "image", "fused")
FORMS = ("float", "base64", "multi-vector")


@pytest.fixture(scope="module")
def proxy() -> Iterator[Proxy]:
    """The example, running."""
    with running_example() as running:
        yield running


@pytest.fixture(scope="module")
def engine() -> NovaClient:
    """The engine of the reference servers, in this process: what each input's vector must be."""
    return NovaClient("lexiq_nova/hash")


def post(proxy: Proxy, **body: Any) -> httpx.Response:
    """Post a request as any HTTP client would."""
    headers = {"authorization": f"Bearer {proxy.api_key}"}
    return httpx.post(f"{proxy.api_base}/embeddings", json={"model": MODEL, **body}, headers=headers, timeout=60)


def item_of(kind: str, text: str) -> dict[str, str]:
    """Return an input as the wire has it."""
    return {
        "text": {"text": text},
        "image": {"image": PICTURE},
        "fused": {"text": text, "image": PICTURE},
    }[kind]


def input_of(kind: str, text: str) -> EmbeddingInput:
    """Return the same input as this library has it."""
    return EmbeddingInput(
        None if kind == "image" else text, image=None if kind == "text" else Image.from_bytes(drawn())
    )


def wanted(engine: NovaClient, kind: str, text: str, task: Task, form: str) -> NDArray[np.float32]:
    """Return the vectors that the task's own server gives."""
    if form == "multi-vector":
        return engine.embed([input_of(kind, text)], task, return_multivector=True).multivectors[0]
    return np.asarray(engine.embed([input_of(kind, text)], task, dimensions=128).vectors[0])


def asked(form: str) -> dict[str, Any]:
    """Return the options of a request for this form of vectors."""
    if form == "multi-vector":
        return {"return_multivector": True}
    return {"dimensions": 128, "encoding_format": form}


def row_of(answer: httpx.Response) -> NDArray[np.float32]:
    """Return the one vector, or the vectors, of an answer."""
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()["data"]
    vector = row["embedding"]
    if isinstance(vector, str):
        return np.frombuffer(base64.b64decode(vector), "<f4")
    return np.asarray(vector, dtype=np.float32)


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("kind", KINDS)
def test_each_task_kind_and_form_reaches_its_deployment(
    proxy: Proxy, engine: NovaClient, task: Task, kind: str, form: str
) -> None:
    """The proxy names the deployment of the task, and the vectors are that one's."""
    answer = post(proxy, task=task, input=[item_of(kind, "a text")], **asked(form))
    np.testing.assert_allclose(row_of(answer), wanted(engine, kind, "a text", task, form), rtol=1e-5, atol=1e-6)
    assert answer.headers["x-litellm-model-id"] == f"nova-{family_of(task)}"


def test_the_example_prints_which_deployment_answered_each_task(proxy: Proxy) -> None:
    """All seven tasks are listed, each with its family's deployment."""
    for task in TASKS:
        assert f"{task:18} -> nova-{family_of(task)} (128 dimensions)" in proxy.printed


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_the_readme_s_curl_lines_work(proxy: Proxy) -> None:
    """Every curl line of the example's README answers with the deployment that stands below it."""
    lines = (EXAMPLE / "README.md").read_text().splitlines()
    shown = [(line, lines[index + 1]) for index, line in enumerate(lines) if line.startswith("curl ")]
    assert len(shown) >= len(TASKS)
    environment = {"NOVA_API_BASE": proxy.api_base, "NOVA_API_KEY": proxy.api_key, "PATH": "/usr/bin:/bin"}
    for line, answer in shown:
        done = subprocess.run(
            line, shell=True, env=environment, capture_output=True, text=True, timeout=60, check=False
        )
        seen = [
            each.strip()
            for each in done.stdout.splitlines()
            if each.lower().startswith(("x-litellm-model-id", "http/"))
        ]
        assert answer.removeprefix("# ") in seen, (line, done.stdout, done.stderr)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_the_openai_sdk_reaches_every_task(proxy: Proxy, engine: NovaClient, *, asynchronous: bool) -> None:
    """The OpenAI SDK, which always asks for base64, gets each task's vectors, and the width that it asks for."""
    options: dict[str, Any] = {"base_url": proxy.api_base, "api_key": proxy.api_key, "max_retries": 0}

    async def with_async_client(**arguments: Any) -> Any:
        async with openai.AsyncOpenAI(**options) as client:
            return await client.embeddings.create(**arguments)

    for task in TASKS:
        arguments: dict[str, Any] = {
            "model": MODEL,
            "input": ["one", "two"],
            "dimensions": 128,
            "user": "someone",
            "extra_body": {"task": task},
        }
        if asynchronous:
            answer = asyncio.run(with_async_client(**arguments))
        else:
            with openai.OpenAI(**options) as client:
                answer = client.embeddings.create(**arguments)
        rows = [row.embedding for row in answer.data]
        np.testing.assert_allclose(rows, engine.embed(["one", "two"], task, dimensions=128).vectors, atol=1e-6)


@pytest.mark.parametrize("way", WAYS)
def test_both_integrations_and_the_core_embed_through_it(
    proxy: Proxy, engine: NovaClient, way: str, tmp_path: Any
) -> None:
    """Queries, documents, images and fused inputs of all three families come back right, in order."""
    path = tmp_path / "picture.png"
    path.write_bytes(drawn())
    for family in ("retrieval", "code", "text-matching"):
        way_in = made(way, proxy, family)
        sides = query_task(family), passage_task(family)
        picture = wanted(engine, "image", "", sides[1], "float")
        np.testing.assert_allclose(way_in.images([str(path)])[0], picture, rtol=1e-5, atol=1e-6)
        fused = wanted(engine, "fused", "a text", sides[1], "float")
        np.testing.assert_allclose(way_in.fused([("a text", str(path))])[0], fused, rtol=1e-5, atol=1e-6)


def test_a_stand_in_is_known_through_the_proxy(proxy: Proxy, tmp_path: Path) -> None:
    """The client is warned of an engine behind a proxy, and keeps none of its vectors for Nova's."""
    cache = SQLiteCache(tmp_path / "vectors.db")
    client = NovaClient(MODEL, api_base=proxy.api_base, api_key=proxy.api_key, cache=cache)
    with pytest.warns(StandInWarning, match="computes with the"):
        client.embed(["one"])
    assert len(cache) == 0


def test_the_task_of_the_inputs_is_enough(proxy: Proxy, engine: NovaClient) -> None:
    """A request whose inputs say their tasks needs none on top; two sides of one family go together."""
    inputs = [{"text": "a", "task": "code.query"}, {"text": "b", "task": "code.passage"}]
    answer = post(proxy, input=inputs, dimensions=128)
    assert answer.headers["x-litellm-model-id"] == "nova-code"
    rows = [row["embedding"] for row in answer.json()["data"]]
    both = [engine.embed([value["text"]], value["task"], dimensions=128).vectors[0] for value in inputs]  # type: ignore[arg-type]
    np.testing.assert_allclose(rows, both, atol=1e-6)


def test_an_input_s_own_task_wins_over_the_request_s(proxy: Proxy, engine: NovaClient) -> None:
    """A text takes the request's task, an object keeps its own, also where the two differ."""
    answer = post(
        proxy, task="retrieval.query", input=["a", {"text": "b", "task": "retrieval.passage"}], dimensions=128
    )
    rows = [row["embedding"] for row in answer.json()["data"]]
    first = engine.embed(["a"], "retrieval.query", dimensions=128).vectors[0]
    second = engine.embed(["b"], "retrieval.passage", dimensions=128).vectors[0]
    np.testing.assert_allclose(rows, [first, second], atol=1e-6)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"input": ["a"]}, "has no task"),
        ({"input": ["a"], "task": "summarise"}, "'summarise' is not a task of Nova"),
        ({"input": ["a"], "task": 7}, "not a task"),
        ({"input": [{"text": "a", "task": "nonsense"}]}, "input 0"),
        ({"input": [{"text": "a", "task": "code"}, {"text": "b", "task": "retrieval"}]}, "code, retrieval"),
        ({"input": [{"text": "a", "task": "code"}, {"text": "b"}]}, "input 1: has no task"),
        ({"input": ["a"], "task": "code", "dimensions": 100}, "dimensions"),
        ({"input": [], "task": "code"}, "empty"),
        ({"input": ["a"], "task": "code", "extra_body": {"task": "retrieval"}}, "contradict each other"),
        ({"input": ["a"], "task": "code", "extra_body": "foo"}, "extra_body is a str"),
        ({"input": ["a"], "task": "code", "model": "nova-retrieval"}, "serves retrieval"),
        ({"input": ["a"], "task": "code", "model": "hosted_lexiq_nova/nova-embeddings-retrieval"}, "serve retrieval"),
        (
            {"input": [{"text": "a", "task": "code"}, {"text": "b", "task": "retrieval"}], "model": "nova-retrieval"},
            "code, retrieval",
        ),
    ],
)
def test_a_wrong_request_is_a_400_that_says_what_to_do(proxy: Proxy, body: dict[str, Any], words: str) -> None:
    """No task, an unknown one, or mixed families: refused with the reason, and without a key."""
    answer = post(proxy, **body)
    assert answer.status_code == 400, answer.text
    message = answer.json()["error"]["message"]
    assert words in message
    assert proxy.api_key not in answer.text


def test_instructions_and_adapters_pass_through(proxy: Proxy, engine: NovaClient) -> None:
    """Instructions of the request and of an input reach the server; an unknown adapter is its own error."""
    inputs = [{"text": "a"}, {"text": "a", "instructions": "of the input"}]
    answer = post(proxy, task="retrieval.query", input=inputs, instructions="of the request", dimensions=128)
    rows = [row["embedding"] for row in answer.json()["data"]]
    options: dict[str, Any] = {"task": "retrieval.query", "dimensions": 128}
    both = [engine.embed(["a"], instructions=f"of the {of}", **options).vectors[0] for of in ("request", "input")]
    np.testing.assert_allclose(rows, both, atol=1e-6)
    refused = post(proxy, task="code", input=[{"text": "a", "adapter": "unheard-of"}])
    assert refused.status_code == 404
    assert "unheard-of" in refused.text


@pytest.mark.slow
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_thousand_mixed_requests_and_none_misrouted(proxy: Proxy, engine: NovaClient, *, asynchronous: bool) -> None:
    """1,000 requests at random over tasks, kinds and forms: each answer is its own deployment's."""
    chosen = random.Random(11)
    requests = [
        (chosen.choice(KINDS), f"text {number}", chosen.choice(TASKS), chosen.choice(FORMS)) for number in range(1_000)
    ]
    headers = {"authorization": f"Bearer {proxy.api_key}"}
    bodies = [
        {"model": MODEL, "task": task, "input": [item_of(kind, text)], **asked(form)}
        for kind, text, task, form in requests
    ]

    async def all_of_them() -> list[httpx.Response]:
        gate = asyncio.Semaphore(8)
        async with httpx.AsyncClient(headers=headers, timeout=60) as client:

            async def one(body: dict[str, Any]) -> httpx.Response:
                async with gate:
                    return await client.post(f"{proxy.api_base}/embeddings", json=body)

            return list(await asyncio.gather(*map(one, bodies)))

    if asynchronous:
        answers = asyncio.run(all_of_them())
    else:
        with httpx.Client(headers=headers, timeout=60) as client:
            answers = [client.post(f"{proxy.api_base}/embeddings", json=body) for body in bodies]
    misrouted = [
        (kind, task, form)
        for (kind, text, task, form), answer in zip(requests, answers, strict=True)
        if answer.headers.get("x-litellm-model-id") != f"nova-{family_of(task)}"
        or not np.allclose(row_of(answer), wanted(engine, kind, text, task, form), rtol=1e-5, atol=1e-6)
    ]
    assert misrouted == []


@pytest.mark.slow
@pytest.mark.parametrize("asynchronous", [False, True])
def test_a_thousand_mixed_inputs_of_the_client(proxy: Proxy, engine: NovaClient, *, asynchronous: bool) -> None:
    """This library's client sends 1,000 inputs of all tasks and kinds through the proxy: one result, in order."""
    chosen = random.Random(13)
    picked = [(chosen.choice(KINDS), f"text {number}", chosen.choice(TASKS)) for number in range(1_000)]
    inputs = []
    for kind, text, task in picked:
        made_of = input_of(kind, text)
        inputs.append(EmbeddingInput(made_of.text, image=made_of.image, task=task))
    client = NovaClient(MODEL, api_base=proxy.api_base, api_key=proxy.api_key, batch_size=16)
    for form in ("dense", "multi-vector"):
        options: dict[str, Any] = {"return_multivector": True} if form == "multi-vector" else {"dimensions": 128}
        result = asyncio.run(client.aembed(inputs, **options)) if asynchronous else client.embed(inputs, **options)
        own = engine.embed(inputs, **options)
        if form == "dense":
            np.testing.assert_allclose(result.vectors, own.vectors, rtol=1e-5, atol=1e-6)
        else:
            for row, other in zip(result.multivectors, own.multivectors, strict=True):
                np.testing.assert_allclose(row, other, rtol=1e-5, atol=1e-6)


def made(way: str, proxy: Proxy, family: str) -> Any:
    """Return a way in that points at the proxy."""
    name = "model_name" if way.startswith("llamaindex") else "model"
    options: dict[str, Any] = {name: MODEL, "api_base": proxy.api_base, "api_key": proxy.api_key, "dimensions": 128}
    return WAYS[way](task=family, **options)


def test_a_wrong_key_is_refused(proxy: Proxy) -> None:
    """A client with another key gets an error that holds neither key."""
    headers = {"authorization": "Bearer sk-wrong-canary"}
    body = {"model": MODEL, "input": ["a"], "task": "code"}
    answer = httpx.post(f"{proxy.api_base}/embeddings", json=body, headers=headers, timeout=60)
    assert answer.status_code in (400, 401)
    assert proxy.api_key not in answer.text
    json.loads(answer.text)
