"""What the server refuses: every strict rule of the wire, one request each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nova_embeddings.testing import serving
from tests.server.asking import MODEL, body, embedded, post, refused

if TYPE_CHECKING:
    from nova_embeddings.testing import RunningServer

TASKS = "retrieval, retrieval.query, retrieval.passage, text-matching, code, code.query, code.passage"
WIDTHS = "128, 256, 512, 1024, 2048"

# fields changed, status, param, what the message says
REFUSED: list[tuple[dict[str, Any], int, str, str]] = [
    ({"truncate": True}, 400, "truncate", "its fields are adapter, dimensions"),
    ({"image": "aGk="}, 400, "image", "its fields are"),
    ({"input": [{"text": "a", "title": "b"}]}, 400, "input[0].title", "adapter, image, image_embeds, instructions"),
    ({"model": None}, 400, "model", "missing"),
    ({"model": 5}, 400, "model", "a number"),
    ({"model": " "}, 400, "model", "blank"),
    ({"model": "gpt-4"}, 404, "model", f"{MODEL}, nova-embeddings-v1"),
    ({"model": "hosted_lexiq_nova/" + MODEL}, 404, "model", "answers to"),
    ({"model": "amazon.nova-embeddings-v1"}, 404, "model", "answers to"),
    ({"user": 5}, 400, "user", "a string"),
    ({"task": None}, 400, "input[0].task", TASKS),
    ({"task": "clustering"}, 400, "task", TASKS),
    ({"task": "retrieval.document"}, 400, "task", TASKS),
    ({"task": ["retrieval"]}, 400, "task", TASKS),
    ({"input": ["a", {"text": "b", "task": "query"}]}, 400, "input[1].task", TASKS),
    ({"task": None, "input": [{"text": "a", "task": "code"}, "b"]}, 400, "input[1].task", TASKS),
    ({"model": "nova-embeddings-code"}, 400, "task", "code, code.query, code.passage"),
    (
        {"model": "nova-embeddings-v1-retrieval", "input": [{"text": "a", "task": "code.query"}]},
        400,
        "input[0].task",
        "retrieval, retrieval.query, retrieval.passage",
    ),
    ({"model": "text-matching"}, 400, "task", "its tasks are text-matching"),
    ({"dimensions": 300}, 400, "dimensions", WIDTHS),
    ({"dimensions": 32}, 400, "dimensions", WIDTHS),
    ({"dimensions": 128.0}, 400, "dimensions", WIDTHS),
    ({"dimensions": "128"}, 400, "dimensions", WIDTHS),
    ({"dimensions": True}, 400, "dimensions", WIDTHS),
    ({"dimensions": 128, "return_multivector": True}, 400, "dimensions", "leave dimensions out"),
    ({"dimensions": 2048, "return_multivector": True}, 400, "dimensions", "leave dimensions out"),
    ({"return_multivector": "yes"}, 400, "return_multivector", "true or false"),
    ({"return_multivector": 1}, 400, "return_multivector", "true or false"),
    ({"encoding_format": "binary"}, 400, "encoding_format", "float, base64"),
    ({"encoding_format": ["float"]}, 400, "encoding_format", "float, base64"),
    ({"instructions": "  "}, 400, "instructions", "white space"),
    ({"instructions": 5}, 400, "instructions", "str"),
    ({"input": [{"text": "a", "instructions": "\n"}]}, 400, "input[0].instructions", "white space"),
    ({"adapter": ""}, 400, "adapter", "non-empty"),
    ({"adapter": "medical"}, 404, "adapter", "Adapter 'medical' not loaded"),
    ({"input": ["a", {"text": "b", "adapter": "medical"}]}, 404, "input[1].adapter", "Adapter 'medical' not loaded"),
    ({"input": None}, 400, "input", "missing"),
    ({"input": []}, 400, "input", "empty list"),
    ({"input": ["a"] * 2049}, 400, "input", "2048"),
    ({"input": ["a", ""]}, 400, "input[1]", "input[1] is empty"),
    ({"input": ["a", " \t"]}, 400, "input[1]", "white space"),
    ({"input": ""}, 400, "input", "empty"),
    ({"input": [{"text": ""}]}, 400, "input[0].text", "empty"),
    ({"input": {"text": "\u3000"}}, 400, "input.text", "white space"),
    ({"input": [{"task": "code"}]}, 400, "input[0].text", "missing"),
    ({"input": [{"text": None}]}, 400, "input[0].text", "missing"),
    ({"input": [{"text": 5}]}, 400, "input[0].text", "a number"),
    ({"input": [17]}, 400, "input[0]", "a number"),
    ({"input": [[1, 2]]}, 400, "input[0]", "a list"),
    ({"input": [None]}, 400, "input[0]", "null"),
    ({"input": True}, 400, "input", "a boolean"),
]


@pytest.mark.parametrize(("fields", "status", "param", "says"), REFUSED, ids=[f"{r[2]}-{r[3][:20]}" for r in REFUSED])
def test_a_broken_rule_is_refused(
    server: RunningServer, fields: dict[str, Any], status: int, param: str, says: str
) -> None:
    """A request that breaks a rule gets an envelope that names the field and says what is allowed."""
    error = refused(post(server, body(**fields)), status)
    assert error["param"] == param
    assert says in error["message"]


@pytest.mark.parametrize("sent", [[], "text", 5, None, True])
def test_a_body_that_is_no_object_is_refused(server: RunningServer, sent: object) -> None:
    """Whatever JSON comes, the answer says that an object is wanted."""
    assert "not an object" in refused(post(server, sent), 400)["message"]


@pytest.mark.parametrize("sent", [b"", b"{", b"\xff", b"[" * 5000, b'{"a": NaN}', b'{"input": "\\ud800"}'])
def test_a_body_that_is_no_json_is_refused(server: RunningServer, sent: bytes) -> None:
    """Broken JSON, and half of a character, are told apart from a bad request."""
    response = post(server, sent)
    assert "not valid JSON" in refused(response, 400)["message"]


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_another_content_type_is_refused(server: RunningServer, content_type: str) -> None:
    """Only JSON is taken for JSON: a web page cannot post to the server without the browser asking it first."""
    response = post(server, b"{}", headers={"content-type": content_type})
    assert refused(response, 400)["param"] == "content-type"


def test_too_many_tokens_are_refused() -> None:
    """An input is never cut: one token too many, prompt and instructions included, is a 400 that names the input."""
    with serving(max_tokens=12) as small:
        assert embedded(small, input=["ok"])
        error = refused(post(small, body(input=["ok", {"text": "word " * 12}])), 400)
        assert error["param"] == "input[1].text"
        assert "more than the 12" in error["message"]
        assert refused(post(small, body(input="ok", instructions="word " * 12)), 400)["param"] == "input"


def test_a_long_value_is_not_sent_back_whole(server: RunningServer) -> None:
    """A message stays short, whatever was sent."""
    assert len(post(server, body(task="x" * 100_000)).content) < 1000


def test_dimensions_are_refused_where_multivectors_are_the_default() -> None:
    """The server's own default counts too; a request that switches it off may have dimensions."""
    with serving(multivector=True) as multi:
        assert refused(post(multi, body(dimensions=128)), 400)["param"] == "dimensions"
        assert len(embedded(multi, dimensions=128, return_multivector=False)["data"][0]["embedding"]) == 128


def test_other_widths_are_served_only_where_the_engine_has_them() -> None:
    """The option opens the engine's own range and not a step more."""
    with serving(any_dimensions=True) as any_width:
        assert len(embedded(any_width, dimensions=300)["data"][0]["embedding"]) == 300
        assert "32 to 4096" in refused(post(any_width, body(dimensions=31)), 400)["message"]
    with serving("wordllama", any_dimensions=True) as natural:
        assert WIDTHS in refused(post(natural, body(dimensions=300)), 400)["message"]
