"""Where does an input stand in the list that the user gave? Batches and caches must not change what errors say."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from nova_embeddings import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import TypeVar

    Input = TypeVar("Input")


def cut(inputs: Sequence[Input], size: int) -> list[tuple[range, list[Input]]]:
    """Return batches of at most `size` inputs, each with its places in the list."""
    places = range(len(inputs))
    return [(places[start : start + size], list(inputs[start : start + size])) for start in places[::size]]


@contextlib.contextmanager
def placed(places: Sequence[int]) -> Iterator[None]:
    """Turn the index in an InputError into the place that the input has in the longer list."""
    try:
        yield
    except InputError as error:
        if error.index is not None:
            error.index = places[error.index]
        raise
