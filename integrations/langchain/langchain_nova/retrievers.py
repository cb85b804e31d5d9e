"""How does LangChain search multi-vectors? Embed, hand to the store, give documents back."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

from langchain_core.callbacks import AsyncCallbackManagerForRetrieverRun, CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever, LangSmithRetrieverParams
from pydantic import ConfigDict, Field, SkipValidation

from langchain_nova._checks import counted
from langchain_nova._content import Item, Uri, images_of
from langchain_nova._records import (
    Metadata,
    as_row,
    document_of,
    filter_of,
    image_documents,
    records_of,
    text_documents,
    with_ids,
)
from langchain_nova.embeddings import NovaEmbeddings
from nova_embeddings import ConfigurationError, EmbeddingInput, SpaceMismatchError
from nova_embeddings.stores import MultiVectorStore, NumpyStore

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class RetrieverOptions(TypedDict, total=False):
    """The options of a retriever besides its embeddings; `NovaMultiVectorRetriever` says what each means."""

    store: MultiVectorStore
    k: int
    filter: Mapping[str, Any] | None
    prefetch: int | None


def _own_store(given: dict[str, Any]) -> MultiVectorStore:
    embeddings: NovaEmbeddings = given["embeddings"]
    dense = None if given["prefetch"] else 0  # as wide as the first one, or none at all
    return NumpyStore(space=embeddings.space_of(return_multivector=True).id, dimensions=dense)


class NovaMultiVectorRetriever(BaseRetriever):
    """Finds documents by late interaction: every token of a question seeks its best match in each document.

    Example:
        ```python
        from langchain_nova import NovaEmbeddings, NovaMultiVectorRetriever

        retriever = NovaMultiVectorRetriever.from_texts(["Tea grows in Assam.", "Rust has no GC."], NovaEmbeddings())
        for document in retriever.invoke("Where does tea come from?", k=1):
            print(document.metadata["relevance_score"], document.page_content)
        ```

    Args:
        embeddings: what embeds documents and questions.
        store: where the multi-vectors lie. Default: a `NumpyStore` in memory, marked with the embeddings' space.
        k: how many documents are found, at most; `invoke(question, k=...)` wins.
        filter: which documents may be found: fields of their metadata -> a value, or a list of which one must match;
            `invoke(question, filter=...)` replaces it.
        prefetch: score only so many candidates, the nearest by dense vectors, which are then embedded and stored too.
            Default: all documents are scored.

    Raises:
        ConfigurationError: an option is wrong, or the store holds multi-vectors of another space.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid", hide_input_in_errors=True)

    embeddings: NovaEmbeddings
    k: SkipValidation[int] = 4
    filter: Mapping[str, Any] | None = None
    prefetch: SkipValidation[int | None] = None
    store: SkipValidation[MultiVectorStore] = Field(default_factory=_own_store, exclude=True, repr=False)

    @classmethod
    def from_documents(
        cls, documents: Sequence[Document], embeddings: NovaEmbeddings, **options: Unpack[RetrieverOptions]
    ) -> Self:
        """Return a retriever to which these documents were added."""
        made = cls(embeddings=embeddings, **options)
        made.add_documents(documents)
        return made

    @classmethod
    def from_texts(
        cls,
        texts: Sequence[str],
        embeddings: NovaEmbeddings,
        metadatas: Sequence[Metadata] | None = None,
        *,
        ids: Sequence[str] | None = None,
        **options: Unpack[RetrieverOptions],
    ) -> Self:
        """Return a retriever to which these texts were added."""
        return cls.from_documents(text_documents(texts, metadatas, ids), embeddings, **options)

    @classmethod
    def from_images(
        cls,
        uris: Sequence[Uri],
        embeddings: NovaEmbeddings,
        metadatas: Sequence[Metadata] | None = None,
        *,
        texts: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
        **options: Unpack[RetrieverOptions],
    ) -> Self:
        """Return a retriever to which these images were added."""
        made = cls(embeddings=embeddings, **options)
        made.add_images(uris, metadatas, texts=texts, ids=ids)
        return made

    def add_documents(self, documents: Sequence[Document]) -> list[str]:
        """Embed and store documents; one with a known id is replaced.

        Returns:
            Their ids; one that has none gets one that follows from its content and metadata.

        Raises:
            InputError: a document's content is bad; `.index` says which. Nothing was stored.
            NovaError: as `NovaClient.embed` of the core.
        """
        return self._add([document.page_content for document in documents], with_ids(documents))

    async def aadd_documents(self, documents: Sequence[Document]) -> list[str]:
        """Do what `add_documents` does, from an event loop."""
        return await self._aadd([document.page_content for document in documents], with_ids(documents))

    def add_texts(
        self,
        texts: Sequence[str],
        metadatas: Sequence[Metadata] | None = None,
        *,
        ids: Sequence[str] | None = None,
    ) -> list[str]:
        """Embed and store texts; the rest is as with `add_documents`."""
        return self.add_documents(text_documents(texts, metadatas, ids))

    async def aadd_texts(
        self,
        texts: Sequence[str],
        metadatas: Sequence[Metadata] | None = None,
        *,
        ids: Sequence[str] | None = None,
    ) -> list[str]:
        """Do what `add_texts` does, from an event loop."""
        return await self.aadd_documents(text_documents(texts, metadatas, ids))

    def add_images(
        self,
        uris: Sequence[Uri],
        metadatas: Sequence[Metadata] | None = None,
        *,
        texts: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
    ) -> list[str]:
        """Embed and store images; the rest is as with `add_documents`.

        Args:
            uris: as those of `NovaEmbeddings.embed_image`; they become `source` in the metadata, but for `data:` URIs.
            metadatas: one an image; a `source` of their own stays.
            texts: one an image, fused with it, and the document's content. Without: images alone, and no content.
            ids: one an image.
        """
        return self._add(*_pictured(uris, metadatas, texts, ids))

    async def aadd_images(
        self,
        uris: Sequence[Uri],
        metadatas: Sequence[Metadata] | None = None,
        *,
        texts: Sequence[str] | None = None,
        ids: Sequence[str] | None = None,
    ) -> list[str]:
        """Do what `add_images` does, from an event loop."""
        return await self._aadd(*await asyncio.to_thread(_pictured, uris, metadatas, texts, ids))

    def delete(self, ids: Sequence[str]) -> None:
        """Remove the documents of these ids; unknown ids are no error.

        Raises:
            ConfigurationError: `ids` is one id, not a list of them.
        """
        if isinstance(ids, str):
            message = "ids is a single str; give a list of ids"
            raise ConfigurationError(message)
        self.store.delete(ids)

    async def adelete(self, ids: Sequence[str]) -> None:
        """Do what `delete` does, from an event loop."""
        await asyncio.to_thread(self.delete, ids)

    def model_post_init(self, context: object, /) -> None:  # noqa: ARG002 (pydantic's signature)
        """Refuse numbers that would find nothing, and a store whose multi-vectors cannot be compared with these."""
        counted("k", self.k)
        if self.prefetch is not None:
            counted("prefetch", self.prefetch)
        marked = getattr(self.store, "space", None)  # not every store keeps one
        own = self.embeddings.space_of(return_multivector=True).id
        if marked not in {None, own}:
            message = f"the store was made for the space {marked}, but these embeddings' is {own}; take those it has"
            raise SpaceMismatchError(message, differences={"space_id": (marked, own)})

    def _get_relevant_documents(
        self,
        query: Item,
        *,
        run_manager: CallbackManagerForRetrieverRun,  # noqa: ARG002 (the store has no callbacks)
        k: int | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 (the word of the field)
    ) -> list[Document]:
        """Find documents; a query may also be an item of `embed_content_blocks`, an image for one."""
        multivector = self.embeddings.embed_query_multi(query)
        dense = self.embeddings.embed_content_blocks_query(query) if self.prefetch else None
        return self._search(multivector, dense, k, filter)

    async def _aget_relevant_documents(
        self,
        query: Item,
        *,
        run_manager: AsyncCallbackManagerForRetrieverRun,  # noqa: ARG002 (the store has no callbacks)
        k: int | None = None,
        filter: Mapping[str, Any] | None = None,  # noqa: A002 (the word of the field)
    ) -> list[Document]:
        multivector = await self.embeddings.aembed_query_multi(query)
        dense = await self.embeddings.aembed_content_blocks_query(query) if self.prefetch else None
        return await asyncio.to_thread(self._search, multivector, dense, k, filter)

    def _get_ls_params(self, **_kwargs: Any) -> LangSmithRetrieverParams:  # noqa: ANN401 (LangChain's signature)
        """Say in traces what embeds and what stores."""
        return LangSmithRetrieverParams(
            ls_retriever_name="novamultivector",
            ls_vector_store_provider=type(self.store).__name__,
            ls_embedding_provider="nova",
            ls_embedding_model=self.embeddings.model or "",
        )

    def _add(self, items: Sequence[Item], documents: Sequence[Document]) -> list[str]:
        multivectors = self.embeddings.embed_documents_multi(items)
        dense = self.embeddings.embed_content_blocks_array(items) if self.prefetch else None
        return self._store(documents, multivectors, dense)

    async def _aadd(self, items: Sequence[Item], documents: Sequence[Document]) -> list[str]:
        multivectors = await self.embeddings.aembed_documents_multi(items)
        dense = await self.embeddings.aembed_content_blocks_array(items) if self.prefetch else None
        return await asyncio.to_thread(self._store, documents, multivectors, dense)

    def _store(
        self,
        documents: Sequence[Document],
        multivectors: "Sequence[NDArray[np.float32]]",
        dense: "NDArray[np.float32] | None",
    ) -> list[str]:
        records = records_of(documents, multivectors, dense)
        if records:
            self.store.upsert(records)
        return [record.id for record in records]

    def _search(
        self,
        multivector: "NDArray[np.float32]",
        dense: Sequence[float] | None,
        k: int | None,
        metadata: Mapping[str, Any] | None,
    ) -> list[Document]:
        hits = self.store.search(
            multivector,
            self.k if k is None else counted("k", k),
            dense=None if dense is None else as_row(dense),
            prefetch=self.prefetch,
            filter=filter_of(self.filter if metadata is None else metadata),
        )
        return [document_of(hit) for hit in hits]


def _pictured(
    uris: Sequence[Uri],
    metadatas: Sequence[Metadata] | None,
    texts: Sequence[str] | None,
    ids: Sequence[str] | None,
) -> tuple[list[Item], list[Document]]:
    """Return what is embedded of images, and the documents that stand for them."""
    images = images_of(uris)
    documents = image_documents(uris, texts, metadatas, ids)
    if texts is None:
        return list(images), documents
    return [EmbeddingInput(text, image=image) for text, image in zip(texts, images, strict=True)], documents
