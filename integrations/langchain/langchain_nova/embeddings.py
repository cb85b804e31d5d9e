"""How does LangChain ask for Nova embeddings? The class translates its calls for the core, and decides nothing."""

import asyncio
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from langchain_core.embeddings import Embeddings

from langchain_nova._content import Input, Item, Uri, images_of, inputs_of
from langchain_nova._settings import Asked, Settings
from nova_embeddings import EmbeddingResult, EmbeddingSpace, passage_task
from nova_embeddings.guard import Role, parse_role

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class NovaEmbeddings(Settings, Embeddings):
    """Embeds documents as passages and questions as queries, with the Nova model or whatever serves its API.

    One object may be used by many threads and by several event loops. It is frozen: `model_copy(update={...})` makes
    one with other options. It pickles without `api_key`, `headers` and the keys of a `model_list`: the other process
    reads `NOVA_API_KEY`. Over a Router it does not pickle.

    Example:
        ```python
        from langchain_nova import NovaEmbeddings

        embeddings = NovaEmbeddings(query_instructions="Find the paragraph that answers the question.")
        rows = embeddings.embed_documents(["Rust has no garbage collector.", "Tea is grown in Assam."])
        row = embeddings.embed_query("Which languages manage memory at compile time?")
        ```

    Args:
        model: `hosted_lexiq_nova/<model>` over HTTP, which a name without a provider means, or `lexiq_nova/<engine>`
            in this process (not the Nova model). Default: `NOVA_MODEL`, else the Nova model over HTTP.
        api_base: the server's address with `/v1`; `base_url` means the same. Default: `NOVA_API_BASE`, else
            `http://localhost:8000/v1`.
        api_key: sent as a Bearer token. Default: `NOVA_API_KEY`, else none.
        task: the task family: `retrieval`, `code` or `text-matching`; the method picks query or passage.
        instructions: put before every input; "" or None for none.
        query_instructions: the same, for queries only; "" switches `instructions` off for them.
        document_instructions: the same, for documents only.
        dimensions: width of the dense vectors: 128, 256, 512, 1024 or 2048. Default: the model's, 2048.
        adapter: a LoRA adapter's name. Default: the task family's own.
        any_dimensions: also accept widths that Nova is not trained for (another model, the hash engine).
        batch_size: inputs of one call, at most.
        max_batch_bytes: bytes of text and images of one call, at most; a larger single input goes alone.
        max_concurrency: calls in flight, at most, for one method call.
        timeout: seconds for one batch, its retries included; never for a whole corpus.
        max_retries: further calls for a batch that failed in a way that may pass.
        max_response_bytes: one answer, unpacked, at most. Default: sized by what was asked.
        headers: further headers of every call; treated as secrets.
        max_image_bytes: size of one image's file, at most.
        max_image_pixels: width by height of one image, at most.
        image_encoding: how images go out: bare base64, or `data:` URIs.
        image_fetching: fetch image addresses of some hosts here. Default: they are passed to the server.
        client: a `nova_embeddings.NovaClient` to embed with, instead of all options that one takes; it is shared, by
            copies too, and never closed here.
        router: a `litellm.Router`, whose deployments are picked by task; `model` names a group of it.
        model_list: deployments, as `litellm.Router` takes them, instead of a Router.
        cache: keeps vectors, so that none is computed twice: a `nova_embeddings.cache.SQLiteCache`, or one of your own;
            `langchain_nova.cached` takes LangChain's byte stores too.
        cache_ttl: seconds after which a vector of the cache is computed anew. Default: never.
        dialect: how the server spells requests; default: as the model's prefix says, else Nova's.
        on_unsupported: "raise", or leave out what the provider does not have: "warn", "ignore".
        show_progress_bar: draw a progress bar on stderr while documents are embedded.

    Raises:
        ConfigurationError: an option is wrong; nothing was sent.
        TypeError: there is no such option.
    """

    def embed_documents(self, texts: list[str], *, instructions: str | None = None) -> list[list[float]]:
        """Embed texts that will be searched; row i belongs to text i.

        Args:
            texts: the texts; one that looks like a path or an address is text all the same. Empty: no call is made.
            instructions: instead of those the object has; "" for none.

        Returns:
            N rows of D floats.

        Raises:
            InputError: a text is bad; `.index` says which. Nothing was sent.
            NovaError: as `NovaClient.embed` of the core.
        """
        return _lists(self.embed_documents_array(texts, instructions=instructions))

    def embed_query(self, text: str, *, instructions: str | None = None) -> list[float]:
        """Embed a question, D floats; arguments and errors are those of `embed_documents`."""
        return _lists(self._client.embed([text], **self._query(instructions)).vectors)[0]

    async def aembed_documents(self, texts: list[str], *, instructions: str | None = None) -> list[list[float]]:
        """Do what `embed_documents` does, from an event loop."""
        vectors = await self.aembed_documents_array(texts, instructions=instructions)
        return await asyncio.to_thread(_lists, vectors)

    async def aembed_query(self, text: str, *, instructions: str | None = None) -> list[float]:
        """Do what `embed_query` does, from an event loop."""
        return _lists((await self._client.aembed([text], **self._query(instructions))).vectors)[0]

    def embed_documents_array(self, texts: list[str], *, instructions: str | None = None) -> "NDArray[np.float32]":
        """Return what `embed_documents` does as one float32 array `(N, D)`: an eighth of the memory, less time."""
        return self._client.embed(texts, **self._passage(instructions)).vectors

    async def aembed_documents_array(
        self, texts: list[str], *, instructions: str | None = None
    ) -> "NDArray[np.float32]":
        """Do what `embed_documents_array` does, from an event loop."""
        return (await self._client.aembed(texts, **self._passage(instructions))).vectors

    def embed_image(self, uris: Sequence[Uri], *, instructions: str | None = None) -> list[list[float]]:
        """Embed images that will be searched, N rows of D floats; vector stores call it by this name and the next.

        Args:
            uris: `data:` URIs, http(s) addresses, which are passed to the server, or paths, which are opened.
            instructions: instead of those the object has; "" for none.

        Raises:
            InputError: an image is bad; `.index` says which.
            NovaError: as `NovaClient.embed` of the core.
        """
        return _lists(self._client.embed(images_of(uris), **self._passage(instructions)).vectors)

    async def aembed_image(self, uris: Sequence[Uri], *, instructions: str | None = None) -> list[list[float]]:
        """Do what `embed_image` does, from an event loop."""
        result = await self._aembed(images_of, uris, self._passage(instructions))
        return await asyncio.to_thread(_lists, result.vectors)

    embed_images = embed_image
    aembed_images = aembed_image

    def embed_image_query(self, uri: Uri, *, instructions: str | None = None) -> list[float]:
        """Embed an image that is itself the question, D floats; arguments and errors are those of `embed_image`."""
        return _lists(self._client.embed(images_of([uri]), **self._query(instructions)).vectors)[0]

    async def aembed_image_query(self, uri: Uri, *, instructions: str | None = None) -> list[float]:
        """Do what `embed_image_query` does, from an event loop."""
        return _lists((await self._aembed(images_of, [uri], self._query(instructions))).vectors)[0]

    def embed_content_blocks(self, items: Sequence[Item], *, instructions: str | None = None) -> list[list[float]]:
        """Embed texts, images, and both fused, that will be searched: one row of D floats an item.

        Args:
            items: each a text, an image as bytes, `Path` or `Blob`, a text or image block, a message or list of blocks
                (fused into one input; its texts are joined by newlines), or a core's `Image` or `EmbeddingInput`.
            instructions: instead of those the object has; "" for none.

        Raises:
            InputError: an item is bad, or holds several images or a file_id; `.index` says which.
            NovaError: as `NovaClient.embed` of the core.
        """
        return _lists(self.embed_content_blocks_array(items, instructions=instructions))

    async def aembed_content_blocks(
        self, items: Sequence[Item], *, instructions: str | None = None
    ) -> list[list[float]]:
        """Do what `embed_content_blocks` does, from an event loop."""
        vectors = await self.aembed_content_blocks_array(items, instructions=instructions)
        return await asyncio.to_thread(_lists, vectors)

    def embed_content_blocks_array(
        self, items: Sequence[Item], *, instructions: str | None = None
    ) -> "NDArray[np.float32]":
        """Return what `embed_content_blocks` does as one float32 array `(N, D)`."""
        return self._client.embed(inputs_of(items), **self._passage(instructions)).vectors

    async def aembed_content_blocks_array(
        self, items: Sequence[Item], *, instructions: str | None = None
    ) -> "NDArray[np.float32]":
        """Do what `embed_content_blocks_array` does, from an event loop."""
        return (await self._aembed(inputs_of, items, self._passage(instructions))).vectors

    def embed_content_blocks_query(self, item: Item, *, instructions: str | None = None) -> list[float]:
        """Embed one such item that is itself the question, D floats."""
        return _lists(self._client.embed(inputs_of([item]), **self._query(instructions)).vectors)[0]

    async def aembed_content_blocks_query(self, item: Item, *, instructions: str | None = None) -> list[float]:
        """Do what `embed_content_blocks_query` does, from an event loop."""
        return _lists((await self._aembed(inputs_of, [item], self._query(instructions))).vectors)[0]

    def embed_documents_multi(
        self, items: Sequence[Item], *, instructions: str | None = None
    ) -> "list[NDArray[np.float32]]":
        """Return a multi-vector an item, float32 `(T, 128)`, for late interaction; as `embed_content_blocks` else."""
        asked = self._passage(instructions)
        return list(self._client.embed(inputs_of(items), **asked, return_multivector=True).multivectors)

    async def aembed_documents_multi(
        self, items: Sequence[Item], *, instructions: str | None = None
    ) -> "list[NDArray[np.float32]]":
        """Do what `embed_documents_multi` does, from an event loop."""
        result = await self._aembed(inputs_of, items, self._passage(instructions), return_multivector=True)
        return list(result.multivectors)

    def embed_query_multi(self, item: Item, *, instructions: str | None = None) -> "NDArray[np.float32]":
        """Return a question's multi-vector, float32 `(T, 128)`; arguments and errors are `embed_content_blocks`'s."""
        asked = self._query(instructions)
        return self._client.embed(inputs_of([item]), **asked, return_multivector=True).multivectors[0]

    async def aembed_query_multi(self, item: Item, *, instructions: str | None = None) -> "NDArray[np.float32]":
        """Do what `embed_query_multi` does, from an event loop."""
        result = await self._aembed(inputs_of, [item], self._query(instructions), return_multivector=True)
        return result.multivectors[0]

    def space_of(self, *, return_multivector: bool = False) -> EmbeddingSpace:
        """Return the space in which this object's dense vectors lie, or its multi-vectors; `.id` marks a store."""
        task = passage_task(self.task)
        return self._client.space_of(task, adapter=self.adapter, return_multivector=return_multivector)

    def encode_id(self, role: Role = "passage") -> str:
        """Return a stable name of the way in which this object embeds: a cache's namespace, or part of a key.

        Args:
            role: "passage" as `embed_documents` does, "query" as `embed_query` does.

        Raises:
            ConfigurationError: the role is neither.
        """
        asked = self._query(None) if parse_role(role) == "query" else self._passage(None)
        return self._client.encode_id(asked["task"], asked["instructions"], adapter=asked["adapter"])

    async def _aembed(
        self, read: Callable[[Any], Sequence[Input]], given: object, asked: Asked, *, return_multivector: bool = False
    ) -> EmbeddingResult:
        """Embed from an event loop; large base64 is read in a thread."""
        inputs = await asyncio.to_thread(read, given)
        return await self._client.aembed(inputs, **asked, return_multivector=return_multivector)


def _lists(vectors: "NDArray[np.float32]") -> list[list[float]]:
    """Return the rows as lists, one by one: in a thread, an event loop gets its turns between them."""
    return [row.tolist() for row in vectors]
