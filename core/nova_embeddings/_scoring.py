"""How alike are a query and documents? MaxSim over multi-vectors, exactly.

Tokens are taken in blocks that stay in the processor's cache, a thread a core. Within a block the matrix products are
so small that BLAS runs each in the thread that asks: threads of BLAS's own wait for each other at every product, which
on a busy machine took longer than the product. Documents of different lengths need no padding, and those that lie
behind each other in one array are not copied. `make bench` compares with one matrix product of the same size.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

    from nova_embeddings._results import FloatArray

    Offsets = NDArray[np.int64]

_BLOCK_TOKENS = 4096
_PRODUCT = 2**17
"""Multiplications of one product: measured, the fastest of those that OpenBLAS leaves to one thread, up to 2**18."""
_FEWEST_ROWS = 16


def maxsim(query: FloatArray, documents: Sequence[FloatArray]) -> FloatArray:
    """Return each document's score: for every token of the query its best match in the document, summed.

    Args:
        query: `(T_q, W)`.
        documents: N arrays `(T_n, W)`, of different lengths; the scores are cosines where tokens have unit length.

    Returns:
        float32 `(N,)`, in the order of the documents.

    Raises:
        ConfigurationError: an array is not of rank 2, has no token, or another width than the query.
    """
    import numpy as np  # noqa: PLC0415 (not needed to import the package)

    tokens = np.asarray(query, dtype=np.float32)
    _check(tokens, "the query", None)
    arrays = [np.asarray(document) for document in documents]
    for index, array in enumerate(arrays):
        _check(array, f"document {index}", tokens.shape[1])
    offsets = offsets_of([len(array) for array in arrays])
    return score(tokens, offsets, lambda first, last, room: _joined(arrays[first:last], room))


def score(query: FloatArray, offsets: Offsets, tokens_of: Callable[[int, int, FloatArray], FloatArray]) -> FloatArray:
    """Return the scores of N documents, float32 `(N,)`.

    Args:
        query: float32 `(T_q, W)`.
        offsets: where each document's tokens begin among all, and where the last ones end, `(N + 1,)`; none is empty.
        tokens_of: gives the tokens of the documents from a first to before a last, float32 `(M, W)`; the array that it
            gets may be written to, so that no memory is asked for again and again. It is called in several threads.
    """
    import numpy as np  # noqa: PLC0415 (as above)

    scores = np.empty(len(offsets) - 1, dtype=np.float32)
    blocks = list(_blocks(offsets))
    longest = max((int(offsets[last] - offsets[first]) for first, last in blocks), default=0)
    waiting = iter(blocks)

    def work() -> None:
        room, matches = np.empty((longest, query.shape[1]), np.float32), np.empty((longest, len(query)), np.float32)
        for first, last in waiting:
            tokens = tokens_of(first, last, room)
            found = matches[: len(tokens)]
            _multiply(tokens, query, found)
            best: FloatArray = np.maximum.reduceat(found, offsets[first:last] - offsets[first], axis=0)
            best.sum(axis=1, out=scores[first:last])

    _in_threads(work, min(len(blocks), _cores() + 1))  # one more, for while another waits for the interpreter
    return scores


def offsets_of(lengths: Sequence[int]) -> Offsets:
    """Return where each document begins, and where the last one ends: `(N + 1,)`."""
    import numpy as np  # noqa: PLC0415 (as above)

    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(np.asarray(lengths, dtype=np.int64), out=offsets[1:])
    return offsets


def _blocks(offsets: Offsets) -> Iterator[tuple[int, int]]:
    """Yield the first document of each block and the one after its last; a block has at least one document."""
    import numpy as np  # noqa: PLC0415 (as above)

    first, count = 0, len(offsets) - 1
    while first < count:
        fits = int(np.searchsorted(offsets, offsets[first] + _BLOCK_TOKENS, side="right")) - 1
        last = max(first + 1, fits)
        yield first, last
        first = last


def _multiply(tokens: FloatArray, query: FloatArray, matches: FloatArray) -> None:
    """Write `tokens @ query.T`, in products of a few rows each."""
    import numpy as np  # noqa: PLC0415 (as above)

    rows = max(_FEWEST_ROWS, _PRODUCT // query.size)
    whole = len(tokens) // rows * rows
    stack = tokens[:whole].reshape(-1, rows, tokens.shape[1])
    np.matmul(stack, query.T, out=matches[:whole].reshape(-1, rows, len(query)))
    np.matmul(tokens[whole:], query.T, out=matches[whole:])


def _in_threads(work: Callable[[], None], count: int) -> None:
    """Run it so many times at once; raise what it raises."""
    if count <= 1:
        return work()
    with ThreadPoolExecutor(count) as pool:
        for done in [pool.submit(work) for _ in range(count)]:
            done.result()
    return None


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _joined(documents: Sequence[FloatArray], room: FloatArray) -> FloatArray:
    """Return the documents behind each other, without a copy where they lie so already."""
    import numpy as np  # noqa: PLC0415 (as above)

    first, count = documents[0], sum(len(document) for document in documents)
    if not _adjacent(documents):
        return np.concatenate(documents, out=room[:count], casting="same_kind")
    return np.lib.stride_tricks.as_strided(first, (count, first.shape[1]), first.strides, writeable=False)


def _adjacent(documents: Sequence[FloatArray]) -> bool:
    """Tell whether these are float32 views of one array, each beginning where the one before ends."""
    owner, address = documents[0].base, None
    for document in documents:
        start = document.__array_interface__["data"][0]
        if owner is None or document.base is not owner or start != (address or start):
            return False
        if document.dtype != "float32" or not document.flags.c_contiguous:
            return False
        address = start + document.nbytes
    return True


def _check(rows: FloatArray, what: str, width: int | None) -> None:
    if rows.ndim != 2 or not len(rows) or (width or rows.shape[1]) != rows.shape[1]:  # noqa: PLR2004
        wanted = f"(tokens, {width or 'width'})"
        raise ConfigurationError(f"{what} has the shape {rows.shape} where a multi-vector {wanted} was expected")
