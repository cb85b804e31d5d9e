"""How are nodes put into a store of multi-vectors, found there, and removed?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llama_index.core.data_structs.data_structs import IndexDict
from llama_index.core.indices.base import BaseIndex
from llama_index.core.schema import IndexNode

from llama_index.embeddings.nova._multivectors import (
    aof_nodes,
    check_space,
    checked_model,
    of_nodes,
    records_of,
    space_of,
)
from llama_index.embeddings.nova._nodes import items_of
from llama_index.embeddings.nova._places import cut, placed
from llama_index.embeddings.nova._retriever import NovaMultiVectorRetriever
from nova_embeddings.stores import NumpyStore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llama_index.core.schema import BaseNode
    from llama_index.core.storage.docstore.types import RefDocInfo

    from llama_index.embeddings.nova.base import NovaEmbedding
    from nova_embeddings.stores import MultiVectorStore

_AT_ONCE = 256
"""Nodes whose multi-vectors are in memory together, besides those in the store: about 50 MB at 400 tokens a node."""


class NovaMultiVectorIndex(BaseIndex[IndexDict]):
    """An index for late interaction: one vector a token, scored by MaxSim.

    The store keeps the nodes themselves, so an index over a store that was filled before finds them again:
    `NovaMultiVectorIndex(store=store, embed_model=model)`.

    Args:
        nodes: with text, an image, or both; the model's `image_text_mode` says what counts.
        embed_model: a `NovaEmbedding`; its `dimensions` do not matter here.
        store: any `nova_embeddings.stores.MultiVectorStore` without dense vectors. Default: a new `NumpyStore` in
            memory.
        options: as with every index of LlamaIndex.

    Nodes go in 256 at a time. After an error those before it are stored; inserted again, they are replaced.

    Raises:
        ConfigurationError: the model is another, or the store holds multi-vectors of another space.
        InputError: a node has nothing to embed, or something bad; `.index` says which.
        NovaError: as `nova_embeddings.NovaClient.embed`.
    """

    index_struct_cls = IndexDict

    def __init__(
        self,
        nodes: Sequence[BaseNode] | None = None,
        *,
        embed_model: NovaEmbedding,
        store: MultiVectorStore | None = None,
        **options: Any,  # noqa: ANN401 (those of LlamaIndex)
    ) -> None:
        """Embed the nodes and put them into the store."""
        self._embed_model = checked_model(embed_model)
        self._store = NumpyStore(space=space_of(embed_model), dimensions=0) if store is None else store
        check_space(self._store, embed_model)
        given = None if nodes is None and options.get("index_struct") is not None else list(nodes or ())
        super().__init__(nodes=given, **options)

    @property
    def store(self) -> MultiVectorStore:
        """Return the store."""
        return self._store

    @property
    def ref_doc_info(self) -> dict[str, RefDocInfo]:
        """Return which nodes were made of which document, of those that went in through this index."""
        return self._docstore.get_all_ref_doc_info() or {}

    def as_retriever(self, **kwargs: Any) -> NovaMultiVectorRetriever:  # noqa: ANN401
        """Return a retriever.

        Args:
            kwargs: `similarity_top_k`, `filters` and `verbose` as the retriever takes them. Others are ignored: a query
                engine passes on what it was given.
        """
        known = {name: kwargs[name] for name in ("similarity_top_k", "filters", "verbose") if name in kwargs}
        return NovaMultiVectorRetriever(
            self._store,
            self._embed_model,
            callback_manager=self._callback_manager,
            object_map=self._object_map,
            **known,
        )

    def build_index_from_nodes(self, nodes: Sequence[BaseNode], **_: Any) -> IndexDict:  # noqa: ANN401
        """Embed and store the nodes, then note which document they are of."""
        built = self._build_index_from_nodes(nodes)
        self._docstore.add_documents(nodes, allow_update=True, store_text=False)
        return built

    def insert_nodes(self, nodes: Sequence[BaseNode], **_: Any) -> None:  # noqa: ANN401
        """Embed and store nodes; one that is there already, by its id, is replaced."""
        with self._callback_manager.as_trace("insert_nodes"):
            self._put_objects_aside(nodes)
            self._insert(nodes)
            self._docstore.add_documents(nodes, allow_update=True, store_text=False)

    async def ainsert_nodes(self, nodes: Sequence[BaseNode], **_: Any) -> None:  # noqa: ANN401
        """Do what `insert_nodes` does, from an event loop."""
        with self._callback_manager.as_trace("ainsert_nodes"):
            self._put_objects_aside(nodes)
            await asyncio.to_thread(self._check, nodes)
            for places, batch in cut(nodes, _AT_ONCE):
                with placed(places):
                    multivectors = await aof_nodes(self._embed_model, batch, shown=self._show_progress)
                await asyncio.to_thread(self._store.upsert, records_of(batch, multivectors))
            await self._docstore.async_add_documents(nodes, allow_update=True, store_text=False)

    def delete_ref_doc(self, ref_doc_id: str, delete_from_docstore: bool = False, **_: Any) -> None:  # noqa: ANN401, ARG002, FBT001, FBT002
        """Remove all nodes of a document, wherever they were inserted; an unknown one is no error."""
        self._store.delete(filter={"ref_doc_id": ref_doc_id})
        self._docstore.delete_ref_doc(ref_doc_id, raise_error=False)

    async def adelete_ref_doc(self, ref_doc_id: str, delete_from_docstore: bool = False, **_: Any) -> None:  # noqa: ANN401, ARG002, FBT001, FBT002
        """Do what `delete_ref_doc` does, from an event loop."""
        await asyncio.to_thread(self._store.delete, filter={"ref_doc_id": ref_doc_id})
        await self._docstore.adelete_ref_doc(ref_doc_id, raise_error=False)

    def delete_nodes(self, node_ids: list[str], delete_from_docstore: bool = False, **_: Any) -> None:  # noqa: ANN401, ARG002, FBT001, FBT002
        """Remove nodes by their ids; unknown ones are no error."""
        self._store.delete(node_ids)
        for node_id in node_ids:
            self._docstore.delete_document(node_id, raise_error=False)

    async def adelete_nodes(self, node_ids: list[str], delete_from_docstore: bool = False, **_: Any) -> None:  # noqa: ANN401, ARG002, FBT001, FBT002
        """Do what `delete_nodes` does, from an event loop."""
        await asyncio.to_thread(self._store.delete, node_ids)
        for node_id in node_ids:
            await self._docstore.adelete_document(node_id, raise_error=False)

    def _build_index_from_nodes(self, nodes: Sequence[BaseNode], **_: Any) -> IndexDict:  # noqa: ANN401
        self._insert(nodes)
        return IndexDict()

    def _insert(self, nodes: Sequence[BaseNode], **_: Any) -> None:  # noqa: ANN401
        self._check(nodes)
        for places, batch in cut(nodes, _AT_ONCE):
            with placed(places):
                multivectors = of_nodes(self._embed_model, batch, shown=self._show_progress)
            self._store.upsert(records_of(batch, multivectors))

    def _check(self, nodes: Sequence[BaseNode]) -> None:
        """Find a node with nothing to embed before any is sent."""
        for places, batch in cut(nodes, _AT_ONCE):
            with placed(places):
                items_of(batch, self._embed_model.image_text_mode)

    def _delete_node(self, node_id: str, **_: Any) -> None:  # noqa: ANN401
        self._store.delete([node_id])

    def _put_objects_aside(self, nodes: Sequence[BaseNode]) -> None:
        """Keep what no store can, as LlamaIndex's own indexes do; the retriever finds it by the node's id."""
        for node in nodes:
            if isinstance(node, IndexNode):
                try:
                    node.dict()
                except ValueError:
                    self._object_map[node.index_id], node.obj = node.obj, None
