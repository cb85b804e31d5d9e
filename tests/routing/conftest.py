"""Fixtures of the routing tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import litellm
import pytest

from tests.routing.fleet import Fleet, running_fleet

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    """Three running servers, one a family."""
    with running_fleet() as servers:
        yield servers


@pytest.fixture(autouse=True)
def _own_callbacks() -> Iterator[None]:
    """Leave LiteLLM's global callbacks as they were."""
    before = list(litellm.callbacks)
    yield
    litellm.callbacks = before
