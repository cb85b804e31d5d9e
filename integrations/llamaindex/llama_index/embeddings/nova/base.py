"""How does LlamaIndex ask for Nova embeddings? The class translates its calls for the core, and decides nothing."""

import asyncio
from collections.abc import Sequence
from typing import Any

from llama_index.core.base.embeddings.base import Embedding
from llama_index.core.schema import BaseNode, QueryBundle

from llama_index.embeddings.nova._batches import aalone, aembed_all, aembed_batch, alone, embed_all, embed_batch
from llama_index.embeddings.nova._images import ImageLike, images_of
from llama_index.embeddings.nova._model import ConfiguredModel
from llama_index.embeddings.nova._nodes import Item, fill, items_of, named, texts_of
from llama_index.embeddings.nova._options import Side
from llama_index.embeddings.nova._queries import bundle_of, query_of
from nova_embeddings import EmbeddingResult, check_texts


class NovaEmbedding(ConfiguredModel):
    """Embeds queries, texts and images with the Nova model, or with whatever serves its API.

    A query goes out with the query task of `task`, a text or an image with its passage task. Called with nodes, as
    pipelines do, it looks at a node's image too.

    Args:
        model_name: the model, as `nova_embeddings.NovaClient` takes it.
        task: the task family: "retrieval", "code", or "text-matching", which has no sides.
        instructions: for queries, texts and images.
        query_instructions: for queries, instead of `instructions`; "" switches them off.
        document_instructions: for texts and images, instead of `instructions`; "" switches them off.
        adapter: a LoRA adapter instead of the task family's own.
        image_text_mode: what of a node with an image is embedded: "fused" (image and text in one vector, where it has
            a text of its own; else the image), "image", or "text".
        embed_batch_size: inputs that the core receives at once, 1 to 2048; it cuts them into calls of `batch_size` and
            runs those concurrently. Events, cache writes and progress come once for each. Nodes of which any has an
            image are handed over together.
        num_workers: such batches at once in async methods; each has up to `max_concurrency` calls in flight.
            Default: one.
        embeddings_cache: a key-value store of LlamaIndex, for texts; entries of another side, model, width, adapter or
            other instructions are never used.

        client: a `nova_embeddings.NovaClient`, which is shared, instead of all options that one takes.

    All other options are those of `nova_embeddings.NovaClient`, `router` and `model_list` among them. No key or header
    is in a repr, dict, JSON or pickle: another process reads `NOVA_API_KEY`. Over a Router it does not pickle.

    Raises:
        ConfigurationError: an option is wrong or unknown, also when it is assigned later.
        ValidationError: one of LlamaIndex's own options is wrong (pydantic's; a ValueError).
    """

    @classmethod
    def class_name(cls) -> str:
        """Return the name that LlamaIndex stores with the model."""
        return "NovaEmbedding"

    def to_payload(self) -> dict[str, Any]:
        """Return what events say about the model: no key, header or address."""
        about = {"task": self.task, "dimensions": self.dimensions, "adapter": self.adapter}
        return {**super().to_payload(), **about}

    def get_query_embedding(self, query: str) -> Embedding:
        """Embed a query.

        Returns:
            The vector, as a list of floats.

        Raises:
            NovaError: as `nova_embeddings.NovaClient.embed`; so do all methods here.
        """
        return embed_batch(self, [query], self.query_side, alone(self._get_query_embedding))[0]

    async def aget_query_embedding(self, query: str) -> Embedding:
        """Embed a query from an event loop."""
        embed = aalone(self._aget_query_embedding)
        return (await aembed_batch(self, [query], self.query_side, embed))[0]

    def query_bundle(
        self, text: str | None = None, image: ImageLike | None = None, instructions: str | None = None
    ) -> QueryBundle:
        """Embed a query of text, image, or both fused; retrievers take its vector instead of asking for one.

        Args:
            text: what is looked for.
            image: a path, http(s) address or `data:` URI as a str; a path; or bytes.
            instructions: for this query, instead of the model's; "" switches them off.

        Raises:
            InputError: there is neither, or one of them is bad.
        """
        query, side = query_of(text, image), self.query_side_with(instructions)
        vectors = embed_batch(self, [query], side, lambda items: self._embed(items, side))
        return bundle_of(text, image, vectors[0])

    async def aquery_bundle(
        self, text: str | None = None, image: ImageLike | None = None, instructions: str | None = None
    ) -> QueryBundle:
        """Do what `query_bundle` does, from an event loop."""
        query, side = query_of(text, image), self.query_side_with(instructions)
        vectors = await aembed_batch(self, [query], side, lambda items: self._aembed(items, side))
        return bundle_of(text, image, vectors[0])

    def get_text_embedding(self, text: str) -> Embedding:
        """Embed a text to be searched."""
        return embed_batch(self, [text], self.passage_side, alone(self._get_text_embedding))[0]

    async def aget_text_embedding(self, text: str) -> Embedding:
        """Embed a text to be searched, from an event loop."""
        embed = aalone(self._aget_text_embedding)
        return (await aembed_batch(self, [text], self.passage_side, embed))[0]

    def get_text_embedding_batch(
        self,
        texts: list[str],
        show_progress: bool = False,  # noqa: FBT001, FBT002 (LlamaIndex's signature)
        **_: Any,  # noqa: ANN401 (whatever a pipeline was given)
    ) -> list[Embedding]:
        """Embed texts to be searched; vector i belongs to text i.

        Args:
            texts: none may be empty or only white space.
            show_progress: draw a bar that counts texts.
            _: ignored; pipelines pass on what they were given.

        Raises:
            InputError: a text is bad; `.index` says which.
        """
        return embed_all(self, check_texts(texts), self.passage_side, self._get_text_embeddings, shown=show_progress)

    async def aget_text_embedding_batch(
        self,
        texts: list[str],
        show_progress: bool = False,  # noqa: FBT001, FBT002 (LlamaIndex's signature)
        **_: Any,  # noqa: ANN401 (whatever a pipeline was given)
    ) -> list[Embedding]:
        """Do what `get_text_embedding_batch` does, from an event loop."""
        return await aembed_all(
            self, check_texts(texts), self.passage_side, self._aget_text_embeddings, shown=show_progress
        )

    def get_image_embedding(self, img_file_path: ImageLike) -> Embedding:
        """Embed an image to be searched.

        Args:
            img_file_path: a str is a `data:` URI, an http(s) address, or else a local path; bytes, a `BytesIO` and a
                path are taken too. An address is passed to the server, unless `image_fetching` allows its host.
        """
        images = images_of([img_file_path])
        return embed_batch(self, images, self.passage_side, alone(self._get_image_embedding))[0]

    async def aget_image_embedding(self, img_file_path: ImageLike) -> Embedding:
        """Embed an image to be searched, from an event loop."""
        images, embed = images_of([img_file_path]), aalone(self._aget_image_embedding)
        return (await aembed_batch(self, images, self.passage_side, embed))[0]

    def get_image_embedding_batch(
        self,
        img_file_paths: Sequence[ImageLike],
        show_progress: bool = False,  # noqa: FBT001, FBT002 (LlamaIndex's signature)
    ) -> list[Embedding]:
        """Embed images to be searched; vector i belongs to image i.

        Raises:
            InputError: an image is bad; `.index` says which.
        """
        return embed_all(
            self, images_of(img_file_paths), self.passage_side, self._get_image_embeddings, shown=show_progress
        )

    async def aget_image_embedding_batch(
        self,
        img_file_paths: Sequence[ImageLike],
        show_progress: bool = False,  # noqa: FBT001, FBT002 (LlamaIndex's signature)
    ) -> list[Embedding]:
        """Do what `get_image_embedding_batch` does, from an event loop."""
        return await aembed_all(
            self,
            await asyncio.to_thread(images_of, img_file_paths),
            self.passage_side,
            self._aget_image_embeddings,
            shown=show_progress,
        )

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        """Embed nodes, with their images, as pipelines do; all get their vectors, or none does.

        Raises:
            InputError: a node has nothing to embed, or something bad; `.index` says which.
        """
        items, side = items_of(nodes, self.image_text_mode), self.passage_side
        texts = texts_of(items)
        with named(nodes):
            if texts is not None:
                fill(nodes, self.get_text_embedding_batch(texts, **kwargs))
            else:
                fill(nodes, embed_batch(self, items, side, lambda sent: self._embed(sent, side)))
        return nodes

    async def acall(self, nodes: Sequence[BaseNode], **kwargs: Any) -> Sequence[BaseNode]:  # noqa: ANN401
        """Do what calling with nodes does, from an event loop."""
        items, side = await asyncio.to_thread(items_of, nodes, self.image_text_mode), self.passage_side
        texts = texts_of(items)
        with named(nodes):
            if texts is not None:
                fill(nodes, await self.aget_text_embedding_batch(texts, **kwargs))
            else:
                fill(nodes, await aembed_batch(self, items, side, lambda sent: self._aembed(sent, side)))
        return nodes

    def _get_query_embedding(self, query: str) -> Embedding:
        return self._embed([query], self.query_side)[0]

    async def _aget_query_embedding(self, query: str) -> Embedding:
        return (await self._aembed([query], self.query_side))[0]

    def _get_text_embedding(self, text: str) -> Embedding:
        return self._embed([text], self.passage_side)[0]

    async def _aget_text_embedding(self, text: str) -> Embedding:
        return (await self._aembed([text], self.passage_side))[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        return self._embed(texts, self.passage_side)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        return await self._aembed(texts, self.passage_side)

    def _get_image_embedding(self, img_file_path: ImageLike) -> Embedding:
        return self._get_image_embeddings([img_file_path])[0]

    async def _aget_image_embedding(self, img_file_path: ImageLike) -> Embedding:
        return (await self._aget_image_embeddings([img_file_path]))[0]

    def _get_image_embeddings(self, img_file_paths: Sequence[ImageLike]) -> list[Embedding]:
        return self._embed(images_of(img_file_paths), self.passage_side)

    async def _aget_image_embeddings(self, img_file_paths: Sequence[ImageLike]) -> list[Embedding]:
        return await self._aembed(images_of(img_file_paths), self.passage_side)

    def _embed(self, items: Sequence[Item], side: Side) -> list[Embedding]:
        return _lists(self.client.embed(items, **side))

    async def _aembed(self, items: Sequence[Item], side: Side) -> list[Embedding]:
        return await asyncio.to_thread(_lists, await self.client.aembed(items, **side))


def _lists(result: EmbeddingResult) -> list[Embedding]:
    """Return the vectors as lists, one by one: in a thread, an event loop gets its turns between them."""
    return [row.tolist() for row in result.vectors]
