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


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, as `make docs` builds it."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.mark.slow
def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    """What a page shows and runs lies beside it."""
    pages = list(site.rglob("*.html"))
    assert len(pages) > 50
    for page in pages:
        assert not _FETCHED.search(page.read_text(encoding="utf-8")), page.name


@pytest.mark.slow
def test_what_is_not_in_docs_is_there(site: Path) -> None:
    """Notebooks are pages, commands have their help, and public names their docstrings."""
    shown = {page.stem for page in (site / "notebooks").glob("*.html")}
    assert shown == {path.stem for path in (ROOT / "notebooks").glob("*.ipynb")}
    assert "--allow-private-networks" in (site / "reference/command-line.html").read_text(encoding="utf-8")
    assert "reads ahead" in (site / "how-to/large-corpus.html").read_text(encoding="utf-8")
    assert 'id="nova_embeddings.NovaClient.embed"' in (site / "reference/nova_embeddings.html").read_text(
        encoding="utf-8"
    )
