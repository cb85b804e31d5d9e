"""Which blocks of code does a page show, in which order?"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
_FENCE = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*)(?P<rest>[^\n]*)\n(?P<text>.*?)^(?P=indent)```", re.MULTILINE | re.DOTALL
)
_TITLE = re.compile(r'title="([^"]+)"')
_INCLUDED = re.compile(r'^--8<-- "([^"]+)"$', re.MULTILINE)


@dataclass(frozen=True)
class Block:
    """A block of a page.

    Args:
        language: what stands behind its fence.
        title: the name of the file that it shows, "Output" for what the block before it prints, else "".
        text: what stands in it, files that it includes too.
        line: where it begins, in the page.
    """

    language: str
    title: str
    text: str
    line: int


def blocks(page: Path) -> list[Block]:
    """Return the blocks of a page, in their order."""
    content = page.read_text(encoding="utf-8")
    return [
        Block(
            found["language"],
            "".join(_TITLE.findall(found["rest"])),
            _INCLUDED.sub(_read, textwrap.dedent(found["text"])),
            content[: found.start()].count("\n") + 1,
        )
        for found in _FENCE.finditer(content)
    ]


def included(page: Path) -> list[str]:
    """Return the pages that a page shows whole."""
    return [path for path in _INCLUDED.findall(page.read_text(encoding="utf-8")) if path.endswith(".md")]


def name_of(page: Path) -> str:
    """Return a page's path as the repository knows it."""
    return page.relative_to(ROOT).as_posix()


def _read(found: re.Match[str]) -> str:
    return (ROOT / found[1]).read_text(encoding="utf-8").rstrip("\n")
