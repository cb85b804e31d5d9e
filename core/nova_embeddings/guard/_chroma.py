"""Where does a Chroma collection keep a stamp? In its metadata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from chromadb.api.models.Collection import Collection

_KEY = "nova_stamp"
_FIXED = "hnsw:"


class ChromaCollection:
    """A collection of Chroma, to be stamped.

    Args:
        collection: as the client returned it. What Chroma itself raises comes through.
    """

    def __init__(self, collection: Collection) -> None:
        """Ask for nothing yet."""
        self._collection: Any = collection

    @property
    def where(self) -> str:
        """Return what errors call it."""
        return f"the Chroma collection {self._collection.name!r}"

    def read_stamp(self) -> str | None:
        """Return the text that was written, None where none was."""
        found = self._metadata().get(_KEY)
        return None if found is None else str(found)

    def write_stamp(self, text: str) -> None:
        """Keep the text beside the other metadata.

        Chroma replaces all metadata, and refuses the settings of its graph among them (`hnsw:space`, …) even unchanged:
        those stay in force in the collection's configuration, where Chroma copied them when it was made.
        """
        kept = {name: value for name, value in self._metadata().items() if not name.startswith(_FIXED)}
        self._collection.modify(metadata={**kept, _KEY: text})

    def count(self) -> int:
        """Return how many vectors it holds."""
        return int(self._collection.count())

    def widths(self) -> set[int]:
        """Return the width of its vectors; the first one decides."""
        width = self._fresh().dimension
        return set() if width is None else {int(width)}

    def _metadata(self) -> dict[str, Any]:
        return dict(self._fresh().metadata or {})

    def _fresh(self) -> Any:  # noqa: ANN401 (Chroma's model of a collection)
        """Return what the database says now: a collection object shows what was there when it was made."""
        own = self._collection
        return own._client.get_collection(name=own.name, tenant=own.tenant, database=own.database)  # noqa: SLF001 (there is no public way)


def is_chroma(thing: object) -> bool:
    """Tell whether something is a collection of Chroma, without importing Chroma."""
    return type(thing).__module__.startswith("chromadb.") and hasattr(thing, "modify")
