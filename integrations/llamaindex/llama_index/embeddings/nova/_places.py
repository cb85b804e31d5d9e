"""Where does a text stand in the list that the user gave? Batches and caches must not change what errors say."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from nova_embeddings import InputError, check_texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def cut(texts: Iterable[str], size: int) -> list[tuple[range, list[str]]]:
    """Return batches of at most `size` texts, each with its places in the list.

    Raises:
        InputError: a text is bad; so nothing is sent, whichever batch it would be in.
        ConfigurationError: it is no list of texts.
    """
    listed = check_texts(texts)
    places = range(len(listed))
    return [(places[start : start + size], listed[start : start + size]) for start in places[::size]]


@contextlib.contextmanager
def placed(places: Sequence[int]) -> Iterator[None]:
    """Turn the index in an InputError into the place that the input has in the longer list."""
    try:
        yield
    except InputError as error:
        if error.index is not None:
            error.index = places[error.index]
        raise
