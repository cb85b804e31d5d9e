"""The bench, which nobody runs every day, still runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.routing import WAYS
from bench.rows import ROWS
from bench.scoring import PRODUCTS, SCORINGS


@pytest.mark.slow
@pytest.mark.timeout(450)
def test_every_row_is_measured_and_no_import_brings_litellm() -> None:
    """A small run prints a line for each client, and what each package's import costs."""
    command = [sys.executable, "-m", "bench", "--texts", "256", "--rounds", "1"]
    root = Path(__file__).parents[2]
    ran = subprocess.run(command, cwd=root, capture_output=True, text=True, timeout=400, check=False)
    assert ran.returncode == 0, ran.stderr
    for name in [*(row.name for row in ROWS), *WAYS, *PRODUCTS, *SCORINGS]:
        assert re.search(rf"^ ?{re.escape(name)} +\d", ran.stdout, re.MULTILINE), name
    for package in ("nova_embeddings", "langchain_nova", "llama_index.embeddings.nova"):
        assert re.search(rf"^ ?{re.escape(package)} .* no +$", ran.stdout, re.MULTILINE), package
