"""What stands at the address answers no vectors: the report says how, what to do, and ends in time."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import pytest

from nova_embeddings.doctor import Verdict, examine
from nova_embeddings.testing import serving
from tests.core.raw_server import RawServer, hanging_up, replying, trickling
from tests.doctor.tampered import Scripted, Tampering, tampered

if TYPE_CHECKING:
    from nova_embeddings.doctor import Report, Row

NOWHERE = "http://127.0.0.1:9/v1"
PAGE = b"<!DOCTYPE html><title>Welcome</title>"


def row_of(report: Report, check: str) -> Row:
    """Return the row of a check."""
    return next(row for row in report.rows if row.check == check)


def assert_only_reachable_failed(report: Report) -> None:
    """Everything else tells nothing, and says why; the list of models may help with a name that is refused."""
    assert row_of(report, "reachable").verdict is Verdict.FAILED
    rest = [row for row in report.rows if row.check not in {"reachable", "models"}]
    assert {(row.verdict, row.seen) for row in rest} == {(Verdict.SKIPPED, "needs `reachable`")}


@pytest.mark.parametrize(
    ("answer", "seen", "advice"),
    [
        (Scripted(401, b'{"error": {"message": "no key"}}'), "401: no key", "NOVA_API_KEY"),
        (Scripted(403), "403", "NOVA_API_KEY"),
        (Scripted(404, PAGE), "404", "/v1"),
        (Scripted(307, headers={"location": "https://me:pw@nova.example/v1?key=x"}), "307 to https://nova.example", ""),
        (Scripted(200, PAGE, {"content-type": "text/html"}), "200, and no JSON object (a web page)", "something else"),
        (Scripted(200, b"[]"), "200, and no JSON object", "something else"),
        (Scripted(200, b'{"error": "out of memory"}'), "no list `data` of objects: out of memory", "something else"),
        (Scripted(400, b'{"detail": "no such field: task"}'), "400: no such field: task", "its words"),
        (Scripted(429), "429", "fewer calls"),
        (Scripted(502, PAGE), "502", "its log"),
    ],
)
def test_an_answer_that_is_no_vector(answer: Scripted, seen: str, advice: str) -> None:
    """The status and the server's words are seen, and what to do about them is said."""
    with tampered(Tampering(lambda _: answer, listing=answer)) as address:
        report = examine(api_base=address)
    assert_only_reachable_failed(report)
    row = row_of(report, "reachable")
    assert seen in row.seen
    assert advice in row.advice
    assert "pw" not in json.dumps(report.as_dict())


@pytest.mark.parametrize("body", [{"data": {}}, {"data": []}, {"data": [1]}, {"data": [{}, {}]}, {"data": None}])
def test_an_answer_of_another_shape(body: Any) -> None:
    """JSON that is none of an embedding server's is no vector."""
    with tampered(Tampering(lambda _: Scripted(200, json.dumps(body).encode()))) as address:
        assert_only_reachable_failed(examine(api_base=address))


@pytest.mark.parametrize(
    "vector",
    [None, "", "?", [], [[]], {}, 1, True, ["a"], [None], [[1.0], [1.0, 2.0]], [0.0, 0.0], [1e400], [1e39], ["AAAA"]],
    ids=repr,
)
def test_a_vector_that_is_none(vector: Any) -> None:
    """Whatever stands where a vector should, it is a row of the report, and the report is whole."""
    text = json.dumps({"data": [{"embedding": vector, "index": 0}]})
    with tampered(Tampering(lambda _: Scripted(200, text.encode()))) as address:
        report = examine(api_base=address)
    assert row_of(report, "repeatable").verdict is not Verdict.OK or vector is None
    assert report.failed
    assert len({row.check for row in report.rows}) == len(report.rows)


def test_nobody_there() -> None:
    """A refused connection is told as that, and nothing is waited for."""
    report = examine(api_base=NOWHERE)
    assert_only_reachable_failed(report)
    row = row_of(report, "reachable")
    assert "nothing answers at http://127.0.0.1:9" in row.seen
    assert row.advice.startswith("Start the Nova model")


@pytest.mark.parametrize(
    ("behaviour", "seen"),
    [
        (hanging_up(), "broke the connection"),
        (trickling(b"HTTP/1.1 200 OK\r\ncontent-length: 90\r\n\r\n", b"x"), "no whole answer in time"),
        (trickling(b"", b""), "no whole answer in time"),
        (replying("200 OK", b"x" * (17 * 2**20)), "larger than"),
    ],
)
def test_no_whole_answer(behaviour: Any, seen: str) -> None:
    """A server that hangs, trickles, breaks off or floods costs one timeout, not one for each check."""
    started = time.monotonic()
    with RawServer(behaviour).running() as server:
        report = examine(api_base=server.api_base, timeout=0.5)
    assert_only_reachable_failed(report)
    assert seen in row_of(report, "reachable").seen
    assert row_of(report, "reachable").advice
    assert server.connections == 1
    assert row_of(report, "models").verdict is Verdict.SKIPPED
    assert time.monotonic() - started < 2


def test_a_certificate_that_is_not_trusted() -> None:
    """Plain HTTP where TLS was asked for is told as a failure of TLS."""
    with tampered(Tampering()) as address:
        report = examine(api_base=address.replace("http:", "https:"))
    row = row_of(report, "reachable")
    assert "TLS failed" in row.seen
    assert "SSL_CERT_FILE" in row.advice


def test_a_check_that_hangs_ends_no_report() -> None:
    """A timeout in the middle fails its own row; the next one is asked."""

    def slow_with_instructions(body: dict[str, Any]) -> dict[str, Any] | Scripted:
        return Scripted(200, delay=5) if "instructions" in body else body

    with tampered(Tampering(slow_with_instructions)) as address:
        report = examine(api_base=address, timeout=2)
    assert row_of(report, "instructions").seen.endswith("no whole answer in time")
    assert row_of(report, "instructions on both").seen == "needs `instructions`"
    assert row_of(report, "time").verdict is Verdict.OK


def test_a_server_of_strings_is_told_from_nova() -> None:
    """An embedding server that takes no input objects is named as what it is."""

    def strings_only(body: dict[str, Any]) -> dict[str, Any] | Scripted:
        plain = all(isinstance(item, str) for item in body["input"])
        return {**body, "task": "retrieval"} if plain else Scripted(422, b'{"detail": "Input should be a string"}')

    with tampered(Tampering(strings_only)) as address:
        report = examine(api_base=address)
    assert "not a Nova server" in row_of(report, "reachable").advice


def test_another_model_name_is_found_in_the_list() -> None:
    """With a name that the server does not know, the report shows those that it does."""
    with serving() as server:
        report = examine(api_base=server.api_base, model="nova-embedings-v1")
    assert_only_reachable_failed(report)
    assert "nova-embeddings-v1" in row_of(report, "models").seen
    assert "--model" in row_of(report, "models").advice
