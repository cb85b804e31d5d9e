"""How does a model keep its options, and the core's client that they make, through assignment, copies and pickles?"""

import copy
import pickle
from collections.abc import Mapping
from typing import Any, Literal, Self

from llama_index.core.embeddings.multi_modal_base import MultiModalEmbedding
from pydantic import ConfigDict, Field, PrivateAttr, SkipValidation, field_serializer, model_validator

from llama_index.embeddings.nova._nodes import ImageTextMode, check_mode
from llama_index.embeddings.nova._options import (
    OF_CLIENT,
    Fetching,
    GivenCache,
    GivenClient,
    GivenRouter,
    Headers,
    Key,
    ModelList,
    ModelName,
    Side,
    client_of,
    client_options,
    refuse_unknown,
)
from llama_index.embeddings.nova._written import read_again, written
from nova_embeddings import EmbeddingSpace, Family, NovaClient, passage_task, query_task
from nova_embeddings.guard import Role, parse_role
from nova_embeddings.integration import check_beside, check_turn, without_keys


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
    max_response_bytes: SkipValidation[int | None] = None
    headers: Headers = Field(default=None, exclude=True, repr=False)
    any_dimensions: SkipValidation[bool] = False
    max_image_bytes: SkipValidation[int] = 10 * 2**20
    max_image_pixels: SkipValidation[int] = 50_000_000
    image_encoding: SkipValidation[Literal["base64", "data_uri"]] = "base64"
    image_fetching: Fetching = None
    given_client: GivenClient = Field(default=None, alias="client", exclude=True, repr=False)
    router: GivenRouter = Field(default=None, exclude=True, repr=False)
    model_list: ModelList = Field(default=None, exclude=True, repr=False)
    cache: GivenCache = Field(default=None, exclude=True, repr=False)
    cache_ttl: SkipValidation[float | None] = Field(default=None, exclude=True, repr=False)
    dialect: SkipValidation[str | None] = None
    on_unsupported: SkipValidation[Literal["raise", "warn", "ignore"]] = "raise"
    _made: tuple[dict[str, Any], NovaClient] | None = PrivateAttr(default=None)

    @property
    def client(self) -> NovaClient:
        """Return the client that was given, else the core's of the options as they are now.

        For what LlamaIndex has no method for. Assignment and `model_copy` may have changed the options since the last
        one was made.
        """
        if self.given_client is not None:
            return self.given_client
        options = client_options(self)
        if self._made is None or self._made[0] != options:
            self._made = options, client_of(options)
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

    def space_of(self) -> EmbeddingSpace:
        """Return the space in which the model's vectors lie, queries and passages alike."""
        side = self.passage_side
        return self.client.space_of(side["task"], adapter=side["adapter"])

    def encode_id(self, role: Role = "passage") -> str:
        """Return a stable name of the way in which the model embeds passages, or queries.

        Raises:
            ConfigurationError: the role is neither.
        """
        return self.client.encode_id(**(self.query_side if parse_role(role) == "query" else self.passage_side))

    @property
    def ways(self) -> dict[str, Any]:
        """Return what was given of client, router and model list; None is not given."""
        return {"client": self.given_client, "router": self.router, "model_list": self.model_list}

    @model_validator(mode="before")
    @classmethod
    def _read(cls, options: Any) -> Any:  # noqa: ANN401 (a dict, or what pydantic will refuse)
        """Refuse unknown options; None is what a client decides."""
        if not isinstance(options, dict):
            return options
        # an assignment shows the fields, by their own names
        refuse_unknown([name for name in options if name != "given_client"], _by_option(cls, cls.model_fields))
        decided = _decided(cls) if options.get("client") is not None else ()
        return {**dict.fromkeys(decided), **options}

    @model_validator(mode="after")
    def _check(self) -> Self:
        """Have the core check every option now, not at the first call; have the name of the model that is meant."""
        check_mode(self.image_text_mode)
        if self.given_client is not None:
            self._check_beside(self.given_client)
        self._name()
        self.client.encode_id(**self.query_side)
        self.client.encode_id(**self.passage_side)
        return self

    def __setattr__(self, name: str, value: Any) -> None:  # noqa: ANN401 (any option's value)
        """Assign an option; one that is refused changes nothing."""
        check_turn(self.ways, {name: value})
        before = self.__dict__.copy()
        try:
            super().__setattr__(name, value)
        except Exception:
            self.__dict__.update(before)
            raise

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy; options that are changed in it are checked as at first."""
        check_turn(self.ways, update or {})
        copied = super().model_copy(deep=deep)
        return type(self)(**{**copied._options(), **update}) if update else copied  # noqa: SLF001 (it is one of these)

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Return a copy that shares what was passed in: a client, a Router, a cache."""
        memo = {} if memo is None else memo
        memo.update({id(shared): shared for shared in (self.given_client, self.router, self.cache)})
        return super().__deepcopy__(memo)

    def to_dict(self, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 (those of pydantic)
        """Return the options; of a client, router or model list only that there was one.

        Pipelines keep results by it, so it says too how such a one embeds.
        """
        way = next((name for name, given in self.ways.items() if given is not None), None)
        return written(super().to_dict(**kwargs), way, self.client.encode_id(**self.passage_side))

    @classmethod
    def from_dict(cls, data: dict[str, Any], **kwargs: Any) -> Self:  # noqa: ANN401 (any options)
        """Return a model of these options, and of others by keyword, which win.

        Raises:
            ConfigurationError: the dict is of a model with a client, router or model list, and none is given now.
        """
        return super().from_dict(read_again(data, kwargs), **kwargs)

    @field_serializer("embeddings_cache")
    def _leave_out(self, _: Any) -> None:  # noqa: ANN401 (any store; it is no part of the model)
        return None

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the options without keys, headers and connections; the other process reads its environment.

        From a copy, because LlamaIndex takes out of the pickled model itself what cannot be pickled.

        Raises:
            ConfigurationError: a Router cannot come along.
        """
        pickle.dumps(self.client)  # LlamaIndex would drop a Router; the core says why it cannot travel
        bare = copy.copy(self)
        bare.__dict__.update(api_key=None, headers=None, model_list=without_keys(self.model_list))
        bare._made = None  # noqa: SLF001 (it is one of these)
        return super(ConfiguredModel, bare).__getstate__()

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Make the model anew; LlamaIndex would go on without what is refused."""
        type(self).__init__(self, **_by_option(type(self), state["__dict__"]))

    def _options(self) -> dict[str, Any]:
        """Return what a model like this one is made of: what its client decides is the client's."""
        left_out = () if self.given_client is None else _decided(type(self))
        return {name: value for name, value in _by_option(type(self), self.__dict__).items() if name not in left_out}

    def _check_beside(self, client: NovaClient) -> None:
        own = {name: getattr(self, name) for name in _decided(type(self))}
        named = self.model_name not in {"", getattr(client, "model", "")}  # its own model's name may stand there
        check_beside(client, {**own, "model_name": self.model_name if named else None}, OF_CLIENT)

    def _name(self) -> None:
        if not self.model_name:
            client = self.client
            self.__dict__["model_name"] = client.model
            self._made = client_options(self), client  # the same client, by its name


def _decided(kind: type[ConfiguredModel]) -> list[str]:
    return [name for name in OF_CLIENT if name in kind.model_fields]


def _by_option(kind: type[ConfiguredModel], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return fields' values by the names that the class is called with."""
    return {kind.model_fields[name].alias or name: value for name, value in values.items()}
