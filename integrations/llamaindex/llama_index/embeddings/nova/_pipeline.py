"""How do images count in the cache of an ingestion pipeline?"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from llama_index.core.ingestion import IngestionPipeline

from llama_index.embeddings.nova._stamps import stamp
from nova_embeddings import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llama_index.core.schema import BaseNode, Document


class NovaIngestionPipeline(IngestionPipeline):
    """An `IngestionPipeline` whose cache tells images apart.

    Before a run, each node that has an image gets a digest of it as `metadata["image_sha256"]`, which is neither
    embedded nor shown to a language model. An image behind an address counts as the address, which is not fetched. With
    `disable_cache=True` nothing is read or written.

    Raises:
        InputError: from `run` and `arun`: an image's file cannot be read.
        ConfigurationError: from `run` and `arun`: a node's templates hide its metadata; or the pipeline has `readers`,
            whose documents only LlamaIndex sees: load them and give them as `documents`.
    """

    if TYPE_CHECKING:  # else type checkers believe that a subclass needs every field
        __init__ = IngestionPipeline.__init__

    def run(
        self,
        show_progress: bool = False,  # noqa: FBT001, FBT002 (LlamaIndex's signature)
        documents: list[Document] | None = None,
        nodes: Sequence[BaseNode] | None = None,
        *args: Any,  # noqa: ANN401 (LlamaIndex's further arguments)
        **kwargs: Any,  # noqa: ANN401 (LlamaIndex's further arguments)
    ) -> Sequence[BaseNode]:
        """Run as `IngestionPipeline.run` does, images and all."""
        self._stamp(documents, nodes)
        return super().run(show_progress, documents, nodes, *args, **kwargs)

    async def arun(
        self,
        show_progress: bool = False,  # noqa: FBT001, FBT002 (LlamaIndex's signature)
        documents: list[Document] | None = None,
        nodes: Sequence[BaseNode] | None = None,
        *args: Any,  # noqa: ANN401 (LlamaIndex's further arguments)
        **kwargs: Any,  # noqa: ANN401 (LlamaIndex's further arguments)
    ) -> Sequence[BaseNode]:
        """Do what `run` does, from an event loop; files are read in a thread."""
        await asyncio.to_thread(self._stamp, documents, nodes)
        return await super().arun(show_progress, documents, nodes, *args, **kwargs)

    def _stamp(self, *given: Sequence[BaseNode] | None) -> None:
        if self.disable_cache:
            return
        if self.readers:
            message = "NovaIngestionPipeline does not see what readers load: load it and give it as documents"
            raise ConfigurationError(message)
        for nodes in (*given, self.documents):
            stamp(nodes or ())
