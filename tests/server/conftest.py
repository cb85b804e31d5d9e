"""Servers that all tests of a module share; a test that changes one starts its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nova_embeddings.testing import RunningServer, serving

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server() -> Iterator[RunningServer]:
    """A server of the hash engine, with the defaults."""
    with serving() as running:
        yield running


@pytest.fixture(scope="module")
def keyed_server() -> Iterator[RunningServer]:
    """A server that asks for a key."""
    with serving(api_key="right-key") as running:
        yield running
