"""Which options has `NovaEmbeddings`, and which client do they make?"""

import pickle
from collections.abc import Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Literal, Self, TypedDict

from pydantic import BaseModel, ConfigDict, Field, Secret, SecretStr, SkipValidation, model_validator
from pydantic.json_schema import SkipJsonSchema

from nova_embeddings import ConfigurationError, Family, ImageFetching, NovaClient, Task, passage_task, query_task
from nova_embeddings.cache import Cache
from nova_embeddings.integration import CLIENT_OPTIONS, check_beside, check_turn, opened, sealed_list, without_keys

if TYPE_CHECKING:
    from litellm.router import Router
else:
    Router = Any  # pydantic asks for the type, and litellm takes seconds to import

_SECRETS = ("api_key", "headers")


class Asked(TypedDict):
    """What one call asks of all its inputs."""

    task: Task
    instructions: str | None
    adapter: str | None
    show_progress: bool


class Settings(BaseModel):
    """The options, checked by the core when the object is made; frozen, and pickled without secrets."""

    model_config = ConfigDict(arbitrary_types_allowed=True, extra="forbid", frozen=True, hide_input_in_errors=True)

    # pydantic would coerce ("256" to 256) and complain in words of its own: the core checks these values
    model: SkipValidation[str | None] = None
    api_base: SkipValidation[str | None] = None
    api_key: SkipValidation[SecretStr | str | None] = Field(default=None, exclude=True, repr=False)
    task: SkipValidation[Family] = "retrieval"
    instructions: SkipValidation[str | None] = None
    query_instructions: SkipValidation[str | None] = None
    document_instructions: SkipValidation[str | None] = None
    dimensions: SkipValidation[int | None] = None
    adapter: SkipValidation[str | None] = None
    any_dimensions: SkipValidation[bool] = False
    batch_size: SkipValidation[int] = 128
    max_batch_bytes: SkipValidation[int] = 4 * 2**20
    max_concurrency: SkipValidation[int] = 8
    timeout: SkipValidation[float] = 60.0
    max_retries: SkipValidation[int] = 5
    max_response_bytes: SkipValidation[int | None] = None
    headers: SkipValidation[Mapping[str, SecretStr | str] | None] = Field(default=None, exclude=True, repr=False)
    max_image_bytes: SkipValidation[int] = 10 * 2**20
    max_image_pixels: SkipValidation[int] = 50_000_000
    image_encoding: SkipValidation[Literal["base64", "data_uri"]] = "base64"
    image_fetching: SkipValidation[ImageFetching | None] = None
    client: SkipJsonSchema[SkipValidation[NovaClient | None]] = Field(default=None, exclude=True, repr=False)
    router: SkipJsonSchema[SkipValidation[Router | None]] = Field(default=None, exclude=True, repr=False)
    model_list: SkipJsonSchema[SkipValidation[Secret[Any] | Sequence[Mapping[str, Any]] | None]] = Field(
        default=None, exclude=True, repr=False
    )
    cache: SkipJsonSchema[SkipValidation[Cache | None]] = Field(default=None, exclude=True, repr=False)
    cache_ttl: SkipValidation[float | None] = Field(default=None, exclude=True, repr=False)
    dialect: SkipValidation[str | None] = None
    on_unsupported: SkipValidation[Literal["raise", "warn", "ignore"]] = "raise"
    show_progress_bar: bool = False

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002 (nothing in it can change)
        """Return a new object with some options changed; they are checked as at first."""
        check_turn(self.__dict__, update or {})
        return type(self)(**{**self._options(), **(update or {})})

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        """Return a copy that shares what was passed in: a client, a Router, a cache."""
        memo = {} if memo is None else memo
        memo.update({id(shared): shared for shared in (self.client, self.router, self.cache)})
        return super().__deepcopy__(memo)

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse what is not private to a subclass; pydantic's own refusal would show the value, maybe a key."""
        if name.startswith("_"):
            super().__setattr__(name, value)
            return
        message = f"{name} cannot be set; model_copy(update={{{name!r}: ...}}) makes an object with another value"
        raise AttributeError(message)

    def __reduce__(self) -> tuple[partial[Self], tuple[()]]:
        """Pickle the options without secrets; the other process makes the object anew.

        Raises:
            ConfigurationError: a Router cannot come along.
        """
        pickle.dumps(self._client)  # which tells what cannot travel, and why
        kept = {name: value for name, value in self._options().items() if name not in _SECRETS}
        return partial(type(self), **{**kept, "model_list": without_keys(self.model_list)}), ()

    @model_validator(mode="before")
    @classmethod
    def _parsed(cls, given: object) -> object:
        """Put secrets under seal; refuse unknown names, by name only."""
        if not isinstance(given, Mapping):
            return given
        options = _renamed(given)
        unknown = sorted(str(name) for name in options if name not in cls.model_fields)
        if unknown:
            message = (
                f"{cls.__name__} has no option {', '.join(unknown)}; its options are {', '.join(cls.model_fields)}"
            )
            raise TypeError(message)
        options["model_list"] = sealed_list(options.get("model_list"))
        sealed = {name: _sealed(value) if name in _SECRETS else value for name, value in options.items()}
        return _completed(sealed)

    def model_post_init(self, context: object, /) -> None:  # noqa: ARG002 (pydantic's signature)
        """Have the core check every option now, not at the first call; show the model that is meant."""
        if self.client is not None:
            check_beside(self.client, self.__dict__)
        for asked in (self._query(None), self._passage(None)):
            self._client.encode_id(asked["task"], asked["instructions"], adapter=asked["adapter"])
        object.__setattr__(self, "model", self.model or self._client.model)
        if self.client is None:
            object.__setattr__(self, "api_base", self.api_base or self._client.api_base)
            key = self._client.api_key
            object.__setattr__(self, "api_key", None if key is None else SecretStr(key.get_secret_value()))

    @cached_property
    def _client(self) -> NovaClient:
        return self.client or NovaClient(**{name: opened(getattr(self, name)) for name in _DECIDED})

    def _options(self) -> dict[str, Any]:
        """Return what an object like this one is made of: what its client decides is the client's."""
        left_out = () if self.client is None else _DECIDED
        return {name: getattr(self, name) for name in type(self).model_fields if name not in left_out}

    def _query(self, instructions: str | None) -> Asked:
        chosen = self.query_instructions if instructions is None else instructions
        return {"task": query_task(self.task), "instructions": chosen, "adapter": self.adapter, "show_progress": False}

    def _passage(self, instructions: str | None) -> Asked:
        chosen = self.document_instructions if instructions is None else instructions
        return {
            "task": passage_task(self.task),
            "instructions": chosen,
            "adapter": self.adapter,
            "show_progress": self.show_progress_bar,
        }


_DECIDED = tuple(name for name in CLIENT_OPTIONS if name in Settings.model_fields)


def _completed(options: Mapping[str, object]) -> dict[str, object]:
    """Return the options; what a client decides is None where it was not given."""
    return dict(options) if options.get("client") is None else {**dict.fromkeys(_DECIDED), **options}


def _renamed(given: Mapping[str, object]) -> dict[str, object]:
    options = dict(given)
    base_url = options.pop("base_url", None)
    if base_url is None:
        return options
    if options.get("api_base") not in (None, base_url):
        message = "api_base and base_url mean the same; give one of them"
        raise ConfigurationError(message)
    return {**options, "api_base": base_url}


def _sealed(value: object) -> object:
    """Return the secret, or the secrets of a mapping, so that nothing shows them; the core judges what is neither."""
    if isinstance(value, Mapping):
        return {name: _sealed(secret) for name, secret in value.items()}
    return SecretStr(value) if isinstance(value, str) else value
