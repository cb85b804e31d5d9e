"""The bench, which nobody runs every day, still runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.__main__ import PARTS
from bench.rows import OWN, RAW, ROUTED, STREAMS

ROOT = Path(__file__).parents[2]
IMPORTS = ("nova_embeddings", "langchain_nova", "llama_index.embeddings.nova")


def bench(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the bench."""
    command = [sys.executable, "-m", "bench", *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=800, check=False)


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_part_is_measured_and_no_import_brings_litellm(tmp_path: Path) -> None:
    """A tiny run of all parts writes a page with a line for each client, and a plot."""
    ran = bench("--no-peers", "--rounds", "1", "--scale", "500", "--out", str(tmp_path))
    assert ran.returncode == 0, ran.stdout + ran.stderr
    page = (tmp_path / "performance.md").read_text(encoding="utf-8")
    assert [row.name for row in (*RAW, *OWN, *ROUTED, *STREAMS) if f"| {row.name} | " not in page] == []
    for package in IMPORTS:
        assert re.search(rf"^\| {re.escape(package)} \|.*\| no \|$", page, re.MULTILINE), package
    missing = [line for line in page.splitlines() if "not measured" in line and "classes" not in line]
    assert missing == []  # but for the peers', which this run leaves out
    assert (tmp_path / "performance.svg").exists()


def test_an_unknown_part_is_refused() -> None:
    """The parts that there are stand in the message."""
    ran = bench("speed")
    assert ran.returncode == 2
    assert "no part is called speed" in ran.stderr
    assert all(part in ran.stderr for part in PARTS)
