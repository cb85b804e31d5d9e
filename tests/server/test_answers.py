"""What the server answers: shapes, encodings, order, and which options win."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nova_embeddings.testing import serving
from tests.server.asking import MODEL, body, embedded, floats, get, post, vectors

if TYPE_CHECKING:
    from nova_embeddings.testing import RunningServer


@pytest.mark.parametrize("engine", ["hash", "wordllama"])
@pytest.mark.parametrize("dimensions", [None, 128, 256, 512, 1024, 2048])
def test_dense_vectors_have_the_width_asked_for(engine: str, dimensions: int | None) -> None:
    """Every width of Nova is served at length 1; 2048 where a request does not say."""
    with serving(engine) as server:
        rows = vectors(server, dimensions=dimensions, input=["a text", "another"])
        assert rows.shape == (2, dimensions or 2048)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("engine", ["hash", "wordllama"])
def test_base64_holds_the_same_numbers(engine: str) -> None:
    """Little-endian float32 in base64 is what the list of numbers says."""
    with serving(engine) as server:
        listed = vectors(server, input=["a text"])[0]
        packed = embedded(server, encoding_format="base64", input=["a text"])["data"][0]
        assert set(packed) == {"object", "index", "embedding"}
        np.testing.assert_array_equal(floats(packed["embedding"]), listed.astype(np.float32))


@pytest.mark.parametrize("engine", ["hash", "wordllama"])
def test_multivectors_are_rows_of_128(engine: str) -> None:
    """A multi-vector is one unit row a token; as base64 it is one string with its shape beside it."""
    with serving(engine) as server:
        rows = np.array(embedded(server, return_multivector=True, input="three short words")["data"][0]["embedding"])
        assert rows.shape == (3, 128)
        np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
        sent = {"return_multivector": True, "encoding_format": "base64", "input": "three short words"}
        packed = embedded(server, **sent)["data"][0]
        assert packed["shape"] == [3, 128]
        np.testing.assert_array_equal(floats(packed["embedding"]).reshape(packed["shape"]), rows.astype(np.float32))


def test_multivectors_may_be_the_default() -> None:
    """The server's flag decides where a request does not say, and only there."""
    with serving(multivector=True) as server:
        assert np.shape(embedded(server)["data"][0]["embedding"]) == (2, 128)
        assert np.shape(embedded(server, return_multivector=False)["data"][0]["embedding"]) == (2048,)


@pytest.mark.parametrize(
    "given", ["one", {"text": "one"}, ["one"], [{"text": "one"}], [{"text": "one", "task": "retrieval.passage"}]]
)
def test_an_input_may_be_a_string_an_object_or_a_list(server: RunningServer, given: object) -> None:
    """All spellings of one input give the same vector."""
    np.testing.assert_array_equal(vectors(server, input=given), vectors(server, input=["one"]))


def test_rows_stand_in_the_order_of_the_inputs(server: RunningServer) -> None:
    """Row i has index i and belongs to input i."""
    texts = [f"text {number}" for number in range(50)]
    data = embedded(server, input=texts)["data"]
    assert [row["index"] for row in data] == list(range(50))
    np.testing.assert_array_equal(data[37]["embedding"], vectors(server, input=[texts[37]])[0])


@pytest.mark.parametrize(
    "model", [MODEL, "nova-embeddings-v1", "nova-embeddings-retrieval", "nova-embeddings-v1-retrieval", "retrieval"]
)
def test_the_models_name_is_echoed(server: RunningServer, model: str) -> None:
    """A proxy that renamed the model finds the name it used."""
    assert embedded(server, model=model)["model"] == model


def test_tokens_are_counted(server: RunningServer) -> None:
    """Usage counts all inputs, and the instructions before them."""
    usage = embedded(server, input=["one two three"])["usage"]
    assert usage["prompt_tokens"] == usage["total_tokens"] > 3
    assert embedded(server, input=["one two three"] * 2)["usage"]["total_tokens"] == 2 * usage["total_tokens"]
    longer = embedded(server, input=["one two three"], instructions="Mind the words")["usage"]
    assert longer["total_tokens"] > usage["total_tokens"] + 2


@pytest.mark.parametrize(
    ("field", "on_top", "own"),
    [
        ("task", "retrieval.query", "code.query"),
        ("instructions", "Find proofs", "Find doubts"),
        ("instructions", "Find proofs", ""),
        ("adapter", "retrieval", "code"),
    ],
)
def test_an_inputs_own_option_wins(server: RunningServer, field: str, on_top: str, own: str) -> None:
    """Own options replace those on top and are never added to them; empty instructions are none."""
    mixed = vectors(server, input=["a", {"text": "a", field: own}], **{field: on_top})
    alone: dict[str, Any] = {} if own == "" else {field: own}
    np.testing.assert_array_equal(mixed[0], vectors(server, input=["a"], **{field: on_top})[0])
    np.testing.assert_array_equal(mixed[1], vectors(server, input=["a"], **alone)[0])
    assert not np.allclose(mixed[0], mixed[1])


def test_null_is_the_same_as_left_out(server: RunningServer) -> None:
    """Clients that send every field they know, as null, are understood."""
    item = {"text": "a text", "task": None, "adapter": None, "instructions": None, "image": None, "image_embeds": None}
    sent = {**body(input=[item]), "dimensions": None, "instructions": None, "encoding_format": None, "user": None}
    answer = post(server, sent).json()
    np.testing.assert_array_equal([answer["data"][0]["embedding"]], vectors(server, input=["a text"]))


def test_tasks_of_several_families_may_share_a_request(server: RunningServer) -> None:
    """The card allows mixed tasks: each input is served by its own family."""
    items = [{"text": "a", "task": task} for task in ("retrieval.query", "code.query", "text-matching")]
    rows = vectors(server, task=None, input=items)
    assert len(np.unique(rows, axis=0)) == 3


@pytest.mark.parametrize("model", ["nova-embeddings-code", "nova-embeddings-v1-code", "code"])
def test_an_adapters_model_name_implies_its_task(server: RunningServer, model: str) -> None:
    """Without any task, the family that the model's name pins is the task."""
    implied = vectors(server, model=model, task=None, input=["a"])
    np.testing.assert_array_equal(implied, vectors(server, task="code", input=["a"]))


def test_models_and_health_say_that_it_is_not_the_model(server: RunningServer) -> None:
    """Nobody who looks can take the stand-in for Nova: list, health and every answer name the engine."""
    listed, health, missing = (get(server, path) for path in ("/v1/models", "/health", "/v1/nothing"))
    assert MODEL in [model["id"] for model in listed.json()["data"]]
    for said in (*listed.json()["data"], health.json()):
        assert said["engine"] == "hash"
        assert "not the Nova model" in said["note"]
    answers = [listed, health, missing, post(server, body()), post(server, {})]
    assert {answer.headers["x-nova-engine"] for answer in answers} == {"hash"}
