"""Servers that keep the rules: nothing fails, and what was asked and seen stands in the report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from nova_embeddings import ConfigurationError
from nova_embeddings.doctor import Report, Row, Verdict, examine
from nova_embeddings.testing import serving
from tests.doctor.tampered import Tampering, tampered

if TYPE_CHECKING:
    from typing import Any


def by_check(report: Report) -> dict[str, Row]:
    """Return the rows by their checks."""
    return {row.check: row for row in report.rows}


def test_the_reference_server_keeps_every_promise(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every check runs and is well; that it is a stand-in is the one thing to know. Its place is the environment's."""
    begun: list[str] = []
    with serving(api_key="right-key") as server:
        monkeypatch.setenv("NOVA_API_BASE", server.api_base)
        monkeypatch.setenv("NOVA_API_KEY", "right-key")
        monkeypatch.setenv("NOVA_MODEL", "nova-embeddings-v1")
        report = examine(begun=begun.append)
    assert (report.api_base, report.model) == (server.api_base, "nova-embeddings-v1")
    assert begun == [row.check for row in report.rows]
    rows = by_check(report)
    route = rows.pop("route")
    assert (route.verdict, route.seen) == (Verdict.WARNING, "x-nova-engine: hash")
    assert "NOT the Nova model" in route.advice
    assert {row.verdict for row in rows.values()} == {Verdict.OK}
    assert not report.failed
    assert len(server.requests) < 60


def test_an_engine_with_meaning_is_told_apart_too() -> None:
    """Small effects of tasks and instructions are seen, and pictures are read; adapters change nothing there."""
    with serving("wordllama") as server:
        report = examine(api_base=server.api_base)
    well = {check for check, row in by_check(report).items() if row.verdict is Verdict.OK}
    assert set(by_check(report)) - well == {"route", "adapters"}
    assert not report.failed


def test_a_server_of_one_adapter_is_examined_as_far_as_it_goes() -> None:
    """A deployment of one adapter, behind a router, is warned about and fails nothing."""
    with serving(adapters=["code"]) as server:
        rows = by_check(examine(api_base=server.api_base))
    assert rows["tasks"].verdict is Verdict.WARNING
    assert "3 of 7" in rows["tasks"].seen
    assert rows["query and passage"].verdict is rows["task on input"].verdict is Verdict.OK
    assert rows["task effect"].seen == "only code is served"
    assert Verdict.FAILED not in {row.verdict for row in rows.values()}


def test_a_server_whose_default_is_multi_vectors() -> None:
    """Dense vectors are asked for by name, so that a server's default does not matter."""
    with tampered(Tampering(lambda body: {"return_multivector": True, **body})) as address:
        assert not examine(api_base=address).failed


def test_rows_in_another_order_are_fine_where_index_says_so() -> None:
    """The order of the rows is the server's own; `index` is what counts."""
    tampering = Tampering(after=lambda answer: {**answer, "data": answer["data"][::-1]})
    with tampered(tampering) as address:
        report = examine(api_base=address)
    assert by_check(report)["order"].verdict is Verdict.OK
    assert not report.failed


def test_the_deployment_behind_a_proxy_is_shown() -> None:
    """What a LiteLLM proxy says of the deployment stands in the route."""
    headers = {"x-litellm-model-id": "nova-code", "x-litellm-model-api-base": "http://10.0.0.7:8000/v1"}
    with tampered(Tampering(headers=headers)) as address:
        row = by_check(examine(api_base=address))["route"]
    assert row.seen == "all: nova-code at http://10.0.0.7:8000/v1"


def test_pictures_as_data_uris_are_told_how_to_send() -> None:
    """A server that wants data URIs is well, once clients know."""
    start = "data:image/png;base64,"

    def data_uris_only(body: dict[str, Any]) -> dict[str, Any]:
        items = [
            {**item, "image": item["image"].removeprefix(start) if item["image"].startswith(start) else "?"}
            if "image" in item
            else item
            for item in body["input"]
        ]
        return {**body, "input": items}

    with tampered(Tampering(data_uris_only)) as address:
        row = by_check(examine(api_base=address))["images"]
    assert row.verdict is Verdict.WARNING
    assert "image_encoding='data_uri'" in row.advice


def test_what_is_sent_is_what_a_client_sends() -> None:
    """The task stands in both places, the kind of vector is said, and the key is a Bearer token."""
    seen: list[tuple[str, str, dict[str, Any]]] = []
    with tampered(Tampering(), seen) as address:
        examine(api_base=address, api_key="k-1")
    method, key, body = seen[0]
    assert (method, key) == ("POST", "Bearer k-1")
    (item,) = body.pop("input")
    assert body == {"model": "remodlai/nova-embeddings-v1", "return_multivector": False, "task": "retrieval"}
    assert item["task"] == "retrieval"
    assert {key for _, key, _ in seen} == {"Bearer k-1"}


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"api_base": "nowhere"}, "api_base='nowhere'"),
        ({"timeout": 0}, "timeout=0"),
        ({"timeout": float("nan")}, "timeout=nan"),
        ({"model": "lexiq_nova/hash"}, "computed in this process"),
        ({"model": " "}, "model=' '"),
        ({"api_key": "a\nb"}, "api_key"),
    ],
)
def test_a_wrong_option_is_refused(options: dict[str, Any], says: str) -> None:
    """A mistake of the caller's is an error, not a row."""
    with pytest.raises(ConfigurationError, match=re.escape(says)):
        examine(**options)
