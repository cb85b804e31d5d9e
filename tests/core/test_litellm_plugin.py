"""What callers of LiteLLM get from the two providers, without this library's client."""

from __future__ import annotations

import asyncio
import base64
import json
import threading
from typing import TYPE_CHECKING, Any

import litellm
import numpy as np
import pytest
from litellm import exceptions
from litellm.integrations.custom_logger import CustomLogger
from litellm.llms.custom_llm import CustomLLM

from nova_embeddings import ConfigurationError, Image, NovaClient, litellm_plugin
from tests.core.pictures import drawn
from tests.fake_nova import Scripted, expected

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fake_nova import FakeNova

MODEL = "hosted_lexiq_nova/remodlai/nova-embeddings-v1"


@pytest.fixture(autouse=True)
def _registered() -> None:
    """Make LiteLLM know the providers, as a caller would."""
    litellm_plugin.register()


def test_registering_keeps_what_the_user_registered() -> None:
    """A user's own providers stay, ours are added once, also after the map was assigned anew."""
    theirs: Any = {"provider": "theirs", "custom_handler": litellm_plugin.provider}
    litellm.custom_provider_map = [theirs]
    litellm_plugin.register()
    litellm_plugin.register()
    names = [entry["provider"] for entry in litellm.custom_provider_map]
    assert names == ["theirs", "hosted_lexiq_nova", "lexiq_nova", "sentence_transformers"]
    litellm.custom_provider_map = [theirs]
    assert NovaClient("lexiq_nova/hash").embed(["a"]).vectors.shape == (1, 2048)


@pytest.mark.parametrize("asynchronous", [False, True])
def test_plain_inputs_give_plain_lists(nova: FakeNova, *, asynchronous: bool) -> None:
    """`litellm.embedding` with strings and objects sends objects with the task, and returns lists of floats."""
    arguments: dict[str, Any] = {
        "model": MODEL,
        "input": ["one", {"text": "two", "task": "retrieval.query"}],
        "task": "retrieval.passage",
        "api_base": nova.api_base,
        "api_key": "key",
        "extra_body": {"dimensions": 128, "unknown": "dropped"},
    }
    response = asyncio.run(litellm.aembedding(**arguments)) if asynchronous else litellm.embedding(**arguments)
    rows = [row["embedding"] for row in response.data]
    wanted = [expected("one", "retrieval.passage", width=128), expected("two", "retrieval.query", width=128)]
    np.testing.assert_allclose(rows, wanted, rtol=1e-6)
    assert type(rows[0]) is list
    assert response.usage.prompt_tokens == 2
    seen = nova.seen[0]
    assert seen.headers["authorization"] == "Bearer key"
    assert set(seen.body) == {"model", "input", "task", "dimensions"}
    json.dumps(response.model_dump())


def test_base64_comes_back_as_base64(nova: FakeNova) -> None:
    """Who asks for base64 gets base64, and the order of the inputs."""
    extra = {"encoding_format": "base64", "dimensions": 128}
    response = litellm.embedding(MODEL, ["a", "b"], task="code.query", api_base=nova.api_base, extra_body=extra)
    rows = [np.frombuffer(base64.b64decode(row["embedding"]), "<f4") for row in response.data]
    np.testing.assert_allclose(rows, [expected(text, "code.query", width=128) for text in "ab"], rtol=1e-6)


def test_settings_come_from_the_environment(nova: FakeNova, monkeypatch: pytest.MonkeyPatch) -> None:
    """Address and key are read from NOVA_API_BASE and NOVA_API_KEY where LiteLLM gives none."""
    monkeypatch.setenv("NOVA_API_BASE", nova.api_base)
    monkeypatch.setenv("NOVA_API_KEY", "outside")
    litellm.embedding(MODEL, ["a"], task="retrieval")
    assert nova.seen[0].headers["authorization"] == "Bearer outside"


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (400, exceptions.BadRequestError),
        (401, exceptions.AuthenticationError),
        (403, exceptions.PermissionDeniedError),
        (404, exceptions.NotFoundError),
        (408, exceptions.Timeout),
        (422, exceptions.UnprocessableEntityError),
        (429, exceptions.RateLimitError),
        (500, exceptions.InternalServerError),
        (502, exceptions.BadGatewayError),
        (503, exceptions.ServiceUnavailableError),
        (504, exceptions.Timeout),
        (307, exceptions.BadGatewayError),
    ],
)
def test_a_status_is_litellm_s_error_after_one_request(nova: FakeNova, status: int, error: type[Exception]) -> None:
    """Each status is the exception LiteLLM's Router and proxy know, raised after a single request, without the key."""
    nova.answering = lambda _: Scripted(status, {"error": {"message": "no canary-key"}}, {"retry-after": "7"})
    with pytest.raises(error) as caught:
        litellm.embedding(MODEL, ["a"], task="retrieval", api_base=nova.api_base, api_key="canary-key")
    assert "canary" not in str(caught.value)
    assert len(nova.seen) == 1
    if status == 429:
        assert caught.value.response.headers["retry-after"] == "7"  # type: ignore[attr-defined]


def test_engines_answer_litellm_s_callers() -> None:
    """`lexiq_nova/hash` embeds plain inputs in process, and needs a task of one family."""
    response = litellm.embedding("lexiq_nova/hash", ["a"], task="code.query", extra_body={"dimensions": 128})
    own = NovaClient("lexiq_nova/hash", dimensions=128).embed(["a"], "code.query").vectors[0]
    np.testing.assert_array_equal(np.array(response.data[0]["embedding"], dtype=np.float32), own)
    picture = {"image": base64.b64encode(drawn()).decode(), "task": "retrieval"}
    seen = litellm.embedding("lexiq_nova/hash", [picture], extra_body={"dimensions": 128})
    same = NovaClient("lexiq_nova/hash", dimensions=128).embed([Image.from_bytes(drawn())], "retrieval").vectors[0]
    np.testing.assert_array_equal(np.array(seen.data[0]["embedding"], dtype=np.float32), same)
    with pytest.raises(exceptions.BadRequestError, match="task=None"):
        litellm.embedding("lexiq_nova/hash", ["a"])
    mixed = [{"text": "a", "task": "code"}, {"text": "b", "task": "retrieval"}]
    with pytest.raises(exceptions.BadRequestError, match="several families"):
        litellm.embedding("lexiq_nova/hash", mixed)


class Recorder(CustomLogger):
    """Keeps everything that LiteLLM shows to a callback."""

    def __init__(self) -> None:
        """Start with nothing."""
        super().__init__()
        self.shown: list[str] = []
        self.events: list[str] = []
        self.called = threading.Event()

    def _keep(self, event: str, kwargs: Any, response: Any) -> None:
        self.events.append(event)
        self.shown.append(repr(kwargs) + repr(response))
        self.called.set()

    def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:  # noqa: ARG002
        """Keep a success."""
        self._keep("success", kwargs, response_obj)

    def log_failure_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:  # noqa: ARG002
        """Keep a failure."""
        self._keep("failure", kwargs, response_obj)


RECORDER = Recorder()  # LiteLLM keeps the first callback of a class, whatever is set later


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    """A callback of LiteLLM's that records."""
    before = litellm.callbacks
    RECORDER.__init__()  # type: ignore[misc]  # as new
    litellm.callbacks = [RECORDER]
    yield RECORDER
    litellm.callbacks = before


def test_callbacks_see_a_call_but_neither_text_nor_key(nova: FakeNova, recorder: Recorder) -> None:
    """LiteLLM's callbacks learn model, task, counts and usage of the client's calls, and nothing confidential."""
    client = NovaClient(api_base=nova.api_base, api_key="canary-key", headers={"x-t": "canary-h"}, max_retries=0)
    client.embed(["canary-text"], instructions="canary-instructions")
    assert recorder.called.wait(5)
    recorder.called.clear()
    nova.answering = lambda _: Scripted(401, {"error": "bad canary-key for canary-text"})
    with pytest.raises(Exception, match="401"):
        client.embed(["canary-text"])
    assert recorder.called.wait(5)
    assert recorder.events == ["success", "failure"]
    assert "canary" not in "".join(recorder.shown)
    assert "1 inputs, task=retrieval.passage" in recorder.shown[0]


def test_litellm_s_cache_is_never_used(nova: FakeNova) -> None:
    """With LiteLLM's cache on, whose keys leave out the task, each task still gets its own vectors."""
    litellm.enable_cache()
    try:
        client = NovaClient(api_base=nova.api_base, dimensions=128)
        for task in ("retrieval.query", "retrieval.passage", "retrieval.query"):
            row = client.embed(["same"], task).vectors[0]
            np.testing.assert_allclose(row, expected("same", task, width=128), rtol=1e-6)
    finally:
        litellm.disable_cache()
    assert len(nova.seen) == 3


class Treacherous(str):
    """A text that fails where an engine uses it."""

    __slots__ = ()

    def __format__(self, _: str) -> str:
        """Fail with words that nobody should see."""
        raise ZeroDivisionError("canary")


def test_a_mistake_inside_the_provider_is_raised_as_it_is(recorder: Recorder) -> None:
    """An unforeseen exception is neither wrapped nor retried, and LiteLLM's callbacks see only its type."""
    with pytest.raises(ZeroDivisionError, match="canary"):
        NovaClient("lexiq_nova/hash").embed([Treacherous("a")])
    assert recorder.called.wait(5)
    assert "canary" not in "".join(recorder.shown)
    assert "ZeroDivisionError" in "".join(recorder.shown)


@pytest.mark.parametrize("value", [[1, 2], 7, None, "half \ud83d", " "])
def test_an_input_that_is_none_is_the_caller_s_mistake(nova: FakeNova, value: Any) -> None:
    """What cannot be an input is a 400 that no Router repeats, and is not sent."""
    with pytest.raises(exceptions.BadRequestError, match="input 1"):
        litellm.embedding(MODEL, ["fine", value], task="retrieval", api_base=nova.api_base)
    extra = {"dimensions": "256"}
    with pytest.raises(exceptions.BadRequestError, match="dimensions="):
        litellm.embedding(MODEL, ["fine"], task="retrieval", api_base=nova.api_base, extra_body=extra)
    assert nova.seen == []


def test_a_name_that_is_taken_is_said() -> None:
    """A user's own handler under one of our names is named as what stands in the way."""
    before = litellm.custom_provider_map
    litellm.custom_provider_map = [{"provider": "lexiq_nova", "custom_handler": CustomLLM()}]
    try:
        with pytest.raises(ConfigurationError, match="gives lexiq_nova to another handler"):
            NovaClient("lexiq_nova/hash").embed(["a"])
    finally:
        litellm.custom_provider_map = before


def test_an_empty_list_is_refused(nova: FakeNova) -> None:
    """LiteLLM's callers learn that a list must not be empty."""
    with pytest.raises(exceptions.BadRequestError, match="non-empty list"):
        litellm.embedding(MODEL, [], task="retrieval", api_base=nova.api_base)
    assert nova.seen == []
