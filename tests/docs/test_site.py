"""The site builds without a warning and without a network, and has what docs/ alone has not."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from pathlib import Path

_FETCHED = re.compile(
    r"<(?:script|img|iframe)[^>]*\ssrc=\"(?:https?:)?//[^\"]*|<link[^>]*stylesheet[^>]*(?:https?:)?//[^>]*|cdnjs"
)


_SECONDS = 300


@pytest.mark.slow
@pytest.mark.timeout(_SECONDS)
def test_the_site_builds(tmp_path: Path) -> None:
    """It builds without a warning; what pages show lies beside them; notebooks, commands and docstrings are pages."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(tmp_path)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=_SECONDS
    )
    assert done.returncode == 0, done.stdout + done.stderr
    pages = {
        page.relative_to(tmp_path).as_posix(): page.read_text(encoding="utf-8") for page in tmp_path.rglob("*.html")
    }
    assert [name for name, page in pages.items() if _FETCHED.search(page)] == []
    assert {f"notebooks/{path.stem}.html" for path in (ROOT / "notebooks").glob("*.ipynb")} <= set(pages)
    assert [name for name, page in pages.items() if "not on a package index yet" not in page] == []
    assert not (tmp_path / "overrides").exists()
    assert "--allow-private-networks" in pages["reference/command-line.html"]
    assert 'id="nova_embeddings.NovaClient.embed"' in pages["reference/nova_embeddings.html"]
