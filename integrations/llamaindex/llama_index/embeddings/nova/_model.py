"""How does a model keep its options, and the core's client that they make, through assignment, copies and pickles?"""

import copy
from collections.abc import Mapping
from typing import Any, Literal, Self

from llama_index.core.embeddings.multi_modal_base import MultiModalEmbedding
from pydantic import ConfigDict, Field, PrivateAttr, SkipValidation, field_serializer, model_validator

from llama_index.embeddings.nova._nodes import ImageTextMode, check_mode
from llama_index.embeddings.nova._options import (
    Fetching,
    Headers,
    Key,
    ModelName,
    Side,
    client_options,
    refuse_unknown,
)
from nova_embeddings import Family, NovaClient, passage_task, query_task


class ConfiguredModel(MultiModalEmbedding):
    """The options of `NovaEmbedding`, which says what each means."""

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
    image_text_mode: SkipValidation[ImageTextMode] = "fused"
    embed_batch_size: int = Field(default=1024, gt=0, le=2048)
    batch_size: SkipValidation[int] = 128
    max_batch_bytes: SkipValidation[int] = 4 * 2**20
    max_concurrency: SkipValidation[int] = 8
    timeout: SkipValidation[float] = 60.0
    max_retries: SkipValidation[int] = 5
    headers: Headers = Field(default=None, exclude=True, repr=False)
    any_dimensions: SkipValidation[bool] = False
    max_image_bytes: SkipValidation[int] = 10 * 2**20
    max_image_pixels: SkipValidation[int] = 50_000_000
    image_encoding: SkipValidation[Literal["base64", "data_uri"]] = "base64"
    image_fetching: Fetching = None
    _made: tuple[dict[str, Any], NovaClient] | None = PrivateAttr(default=None)

    @property
    def client(self) -> NovaClient:
        """Return the core's client of the options as they are now, for what LlamaIndex has no method for.

        Assignment and `model_copy` may have changed them since the last one was made.
        """
        options = client_options(self)
        if self._made is None or self._made[0] != options:
            self._made = options, NovaClient(**options)
        return self._made[1]

    @property
    def query_side(self) -> Side:
        """Return what the client is asked for with a query: task, instructions, adapter."""
        return self.query_side_with(None)

    def query_side_with(self, instructions: str | None) -> Side:
        """Return the same with a query's own instructions, unless they are None."""
        chosen = self.query_instructions if instructions is None else instructions
        return Side(task=query_task(self.task), instructions=chosen, adapter=self.adapter)

    @property
    def passage_side(self) -> Side:
        """Return what the client is asked for with what is to be searched."""
        return Side(task=passage_task(self.task), instructions=self.document_instructions, adapter=self.adapter)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, options: Any) -> Any:  # noqa: ANN401 (a dict, or what pydantic will refuse)
        if isinstance(options, dict):
            refuse_unknown(options, cls.model_fields)
        return options

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Have the core check every option now, not at the first call."""
        check_mode(self.image_text_mode)
        self.client.encode_id(**self.query_side)
        self.client.encode_id(**self.passage_side)
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
        return super(ConfiguredModel, bare).__getstate__()
