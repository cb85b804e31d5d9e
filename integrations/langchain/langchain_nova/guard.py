"""How is an index kept to one space: a store, LangChain's record of what was indexed, and a cache?"""

import hashlib
import json
import uuid
from collections.abc import Callable
from typing import Any

from langchain_core.documents import Document
from pydantic_core import to_jsonable_python

from langchain_nova.embeddings import NovaEmbeddings
from nova_embeddings import ConfigurationError, guard


def guard_store(store: object, embeddings: NovaEmbeddings | None = None, *, adopt: bool = False) -> guard.Stamp:
    """Stamp an empty store with the space of its embeddings; let a stamped one be written only by the same.

    Call it wherever a store is opened to add documents.

    Args:
        store: LangChain's store over Chroma or Qdrant, or whatever else `nova_embeddings.guard.guard` takes.
        embeddings: what embeds for it. Default: the store's own.
        adopt: also stamp a store that holds documents and has no stamp: you know that these embeddings made them.

    Returns:
        The store's stamp.

    Raises:
        SpaceMismatchError: it was stamped for other embeddings; `.differences` names each field.
        ConfigurationError: it holds documents and has no stamp, or cannot be stamped.
    """
    return guard.guard(store, _embeddings_of(store, embeddings), adopt=adopt)


def verify_space(
    store: object, embeddings: NovaEmbeddings | None = None, *, role: guard.Role = "passage"
) -> guard.Stamp:
    """Check a store against its embeddings, and change nothing.

    Args:
        store: as `guard_store` takes it.
        embeddings: what embeds for it. Default: the store's own.
        role: "passage" before documents are added; "query" where it is only searched: query instructions may be
            others than its documents had.

    Returns:
        The store's stamp.

    Raises:
        SpaceMismatchError: it was stamped for other embeddings; `.differences` names each field.
        ConfigurationError: it has no stamp, or cannot have one.
    """
    return guard.verify(store, _embeddings_of(store, embeddings), role=role)


def key_encoder(embeddings: NovaEmbeddings) -> Callable[[Document], str]:
    """Return what `langchain_core.indexing.index` takes as `key_encoder`, so that another model embeds all anew.

    LangChain's own keys are of content and metadata alone: after a change of the model it skips every document. These
    keys are of the way of embedding too; with `cleanup="full"` the old documents go.

    Args:
        embeddings: what embeds for the store.

    Returns:
        A function of a document: the same key, a UUID, for the same content, metadata and way of embedding, in every
        process. It raises ConfigurationError where the metadata holds what is not JSON, nor has one form in JSON.
    """
    encode_id = embeddings.encode_id()

    def encode(document: Document) -> str:
        content = [encode_id, document.page_content, document.metadata]
        try:
            text = json.dumps(content, sort_keys=True, separators=(",", ":"), default=_plain)
        except (TypeError, ValueError, RecursionError) as error:
            message = f"the metadata of a document cannot be a key ({type(error).__name__}); give values that JSON has"
            raise ConfigurationError(message) from None
        return str(uuid.UUID(bytes=hashlib.sha256(text.encode()).digest()[:16]))  # Qdrant takes no other ids

    return encode


def cache_namespace(embeddings: NovaEmbeddings, role: guard.Role) -> str:
    """Return the namespace under which a cache may keep vectors: no other model, task, width or instructions share it.

    For `CacheBackedEmbeddings`, whose `namespace=` is for documents, and which needs another for queries. `cached` of
    this package keeps both apart by itself.

    Args:
        embeddings: what embeds.
        role: "passage" for documents, "query" for questions.

    Raises:
        ConfigurationError: the role is neither.
    """
    return embeddings.encode_id(role)


def _embeddings_of(store: object, embeddings: NovaEmbeddings | None) -> Any:  # noqa: ANN401 (the core checks it)
    return getattr(store, "embeddings", None) if embeddings is None else embeddings


def _plain(value: object) -> Any:  # noqa: ANN401 (JSON)
    """Return dates, paths and the like as JSON; a set, whose order is not the same in every process, has none."""
    if isinstance(value, set | frozenset):
        raise TypeError("a set has no order")
    return to_jsonable_python(value)
