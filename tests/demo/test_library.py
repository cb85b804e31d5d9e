"""The corpus that every machine with Python has."""

from __future__ import annotations

import sys
from collections import Counter

import pytest

from demo.library import standard_library
from demo.passages import MOST_CHARACTERS, Passage


@pytest.fixture(scope="module")
def library() -> list[Passage]:
    """The standard library's passages."""
    return standard_library()


def test_there_is_enough_text_and_enough_code(library: list[Passage]) -> None:
    """At least 2,000 passages are found, and neither kind is a handful."""
    counts = Counter(passage.kind for passage in library)
    assert sum(counts.values()) >= 2_000
    assert min(counts["text"], counts["code"]) >= 500


def test_the_same_python_gives_the_same_corpus(library: list[Passage]) -> None:
    """Reading it again gives the same passages in the same order."""
    assert standard_library() == library


def test_a_passage_is_short_and_stands_once(library: list[Passage]) -> None:
    """No passage is longer than allowed or empty, and none is there twice."""
    assert all(0 < len(passage.text) <= MOST_CHARACTERS for passage in library)
    assert len({(passage.kind, passage.text) for passage in library}) == len(library)


def test_modules_are_read_and_not_imported(library: list[Passage]) -> None:
    """A module that opens a web browser when it is imported is in the corpus, and was not imported."""
    assert "antigravity" not in sys.modules
    assert any(passage.where.startswith("webbrowser.") for passage in library)


@pytest.mark.parametrize(
    ("kind", "where", "holds"),
    [("text", "textwrap.wrap", "Wrap a single paragraph"), ("code", "shlex.quote", "def quote(s)")],
)
def test_a_passage_says_where_it_stands(library: list[Passage], kind: str, where: str, holds: str) -> None:
    """A docstring and a function are found under their qualified names."""
    assert any(passage.kind == kind and passage.where == where and holds in passage.text for passage in library)


@pytest.mark.parametrize("folder", ["test", "idlelib", "site-packages"])
def test_tests_and_other_peoples_packages_are_left_out(library: list[Passage], folder: str) -> None:
    """What no reader of the documentation looks for is not in the corpus."""
    assert not any(passage.where.split(".")[0] == folder for passage in library)
