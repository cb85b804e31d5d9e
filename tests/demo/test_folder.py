"""A folder of one's own as the corpus."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from demo.errors import DemoError
from demo.folder import MOST_FILE_BYTES, MOST_PASSAGES, read_folder
from demo.passages import MOST_CHARACTERS

if TYPE_CHECKING:
    from pathlib import Path


def test_text_and_code_are_told_apart(tmp_path: Path) -> None:
    """A file's ending decides what it is, and each passage names its file and line."""
    (tmp_path / "notes.md").write_text("\n\nTrains leave every hour.\n", "utf-8")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "add.go").write_text("func add(a int, b int) int { return a + b }\n", "utf-8")
    (tmp_path / "photo.jpg").write_bytes(b"none of these")
    found = read_folder(tmp_path)
    assert [(passage.kind, passage.where) for passage in found.passages] == [
        ("text", "notes.md:3"),
        ("code", "src/add.go:1"),
    ]
    assert (found.files, found.skipped, found.full) == (2, 0, False)


def test_a_long_file_is_cut_at_paragraphs_and_nothing_is_lost(tmp_path: Path) -> None:
    """Pieces are whole paragraphs within bounds; together they hold every word, and line numbers are right."""
    paragraphs = [f"Paragraph {number}: " + "word " * 60 for number in range(20)]
    (tmp_path / "long.txt").write_text("\n\n".join(paragraphs), "utf-8")
    passages = read_folder(tmp_path).passages
    assert all(passage.text.startswith("Paragraph") and len(passage.text) <= MOST_CHARACTERS for passage in passages)
    assert " ".join(passage.text for passage in passages).split() == " ".join(paragraphs).split()
    lines = (tmp_path / "long.txt").read_text("utf-8").splitlines()
    for passage in passages:
        number = int(passage.where.rpartition(":")[2])
        assert passage.text.startswith(lines[number - 1].rstrip())


@pytest.mark.parametrize("line", ["word " * 2_000, "x" * 5_000], ids=["words", "no space"])
def test_a_line_that_is_too_long_is_cut(tmp_path: Path, line: str) -> None:
    """A file without line breaks still gives passages within bounds, all of its line 1."""
    (tmp_path / "one-line.txt").write_text(line, "utf-8")
    passages = read_folder(tmp_path).passages
    assert passages
    assert all(len(passage.text) <= MOST_CHARACTERS and passage.where == "one-line.txt:1" for passage in passages)


def test_what_is_no_text_is_skipped_and_counted(tmp_path: Path) -> None:
    """Binary and too large files are left out and counted; what they hold breaks nothing."""
    (tmp_path / "a.txt").write_bytes("Züge fahren jede Stunde.".encode("latin-1"))
    (tmp_path / "binary.txt").write_bytes(b"text\0and not")
    (tmp_path / "large.txt").write_bytes(b"x" * (MOST_FILE_BYTES + 1))
    found = read_folder(tmp_path)
    assert [passage.where for passage in found.passages] == ["a.txt:1"]
    assert (found.files, found.skipped) == (1, 2)


def test_links_pipes_and_hidden_files_are_not_opened(tmp_path: Path) -> None:
    """Nothing outside of the folder is read, and nothing that would block."""
    outside = tmp_path / "outside.txt"
    outside.write_text("not yours", "utf-8")
    root = tmp_path / "root"
    (root / ".git").mkdir(parents=True)
    (root / ".git" / "hidden.txt").write_text("hidden words", "utf-8")
    (root / "node_modules").mkdir()
    (root / "node_modules" / "theirs.js").write_text("let theirs = 1", "utf-8")
    (root / "link.txt").symlink_to(outside)
    os.mkfifo(root / "pipe.txt")
    (root / "own.txt").write_text("own words", "utf-8")
    assert [passage.text for passage in read_folder(root).passages] == ["own words"]


def test_a_huge_folder_is_taken_in_part(tmp_path: Path) -> None:
    """There are never more passages than the demo can index in time, and it says so."""
    for file in range(MOST_PASSAGES // 1_000 + 1):
        lines = (f"{file} {line} " + "x" * 900 for line in range(1_000))
        (tmp_path / f"{file:02}.txt").write_text("\n".join(lines), "utf-8")
    found = read_folder(tmp_path)
    assert len(found.passages) == MOST_PASSAGES
    assert found.full


@pytest.mark.parametrize(
    ("name", "complaint"),
    [("missing", "does not exist"), ("file.txt", "is a file"), ("empty", "holds no text or source code")],
)
def test_a_folder_without_text_is_a_clear_error(tmp_path: Path, name: str, complaint: str) -> None:
    """The error says which path was given, what is wrong with it, and what to give."""
    (tmp_path / "file.txt").write_text("words", "utf-8")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DemoError, match=complaint) as caught:
        read_folder(tmp_path / name)
    assert name in str(caught.value)
    assert "give a folder" in str(caught.value)
