"""How does LangChain put found documents in the order of late interaction?"""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from langchain_core.callbacks import Callbacks
from langchain_core.documents import Document
from langchain_core.documents.compressor import BaseDocumentCompressor
from pydantic import ConfigDict, SkipValidation

from langchain_nova._checks import counted
from langchain_nova._records import scored
from langchain_nova.embeddings import NovaEmbeddings
from nova_embeddings import maxsim

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class NovaMaxSimReranker(BaseDocumentCompressor):
    """Orders documents by MaxSim: every token of the question seeks its best match in each document.

    The documents' contents are embedded anew at each call, so give it the few that a first search found. Metadata is
    not opened: a document that stands for an image and has no content is refused.

    Example:
        ```python
        from langchain_core.documents import Document
        from langchain_nova import NovaEmbeddings, NovaMaxSimReranker

        reranker = NovaMaxSimReranker(embeddings=NovaEmbeddings(), top_n=3)
        found = [Document("Tea grows in Assam."), Document("Rust has no garbage collector.")]
        best = reranker.compress_documents(found, "Where does tea come from?")
        ```

    Args:
        embeddings: what embeds documents and questions.
        top_n: how many documents are returned, at most. Default: all.

    Raises:
        ConfigurationError: an option is wrong.
    """

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    embeddings: NovaEmbeddings
    top_n: SkipValidation[int | None] = None

    def compress_documents(
        self,
        documents: Sequence[Document],
        query: str,
        callbacks: Callbacks | None = None,  # noqa: ARG002 (LangChain's signature)
    ) -> list[Document]:
        """Return copies of the documents, best first, with the score as `relevance_score` in the metadata.

        Args:
            documents: what was found; equal scores keep its order. Empty: no call is made.
            query: the question.
            callbacks: not used.

        Raises:
            InputError: a document's content is bad; `.index` says which.
            NovaError: as `NovaClient.embed` of the core.
        """
        if not documents:
            return []
        multivector = self.embeddings.embed_query_multi(query)
        multivectors = self.embeddings.embed_documents_multi([document.page_content for document in documents])
        return self._ranked(documents, multivector, multivectors)

    async def acompress_documents(
        self,
        documents: Sequence[Document],
        query: str,
        callbacks: Callbacks | None = None,  # noqa: ARG002 (LangChain's signature)
    ) -> list[Document]:
        """Do what `compress_documents` does, from an event loop."""
        if not documents:
            return []
        multivector = await self.embeddings.aembed_query_multi(query)
        contents = [document.page_content for document in documents]
        multivectors = await self.embeddings.aembed_documents_multi(contents)
        return await asyncio.to_thread(self._ranked, documents, multivector, multivectors)

    def model_post_init(self, context: object, /) -> None:  # noqa: ARG002 (pydantic's signature)
        """Refuse a number that would keep nothing."""
        if self.top_n is not None:
            counted("top_n", self.top_n)

    def _ranked(
        self,
        documents: Sequence[Document],
        query: "NDArray[np.float32]",
        multivectors: "Sequence[NDArray[np.float32]]",
    ) -> list[Document]:
        rows = zip(documents, maxsim(query, multivectors).tolist(), strict=True)
        return [scored(document, score) for document, score in sorted(rows, key=lambda row: -row[1])][: self.top_n]
