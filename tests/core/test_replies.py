"""Which answers are taken, and which are refused: never a silently wrong vector."""

from __future__ import annotations

import asyncio
import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nova_embeddings import NovaClient, ResponseError
from tests.fake_nova import Scripted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_nova import FakeNova

WIDTH = 128
ROWS = [[float(row)] * WIDTH for row in range(1, 4)]


def packed(row: list[float], kind: str = "<f4") -> str:
    """Return a row as base64."""
    return base64.b64encode(np.array(row, dtype=kind).tobytes()).decode()


def answer(rows: list[Any], **changes: Any) -> dict[str, Any]:
    """Return an answer with these vectors, in this order."""
    return {"data": [{"index": index, "embedding": row} for index, row in enumerate(rows)], **changes}


def replaced(**changes: Any) -> dict[str, Any]:
    """Return a good answer whose second row is changed."""
    body = answer([packed(row) for row in ROWS])
    body["data"][1].update(changes)
    return body


def without(key: str) -> dict[str, Any]:
    """Return a good answer whose second row lacks a key."""
    body = replaced()
    del body["data"][1][key]
    return body


GOOD = {
    "base64": answer([packed(row) for row in ROWS]),
    "floats though base64 was asked for": answer(ROWS),
    "whole numbers": answer([[int(number) for number in row] for row in ROWS]),
    "a mixture": answer([packed(ROWS[0]), ROWS[1], packed(ROWS[2])]),
    "rows reversed": {"data": answer(ROWS)["data"][::-1]},
    "no usage, no model, unknown keys": {**answer(ROWS), "usage": None, "extra": 1},
    "under embeddings": {"data": [{"index": index, "embeddings": row} for index, row in enumerate(ROWS)]},
}
BAD: dict[str, dict[str, Any] | bytes] = {
    "a row missing": answer(ROWS[:2]),
    "a row too many": answer([*ROWS, ROWS[0]]),
    "no rows": answer([]),
    "no data": {"object": "list"},
    "data no list": {"data": {"embedding": ROWS}},
    "a row no object": {"data": ["x", "y", "z"]},
    "index doubled": replaced(index=0),
    "index too large": replaced(index=3),
    "index negative": replaced(index=-1),
    "index a bool": replaced(index=True),
    "index a float": replaced(index=1.0),
    "index a string": replaced(index="1"),
    "index missing": without("index"),
    "vector missing": without("embedding"),
    "vector null": replaced(embedding=None),
    "vector empty": replaced(embedding=[]),
    "vector an empty string": replaced(embedding=""),
    "one narrower": replaced(embedding=packed(ROWS[1][:64])),
    "one wider": replaced(embedding=ROWS[1] * 2),
    "all narrower": answer([row[:64] for row in ROWS]),
    "float16": answer([packed(row, "<f2") for row in ROWS]),
    "float64": answer([packed(row, "<f8") for row in ROWS]),
    "no base64": replaced(embedding="not base64!" * 16),
    "three bytes too few": replaced(embedding=base64.b64encode(b"\0" * (WIDTH * 4 - 3)).decode()),
    "strings for numbers": replaced(embedding=["1.0"] * WIDTH),
    "bools for numbers": replaced(embedding=[True] * WIDTH),
    "a null inside": replaced(embedding=[*ROWS[1][:-1], None]),
    "NaN": replaced(embedding=packed([float("nan"), *ROWS[1][1:]])),
    "infinity": replaced(embedding=packed([float("inf"), *ROWS[1][1:]])),
    "too large for float32": replaced(embedding=[1e39, *ROWS[1][1:]]),
    "multi-vectors for dense": answer([[row, row] for row in ROWS]),
    "an error with status 200": {"error": {"message": "out of memory"}},
    "HTML": b"<html>Welcome</html>",
    "JSON cut short": b'{"data": [{"index": 0, "embed',
    "a JSON list": b"[]",
    "NaN as JSON": b'{"data": [{"index": 0, "embedding": [NaN]}]}',
    "nothing": b"",
}


@pytest.mark.parametrize("name", GOOD)
def test_every_honest_shape_is_read(nova: FakeNova, name: str) -> None:
    """Base64 and floats, in any order, under either key, give the same rows."""
    nova.answering = lambda _: GOOD[name]
    vectors = NovaClient(api_base=nova.api_base, dimensions=WIDTH).embed(["a", "b", "c"]).vectors
    np.testing.assert_array_equal(vectors, np.array(ROWS, dtype=np.float32))


@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("name", BAD)
def test_every_other_answer_is_refused(nova: FakeNova, name: str, way: str) -> None:
    """Whatever is missing, doubled, misshapen or not finite raises, in either way."""
    nova.answering = lambda _: Scripted(200, BAD[name])
    client = NovaClient(api_base=nova.api_base, dimensions=WIDTH, max_retries=0)
    with pytest.raises(ResponseError):
        client.embed(["a", "b", "c"]) if way == "sync" else asyncio.run(client.aembed(["a", "b", "c"]))


def test_a_single_row_needs_no_index(nova: FakeNova) -> None:
    """One input's vector may come without an index: there is nothing to mix up."""
    nova.answering = lambda _: {"data": [{"embedding": ROWS[1]}]}
    vectors = NovaClient(api_base=nova.api_base, dimensions=WIDTH).embed(["a"]).vectors
    np.testing.assert_array_equal(vectors, np.array(ROWS[1:2], dtype=np.float32))


TOKENS = [[1.0] * 128, [2.0] * 128, [3.0] * 128]
MULTI: dict[str, Callable[[], Any]] = {
    "nested floats": lambda: TOKENS,
    "one base64 string": lambda: packed([number for row in TOKENS for number in row]),
    "a base64 string a token": lambda: [packed(row) for row in TOKENS],
}


@pytest.mark.parametrize("key", ["embedding", "embeddings", "data"])
@pytest.mark.parametrize("shape", MULTI)
def test_every_shape_of_multivectors_is_read(nova: FakeNova, shape: str, key: str) -> None:
    """Multi-vectors are read from nested floats and both kinds of base64, under every known key."""
    nova.answering = lambda _: {"data": [{"index": 0, key: MULTI[shape]()}]}
    (rows,) = NovaClient(api_base=nova.api_base).embed(["a"], return_multivector=True).multivectors
    np.testing.assert_array_equal(rows, np.array(TOKENS, dtype=np.float32))


@pytest.mark.parametrize(
    "value",
    [[0.1] * 128, packed([0.1] * 100), [[0.1] * 127], [], [[0.1] * 128, [float(10**39)] * 128], [[0.1] * 128, []]],
    ids=["dense", "no multiple of 128", "127 wide", "no tokens", "too large", "an empty token"],
)
def test_other_multivectors_are_refused(nova: FakeNova, value: Any) -> None:
    """A dense vector, another width, no tokens, or numbers that are not finite raise."""
    nova.answering = lambda _: {"data": [{"index": 0, "embedding": value}]}
    with pytest.raises(ResponseError):
        NovaClient(api_base=nova.api_base, max_retries=0).embed(["a"], return_multivector=True)


@pytest.mark.parametrize(
    ("body", "requests"),
    [(b"<html>", 3), (replaced(embedding=None), 2), (answer(ROWS[:2]), 1)],
    ids=["unreadable: again", "a bad vector: once", "wrong rows: never"],
)
def test_what_may_pass_is_asked_for_again(nova: FakeNova, body: Any, requests: int) -> None:
    """An unreadable body is retried, a bad vector once, rows that cannot be told apart never."""
    nova.answering = lambda _: Scripted(200, body)
    with pytest.raises(ResponseError):
        NovaClient(api_base=nova.api_base, dimensions=WIDTH, max_retries=2).embed(["a", "b", "c"])
    assert len(nova.seen) == requests
