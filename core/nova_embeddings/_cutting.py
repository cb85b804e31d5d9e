"""Where does a stream's next batch end? After as many inputs as fit, or with the last whole document among them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Generic, TypeVar

from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._inputs import EmbeddingInput

T = TypeVar("T")


class Cutting(Generic[T]):
    """Inputs of a stream since the last batch.

    Args:
        size: inputs of a batch, at most.
        whole: never cut a document, as its pieces are read as one (late chunking). They have to stand together; what
            is remembered of earlier documents is a number each.
    """

    def __init__(self, size: int, *, whole: bool = False) -> None:
        """Begin with nothing."""
        self._size, self._whole = size, whole
        self._start, self._open = 0, 0
        self._piece: list[T] = []
        self._document: str | None = None
        self._closed: set[int] = set()

    def add(self, value: T) -> tuple[int, list[T]] | None:
        """Take the next input; return a batch that is full, with the place of its first.

        Raises:
            ConfigurationError: a document alone has more inputs than a batch.
            InputError: the input belongs to a document that ended before.
        """
        if not self._whole:
            self._piece.append(value)
            return self._taken(self._size) if len(self._piece) == self._size else None
        self._follow(document_of(value))
        full = self._taken(self._open) if len(self._piece) == self._size else None
        self._piece.append(value)
        return full

    def rest(self, *, broken: bool = False) -> tuple[int, list[T]] | None:
        """Return the last batch; if the source broke, without a document that may have gone on. None: there is none."""
        count = self._open if broken and self._whole else len(self._piece)
        return self._taken(count) if count else None

    def _taken(self, count: int) -> tuple[int, list[T]]:
        if not count:
            raise ConfigurationError(
                f"late_chunking: a document has more pieces than the {self._size} that a call takes; raise batch_size, "
                "or name documents with EmbeddingInput(document=...)"
            )
        taken, self._piece = (self._start, self._piece[:count]), self._piece[count:]
        self._start, self._open = self._start + count, 0
        return taken

    def _follow(self, document: str | None) -> None:
        """Note where a document ends, and that it does not come again."""
        ended = (bool(self._piece) or self._start > 0) and document != self._document
        if ended:
            self._closed.add(hash(self._document))
            self._open = len(self._piece)
        if hash(document) in self._closed:
            message = "late_chunking: its document ended before other inputs; a document's pieces stand together"
            raise InputError(message, index=self._start + len(self._piece))
        self._document = document


def document_of(value: object) -> str | None:
    """Return the document that an input names."""
    if isinstance(value, EmbeddingInput):
        return value.document
    return value.get("document") if isinstance(value, Mapping) else None
