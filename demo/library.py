"""The corpus that every machine with Python has: its standard library's documentation and functions.

Modules are read and parsed, never imported.
"""

from __future__ import annotations

import ast
import sysconfig
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from demo.passages import MOST_CHARACTERS, Passage, distinct

if TYPE_CHECKING:
    from collections.abc import Iterator

_Named: TypeAlias = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef

# tests, third parties, programs, tables, and what some systems install apart or newer versions of Python lack
_SKIPPED = frozenset(
    {
        "test", "tests", "site-packages", "dist-packages", "idlelib", "turtledemo", "ensurepip", "encodings",
        "pydoc_data", "tkinter", "turtle", "lib2to3", "distutils",
    }
)  # fmt: skip
_FEWEST_CHARACTERS = 60
_FEWEST_LINES = 4


def standard_library() -> list[Passage]:
    """Return a passage for each docstring and each function of public names; the same Python gives the same list."""
    return distinct(passage for module, path in modules() for passage in _of_module(path.read_text("utf-8"), module))


def modules() -> Iterator[tuple[str, Path]]:
    """Yield the name and the file of each public module."""
    root = Path(sysconfig.get_path("stdlib"))
    for path in sorted(root.rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        names = parts[:-1] if parts[-1] == "__init__" else parts
        if not any(name in _SKIPPED or name.startswith("_") or not name.isidentifier() for name in names):
            yield ".".join(names), path


def _of_module(source: str, module: str) -> Iterator[Passage]:
    tree, lines = ast.parse(source), source.splitlines()
    for name, node in [(module, tree), *_public(tree, module)]:
        document = ast.get_docstring(node) or ""
        if len(document) >= _FEWEST_CHARACTERS:
            yield Passage("text", name, document[:MOST_CHARACTERS])
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            own = lines[node.lineno - 1 : node.end_lineno]
            if len(own) >= _FEWEST_LINES:
                yield Passage("code", name, textwrap.dedent("\n".join(own))[:MOST_CHARACTERS])


def _public(node: ast.Module | ast.ClassDef, above: str) -> Iterator[tuple[str, _Named]]:
    for child in node.body:
        if isinstance(child, _Named) and not child.name.startswith("_"):
            name = f"{above}.{child.name}"
            yield name, child
            if isinstance(child, ast.ClassDef):
                yield from _public(child, name)
