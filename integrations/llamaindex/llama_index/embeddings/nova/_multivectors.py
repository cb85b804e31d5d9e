"""What multi-vectors does the model give for nodes and questions, and how do nodes stand in a store of them?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llama_index.core.schema import Document, ImageDocument
from llama_index.core.vector_stores.utils import metadata_dict_to_node, node_to_metadata_dict

from llama_index.embeddings.nova._nodes import items_of, named
from llama_index.embeddings.nova._queries import queries_of
from llama_index.embeddings.nova.base import NovaEmbedding
from nova_embeddings import ConfigurationError, SpaceMismatchError
from nova_embeddings.stores import Record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import numpy as np
    from llama_index.core.schema import BaseNode, QueryBundle
    from numpy.typing import NDArray

    from llama_index.embeddings.nova._nodes import Item
    from llama_index.embeddings.nova._options import Side
    from nova_embeddings.stores import MultiVectorStore

    FloatArray = NDArray[np.float32]

_DOCUMENTS = {kind.class_name(): kind for kind in (Document, ImageDocument)}


def checked_model(model: object) -> NovaEmbedding:
    """Return a model that gives multi-vectors.

    Raises:
        ConfigurationError: it is another.
    """
    if not isinstance(model, NovaEmbedding):
        message = f"embed_model is of type {type(model).__name__}; multi-vectors come from a NovaEmbedding"
        raise ConfigurationError(message)
    return model


def space_of(model: NovaEmbedding) -> str:
    """Return the id of the space in which the model's multi-vectors lie."""
    side = model.passage_side
    return model.client.space_of(side["task"], adapter=side["adapter"], return_multivector=True).id


def check_space(store: MultiVectorStore, model: NovaEmbedding) -> None:
    """Refuse a store whose multi-vectors must not be compared with the model's.

    Raises:
        SpaceMismatchError: it is marked with another space.
    """
    marked = getattr(store, "space", None)  # not every store keeps one
    own = space_of(model)
    if marked is not None and marked != own:
        message = f"the store was made for the space {marked}, and the model's is {own}: another model, task or adapter"
        raise SpaceMismatchError(message, differences={"space_id": (marked, own)})


def of_nodes(model: NovaEmbedding, nodes: Sequence[BaseNode], *, shown: bool = False) -> Sequence[FloatArray]:
    """Return a multi-vector a node; the model's `image_text_mode` says what of it counts."""
    items = items_of(nodes, model.image_text_mode)
    with named(nodes):
        return _embed(model, items, model.passage_side, shown=shown)


async def aof_nodes(model: NovaEmbedding, nodes: Sequence[BaseNode], *, shown: bool = False) -> Sequence[FloatArray]:
    """Do what `of_nodes` does, from an event loop."""
    items = await asyncio.to_thread(items_of, nodes, model.image_text_mode)
    with named(nodes):
        return await _aembed(model, items, model.passage_side, shown=shown)


def of_query(model: NovaEmbedding, query: QueryBundle) -> FloatArray:
    """Return a question's multi-vector; of several texts, as HyDE gives, that of all tokens."""
    return _joined(_embed(model, queries_of(query), model.query_side))


async def aof_query(model: NovaEmbedding, query: QueryBundle) -> FloatArray:
    """Do what `of_query` does, from an event loop."""
    return _joined(await _aembed(model, queries_of(query), model.query_side))


def records_of(nodes: Sequence[BaseNode], multivectors: Sequence[FloatArray]) -> list[Record]:
    """Return nodes as a store keeps them: whole, their metadata beside it to filter by."""
    return [
        Record(node.node_id, rows, payload=_payload_of(node)) for node, rows in zip(nodes, multivectors, strict=True)
    ]


def node_of(payload: Mapping[str, Any]) -> BaseNode:
    """Return a node that a store kept, as a new one."""
    # LlamaIndex's own function makes a TextNode of both: an image would be lost
    kind = _DOCUMENTS.get(payload.get("_node_type", ""))
    return kind.from_json(payload["_node_content"]) if kind else metadata_dict_to_node(dict(payload))


def _payload_of(node: BaseNode) -> dict[str, Any]:
    payload = node_to_metadata_dict(node)
    if node.ref_doc_id is None:  # LlamaIndex writes the str "None": deleting a document of that id would hit them all
        for name in ("document_id", "doc_id", "ref_doc_id"):
            del payload[name]
    return payload


def _embed(model: NovaEmbedding, items: Sequence[Item], side: Side, *, shown: bool = False) -> Sequence[FloatArray]:
    if model.rate_limiter is not None and items:
        model.rate_limiter.acquire()
    return model.client.embed(items, **side, return_multivector=True, show_progress=shown).multivectors


async def _aembed(
    model: NovaEmbedding, items: Sequence[Item], side: Side, *, shown: bool = False
) -> Sequence[FloatArray]:
    if model.rate_limiter is not None and items:
        await model.rate_limiter.async_acquire()
    result = await model.client.aembed(items, **side, return_multivector=True, show_progress=shown)
    return result.multivectors


def _joined(multivectors: Sequence[FloatArray]) -> FloatArray:
    import numpy as np  # noqa: PLC0415 (not needed to import the package)

    return multivectors[0] if len(multivectors) == 1 else np.concatenate(multivectors)
