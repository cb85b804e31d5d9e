"""Charts and text in one index, through both frameworks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from rich.console import Console

from demo.charts import five_charts
from demo.errors import DemoError
from demo.parts import drawn, find_charts
from demo.passages import Passage
from demo.questions import CHART_QUESTIONS
from demo.searching import FRAMEWORKS
from demo.session import Session
from nova_embeddings.testing import RunningServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TEXTS = [
    Passage("text", "tea", "Tea is grown in Assam."),
    Passage("text", "trains", "Trains leave from the railway station."),
]


@pytest.fixture(scope="module")
def charts(tmp_path_factory: pytest.TempPathFactory) -> list[Passage]:
    """The charts that the demo's questions ask for."""
    charts = {chart.name: chart for chart in five_charts()}
    wanted = [charts["unicode-categories"], charts["compression"]]
    return drawn(wanted, tmp_path_factory.mktemp("charts"))


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """A server that reads the text in images."""
    with serving("wordllama") as server:
        yield server


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_a_question_finds_its_chart_and_another_its_text(
    framework: str, charts: list[Passage], server: RunningServer
) -> None:
    """Charts and texts stand in one index; each question finds what answers it first, whichever kind that is."""
    search = FRAMEWORKS[framework](server.api_base, "chart", [*_TEXTS, *charts], "")
    for question, chart in zip(CHART_QUESTIONS, charts, strict=True):
        assert search(question.text)[0].passage == chart
    assert search("Where is tea grown?")[0].passage == _TEXTS[0]


@pytest.mark.parametrize("framework", FRAMEWORKS)
def test_of_a_chart_only_the_picture_is_sent(framework: str, charts: list[Passage], server: RunningServer) -> None:
    """No title or file name goes along: a chart is found by what stands in its picture."""
    before = len(server.requests)
    FRAMEWORKS[framework](server.api_base, "chart", charts, "")
    sent = [one for request in server.requests[before:] for one in request["input"]]
    assert len(sent) == len(charts)
    for chart, one in zip(charts, sent, strict=True):
        assert set(one) <= {"image", "task"}
        assert chart.text not in json.dumps(one)
        assert chart.where not in json.dumps(one)


def test_a_server_that_refuses_the_charts_is_a_clear_error(tmp_path: Path) -> None:
    """The error says what the server said, and how to go on without charts."""
    with serving(api_key="asked-for") as server, pytest.raises(DemoError) as caught:
        find_charts(Session(server.api_base, ""), _TEXTS, tmp_path, Console(quiet=True))
    assert "401" in str(caught.value)
    assert "--no-charts leaves them out" in str(caught.value)
