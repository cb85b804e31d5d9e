"""Fixtures that every test may use."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

import pytest

from tests.fake_nova import FakeNova

if TYPE_CHECKING:
    from collections.abc import Iterator

collect_ignore = [] if find_spec("sentence_transformers") else ["torch"]  # make check-torch has what these need


@pytest.fixture(autouse=True)
def _own_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the machine's Nova settings out of the tests."""
    for name in ("NOVA_MODEL", "NOVA_API_BASE", "NOVA_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ANONYMIZED_TELEMETRY", "False")  # Chroma's, in examples too


@pytest.fixture
def nova() -> Iterator[FakeNova]:
    """A running fake Nova server."""
    with FakeNova().running() as fake:
        yield fake
