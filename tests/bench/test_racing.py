"""Clients that take turns: each asks the server for what it should, and one that fails does not end the race."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from bench.environments import Unavailable
from bench.racing import Figures, Race, Row, race, warming
from bench.rows import OWN, RAW, RAW_MULTI, ROUTED, STREAMS, named
from bench.server import serving
from bench.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

COUNT, BATCH = 20, 8
CALLS = 3


def calls_of(row: Row, settings: Settings) -> tuple[int, int]:
    """Return the requests and inputs that the server saw of two rounds, without those that warm up."""
    with serving() as server:
        asked = replace(settings, api_base=server.api_base)
        assert race([row], asked, 1, warming(COUNT, BATCH)).failures == {}
        before = server.counts()
        assert len(race([row], asked, 2, COUNT).turns[row.name]) == 2
        after = server.counts()
    warm = before["requests"] // 2, before["inputs"] // 2
    return after["requests"] - before["requests"] - warm[0], after["inputs"] - before["inputs"] - warm[1]


@pytest.mark.slow
@pytest.mark.parametrize("row", [*RAW, *OWN, *ROUTED], ids=lambda row: row.name)
def test_a_client_asks_for_each_text_once(row: Row) -> None:
    """Two rounds of twenty texts, eight a call, are six calls: no client is measured at more or less work."""
    assert calls_of(row, Settings("", 128, BATCH)) == (2 * CALLS, 2 * COUNT)


@pytest.mark.slow
@pytest.mark.parametrize("row", STREAMS, ids=lambda row: row.name)
def test_a_stream_asks_for_each_text_once(row: Row) -> None:
    """The streams send the same calls as the lists."""
    assert calls_of(row, Settings("", 128, BATCH, kind="stream")) == (2 * CALLS, 2 * COUNT)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["multi-vector", "image"])
@pytest.mark.parametrize("own", [False, True], ids=["raw", "core"])
def test_other_kinds_are_asked_for_once_too(kind: str, *, own: bool) -> None:
    """Raw and core send as many calls for multi-vectors and for images."""
    raw = RAW_MULTI if kind == "multi-vector" else named("raw sync")[0]
    settings = Settings("", 128, BATCH, kind="image" if kind == "image" else "multi-vector")
    assert calls_of(named("core sync")[0] if own else raw, settings) == (2 * CALLS, 2 * COUNT)


def test_a_client_that_fails_is_noted_and_the_others_go_on() -> None:
    """A client that cannot be made, and one without an environment, are failures with their reasons."""

    def nowhere() -> Path:
        raise Unavailable("not installed: no such version")

    broken = Row("broken", "bench.clients.raw:nothing", "raw sync")
    absent = Row("absent", "bench.peers.openai_sdk:sync", "raw sync", nowhere)
    with serving() as server:
        result = race([broken, absent, RAW[0]], Settings(server.api_base, 128, BATCH), 2, COUNT)
    assert list(result.turns) == ["raw sync"]
    assert "nothing" in result.failures["broken"]
    assert result.failures["absent"] == "not installed: no such version"
    assert result.ratio("raw sync", "raw sync") == 1


def test_what_did_not_grow_measurably_has_a_ratio_all_the_same() -> None:
    """A tiny run, whose raw client costs nothing that can be measured, ends no part of the bench."""
    turns = {"ours": [Figures(0.1, 0.1, 10, 20, 0.0)], "raw": [Figures(0.0, 0.1, 10, 10, 0.0)]}
    ran = Race(turns, {})
    assert ran.ratio("ours", "raw") == ran.ratio("ours", "raw", "growth") == float("inf")
    assert ran.ratio("raw", "raw") == 1
