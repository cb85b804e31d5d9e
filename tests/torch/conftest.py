"""Tiny models that several tests share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.torch import tiny

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with prompts for queries, passages and similarity, trained for 8 and 16 dimensions as it says."""
    return tiny.whole(
        tmp_path_factory.mktemp("models") / "tiny", tiny.PROMPTS, config={"matryoshka_dimensions": [8, 16, 32]}
    )
