"""Where does a Qdrant collection keep a stamp? In its metadata, which no search sees.

Source: Qdrant 1.16 keeps metadata with a collection, on a server and in local mode, and merges what is written.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError

if TYPE_CHECKING:
    from qdrant_client import QdrantClient

_KEY = "nova_stamp"


class QdrantCollection:
    """A collection of Qdrant, to be stamped.

    Args:
        client: for a server, or in this process. What it raises comes through.
        name: the collection's, or an alias.
    """

    def __init__(self, client: QdrantClient, name: str) -> None:
        """Ask for nothing yet."""
        self._client, self._name = client, name

    @property
    def where(self) -> str:
        """Return what errors call it."""
        return f"the Qdrant collection {self._name!r}"

    def read_stamp(self) -> str | None:
        """Return the text that was written, None where none was.

        Raises:
            ConfigurationError: there is no such collection.
        """
        found = (self._config().metadata or {}).get(_KEY)
        return None if found is None else str(found)

    def write_stamp(self, text: str) -> None:
        """Keep the text beside the other metadata."""
        self._client.update_collection(self._name, metadata={_KEY: text})

    def count(self) -> int:
        """Return how many points it holds."""
        return int(self._client.count(self._name, exact=True).count)

    def widths(self) -> set[int]:
        """Return the widths of its dense vectors, of all names."""
        vectors = self._config().params.vectors or {}
        return {int(one.size) for one in (vectors.values() if isinstance(vectors, dict) else [vectors])}

    def _config(self) -> Any:  # noqa: ANN401 (Qdrant's)
        try:
            return self._client.get_collection(self._name).config
        except Exception as error:
            if not _is_missing(error):
                raise
        raise ConfigurationError(
            f"{self.where} is not there; make it first (client.create_collection), so that it can be stamped"
        )


def _is_missing(error: Exception) -> bool:
    """Tell whether Qdrant says that there is no such collection: in this process, or from a server."""
    return type(error) is ValueError or getattr(error, "status_code", None) == HTTPStatus.NOT_FOUND
