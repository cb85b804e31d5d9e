"""What is in a model's folder? A fingerprint of all that makes its vectors."""

from __future__ import annotations

import functools
import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SUFFIXES = frozenset({".json", ".txt", ".model", ".safetensors", ".bin", ".pt", ".py"})
_EXPORTS = frozenset({"onnx", "openvino"})  # the same weights once more, in another form
_LENGTH = 16


@functools.cache
def fingerprint(folder: Path) -> str:
    """Return 16 hexadecimal digits of the folder's configuration, tokenizer and weights; once a process.

    Names of files count, their times and the folder's place do not: a copy has the same. Once a process, because a
    model that was loaded stays what it was.
    """
    whole = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if path.suffix not in _SUFFIXES or not path.is_file() or any(_left_out(part) for part in inside.parts):
            continue
        with path.open("rb") as file:
            whole.update(f"{inside.as_posix()}\0{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode())
    return whole.hexdigest()[:_LENGTH]


def _left_out(part: str) -> bool:
    return part in _EXPORTS or part.startswith(".")
