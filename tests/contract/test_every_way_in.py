"""What every way in promises, over a real socket."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nova_embeddings import (
    AuthenticationError,
    ConfigurationError,
    DeploymentTimeoutError,
    DeploymentUnavailableError,
    InputError,
    NovaError,
    RateLimitError,
    ResponseError,
)
from tests.fake_nova import Scripted, expected, good_answer
from tests.ways_in import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_nova import FakeNova
    from tests.ways_in import WayIn

    Make = Callable[..., WayIn]


@pytest.fixture(params=WAYS)
def make(request: pytest.FixtureRequest, nova: FakeNova) -> Make:
    """A way in, pointed at the fake server."""
    return lambda **options: WAYS[request.param](**{"api_base": nova.api_base, **options})


def passages(count: int) -> list[str]:
    """Return texts that differ from each other."""
    return [f"passage {number} of {count}" for number in range(count)]


def all_expected(texts: list[str], task: str, **options: Any) -> np.ndarray[Any, Any]:
    """Return the vectors that the fake server gives to these texts."""
    return np.stack([expected(text, task, **options) for text in texts])


def test_vectors_stand_in_the_order_of_their_texts(make: Make, nova: FakeNova) -> None:
    """Many batches that finish in any order, each with its rows reversed, come back in the order of the texts."""
    slow = random.Random(7)
    nova.answering = lambda body: Scripted(body=good_answer(body), delay=slow.choice([0, 0.05]))
    texts = passages(45)
    vectors = make(batch_size=4, dimensions=128).passages(texts)
    np.testing.assert_allclose(vectors, all_expected(texts, "retrieval.passage", width=128), rtol=1e-6)
    assert sorted(len(seen.items) for seen in nova.seen) == [1] + [4] * 11


def test_an_empty_list_costs_nothing(make: Make, nova: FakeNova) -> None:
    """No texts give no vectors, without a request."""
    assert make().passages([]).shape[0] == 0
    assert nova.seen == []


def test_one_text(make: Make) -> None:
    """One text gives one vector, at the model's default width."""
    vectors = make().passages(["alone"])
    np.testing.assert_allclose(vectors, all_expected(["alone"], "retrieval.passage"), rtol=1e-6)
    assert vectors.shape == (1, 2048)


def test_duplicates_have_equal_vectors(make: Make) -> None:
    """The same text twice gives the same vector twice, at both places."""
    texts = ["same", "other", "same", "same"]
    vectors = make(batch_size=2).passages(texts)
    np.testing.assert_allclose(vectors, all_expected(texts, "retrieval.passage"), rtol=1e-6)


@pytest.mark.parametrize(
    ("family", "query", "passage"),
    [
        ("retrieval", "retrieval.query", "retrieval.passage"),
        ("code", "code.query", "code.passage"),
        ("text-matching", "text-matching", "text-matching"),
    ],
)
def test_each_side_has_its_task(make: Make, nova: FakeNova, family: str, query: str, passage: str) -> None:
    """A query and a passage reach the server with their own task, on top and on the item."""
    way = make(task=family)
    np.testing.assert_allclose(way.query("words"), expected("words", query), rtol=1e-6)
    np.testing.assert_allclose(way.passages(["words"])[0], expected("words", passage), rtol=1e-6)
    assert [(seen.body["task"], seen.items[0]["task"]) for seen in nova.seen] == [(query, query), (passage, passage)]


def test_a_text_reaches_the_server_as_it_is(make: Make, nova: FakeNova) -> None:
    """Neither newlines, tabs, paths, addresses nor any script is changed on the way."""
    texts = ["def f():\n\treturn 1\n", "/etc/hosts", "http://example.com/a.png", "ünïcode 漢字 🦜 ", "  spaced  "]
    make().passages(texts)
    assert nova.seen[0].texts == texts


@pytest.mark.parametrize("width", [128, 256, 512, 1024, 2048])
def test_dimensions_are_asked_for_and_checked(make: Make, nova: FakeNova, width: int) -> None:
    """The width that was asked for is sent, and is the width that comes back."""
    way = make(dimensions=width)
    assert way.passages(["a"]).shape == (1, width)
    assert way.query("a").shape == (width,)
    assert [seen.body["dimensions"] for seen in nova.seen] == [width, width]


def test_a_server_that_ignores_dimensions_is_refused(make: Make, nova: FakeNova) -> None:
    """Vectors of another width than asked for are never returned."""
    nova.answering = lambda body: good_answer({**body, "dimensions": 1024})
    with pytest.raises(ResponseError, match="1024 dimensions where 512 were expected"):
        make(dimensions=512, max_retries=0).passages(["a"])


def test_instructions_of_the_client_hold_for_both_sides(make: Make) -> None:
    """Instructions given once go with every query and every passage."""
    way = make(instructions="Mind the law.")
    np.testing.assert_allclose(
        way.passages(["a"])[0], expected("a", "retrieval.passage", instructions="Mind the law."), rtol=1e-6
    )
    np.testing.assert_allclose(
        way.query("a"), expected("a", "retrieval.query", instructions="Mind the law."), rtol=1e-6
    )


def test_instructions_of_one_side_win(make: Make) -> None:
    """A side's own instructions replace the general ones, and "" switches them off."""
    way = make(instructions="general", query_instructions="for queries", document_instructions="")
    np.testing.assert_allclose(way.query("a"), expected("a", "retrieval.query", instructions="for queries"), rtol=1e-6)
    np.testing.assert_allclose(way.passages(["a"])[0], expected("a", "retrieval.passage"), rtol=1e-6)


def test_the_key_and_headers_are_sent(make: Make, nova: FakeNova) -> None:
    """The key goes as a Bearer token, further headers as they are."""
    make(api_key="key-1", headers={"x-tenant": "blue"}).passages(["a"])
    assert nova.seen[0].headers["authorization"] == "Bearer key-1"
    assert nova.seen[0].headers["x-tenant"] == "blue"


def test_settings_come_from_the_environment(make: Make, nova: FakeNova, monkeypatch: pytest.MonkeyPatch) -> None:
    """NOVA_API_BASE, NOVA_API_KEY and NOVA_MODEL are read where nothing is given."""
    monkeypatch.setenv("NOVA_API_BASE", nova.api_base)
    monkeypatch.setenv("NOVA_API_KEY", "from-outside")
    monkeypatch.setenv("NOVA_MODEL", "hosted_lexiq_nova/other-name")
    make(api_base=None).passages(["a"])
    assert nova.seen[0].headers["authorization"] == "Bearer from-outside"
    assert nova.seen[0].body["model"] == "other-name"


def test_concurrency_is_used_and_bounded(make: Make, nova: FakeNova) -> None:
    """Several calls are in flight at a time, and never more than allowed."""
    nova.answering = lambda body: Scripted(body=good_answer(body), delay=0.05)
    make(batch_size=1, max_concurrency=3, dimensions=128).passages(passages(9))
    assert nova.most_in_flight == 3


@pytest.mark.parametrize(
    ("status", "error", "requests"),
    [
        (400, ConfigurationError, 1),
        (401, AuthenticationError, 1),
        (403, AuthenticationError, 1),
        (404, ConfigurationError, 1),
        (413, ConfigurationError, 1),
        (422, ConfigurationError, 1),
        (429, RateLimitError, 2),
        (500, DeploymentUnavailableError, 2),
        (503, DeploymentUnavailableError, 2),
        (504, DeploymentTimeoutError, 2),
        (307, ResponseError, 1),
    ],
)
def test_a_status_has_one_error_everywhere(
    make: Make, nova: FakeNova, status: int, error: type[NovaError], requests: int
) -> None:
    """Every way in raises the same error for a status, after the same number of requests."""
    body = {"error": {"message": "the server's own words", "type": "t", "param": None, "code": status}}
    headers = {"location": "http://127.0.0.1:9/elsewhere"}
    nova.answering = lambda _: Scripted(status, body, headers)
    with pytest.raises(error, match="the server's own words") as caught:
        make(max_retries=1).passages(["a"])
    assert caught.value.status == status
    assert len(nova.seen) == requests


def test_a_failure_that_passes_is_retried(make: Make, nova: FakeNova) -> None:
    """Two 503 and then an answer give the vectors, and nothing is sent more often than needed."""
    failures = iter([Scripted(503), Scripted(503)])
    nova.answering = lambda body: next(failures, None) or good_answer(body)
    np.testing.assert_allclose(make().passages(["a"])[0], expected("a", "retrieval.passage"), rtol=1e-6)
    assert len(nova.seen) == 3


def test_an_error_in_one_batch_raises_once_and_stops_the_rest(make: Make, nova: FakeNova) -> None:
    """The first batch that fails ends the request: what had not started is never sent."""

    def answer(body: dict[str, Any]) -> Scripted:
        fails = body["input"][0]["text"].startswith("passage 0 ")
        return Scripted(400, {"error": {"message": "no"}}) if fails else Scripted(body=good_answer(body), delay=0.2)

    nova.answering = answer
    with pytest.raises(ConfigurationError):
        make(batch_size=1, max_concurrency=2, dimensions=128).passages(passages(40))
    assert len(nova.seen) <= 4


@pytest.mark.parametrize(
    ("bad", "words"),
    [
        ("", "empty"),
        (" \n\t", "white space"),
        ("half \ud83d", "surrogate"),
        (None, "NoneType"),
        (3, "int"),
        (b"bytes", "bytes"),
    ],
)
def test_a_bad_input_is_named_before_anything_is_sent(make: Make, nova: FakeNova, bad: Any, words: str) -> None:
    """A bad text raises InputError with its index; nothing goes out, and its text is not in the message."""
    with pytest.raises(InputError, match=words) as caught:
        make().passages(["good", "good too", bad])
    assert caught.value.index == 2
    assert str(caught.value).startswith("input 2: ")
    assert "half" not in str(caught.value)
    assert nova.seen == []


def test_a_bare_str_is_no_list(make: Make, nova: FakeNova) -> None:
    """A text where a list belongs is refused, not taken letter by letter."""
    with pytest.raises(ConfigurationError, match="give a list"):
        make().passages("one text")  # type: ignore[arg-type]
    assert nova.seen == []


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"task": "retrieval.everything"}, "task='retrieval.everything'"),
        ({"dimensions": 300}, "dimensions=300 .*128, 256, 512, 1024, 2048"),
        ({"dimensions": True}, "dimensions=True"),
        ({"batch_size": 0}, "batch_size=0"),
        ({"max_concurrency": -1}, "max_concurrency=-1"),
        ({"timeout": 0}, "timeout=0"),
        ({"max_retries": -1}, "max_retries=-1"),
        ({"api_base": "localhost:8000"}, "api_base='localhost:8000'"),
        ({"api_base": "http://[::1"}, "api_base='http://"),
        ({"api_base": "http://localhost:abc/v1"}, "api_base='http://localhost:abc"),
        ({"api_base": f"http://{'a' * 300}/v1"}, "api_base=<a str>"),
        ({"timeout": 1e300}, "timeout=1e.300"),
        ({"headers": {"x a": "v"}}, "'x a' cannot be set"),
        ({"headers": {"x-a\r\nx-b: 1": "v"}}, "cannot be set"),
        ({"headers": {"x-a": "canary\n\u00e9"}}, "the value of 'x-a' is not printable"),
        ({"api_base": "http://user:secret@localhost/v1"}, "api_base holds a user"),
        ({"headers": {"Authorization": "x"}}, "'Authorization' cannot be set"),
        ({"headers": ["x"]}, "headers is a list"),
        ({"instructions": "   "}, "instructions is only white space"),
    ],
)
def test_a_bad_option_is_refused_at_construction(make: Make, options: dict[str, Any], words: str) -> None:
    """Every way in refuses a bad option with the core's own error, naming it."""
    with pytest.raises(ConfigurationError, match=words):
        make(**options)


def test_an_unknown_keyword_is_refused(make: Make) -> None:
    """A misspelt option is named, and its value, which may be a key, is not shown."""
    with pytest.raises((TypeError, ConfigurationError), match="apikey") as caught:
        make(apikey="canary-key")
    assert "canary" not in str(caught.value)


def test_a_refusal_that_names_an_input_has_its_index_in_the_request(make: Make, nova: FakeNova) -> None:
    """A server's complaint about input 1 of the third batch of two is about input 5."""

    def answer(body: dict[str, Any]) -> Scripted | dict[str, Any]:
        if body["input"][0]["text"] != "passage 4 of 6":
            return good_answer(body)
        return Scripted(400, {"error": {"message": "too long: passage 5 of 6", "param": "input[1].text"}})

    nova.answering = answer
    with pytest.raises(InputError, match="too long") as caught:
        make(batch_size=2).passages(passages(6))
    assert caught.value.index == 5
    assert "passage 5" not in str(caught.value)
