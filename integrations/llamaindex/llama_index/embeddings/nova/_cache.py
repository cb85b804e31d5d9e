"""Which vectors of a batch does the user's cache hold already, and what is sent?

`Embed` is what sends: a method of the model, which takes texts and returns a vector each.
"""

from __future__ import annotations

import uuid
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

from llama_index.core.base.embeddings.base import Embedding

from llama_index.embeddings.nova._places import placed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from llama_index.core.storage.kvstore.types import BaseKVStore

Embed: TypeAlias = Callable[[list[str]], list[Embedding]]
AsyncEmbed: TypeAlias = Callable[[list[str]], Awaitable[list[Embedding]]]


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

    def complete(self, texts: list[str], embed: Embed) -> list[Embedding]:
        """Return a vector for each text; what is not here is embedded, each text once, and kept."""
        found = {text: self._store.get(text, collection=self._collection) for text in dict.fromkeys(texts)}
        known = _vectors_of(found)
        missing = _missing(texts, known)
        if missing:
            with placed(list(missing.values())):
                new = dict(zip(missing, embed(list(missing)), strict=True))
            for text, vector in new.items():
                self._store.put(text, _entry(vector), collection=self._collection)
            known |= new
        return [list(known[text]) for text in texts]

    async def acomplete(self, texts: list[str], embed: AsyncEmbed) -> list[Embedding]:
        """Do what `complete` does, from an event loop."""
        known = _vectors_of(
            {text: await self._store.aget(text, collection=self._collection) for text in dict.fromkeys(texts)}
        )
        missing = _missing(texts, known)
        if missing:
            with placed(list(missing.values())):
                new = dict(zip(missing, await embed(list(missing)), strict=True))
            for text, vector in new.items():
                await self._store.aput(text, _entry(vector), collection=self._collection)
            known |= new
        return [list(known[text]) for text in texts]


def _vectors_of(entries: Mapping[str, dict[str, Any] | None]) -> dict[str, Embedding]:
    return {text: next(iter(entry.values())) for text, entry in entries.items() if entry}


def _entry(vector: Embedding) -> dict[str, Embedding]:
    return {str(uuid.uuid4()): vector}


def _missing(texts: Iterable[str], known: Mapping[str, Embedding]) -> dict[str, int]:
    """Return each text that has no vector yet, once, with the place where it first stands."""
    places: dict[str, int] = {}
    for place, text in enumerate(texts):
        if text not in known:
            places.setdefault(text, place)
    return places
