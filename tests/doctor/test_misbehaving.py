"""Servers that keep every rule but one: the report names that one, and what follows from it, and nothing else."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nova_embeddings.doctor import Verdict, examine
from tests.doctor.tampered import Scripted, Tampering, everywhere, tampered, with_rows, without

if TYPE_CHECKING:
    from nova_embeddings.doctor import Report

    Body = dict[str, Any]

TASKS_TOLD_APART = {"task on input", "task on request"}


def tasks_of(body: Body) -> set[str]:
    """Return every task that a request names, on its inputs or on top."""
    return {body.get("task", ""), *(item.get("task", "") for item in body["input"] if isinstance(item, dict))}


def in_retrieval(fields: Body) -> Body:
    """Route a task to the retrieval adapter, its side kept."""
    sides = {"code.query": "retrieval.query", "code.passage": "retrieval.passage"}
    task = fields.get("task")
    known = {"code", "text-matching"}
    moved = sides.get(task or "", "retrieval" if task in known else task)
    return {**without("adapter")(fields), **({"task": moved} if "task" in fields else {})}


def on_code_adapter(item: Body) -> Body:
    """Run on the code adapter what names no adapter, its prompt kept."""
    return {"adapter": "code", **item} if "text" in item or "image" in item else item


def without_side(fields: Body) -> Body:
    """Forget which side of a search a task is for."""
    return {**fields, "task": fields["task"].split(".")[0]} if fields.get("task") != "no-such-task" else fields


def routed_by_request(body: Body) -> Body:
    """Read the task of the request only, and fall back on one."""
    items = [without("task")(item) for item in body["input"]]
    return {"task": "retrieval.passage", **body, "input": items}


def scaled(rows: list[Body]) -> list[Body]:
    """Triple every number, in floats and in base64."""
    return [{**row, "embedding": _tripled(row["embedding"])} for row in rows]


def _tripled(value: Any) -> Any:
    if isinstance(value, str):
        return base64.b64encode((3 * np.frombuffer(base64.b64decode(value), "<f4")).tobytes()).decode()
    return (3 * np.array(value)).tolist()


def swapped_bytes(rows: list[Body]) -> list[Body]:
    """Send base64 in the other byte order."""
    return [{**row, "embedding": _swapped(row["embedding"])} for row in rows]


def _swapped(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return base64.b64encode(np.frombuffer(base64.b64decode(value), "<f4").astype(">f4").tobytes()).decode()


def mixed_instructions(body: Body) -> Body:
    """Append the request's instructions to those of the inputs."""
    top = body.get("instructions")
    items = [
        {**item, "instructions": f"{item['instructions']} {top}"} if top and "instructions" in item else item
        for item in body["input"]
    ]
    return {**body, "input": items}


def only_dots(rows: list[Body]) -> list[Body]:
    """Give a multi-vector one row."""
    return [
        {**row, "embedding": row["embedding"][:1] if isinstance(row["embedding"][0], list) else row["embedding"]}
        for row in rows
    ]


def refusing(field: str, *values: object) -> Tampering:
    """Return a server that refuses a field, or only some of its values."""
    refusal = Scripted(400, b'{"error": {"message": "not that"}}')

    def before(body: Body) -> Body | Scripted:
        held = [part[field] for part in (body, *body["input"]) if isinstance(part, dict) and field in part]
        return refusal if any(value in values or not values for value in held) else body

    return Tampering(before)


def a_picture_without_text(body: Body) -> Body:
    """Drop the pictures; what has no text either becomes one."""
    items = [{"text": "", **without("image")(item)} if isinstance(item, dict) else item for item in body["input"]]
    return {**body, "input": items}


ONE_THING_WRONG = {
    "ignores task": (
        Tampering(everywhere(lambda part: {**part, "task": "retrieval"} if "task" in part else part)),
        {"task effect", "query and passage", "adapters", "unknown task"},
        TASKS_TOLD_APART,
    ),
    "one adapter for all tasks": (Tampering(everywhere(in_retrieval)), {"task effect", "adapters"}, set()),
    "the wrong adapter": (
        Tampering(lambda body: {**body, "input": [on_code_adapter(item) for item in body["input"]]}),
        {"adapters"},
        set(),
    ),
    "ignores sides": (
        Tampering(everywhere(lambda part: without_side(part) if "task" in part else part)),
        {"query and passage"},
        set(),
    ),
    "routes by the request": (Tampering(routed_by_request), {"task on input"}, set()),
    "reads the inputs' task only": (
        Tampering(
            lambda body: {**body, "task": "text-matching"} if {*tasks_of(body)} <= {body.get("task"), ""} else body
        ),
        {"task on request"},
        set(),
    ),
    "ignores instructions": (
        Tampering(everywhere(without("instructions"))),
        {"instructions", "instructions on input"},
        {"instructions on both"},
    ),
    "mixes instructions": (Tampering(mixed_instructions), {"instructions on both"}, set()),
    "ignores dimensions": (
        Tampering(without("dimensions")),
        {"dimensions", "multi-vector width"},
        {"nested widths"},
    ),
    "refuses a width": (refusing("dimensions", 512), {"dimensions"}, {"nested widths"}),
    "ignores return_multivector": (
        Tampering(without("return_multivector")),
        {"multi-vectors"},
        {"multi-vector width"},
    ),
    "one row a text": (Tampering(after=with_rows(only_dots)), {"multi-vectors"}, {"multi-vector width"}),
    "shuffles, without index": (
        Tampering(after=with_rows(lambda rows: [without("index")(row) for row in rows[::-1]])),
        {"order"},
        set(),
    ),
    "a wrong index": (
        Tampering(after=with_rows(lambda rows: [{**row, "index": len(rows) - 1 - row["index"]} for row in rows])),
        {"order"},
        set(),
    ),
    "every index is 0": (
        Tampering(after=with_rows(lambda rows: [{**row, "index": 0} for row in rows])),
        {"order"},
        set(),
    ),
    "one vector for all": (
        Tampering(after=with_rows(lambda rows: [{**row, "embedding": rows[0]["embedding"]} for row in rows])),
        {"order"},
        set(),
    ),
    "loses a vector": (Tampering(after=with_rows(lambda rows: rows[:4])), {"order", "time"}, set()),
    "refuses a task": (refusing("task", "code.query", "no-such-task"), {"tasks"}, set()),
    "serves one family": (
        refusing("task", "code", "code.query", "code.passage", "text-matching", "no-such-task"),
        {"tasks"},
        {"task effect"},
    ),
    "one family is down": (
        Tampering(lambda body: Scripted(503) if "code" in {one.partition(".")[0] for one in tasks_of(body)} else body),
        {"tasks"},
        set(),
    ),
    "not of unit length": (Tampering(after=with_rows(scaled)), {"unit length"}, set()),
    "ignores base64": (Tampering(without("encoding_format")), {"base64"}, set()),
    "base64 in the other byte order": (Tampering(after=with_rows(swapped_bytes)), {"base64"}, set()),
    "drops pictures": (Tampering(a_picture_without_text), {"images", "text with image"}, set()),
    "refuses pictures": (refusing("image"), {"images", "text with image"}, set()),
    "lists no models": (Tampering(listing=Scripted(404)), {"models"}, set()),
    "lists a web page": (Tampering(listing=Scripted(200, b"<html>")), {"models"}, set()),
    "lists other models": (Tampering(listing=Scripted(200, b'{"data": [{"id": "other"}]}')), {"models"}, set()),
}


def not_well(report: Report) -> set[str]:
    """Return the checks that found something."""
    return {row.check for row in report.rows if row.verdict in {Verdict.WARNING, Verdict.FAILED}}


def left_out(report: Report) -> set[str]:
    """Return the checks that could tell nothing."""
    return {row.check for row in report.rows if row.verdict is Verdict.SKIPPED}


@pytest.mark.parametrize("wrong", ONE_THING_WRONG)
def test_one_thing_wrong_is_the_one_that_is_named(wrong: str) -> None:
    """A server that breaks one promise is told exactly that, with what it means for its user."""
    tampering, expected, untold = ONE_THING_WRONG[wrong]
    with tampered(tampering) as address:
        report = examine(api_base=address)
    assert not_well(report) == expected, [row for row in report.rows if row.verdict is not Verdict.OK]
    assert left_out(report) == untold
    assert all(row.sent and row.seen for row in report.rows)
    assert all(bool(row.advice) is (row.check in expected) for row in report.rows)
