"""A corpus of one's own: the text files and the source code of a folder."""

from __future__ import annotations

import os
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from demo.errors import DemoError
from demo.passages import MOST_CHARACTERS, Kind, Passage, distinct

if TYPE_CHECKING:
    from collections.abc import Iterator

_TEXT = "adoc asciidoc markdown md org rst tex txt"
_CODE = (
    "bash c cc clj cpp cs css cxx dart el erl ex exs fs go h hh hpp hs java jl js jsx kt lua m mjs ml mm nim php pl "
    "proto ps1 py pyi pyx r rb rs scala sh sql swift tf ts tsx vue zig"
)
KINDS: dict[str, Kind] = {
    **{f".{suffix}": "text" for suffix in _TEXT.split()},
    **{f".{suffix}": "code" for suffix in _CODE.split()},
}
MOST_FILE_BYTES = 2**20
MOST_PASSAGES = 10_000
_NOT_ONES_OWN = frozenset({"node_modules", "__pycache__", "site-packages"})
_ENOUGH_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Folder:
    """What a folder holds.

    Args:
        passages: of all files that were read.
        files: how many those are.
        skipped: files of a known kind that are too large, binary, or not readable.
        full: whether there is more, beyond the most passages that the demo takes.
    """

    passages: list[Passage]
    files: int
    skipped: int
    full: bool


def read_folder(root: Path) -> Folder:
    """Return the passages of a folder, hidden files and other people's packages left out; links are not followed.

    Raises:
        DemoError: it is no folder, or holds nothing that can be read.
    """
    if not root.is_dir():
        seen = "is a file" if root.exists() else "does not exist"
        message = f"--path {root} {seen}; give a folder with text files or source code"
        raise DemoError(message)
    passages: list[Passage] = []
    files = skipped = 0
    for path in _files(root):
        content = _content(path)
        if content is None:
            skipped += 1
            continue
        files += 1
        passages += pieces(content, path.relative_to(root).as_posix(), KINDS[path.suffix.lower()])
        if len(passages) >= MOST_PASSAGES:
            break
    if not passages:
        message = (
            f"--path {root} holds no text or source code that can be read ({skipped} files skipped: binary, unreadable "
            f"or larger than {MOST_FILE_BYTES:,} bytes); give a folder with files such as .md, .txt, .rst, .py or .js"
        )
        raise DemoError(message)
    return Folder(distinct(passages)[:MOST_PASSAGES], files, skipped, len(passages) >= MOST_PASSAGES)


def pieces(content: str, name: str, kind: Kind) -> Iterator[Passage]:
    """Cut a file into pieces of whole lines; one ends, where it can, before a line at the margin after a blank one."""
    held: list[str] = []
    start = size = 0
    blank = False
    for number, line in _lines(content):
        paragraph = blank and not line[:1].isspace() and size >= _ENOUGH_CHARACTERS
        blank = not line.strip()
        if held and (paragraph or size + len(line) > MOST_CHARACTERS):
            yield from _piece(held, f"{name}:{start}", kind)
            held, size = [], 0
        if held or not blank:
            start = start if held else number
            held.append(line)
            size += len(line) + 1
    yield from _piece(held, f"{name}:{start}", kind)


def _piece(lines: list[str], where: str, kind: Kind) -> Iterator[Passage]:
    text = "\n".join(lines).rstrip()
    if any(character.isalnum() for character in text):
        yield Passage(kind, where, text)


def _lines(content: str) -> Iterator[tuple[int, str]]:
    """Yield each line with its number; one that is too long for a piece, in parts."""
    for number, line in enumerate(content.splitlines(), start=1):
        if len(line) < MOST_CHARACTERS:
            yield number, line
        else:
            yield from ((number, part) for part in textwrap.wrap(line, MOST_CHARACTERS - 1, break_on_hyphens=False))


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in _NOT_ONES_OWN)
        for name in sorted(names):
            path = Path(folder, name)
            if path.suffix.lower() in KINDS and not name.startswith(".") and not path.is_symlink():
                yield path


def _content(path: Path) -> str | None:
    """Return a file's text; None where there is none to be had."""
    try:
        if not path.is_file() or path.stat().st_size > MOST_FILE_BYTES:
            return None
        data = path.read_bytes()
    except OSError:
        return None
    return None if b"\0" in data else data.decode("utf-8-sig", errors="replace")
