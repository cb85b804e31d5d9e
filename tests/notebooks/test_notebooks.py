"""Do the notebooks run, and does what they show still come out?"""

import re
from pathlib import Path
from typing import Any

import nbformat
import pytest

from notebooks.running import FOLDER, dirt, run, texts

NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
_LARGEST = 1_500_000
_FIGURES = re.compile(r"[\d.,%\s+\N{MINUS SIGN}-]+")


def kept(path: Path) -> Any:
    """Return the notebook as it is committed."""
    return nbformat.read(path, as_version=4)


def said(notebook: Any) -> list[list[str]]:
    """Return each code cell's outputs as words and kinds, without figures: those differ with the machine."""
    return [
        [
            f"{sorted(output.get('data', {}))} {' '.join(_FIGURES.sub(' ', text) for text in texts(output))}"
            for output in cell.outputs
        ]
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]


def kinds(notebook: Any) -> list[list[list[str]]]:
    """Return the kinds of each code cell's outputs."""
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [[sorted(output.get("data", {})) for output in cell.outputs] for cell in cells]


def test_there_are_seven() -> None:
    """The seven notebooks stand in their order."""
    assert [path.name[:2] for path in NOTEBOOKS] == [f"0{number}" for number in range(1, 8)]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_is_committed_was_run_and_is_clean(path: Path) -> None:
    """Each committed notebook was run from its first cell to its last, and its outputs name no machine."""
    notebook = kept(path)
    cells = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    assert dirt(notebook) == []
    assert any(cell.outputs for cell in cells)
    assert path.stat().st_size < _LARGEST


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_says_how_to_use_a_real_server(path: Path) -> None:
    """Each notebook says in its first cells how to switch to a Nova server."""
    assert any("NOVA_API_BASE" in cell.source for cell in kept(path).cells[:4])


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_says_what_it_said(path: Path) -> None:
    """Run from the start, each notebook raises nothing and shows what is committed, but for figures.

    Corpora are taken from the standard library, so words are compared where that is the same, else kinds of outputs.
    """
    notebook, committed = run(path), kept(path)
    assert dirt(notebook) == []
    same_library = notebook.metadata.language_info.version == committed.metadata.language_info.version
    what = said if same_library else kinds
    assert what(notebook) == what(committed)
