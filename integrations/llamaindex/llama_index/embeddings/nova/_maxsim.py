"""In which order do nodes stand that another retriever found, by late interaction?"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle
from pydantic import Field, field_validator

from llama_index.embeddings.nova._multivectors import aof_nodes, aof_query, checked_model, of_nodes, of_query
from llama_index.embeddings.nova.base import NovaEmbedding
from nova_embeddings import ConfigurationError, maxsim

if TYPE_CHECKING:
    from llama_index.embeddings.nova._multivectors import FloatArray


class NovaMaxSimPostprocessor(BaseNodePostprocessor):
    """Reorders the nodes of any retriever by MaxSim and keeps the best; they come out as new `NodeWithScore`s.

    Args:
        embed_model: a `NovaEmbedding`; its `image_text_mode` says what of a node with an image counts.
        top_n: how many nodes are kept, at most.
        callback_manager: as with every postprocessor of LlamaIndex.

    Raises:
        ConfigurationError: the model is another; or, when it is used, there is no question.
        ValidationError: `top_n` is no positive int (pydantic's; a ValueError).
    """

    embed_model: NovaEmbedding
    top_n: int = Field(default=10, gt=0, strict=True)

    @classmethod
    def class_name(cls) -> str:
        """Return the name that LlamaIndex stores with the postprocessor."""
        return "NovaMaxSimPostprocessor"

    @field_validator("embed_model", mode="before")
    @classmethod
    def _check_model(cls, model: Any) -> NovaEmbedding:  # noqa: ANN401 (anything that was given)
        return checked_model(model)

    def _postprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        query = _asked(query_bundle)
        if not nodes:
            return []
        passages = of_nodes(self.embed_model, [one.node for one in nodes])
        return _best(nodes, of_query(self.embed_model, query), passages, self.top_n)

    async def _apostprocess_nodes(
        self, nodes: list[NodeWithScore], query_bundle: QueryBundle | None = None
    ) -> list[NodeWithScore]:
        query = _asked(query_bundle)
        if not nodes:
            return []
        passages = await aof_nodes(self.embed_model, [one.node for one in nodes])
        return await asyncio.to_thread(_best, nodes, await aof_query(self.embed_model, query), passages, self.top_n)


def _asked(query: QueryBundle | None) -> QueryBundle:
    if query is None:
        message = "NovaMaxSimPostprocessor scores nodes against a question; give query_bundle or query_str"
        raise ConfigurationError(message)
    return query


def _best(
    nodes: Sequence[NodeWithScore], query: "FloatArray", passages: Sequence["FloatArray"], top_n: int
) -> list[NodeWithScore]:
    """Return the best, best first; equal scores stay in the retriever's order."""
    scores = maxsim(query, passages).tolist()
    order = sorted(range(len(nodes)), key=lambda place: -scores[place])[:top_n]
    return [NodeWithScore(node=nodes[place].node, score=scores[place]) for place in order]
