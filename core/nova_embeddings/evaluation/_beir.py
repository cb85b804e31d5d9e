"""How is a test collection read from files in BEIR's form?

Source: BEIR's documentation of custom data sets: `corpus.jsonl` (`_id`, `title`, `text`), `queries.jsonl` (`_id`,
`text`), `qrels/test.tsv` (query-id, corpus-id, score, with a heading). `image`, a path within the folder, is ours.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._images import Image
from nova_embeddings._inputs import EmbeddingInput

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from nova_embeddings._inputs import InputLike

_QRELS = ("qrels/test.tsv", "qrels.tsv")
_COLUMNS = 3


class Collection(NamedTuple):
    """A test collection, in the order in which `evaluate_retrieval` takes its parts.

    Args:
        queries: pairs (id, text or image).
        corpus: likewise.
        qrels: triples (query id, document id, grade).
    """

    queries: list[tuple[str, InputLike]]
    corpus: list[tuple[str, InputLike]]
    qrels: list[tuple[str, str, int]]


def read_beir(folder: str | PathLike[str], qrels: str | PathLike[str] | None = None) -> Collection:
    """Return what a folder holds: `evaluate_retrieval(client, *read_beir(folder))`.

    A title stands before the text; a document that has neither is empty, and `on_error="skip"` leaves it out.
    `image` (a path within the folder, or an http(s) address) makes an image of it.

    Args:
        folder: with corpus.jsonl and queries.jsonl.
        qrels: the file of judgements; default: qrels/test.tsv in the folder, else qrels.tsv.

    Raises:
        ConfigurationError: a file is not there.
        InputError: a line is not what it should be; the message names file and line.
    """
    root = Path(folder)
    judged = _judgements(root) if qrels is None else Path(qrels)
    queries, corpus = _inputs(root, "queries.jsonl"), _inputs(root, "corpus.jsonl")
    return Collection(queries, corpus, list(_rows(judged)))


def _judgements(root: Path) -> Path:
    for name in _QRELS:
        if (root / name).is_file():
            return root / name
    raise ConfigurationError(f"{str(root)!r} has no {' and no '.join(_QRELS)}; name the file of judgements")


def _inputs(root: Path, name: str) -> list[tuple[str, InputLike]]:
    return [_input(root, line, where) for line, where in _lines(root / name)]


def _input(root: Path, line: str, where: str) -> tuple[str, InputLike]:
    try:
        entry: Any = json.loads(line)
    except ValueError:
        raise InputError(f"{where} is no JSON") from None
    if not isinstance(entry, dict) or not isinstance(entry.get("_id"), str):
        raise InputError(f"{where} is no object with an _id that is a str")
    parts = [entry.get("title") or "", entry.get("text") or ""]
    if not all(isinstance(part, str) for part in parts):
        raise InputError(f"{where}: title or text is no str")
    text = " ".join(part for part in parts if part.strip())
    image = entry.get("image")
    if not entry.keys() & {"title", "text", "image"}:  # an empty text is one: such documents are in some collections
        raise InputError(f"{where}: {entry['_id']!r} has neither text nor image")
    return entry["_id"], EmbeddingInput(text or None, image=_image(root, image, where)) if image else text


def _image(root: Path, image: object, where: str) -> Image:
    if isinstance(image, str) and image.startswith(("http://", "https://")):
        return Image.from_url(image)
    path = root / image if isinstance(image, str) else root
    if not path.resolve().is_relative_to(root.resolve()) or not path.is_file():  # a data file may not read elsewhere
        raise InputError(f"{where}: image is neither a file within {str(root)!r} nor an http(s) address")
    return Image.from_path(path)


def _rows(path: Path) -> Iterator[tuple[str, str, int]]:
    for number, (line, where) in enumerate(_lines(path)):
        cells = line.split("\t")
        grade = _number(cells[2]) if len(cells) == _COLUMNS else math.nan
        if grade is not None and grade.is_integer():
            yield cells[0], cells[1], int(grade)
        elif number or grade is not None:  # only the first line may have no number: it is the heading
            raise InputError(f"{where} is not: query id, document id and whole grade, with tabs between")


def _number(cell: str) -> float | None:
    try:
        return float(cell)
    except ValueError:
        return None


def _lines(path: Path) -> Iterator[tuple[str, str]]:
    """Yield each line that is not blank, and how an error names it."""
    try:
        with path.open(encoding="utf-8-sig") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield line.rstrip("\r\n"), f"{path}, line {number}"
    except FileNotFoundError:
        raise ConfigurationError(f"there is no file {str(path)!r}") from None
    except UnicodeDecodeError:
        raise InputError(f"{path} is not UTF-8") from None
