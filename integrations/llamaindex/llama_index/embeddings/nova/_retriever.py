"""Which nodes of a store answer a question best, by late interaction?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.constants import DEFAULT_SIMILARITY_TOP_K
from llama_index.core.schema import NodeWithScore

from llama_index.embeddings.nova._filters import filter_of
from llama_index.embeddings.nova._multivectors import aof_query, check_space, checked_model, node_of, of_query
from nova_embeddings import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llama_index.core.callbacks import CallbackManager
    from llama_index.core.schema import QueryBundle
    from llama_index.core.vector_stores import MetadataFilters

    from llama_index.embeddings.nova.base import NovaEmbedding
    from nova_embeddings.stores import Hit, MultiVectorStore


class NovaMultiVectorRetriever(BaseRetriever):
    """Finds the nodes of a store of multi-vectors with the best MaxSim.

    A question is a str or a `QueryBundle` with text, `image_path`, or both, which are fused. A vector that the bundle
    holds is not used: it is of another kind.

    Args:
        store: as a `NovaMultiVectorIndex` fills it.
        embed_model: the model that filled it.
        similarity_top_k: how many nodes, at most.
        filters: which nodes may be found: EQ and IN filters on metadata, joined by AND.
        callback_manager: as with every retriever of LlamaIndex; so are the next two.
        object_map: what index nodes stand for.
        verbose: print where it goes.

    Raises:
        ConfigurationError: the model, the store's space or a filter is another than can be, or `similarity_top_k` is no
            positive int.
    """

    def __init__(
        self,
        store: MultiVectorStore,
        embed_model: NovaEmbedding,
        *,
        similarity_top_k: int = DEFAULT_SIMILARITY_TOP_K,
        filters: MetadataFilters | None = None,
        callback_manager: CallbackManager | None = None,
        object_map: dict[str, Any] | None = None,
        verbose: bool = False,
    ) -> None:
        """Check the options; nothing is embedded yet."""
        if isinstance(similarity_top_k, bool) or not isinstance(similarity_top_k, int) or similarity_top_k < 1:
            message = f"similarity_top_k={similarity_top_k!r} is not a whole number of at least 1"
            raise ConfigurationError(message)
        self._store = store
        self._embed_model = checked_model(embed_model)
        check_space(store, embed_model)
        self._top_k = similarity_top_k
        self._filter = filter_of(filters)
        super().__init__(callback_manager=callback_manager, object_map=object_map, verbose=verbose)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        query = of_query(self._embed_model, query_bundle)
        return _scored(self._store.search(query, self._top_k, filter=self._filter))

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        query = await aof_query(self._embed_model, query_bundle)
        return _scored(await asyncio.to_thread(self._store.search, query, self._top_k, filter=self._filter))


def _scored(hits: Sequence[Hit]) -> list[NodeWithScore]:
    return [NodeWithScore(node=node_of(hit.payload), score=hit.score) for hit in hits]
