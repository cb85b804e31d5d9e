"""What can be stamped, and which such thing is meant by a store of some framework?"""

from __future__ import annotations

import inspect
from typing import Any, Protocol, runtime_checkable

from nova_embeddings._errors import ConfigurationError
from nova_embeddings.guard._chroma import ChromaCollection, is_chroma
from nova_embeddings.guard._qdrant import QdrantCollection


@runtime_checkable
class Stampable(Protocol):
    """An index that keeps a text beside its vectors, where no search finds it."""

    @property
    def where(self) -> str:
        """Return what errors call it."""

    def read_stamp(self) -> str | None:
        """Return the text that was written, None where none was: by whomever, and now."""

    def write_stamp(self, text: str) -> None:
        """Keep the text, in place of another; whatever else the index says about itself stays."""

    def count(self) -> int:
        """Return how many vectors it holds."""

    def widths(self) -> set[int]:
        """Return the widths of the vectors that it takes, empty where the first one decides."""


def stampable_of(store: object) -> Stampable:
    """Return what is stamped of a Chroma collection, or of a framework's store over Chroma or Qdrant.

    Raises:
        ConfigurationError: it is something else, or works only from an event loop.
    """
    if isinstance(store, Stampable):
        return store
    held = _first(store, "_collection", "_chroma_collection")
    collection: Any = store if held is None else held
    if is_chroma(collection):
        _check_sync(collection, "count")
        return ChromaCollection(collection)
    client, name = _first(store, "client", "_client"), getattr(store, "collection_name", None)
    if isinstance(name, str) and hasattr(client, "get_collection") and hasattr(client, "update_collection"):
        _check_sync(client, "get_collection")
        return QdrantCollection(client, name)
    raise ConfigurationError(
        f"a {type(store).__name__} is no store that can be stamped; give a Chroma collection, "
        "QdrantCollection(client, name), a LangChain or LlamaIndex store over one, or a Stampable of your own"
    )


def _first(store: object, *names: str) -> Any:  # noqa: ANN401 (an object of the database's)
    return next((found for found in (getattr(store, name, None) for name in names) if found is not None), None)


def _check_sync(thing: object, method: str) -> None:
    if inspect.iscoroutinefunction(getattr(thing, method)):
        raise ConfigurationError(f"a {type(thing).__name__} works from an event loop only; give the synchronous one")
