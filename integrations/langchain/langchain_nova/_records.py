"""How does a LangChain document lie in a store of multi-vectors?"""

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from langchain_core.documents import Document

from langchain_nova._content import Uri
from nova_embeddings import ConfigurationError
from nova_embeddings.stores import Hit, Record

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Metadata = Mapping[str, Any]

_CONTENT, _METADATA, _SCORE = "page_content", "metadata", "relevance_score"
_NAMESPACE = uuid.UUID("6d1f0b0e-3f0a-4d5b-9a53-0c5a2c1f7a5e")
_Value = TypeVar("_Value")


def text_documents(
    texts: Sequence[str], metadatas: Sequence[Metadata] | None, ids: Sequence[str] | None
) -> list[Document]:
    """Return a document a text.

    Raises:
        ConfigurationError: `texts` is one text, or there are more or fewer metadatas or ids.
    """
    rows = zip(_column("metadatas", metadatas, texts, {}), _column("ids", ids, texts, None), strict=True)
    return [
        Document(page_content=text, metadata=dict(metadata), id=name)
        for text, (metadata, name) in zip(texts, rows, strict=True)
    ]


def image_documents(
    uris: Sequence[Uri],
    texts: Sequence[str] | None,
    metadatas: Sequence[Metadata] | None,
    ids: Sequence[str] | None,
) -> list[Document]:
    """Return a document an image: its text if it has one, and its URI as `source` in the metadata.

    A `data:` URI is the image itself and is not kept.

    Raises:
        ConfigurationError: `uris` is one URI, or there are more or fewer texts, metadatas or ids.
    """
    contents = _column("texts", texts, uris, "")
    given = _column("metadatas", metadatas, uris, {})
    merged = [{**_source(uri), **metadata} for uri, metadata in zip(uris, given, strict=True)]
    rows = zip(uris, contents, merged, _column("ids", ids, uris, None), strict=True)
    names = [name or _id([str(uri), content, metadata]) for uri, content, metadata, name in rows]
    return text_documents(contents, merged, names)


def with_ids(documents: Sequence[Document]) -> list[Document]:
    """Return the documents; one without an id gets one that follows from its content and metadata."""
    return [
        document if document.id else document.model_copy(update={"id": _id([document.page_content, document.metadata])})
        for document in documents
    ]


def records_of(
    documents: Sequence[Document],
    multivectors: "Sequence[NDArray[np.float32]]",
    dense: "NDArray[np.float32] | None",
) -> list[Record]:
    """Return what a store keeps of documents, which all have ids."""
    rows = [None] * len(documents) if dense is None else list(dense)
    return [
        Record(
            str(document.id), multivector, row, {_CONTENT: document.page_content, _METADATA: dict(document.metadata)}
        )
        for document, multivector, row in zip(documents, multivectors, rows, strict=True)
    ]


def as_row(dense: Sequence[float]) -> "NDArray[np.float32]":
    """Return a dense vector as a store takes it, float32 `(D,)`."""
    import numpy as np  # noqa: PLC0415 (not needed to import the package)

    return np.asarray(dense, dtype=np.float32)


def document_of(hit: Hit) -> Document:
    """Return the document that was found.

    Raises:
        ConfigurationError: something else than a retriever of this package put the record there.
    """
    if _CONTENT not in hit.payload or _METADATA not in hit.payload:
        message = (
            f"the record {hit.id!r} has no {_CONTENT} and {_METADATA}; this store was not filled by this retriever"
        )
        raise ConfigurationError(message)
    document = Document(page_content=hit.payload[_CONTENT], metadata=dict(hit.payload[_METADATA]), id=hit.id)
    return scored(document, hit.score)


def scored(document: Document, score: float) -> Document:
    """Return a copy of a document with its score in the metadata."""
    return document.model_copy(update={"metadata": {**document.metadata, _SCORE: float(score)}})


def filter_of(metadata: Metadata | None) -> dict[str, object] | None:
    """Return the store's filter for these fields of the metadata."""
    return {f"{_METADATA}.{name}": value for name, value in metadata.items()} if metadata else None


def _source(uri: Uri) -> dict[str, str]:
    return {} if str(uri).startswith("data:") else {"source": str(uri)}


def _id(identity: list[object]) -> str:
    """Return the same name for the same content, so that adding it again replaces it."""
    return str(uuid.uuid5(_NAMESPACE, json.dumps(identity, sort_keys=True, default=str)))


def _column(name: str, values: Sequence[_Value] | None, beside: Sequence[object], default: _Value) -> Sequence[_Value]:
    """Return a value for each of the others.

    Raises:
        ConfigurationError: there are more or fewer, or what stands beside is one thing.
    """
    if isinstance(beside, str) or isinstance(values, str):
        message = "a single str was given; give a list, also for a single one"
        raise ConfigurationError(message)
    if values is None:
        return [default] * len(beside)
    if len(values) != len(beside):
        message = f"there are {len(values)} {name} for {len(beside)} documents; give one for each"
        raise ConfigurationError(message)
    return values
