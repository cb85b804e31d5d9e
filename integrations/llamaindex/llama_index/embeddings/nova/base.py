"""How does LlamaIndex ask for Nova embeddings? The class translates its calls for the core, and decides nothing."""

import asyncio
import copy
from collections.abc import Mapping
from typing import Any, NoReturn, Self

from llama_index.core.base.embeddings.base import Embedding
from llama_index.core.embeddings.multi_modal_base import MultiModalEmbedding
from llama_index.core.schema import ImageType
from pydantic import ConfigDict, Field, PrivateAttr, SkipValidation, field_serializer, model_validator

from llama_index.embeddings.nova._batches import aalone, aembed_all, aembed_batch, alone, embed_all, embed_batch
from llama_index.embeddings.nova._options import (
    Headers,
    Key,
    ModelName,
    Side,
    client_options,
    refuse_unknown,
    revealed,
)
from nova_embeddings import ConfigurationError, EmbeddingResult, Family, NovaClient, passage_task, query_task


class NovaEmbedding(MultiModalEmbedding):
    """Embeds queries and texts with the Nova model, or with whatever serves its API.

    A query goes out with the query task of `task`, a text with its passage task. This version embeds text only.

    Args:
        model_name: the model, as `nova_embeddings.NovaClient` takes it.
        task: the task family: "retrieval", "code", or "text-matching", which has no sides.
        instructions: for queries and texts.
        query_instructions: for queries, instead of `instructions`; "" switches them off.
        document_instructions: for texts, instead of `instructions`; "" switches them off.
        adapter: a LoRA adapter instead of the task family's own.
        embed_batch_size: texts that the core receives at once, 1 to 2048; it cuts them into calls of `batch_size` and
            runs those concurrently. Events, cache writes and progress come once for each.
        num_workers: such batches at once in async methods; each has up to `max_concurrency` calls in flight.
            Default: one.
        embeddings_cache: a key-value store of LlamaIndex; entries of another side, model, width, adapter or other
            instructions are never used.

    All other options are those of `nova_embeddings.NovaClient`. The key and the headers are in no repr, dict, JSON or
    pickle: another process reads `NOVA_API_KEY`.

    Raises:
        ConfigurationError: an option is wrong or unknown, also when it is assigned later.
        ValidationError: one of LlamaIndex's own options is wrong (pydantic's; a ValueError).
    """

    model_config = ConfigDict(extra="forbid", validate_assignment=True, hide_input_in_errors=True)

    model_name: ModelName = Field(default="", validate_default=True)
    api_base: SkipValidation[str | None] = None
    api_key: Key = Field(default=None, exclude=True, repr=False)
    task: SkipValidation[Family] = "retrieval"
    instructions: SkipValidation[str | None] = None
    query_instructions: SkipValidation[str | None] = None
    document_instructions: SkipValidation[str | None] = None
    dimensions: SkipValidation[int | None] = None
    adapter: SkipValidation[str | None] = None
    embed_batch_size: int = Field(default=1024, gt=0, le=2048)
    batch_size: SkipValidation[int] = 128
    max_batch_bytes: SkipValidation[int] = 4 * 2**20
    max_concurrency: SkipValidation[int] = 8
    timeout: SkipValidation[float] = 60.0
    max_retries: SkipValidation[int] = 5
    headers: Headers = Field(default=None, exclude=True, repr=False)
    any_dimensions: SkipValidation[bool] = False
    _made: tuple[dict[str, Any], NovaClient] | None = PrivateAttr(default=None)

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
        return embed_batch(self, [query], self._encode_id(self._as_query), alone(self._get_query_embedding))[0]

    async def aget_query_embedding(self, query: str) -> Embedding:
        """Embed a query from an event loop."""
        embed = aalone(self._aget_query_embedding)
        return (await aembed_batch(self, [query], self._encode_id(self._as_query), embed))[0]

    def get_text_embedding(self, text: str) -> Embedding:
        """Embed a text to be searched."""
        return embed_batch(self, [text], self._encode_id(self._as_passage), alone(self._get_text_embedding))[0]

    async def aget_text_embedding(self, text: str) -> Embedding:
        """Embed a text to be searched, from an event loop."""
        embed = aalone(self._aget_text_embedding)
        return (await aembed_batch(self, [text], self._encode_id(self._as_passage), embed))[0]

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

        def embed(batch: list[str]) -> list[Embedding]:
            return embed_batch(self, batch, self._encode_id(self._as_passage), self._get_text_embeddings)

        return embed_all(texts, self.embed_batch_size, embed, shown=show_progress)

    async def aget_text_embedding_batch(
        self,
        texts: list[str],
        show_progress: bool = False,  # noqa: FBT001, FBT002 (LlamaIndex's signature)
        **_: Any,  # noqa: ANN401 (whatever a pipeline was given)
    ) -> list[Embedding]:
        """Do what `get_text_embedding_batch` does, from an event loop."""

        async def embed(batch: list[str]) -> list[Embedding]:
            return await aembed_batch(self, batch, self._encode_id(self._as_passage), self._aget_text_embeddings)

        at_once = max(1, self.num_workers or 1)
        return await aembed_all(texts, self.embed_batch_size, embed, at_once=at_once, shown=show_progress)

    def _get_query_embedding(self, query: str) -> Embedding:
        return self._embed([query], self._as_query)[0]

    async def _aget_query_embedding(self, query: str) -> Embedding:
        return (await self._aembed([query], self._as_query))[0]

    def _get_text_embedding(self, text: str) -> Embedding:
        return self._embed([text], self._as_passage)[0]

    async def _aget_text_embedding(self, text: str) -> Embedding:
        return (await self._aembed([text], self._as_passage))[0]

    def _get_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        return self._embed(texts, self._as_passage)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[Embedding]:
        return await self._aembed(texts, self._as_passage)

    def _get_image_embedding(self, img_file_path: ImageType) -> NoReturn:  # noqa: ARG002 (LlamaIndex's signature)
        raise _text_only()

    async def _aget_image_embedding(self, img_file_path: ImageType) -> NoReturn:  # noqa: ARG002 (LlamaIndex's signature)
        raise _text_only()

    @property
    def _as_query(self) -> Side:
        return Side(task=query_task(self.task), instructions=self.query_instructions, adapter=self.adapter)

    @property
    def _as_passage(self) -> Side:
        return Side(task=passage_task(self.task), instructions=self.document_instructions, adapter=self.adapter)

    def _encode_id(self, side: Side) -> str:
        return self._client().encode_id(**side)

    def _embed(self, texts: list[str], side: Side) -> list[Embedding]:
        return _lists(self._client().embed(texts, **side))

    async def _aembed(self, texts: list[str], side: Side) -> list[Embedding]:
        return await asyncio.to_thread(_lists, await self._client().aembed(texts, **side))

    def _client(self) -> NovaClient:
        """Return the client of the options as they are now: assignment and `model_copy` may have changed them."""
        options = client_options(self)
        if self._made is None or self._made[0] != options:
            self._made = options, NovaClient(**revealed(options))
        return self._made[1]

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, options: Any) -> Any:  # noqa: ANN401 (a dict, or what pydantic will refuse)
        if isinstance(options, dict):
            refuse_unknown(options, cls.model_fields)
        return options

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Have the core check every option now, not at the first call."""
        self._encode_id(self._as_query)
        self._encode_id(self._as_passage)
        return self

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 (any option's value)
        """Assign an option; one that is refused changes nothing."""
        before = self.__dict__.copy()
        try:
            super().__setattr__(name, value)
        except Exception:
            self.__dict__.update(before)
            raise

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy; options that are changed in it are checked as at first."""
        copied = super().model_copy(deep=deep)
        return type(self)(**{**copied.__dict__, **update}) if update else copied

    @field_serializer("embeddings_cache")
    def _leave_out(self, _: Any) -> None:  # noqa: ANN401 (any store; it is no part of the model)
        return None

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the options without key, headers and connections; the other process reads its environment.

        From a copy, because LlamaIndex takes out of the pickled model itself what cannot be pickled.
        """
        bare = copy.copy(self)
        bare.__dict__.update(api_key=None, headers=None)
        bare._made = None  # noqa: SLF001 (it is one of these)
        return super(NovaEmbedding, bare).__getstate__()


def _lists(result: EmbeddingResult) -> list[Embedding]:
    """Return the vectors as lists, one by one: in a thread, an event loop gets its turns between them."""
    return [row.tolist() for row in result.vectors]


def _text_only() -> ConfigurationError:
    return ConfigurationError(
        "this version of llama-index-embeddings-nova embeds text only: no image was sent; "
        "give the text that describes it, or use another model for images"
    )
