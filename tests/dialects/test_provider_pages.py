"""The pages about providers: up to date, complete, and their code runs as it stands there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nova_embeddings.dialects._litellm_providers import PROVIDERS
from nova_embeddings.dialects._servers import DIALECTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "docs" / "providers"
PAGES = sorted(FOLDER.glob("*.md"))
_ENVIRONMENT = ("HOME", "PATH", "PYTHONPATH", "SYSTEMROOT", "TMPDIR")  # no key of whoever runs the tests


@pytest.fixture(scope="session")
def ran() -> Iterator[Callable[[Path], dict[str, Any]]]:
    """Run pages in one process, which trusts only its own certificate."""
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    environment |= {"LITELLM_LOCAL_MODEL_COST_MAP": "True", "PYTHONWARNINGS": "error::UserWarning:nova_embeddings"}
    command = [sys.executable, "-m", "tests.dialects.page_runner"]
    with subprocess.Popen(
        command, cwd=ROOT, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout

        def asked(page: Path) -> dict[str, Any]:
            print(page, file=process.stdin, flush=True)
            answer: dict[str, Any] = json.loads(process.stdout.readline())  # type: ignore[union-attr]
            return answer

        yield asked
        process.stdin.close()


def test_the_pages_are_up_to_date(tmp_path: Path) -> None:
    """`make providers` writes them, one for each row."""
    command = Path(sys.executable).with_name("nova-embeddings")
    subprocess.run([command, "providers", "--pages", tmp_path], check=True, timeout=60)
    written = {page.name: page.read_text(encoding="utf-8") for page in tmp_path.iterdir()}
    assert written == {page.name: page.read_text(encoding="utf-8") for page in PAGES}
    assert {Path(name).stem for name in written} == {*DIALECTS, *PROVIDERS}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_runs(page: Path, ran: Callable[[Path], dict[str, Any]]) -> None:
    """Its code prints what its comments say; the provider gets the key, and what its table of tasks says."""
    text = page.read_text(encoding="utf-8")
    answer = ran(page)
    assert not answer["error"]
    said = re.findall(r"^print\(.*?\)(?:  # (.*))?$", text, re.MULTILINE)
    assert len(said) == len(answer["printed"]) == 4
    assert [printed for printed, comment in zip(answer["printed"], said, strict=True) if comment] == list(
        filter(None, said)
    )
    assert answer["printed"][1].startswith("True ns1-")
    assert len({seen["headers"]["host"] for seen in answer["seen"]}) == 1
    if "=your-key" in text:
        assert all("your-key" in " ".join(seen["headers"].values()) for seen in answer["seen"])
    wire = json.dumps([seen["body"] for seen in answer["seen"]], ensure_ascii=False)
    for task in ("retrieval.query", "retrieval.passage"):
        assert _as_on_the_wire(_cell(text, task)) in wire


def _cell(page: str, task: str) -> str:
    """Return what the page says is sent for a task to the example's model, which stands first."""
    found = re.search(rf"^\| {re.escape(task)} \| (.*?) \|", page, re.MULTILINE)
    return found.group(1) if found else "nothing"


def _as_on_the_wire(cell: str) -> str:
    """Return what a cell promises as JSON has it."""
    named = re.fullmatch(r"`(\w+): (.*)`", cell)
    if named:
        return f'"{named[1]}": "{named[2]}"'
    before = re.fullmatch(r"`(.*)` before the text", cell)
    return json.dumps(before[1].replace("·", " ").replace("⏎", "\n"))[:-1] if before else '"Assam'
