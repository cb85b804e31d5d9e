"""Where to cut a request into batches: by task family, count and bytes, or by document."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Sequence


def cut(keys: Sequence[Hashable], sizes: Sequence[int], most: int, most_bytes: int) -> Iterator[list[int]]:
    """Yield batches of indices; together they are every index once, and inside a batch they ascend.

    Args:
        keys: what an input must share with its batch.
        sizes: bytes of each input.
        most: inputs of one batch.
        most_bytes: bytes of one batch; an input that is larger goes alone.
    """
    open_batches: dict[Hashable, list[int]] = {}
    filled: dict[Hashable, int] = {}
    for index, (key, size) in enumerate(zip(keys, sizes, strict=True)):
        batch = open_batches.setdefault(key, [])
        if batch and (len(batch) >= most or filled[key] + size > most_bytes):
            yield batch
            batch = open_batches[key] = []
        if not batch:
            filled[key] = 0
        batch.append(index)
        filled[key] += size
    yield from (batch for batch in open_batches.values() if batch)


def documents_of(keys: Sequence[tuple[Hashable, str | None]], most: int) -> list[list[int]]:
    """Return the indices of each document's pieces, in order: a document is read as one, so it is never cut.

    Args:
        keys: what an input must share with its batch, and its document.
        most: pieces of one document.

    Raises:
        ConfigurationError: a document has more.
        InputError: a piece cannot share a call with those before it.
    """
    pieces: dict[str | None, list[int]] = {}
    for index, (key, document) in enumerate(keys):
        of_document = pieces.setdefault(document, [])
        if of_document and keys[of_document[0]][0] != key:
            message = "late_chunking: a document's pieces are read as one, so all are texts of one task; not this one"
            raise InputError(message, index=index)
        of_document.append(index)
    largest = max(map(len, pieces.values()), default=0)
    if largest > most:
        raise ConfigurationError(
            f"late_chunking: a document has {largest} pieces and a call takes {most}; raise batch_size, or name "
            "documents with EmbeddingInput(document=...)"
        )
    return list(pieces.values())
