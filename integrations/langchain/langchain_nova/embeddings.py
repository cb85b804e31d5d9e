"""How does LangChain ask for Nova embeddings? The class translates its calls for the core, and decides nothing."""

import asyncio
import os
from collections.abc import Mapping
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Self, TypedDict

from langchain_core.embeddings import Embeddings
from pydantic import BaseModel, ConfigDict, Field, SecretStr, SkipValidation, model_validator

from nova_embeddings import ConfigurationError, Family, NovaClient, Task, passage_task, query_task

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_VARIABLES = {"model": "NOVA_MODEL", "api_base": "NOVA_API_BASE", "api_key": "NOVA_API_KEY"}
_SECRETS = ("api_key", "headers")


class _Asked(TypedDict):
    """What one call asks of all its texts."""

    task: Task
    instructions: str | None
    adapter: str | None


class NovaEmbeddings(BaseModel, Embeddings):
    """Embeds documents as passages and questions as queries, with the Nova model or whatever serves its API.

    One object may be used by many threads and by several event loops. It is frozen: `model_copy(update={...})` makes
    one with other options. It pickles without `api_key` and `headers`: the other process reads `NOVA_API_KEY`.

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
        instructions: put before every text; "" or None for none.
        query_instructions: the same, for queries only; "" switches `instructions` off for them.
        document_instructions: the same, for documents only.
        dimensions: width of the vectors: 128, 256, 512, 1024 or 2048. Default: the model's, 2048.
        adapter: a LoRA adapter's name. Default: the task family's own.
        any_dimensions: also accept widths that Nova is not trained for (another model, the hash engine).
        batch_size: texts of one call, at most.
        max_batch_bytes: bytes of text of one call, at most; a larger single text goes alone.
        max_concurrency: calls in flight, at most, for one method call.
        timeout: seconds for one batch, its retries included; never for a whole corpus.
        max_retries: further calls for a batch that failed in a way that may pass.
        headers: further headers of every call; treated as secrets.
        show_progress_bar: draw a progress bar on stderr while documents are embedded.

    Raises:
        ConfigurationError: an option is wrong; nothing was sent.
        TypeError: there is no such option.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

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
    any_dimensions: bool = False
    batch_size: SkipValidation[int] = 128
    max_batch_bytes: SkipValidation[int] = 4 * 2**20
    max_concurrency: SkipValidation[int] = 8
    timeout: SkipValidation[float] = 60.0
    max_retries: SkipValidation[int] = 5
    headers: SkipValidation[Mapping[str, SecretStr | str] | None] = Field(default=None, exclude=True, repr=False)
    show_progress_bar: bool = False

    def embed_documents(self, texts: list[str], *, instructions: str | None = None) -> list[list[float]]:
        """Embed texts that will be searched; row i belongs to text i.

        Args:
            texts: the texts. Empty: no call is made.
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
        shown = self.show_progress_bar
        return self._client.embed(texts, **self._passage(instructions), show_progress=shown).vectors

    async def aembed_documents_array(
        self, texts: list[str], *, instructions: str | None = None
    ) -> "NDArray[np.float32]":
        """Do what `embed_documents_array` does, from an event loop."""
        shown = self.show_progress_bar
        return (await self._client.aembed(texts, **self._passage(instructions), show_progress=shown)).vectors

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:  # noqa: ARG002 (nothing in it can change)
        """Return a new object with some options changed; they are checked as at first."""
        kept = {name: getattr(self, name) for name in type(self).model_fields}
        return type(self)(**{**kept, **(update or {})})

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse what is not private to a subclass; pydantic's own refusal would show the value, maybe a key."""
        if name.startswith("_"):
            super().__setattr__(name, value)
            return
        message = f"{name} cannot be set; model_copy(update={{{name!r}: ...}}) makes an object with another value"
        raise AttributeError(message)

    def __reduce__(self) -> tuple[partial[Self], tuple[()]]:
        """Pickle the options without secrets; the other process makes the object anew."""
        return partial(type(self), **self.model_dump()), ()

    @model_validator(mode="before")
    @classmethod
    def _parsed(cls, given: object) -> object:
        """Take what is missing from the environment; put secrets under seal; refuse unknown names, by name only."""
        if not isinstance(given, Mapping):
            return given
        options = _renamed(given)
        unknown = sorted(str(name) for name in options if name not in cls.model_fields)
        if unknown:
            message = (
                f"{cls.__name__} has no option {', '.join(unknown)}; its options are {', '.join(cls.model_fields)}"
            )
            raise TypeError(message)
        for name, variable in _VARIABLES.items():
            if options.get(name) is None:
                options[name] = os.environ.get(variable)
        return {name: _sealed(value) if name in _SECRETS else value for name, value in options.items()}

    def model_post_init(self, context: object, /) -> None:  # noqa: ARG002 (pydantic's signature)
        """Have the core check every option now, not at the first call; show the model that is meant."""
        for asked in (self._query(None), self._passage(None)):
            self._client.encode_id(**asked)
        object.__setattr__(self, "model", self.model or self._client.model)

    @cached_property
    def _client(self) -> NovaClient:
        return NovaClient(
            self.model,
            api_base=self.api_base,
            api_key=_opened(self.api_key),
            dimensions=self.dimensions,
            instructions=self.instructions,
            batch_size=self.batch_size,
            max_batch_bytes=self.max_batch_bytes,
            max_concurrency=self.max_concurrency,
            timeout=self.timeout,
            max_retries=self.max_retries,
            headers=_opened(self.headers),
            any_dimensions=self.any_dimensions,
        )

    def _query(self, instructions: str | None) -> _Asked:
        chosen = self.query_instructions if instructions is None else instructions
        return {"task": query_task(self.task), "instructions": chosen, "adapter": self.adapter}

    def _passage(self, instructions: str | None) -> _Asked:
        chosen = self.document_instructions if instructions is None else instructions
        return {"task": passage_task(self.task), "instructions": chosen, "adapter": self.adapter}


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


def _opened(value: object) -> Any:  # noqa: ANN401 (a str or a dict of str, or what the core will refuse)
    """Return what `_sealed` was given."""
    if isinstance(value, Mapping):
        return {name: _opened(secret) for name, secret in value.items()}
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _lists(vectors: "NDArray[np.float32]") -> list[list[float]]:
    """Return the rows as lists, one by one: in a thread, an event loop gets its turns between them."""
    return [row.tolist() for row in vectors]
