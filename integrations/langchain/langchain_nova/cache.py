"""How does an object keep the vectors it has computed: in a file, in a byte store of LangChain, or elsewhere?"""

import os
from collections.abc import Mapping, Sequence

from langchain_core.stores import BaseStore

from langchain_nova.embeddings import NovaEmbeddings
from nova_embeddings.cache import Cache, SQLiteCache


def cached(
    embeddings: NovaEmbeddings,
    cache: "str | os.PathLike[str] | BaseStore[str, bytes] | Cache",
    ttl: float | None = None,
) -> NovaEmbeddings:
    """Return embeddings like these that compute no vector twice, with all their methods.

    Texts and images, queries and passages, and multi-vectors are kept, each under its model, task, adapter,
    instructions, width and content: none is taken for another. `CacheBackedEmbeddings` of LangChain would hand out
    passages' vectors for queries, and has no image methods.

    Args:
        embeddings: what computes; it is not changed.
        cache: the path of an SQLite file, which is made where there is none; a byte store of LangChain; or a cache of
            `nova_embeddings.cache`.
        ttl: seconds after which a vector is computed anew. A byte store is not told to remove it.

    Raises:
        ConfigurationError: an option is wrong, or the embeddings have a `client=`, which decides on its cache.
        CacheError: the file cannot be made, or is not a cache.
    """
    if isinstance(cache, str | os.PathLike):
        cache = SQLiteCache(cache)
    elif isinstance(cache, BaseStore):
        cache = _InByteStore(cache)
    return embeddings.model_copy(update={"cache": cache, "cache_ttl": ttl})


class _InByteStore:
    """A byte store of LangChain as a cache: its values carry their age and digest themselves."""

    def __init__(self, store: BaseStore[str, bytes]) -> None:
        self._store = store

    def get_many(self, keys: Sequence[str]) -> dict[str, bytes]:
        values = self._store.mget(keys)
        return {key: value for key, value in zip(keys, values, strict=True) if value is not None}

    def set_many(self, values: Mapping[str, bytes], ttl: float | None = None) -> None:  # noqa: ARG002 (checked on reading)
        self._store.mset(list(values.items()))

    def __repr__(self) -> str:
        return f"cache in {type(self._store).__name__}"
