"""Conventions that would otherwise be repeated in review."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHIPPED = sorted(path for folder in ("core", "integrations", "demo", "bench") for path in (ROOT / folder).rglob("*.py"))
EMBEDDING_CLASSES = [
    ROOT / "integrations/langchain/langchain_nova/embeddings.py",
    ROOT / "integrations/llamaindex/llama_index/embeddings/nova/base.py",
]
MOST_FILE_LINES, MOST_FUNCTION_LINES, MOST_CLASS_MODULE_LINES = 300, 40, 250


def name_of(path: Path) -> str:
    """Return a path as the repository knows it."""
    return str(path.relative_to(ROOT))


def body_lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines of a function after its signature and docstring."""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


@pytest.mark.parametrize("path", SHIPPED, ids=name_of)
def test_a_module_can_be_held_in_the_head(path: Path) -> None:
    """A module says in its first line what it answers; it and its functions keep to their budgets."""
    text = path.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "the first line says what the module answers"
    assert len(text.splitlines()) <= MOST_FILE_LINES
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [node.name for node in functions if body_lines(node) > MOST_FUNCTION_LINES] == []


@pytest.mark.parametrize("path", EMBEDDING_CLASSES, ids=name_of)
def test_an_embedding_class_stays_thin(path: Path) -> None:
    """An integration translates and decides nothing, so its class's module stays short."""
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_CLASS_MODULE_LINES


def test_the_namespace_package_has_no_init() -> None:
    """`llama_index` and `llama_index.embeddings` belong to several distributions."""
    folder = ROOT / "integrations/llamaindex/llama_index"
    assert not (folder / "__init__.py").exists()
    assert not (folder / "embeddings/__init__.py").exists()


def test_no_tracked_file_names_a_registry_or_a_machine() -> None:
    """Addresses of registries and paths of a machine stay out of the repository."""
    words = "|".join(("pypi" + r"\.org", "pythonhosted" + r"\.org", "/home/" + "[a-z]", "/ro" + "ot/", "/wo" + "rk/"))
    found = subprocess.run(
        ["git", "grep", "-nIE", words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=30
    )
    assert found.stdout == ""


@pytest.mark.parametrize("path", sorted((ROOT / "integrations").rglob("*.py")), ids=name_of)
def test_an_integration_uses_public_names_only(path: Path) -> None:
    """Integrations import `nova_embeddings` and its public packages, never a private module."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert not [name for name in names if name.startswith("nova_embeddings.") and "._" in name]
