"""Vectors that were computed once and are kept: in an SQLite file, in memory, or in a cache of your own."""

from nova_embeddings.cache._errors import CacheError, CacheWarning
from nova_embeddings.cache._memory import MemoryCache
from nova_embeddings.cache._protocol import Cache, CacheStats
from nova_embeddings.cache._sqlite import SQLiteCache

__all__ = ["Cache", "CacheError", "CacheStats", "CacheWarning", "MemoryCache", "SQLiteCache"]
