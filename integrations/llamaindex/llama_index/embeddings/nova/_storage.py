"""How is a storage of LlamaIndex kept to one space, also after it was persisted?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from llama_index.core import StorageContext
from llama_index.core.storage.docstore.types import DEFAULT_PERSIST_FNAME
from llama_index.core.vector_stores import SimpleVectorStore
from llama_index.core.vector_stores.simple import DEFAULT_VECTOR_STORE

from nova_embeddings import ConfigurationError
from nova_embeddings.guard import guard, verify

if TYPE_CHECKING:
    import os

    from nova_embeddings.guard import Encoder, Role

_KEY = "nova_stamp"


def guard_storage(
    storage: StorageContext | str | os.PathLike[str],
    embed_model: Encoder,
    *,
    namespace: str = DEFAULT_VECTOR_STORE,
    adopt: bool = False,
) -> StorageContext:
    """Stamp an empty storage with the space of a model; let a stamped one be used only with the same.

    Call it before an index is made over a storage, or loaded from one: `storage.persist(folder)` keeps the stamp, and
    `load_index_from_storage(storage, embed_model=embed_model)` then opens what was verified.

    Args:
        storage: a storage context, or the folder of one; a folder where none was persisted gives a new, empty one.
        embed_model: a `NovaEmbedding`.
        namespace: of the vector store that the model's vectors are in. One over Chroma or Qdrant is stamped there.
        adopt: also stamp what holds vectors and has no stamp: you know that this model made them.

    Returns:
        The storage context.

    Raises:
        SpaceMismatchError: it was stamped for another model; `.differences` names each field.
        ConfigurationError: it holds vectors and has no stamp, or has no such vector store.
    """
    context = _opened(storage) or StorageContext.from_defaults()
    guard(_store_of(context, namespace), embed_model, adopt=adopt)
    return context


def verify_storage(
    storage: StorageContext | str | os.PathLike[str],
    embed_model: Encoder,
    *,
    namespace: str = DEFAULT_VECTOR_STORE,
    role: Role = "passage",
) -> StorageContext:
    """Check a storage against a model, and change nothing.

    Args:
        storage: a storage context, or the folder of one.
        embed_model: a `NovaEmbedding`.
        namespace: of the vector store that the model's vectors are in.
        role: "passage" before nodes are inserted; "query" where it is only asked: query instructions may be others.

    Returns:
        The storage context.

    Raises:
        SpaceMismatchError: it was stamped for another model; `.differences` names each field.
        ConfigurationError: it has no stamp, or there is no storage.
    """
    context = _opened(storage)
    if context is None:
        message = f"no storage of LlamaIndex was persisted in {str(storage)!r}"
        raise ConfigurationError(message)
    verify(_store_of(context, namespace), embed_model, role=role)
    return context


class _InVectorStore:
    """LlamaIndex's own vector store, to be stamped: among the metadata of its nodes, under what is no node's id.

    It looks there only for nodes that have a vector, writes it with the vectors, and clears it with them.
    """

    def __init__(self, store: SimpleVectorStore, namespace: str) -> None:
        self._store, self._namespace = store, namespace

    @property
    def where(self) -> str:
        return f"the vector store {self._namespace!r} of the storage"

    def read_stamp(self) -> str | None:
        held = (self._store.data.metadata_dict or {}).get(_KEY)
        return str(held[_KEY]) if isinstance(held, dict) and _KEY in held else None

    def write_stamp(self, text: str) -> None:
        data = self._store.data
        data.metadata_dict = {**(data.metadata_dict or {}), _KEY: {_KEY: text}}

    def count(self) -> int:
        return len(self._store.data.embedding_dict)

    def widths(self) -> set[int]:
        return {len(vector) for vector in self._store.data.embedding_dict.values()}


def _opened(storage: StorageContext | str | os.PathLike[str]) -> StorageContext | None:
    """Return the context itself, or what was persisted in the folder; None where nothing was."""
    if isinstance(storage, StorageContext):
        return storage
    if not (Path(storage) / DEFAULT_PERSIST_FNAME).exists():
        return None
    return StorageContext.from_defaults(persist_dir=str(storage))


def _store_of(context: StorageContext, namespace: str) -> object:
    store = context.vector_stores.get(namespace)
    if store is None:
        message = f"the storage has no vector store {namespace!r}; it has {', '.join(map(repr, context.vector_stores))}"
        raise ConfigurationError(message)
    return _InVectorStore(store, namespace) if isinstance(store, SimpleVectorStore) else store
