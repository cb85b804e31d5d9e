"""Which vectors of a batch does the user's cache hold already, and what is sent?

`Embed` is what sends: a method of the model, which takes inputs and returns a vector each. Only texts are kept: an
image's bytes may change while its name does not.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from llama_index.core.base.embeddings.base import Embedding

from llama_index.embeddings.nova._places import placed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from llama_index.core.storage.kvstore.types import BaseKVStore

    from llama_index.embeddings.nova._nodes import Item

Embed: TypeAlias = Callable[[Any], list[Embedding]]
AsyncEmbed: TypeAlias = Callable[[Any], Awaitable[list[Embedding]]]


class Shelf:
    """The vectors in a user's store that were made in one way.

    LlamaIndex's own key is the text alone, in the collection "embeddings": the same text as a query, with other
    instructions, by another model or at another width would get the wrong vector. Here each way has a collection of
    its own, `embeddings:<encode_id>`. An entry is what LlamaIndex writes: `{<uuid4>: <vector>}`.
    """

    def __init__(self, store: BaseKVStore, encode_id: str) -> None:
        """Name the collection; nothing is read yet."""
        self._store = store
        self._collection = f"embeddings:{encode_id}"

    def complete(self, items: Sequence[Item], embed: Embed) -> list[Embedding]:
        """Return a vector for each item; what is not here is embedded, each text once, and texts are kept."""
        known = _vectors_of({text: self._store.get(text, collection=self._collection) for text in _texts_of(items)})
        missing = _missing(items, known)
        if not missing:
            return _in_order(items, known, {})
        with placed(missing):
            new = dict(zip(missing, embed([items[place] for place in missing]), strict=True))
        for text, vector in (fresh := _by_text(items, new)).items():
            self._store.put(text, _entry(vector), collection=self._collection)
        return _in_order(items, known | fresh, new)

    async def acomplete(self, items: Sequence[Item], embed: AsyncEmbed) -> list[Embedding]:
        """Do what `complete` does, from an event loop."""
        known = _vectors_of(
            {text: await self._store.aget(text, collection=self._collection) for text in _texts_of(items)}
        )
        missing = _missing(items, known)
        if not missing:
            return _in_order(items, known, {})
        with placed(missing):
            new = dict(zip(missing, await embed([items[place] for place in missing]), strict=True))
        for text, vector in (fresh := _by_text(items, new)).items():
            await self._store.aput(text, _entry(vector), collection=self._collection)
        return _in_order(items, known | fresh, new)


def _texts_of(items: Iterable[Item]) -> Iterable[str]:
    return dict.fromkeys(item for item in items if isinstance(item, str))


def _vectors_of(entries: Mapping[str, dict[str, Any] | None]) -> dict[str, Embedding]:
    return {text: next(iter(entry.values())) for text, entry in entries.items() if entry}


def _entry(vector: Embedding) -> dict[str, Embedding]:
    return {str(uuid.uuid4()): vector}


def _missing(items: Iterable[Item], known: Mapping[str, Embedding]) -> list[int]:
    """Return the places of what has no vector yet; of the same text, the first."""
    places: dict[object, int] = {}
    for place, item in enumerate(items):
        if not isinstance(item, str):
            places[place] = place
        elif item not in known:
            places.setdefault(item, place)
    return list(places.values())


def _by_text(items: Sequence[Item], new: Mapping[int, Embedding]) -> dict[str, Embedding]:
    return {item: vector for place, vector in new.items() if isinstance(item := items[place], str)}


def _in_order(items: Iterable[Item], texts: Mapping[str, Embedding], new: Mapping[int, Embedding]) -> list[Embedding]:
    """Return a vector for each item; a text that stands twice gets two lists."""
    return [list(texts[item]) if isinstance(item, str) else new[place] for place, item in enumerate(items)]
