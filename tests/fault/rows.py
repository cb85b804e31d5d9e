"""Faults of what an answer holds: rows and their indices, vectors and their numbers, multi-vectors."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nova_embeddings import ResponseError
from tests.fault.behaviours import (
    altered,
    body,
    every,
    indexed,
    listed,
    packed,
    rows_of,
    second,
    second_index,
    then_good,
    vector_of_row,
)
from tests.fault.fault import CORE, RIGHT, WIDTH, Fault

if TYPE_CHECKING:
    from tests.fault.server import Exchange

_REFUSED = (ResponseError,)


def _told_apart(name: str, does: Any, peer: str = "") -> Fault:
    """Return a fault of rows: which vector belongs to which input cannot be told, now or later."""
    return Fault(name, does, _REFUSED, 1, peer=peer)


def _vector(name: str, does: Any, peer: str = "", **options: Any) -> Fault:
    """Return a fault of vectors: they are asked for once more."""
    return Fault(name, does, _REFUSED, 2, options, peer=peer)


def as_floats(exchange: Exchange) -> None:
    """Answer with lists of numbers."""
    rows = [{**row, "embedding": vector_of_row(row).tolist()} for row in rows_of(exchange)]
    exchange.reply("200 OK", listed(rows))


def without_index(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows without any index."""
    return [{"embedding": row["embedding"]} for row in rows]


def lost(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the rows with the first twice and the second not at all."""
    return [rows[0], rows[0], *rows[2:]]


ROWS = [
    Fault("rows reversed, indices right", altered(lambda rows: rows[::-1]), RIGHT, 1, peer="reversed"),
    _told_apart("no rows", altered(lambda _: []), "no data"),
    _told_apart("no data", body(b'{"object": "list"}')),
    _told_apart("data no list", altered(lambda rows: rows[0])),
    _told_apart("a row that is no object", altered(lambda rows: [*rows[:-1], "x"])),
    _told_apart("the first row missing", altered(lambda rows: rows[1:]), "rows"),
    _told_apart("the last row missing", altered(lambda rows: rows[:-1]), "rows"),
    _told_apart("a row too many", altered(lambda rows: [*rows, {**rows[0], "index": 4}]), "rows"),
    _told_apart("index 0 twice, a vector lost", altered(lost), "rows"),
    _told_apart("every index 0", indexed(0, 0, 0, 0), "index 0"),
    _told_apart("no index", altered(without_index), "no index"),
    _told_apart("no index, rows shuffled", altered(lambda rows: without_index(rows)[::-1])),
    _told_apart("indices from 1", indexed(1, 2, 3, 4)),
    _told_apart("an index that is null", second_index(None)),
    _told_apart("an index that is a string", second_index("1")),
    _told_apart("an index that is a bool", second_index(True)),  # noqa: FBT003
    _told_apart("an index that is a float", second_index(1.0)),
    _told_apart("an index that is negative", second_index(-1)),
    Fault("one input, no index", altered(without_index), RIGHT, 1, texts=("alone",)),
]
VECTORS = [
    _vector("NaN", second(lambda row: packed([np.nan, *row[1:]])), "nan"),
    _vector("infinity", second(lambda row: packed([np.inf, *row[1:]])), "nan"),
    _vector("too large for float32", second(lambda row: [1e39, *row[1:].tolist()])),
    _vector("one row short", second(lambda row: packed(row[:-1])), "short"),
    _vector("one row long", second(lambda row: packed([*row, 0.5]))),
    _vector("every row half as wide", every(lambda row: packed(row[: WIDTH // 2])), "short"),
    _vector("every row twice as wide", every(lambda row: packed([*row, *row]))),
    _vector("one vector empty", second(lambda _: []), "short"),
    _vector("one vector an empty string", second(lambda _: "")),
    _vector("one vector null", second(lambda _: None), "null"),
    _vector("one vector missing", altered(lambda rows: [rows[0], {"index": 1}, *rows[2:]])),
    _vector("an error in place of a vector", altered(lambda rows: [rows[0], {"index": 1, "error": "no"}, *rows[2:]])),
    _vector("one null inside", second(lambda row: [None, *row[1:].tolist()])),
    _vector("base64 of float16", every(lambda row: packed(row, "<f2")), "float16"),
    _vector("base64 of float64", every(lambda row: packed(row, "<f8"))),
    _vector("base64 of big-endian numbers, 2048 wide", every(lambda row: packed(row, ">f4")), dimensions=2048),
    Fault(
        "base64 of big-endian numbers, 8 wide",
        every(lambda row: packed(row, ">f4")),
        _REFUSED,
        (1, 2),
        {"dimensions": 8, "any_dimensions": True},
        texts=("one", "three words now", "four", "five"),  # of these no number becomes NaN or infinite
        peer="big-endian",
    ),
    _vector("bad base64 characters", second(lambda row: "*" + packed(row)[1:]), "bad base64"),
    _vector("base64 with a byte missing", second(lambda row: packed(row.view(np.uint8)[:-1], "u1"))),
    Fault(
        "one row of strings", second(lambda row: list(map(str, row.tolist()))), _REFUSED, (1, 2), peer="strings"
    ),  # a list of strings may also be tokens, each in base64, where dense vectors were asked for
    _vector("one row of bools", second(lambda row: [True] * len(row))),
    Fault("floats though base64 was asked for", as_floats, RIGHT, 1, peer="floats"),
    Fault("NaN, once", then_good(second(lambda row: packed([np.nan, *row[1:]]))), RIGHT, 2),
    _told_apart("multi-vectors where dense vectors were asked for", every(lambda row: [row.tolist()] * 2)),
]


def _multi(name: str, change: Any, requests: int | tuple[int, int] = 2) -> Fault:
    def edited(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**row, "embedding": change(row["embedding"])} if row["index"] == 1 else row for row in rows]

    return _of_multivectors(name, altered(edited), _REFUSED, requests)


def _of_multivectors(name: str, does: Any, must: Any, requests: int | tuple[int, int]) -> Fault:
    return Fault(f"multi-vectors: {name}", does, must, requests, {"dimensions": None}, ways=CORE, multivector=True)


MULTIVECTORS = [
    _of_multivectors("ragged, as they should be", altered(lambda rows: rows), RIGHT, 1),
    _multi("no tokens", lambda _: [], (1, 2)),
    _multi("a token of 127 numbers", lambda tokens: [*tokens[:-1], tokens[-1][:-1]]),
    _multi("an empty token", lambda tokens: [*tokens, []]),
    _multi("NaN", lambda tokens: packed([np.nan, *tokens[0][1:]])),
    _multi("bytes that 128 does not divide", lambda tokens: packed(tokens[0][:100])),
    _multi("null", lambda _: None),
    _multi("a dense vector instead", lambda tokens: tokens[0], requests=1),
    _of_multivectors("a row missing", altered(lambda rows: rows[:-1]), _REFUSED, 1),
    _of_multivectors("rows reversed, indices right", altered(lambda rows: rows[::-1]), RIGHT, 1),
]
