"""May these embeddings be used with this index? Stamp an empty one, verify a stamped one, refuse an unknown one."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError, SpaceMismatchError
from nova_embeddings.guard._stamp import Stamp, check, stamp_of
from nova_embeddings.guard._stampable import stampable_of

if TYPE_CHECKING:
    from nova_embeddings._tasks import Task
    from nova_embeddings.guard._stamp import Encoder, Role
    from nova_embeddings.guard._stampable import Stampable

_one_at_a_time = threading.Lock()


def guard(store: object, encoder: Encoder | Stamp, *, task: Task | None = None, adopt: bool = False) -> Stamp:
    """Let embeddings write to an index only if all that lies in it was embedded as they would.

    An empty index without a stamp gets one. Call it wherever an index is opened to be written.

    Threads of one process stamp one after another. Databases have no way to write a stamp only where there is none: two
    processes that guard one empty index for the first time, at the same moment and for different spaces, may both be
    let in, and the later stamp stays. Guard a new index once before several processes write to it.

    Args:
        store: a Chroma collection, `QdrantCollection(client, name)`, a LangChain or LlamaIndex store over one, or a
            `Stampable`.
        encoder: a `NovaClient`, the embeddings of an integration, or a `Stamp`.
        task: of the passages that a `NovaClient` makes for it, as "code.passage". Default: the client's `passage_task`.
        adopt: also stamp an index that holds vectors and has no stamp: you know that these embeddings made them.

    Returns:
        The index's stamp.

    Raises:
        SpaceMismatchError: it was stamped for other embeddings, or its vectors have another width.
        ConfigurationError: it holds vectors and has no stamp; or it, or the encoder, is none.
    """
    index, own = stampable_of(store), stamp_of(encoder, task)
    with _one_at_a_time:
        found = _read(index)
        if found is None:
            return _write(index, own, adopt=adopt)
    check(index.where, found, own, "passage")
    return found


def verify(store: object, encoder: Encoder | Stamp, *, task: Task | None = None, role: Role = "passage") -> Stamp:
    """Check embeddings against an index, and change nothing.

    Args:
        store: as `guard` takes it.
        encoder: as `guard` takes it.
        task: as `guard` takes it.
        role: "passage" before vectors are put in; "query" where it is only asked: its space must be the same, while
            instructions may be others.

    Returns:
        The index's stamp.

    Raises:
        SpaceMismatchError: it was stamped for other embeddings.
        ConfigurationError: it has no stamp; or it, the encoder or the role is none.
    """
    index, own = stampable_of(store), stamp_of(encoder, task)
    found = _read(index)
    if found is None:
        raise ConfigurationError(
            f"{index.where} has no stamp, so nobody knows how its vectors were made; index anew under guard(), or call "
            "it with adopt=True if you know that these embeddings made them"
        )
    check(index.where, found, own, role)
    return found


def stamp(store: object, encoder: Encoder | Stamp, *, task: Task | None = None, adopt: bool = False) -> Stamp:
    """Stamp an index, in place of another stamp.

    Args:
        store: as `guard` takes it.
        encoder: as `guard` takes it.
        task: as `guard` takes it.
        adopt: also if it holds vectors: you know that all of them were made by these embeddings, as after indexing anew
            in place.

    Raises:
        SpaceMismatchError: its vectors have another width.
        ConfigurationError: it holds vectors; or it, or the encoder, is none.
    """
    index, own = stampable_of(store), stamp_of(encoder, task)
    with _one_at_a_time:
        return _write(index, own, adopt=adopt)


def _write(index: Stampable, own: Stamp, *, adopt: bool) -> Stamp:
    _check_widths(index, own)
    count = index.count()
    if count and not adopt:
        raise ConfigurationError(
            f"{index.where} holds {count} vectors that were not stamped for these embeddings; index anew into an empty "
            "one, or give adopt=True if you know that these embeddings made all of them"
        )
    index.write_stamp(own.to_json())
    found = _read(index)
    if found is None:
        raise ConfigurationError(f"{index.where} does not keep the stamp; a Qdrant server must be 1.16 or newer")
    check(index.where, found, own, "passage")  # another process may have stamped it at the same time
    return found


def _check_widths(index: Stampable, own: Stamp) -> None:
    widths, width = index.widths(), own.space["dimensions"]
    if widths and width not in widths:
        taken = next(iter(widths)) if len(widths) == 1 else sorted(widths)
        raise SpaceMismatchError(
            f"{index.where} takes vectors of the width {taken}, you have dimensions={width}; index anew into another",
            differences={"dimensions": (taken, width)},
        )


def _read(index: Stampable) -> Stamp | None:
    text = index.read_stamp()
    if text is None:
        return None
    try:
        return Stamp.from_json(text)
    except ValueError as error:
        raise ConfigurationError(
            f"the stamp of {index.where} cannot be read ({error}); it is damaged, or of a later release"
        ) from None
