"""How are both sides embedded? With a NovaClient, or with what LangChain or LlamaIndex calls embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from nova_embeddings._client import NovaClient
from nova_embeddings._errors import ConfigurationError, ResponseError
from nova_embeddings._tasks import passage_task, query_task

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nova_embeddings._inputs import InputLike
    from nova_embeddings._results import FloatArray

    Vectors = FloatArray | tuple[FloatArray, ...]
    """Dense `(N, D)`, or N multi-vectors `(T_n, W)`."""


class Embedder(Protocol):
    """Embeds one side of a search under some instructions."""

    def passages(self, corpus: Mapping[str, InputLike], instructions: str | None) -> Vectors:
        """Return the documents' vectors, in order."""

    def queries(self, queries: Mapping[str, InputLike], instructions: str | None) -> Vectors:
        """Return the queries' vectors, in order."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a NovaClient is asked for on both sides.

    Args:
        task: the family: retrieval, code, or text-matching.
        return_multivector: compare by MaxSim.
        dimensions: of dense vectors; None for the client's.
        adapter: a LoRA adapter; None for the family's.
        show_progress: draw a bar for each side.
    """

    task: str = "retrieval"
    return_multivector: bool = False
    dimensions: int | None = None
    adapter: str | None = None
    show_progress: bool = False


def embedder_of(given: object, options: Options) -> Embedder:
    """Return what embeds with the given object.

    Raises:
        ConfigurationError: nothing is known that could embed with it, or not with these options.
    """
    query_task(options.task)  # whether there is such a family
    if isinstance(given, NovaClient):
        return _Client(given, options)
    if options != Options(show_progress=options.show_progress):
        message = (
            "task, return_multivector, dimensions and adapter need a NovaClient; "
            f"set them on the {type(given).__name__} itself where it has them"
        )
        raise ConfigurationError(message)
    if callable(getattr(given, "embed_documents", None)) and callable(getattr(given, "embed_query", None)):
        return _Framework(given, lambda model, texts: model.embed_documents(texts), "embed_query")
    if callable(getattr(given, "get_text_embedding_batch", None)):
        return _Framework(given, lambda model, texts: model.get_text_embedding_batch(texts), "get_query_embedding")
    message = (
        f"a {type(given).__name__} cannot be evaluated; give a NovaClient, LangChain embeddings (embed_documents, "
        "embed_query), or a LlamaIndex embedding (get_text_embedding_batch, get_query_embedding)"
    )
    raise ConfigurationError(message)


@dataclass(frozen=True, slots=True)
class _Client:
    client: NovaClient
    options: Options

    def passages(self, corpus: Mapping[str, InputLike], instructions: str | None) -> Vectors:
        return self._embed(corpus, passage_task(self.options.task), instructions)

    def queries(self, queries: Mapping[str, InputLike], instructions: str | None) -> Vectors:
        return self._embed(queries, query_task(self.options.task), instructions)

    def _embed(self, inputs: Mapping[str, InputLike], task: Any, instructions: str | None) -> Vectors:  # noqa: ANN401
        result = self.client.embed(
            inputs.values(),
            task,
            instructions=instructions,
            dimensions=self.options.dimensions,
            adapter=self.options.adapter,
            return_multivector=self.options.return_multivector,
            show_progress=self.options.show_progress,
        )
        return result.multivectors if self.options.return_multivector else result.vectors


@dataclass(frozen=True, slots=True)
class _Framework:
    model: Any
    embed: Callable[[Any, list[str]], Any]
    query_method: str

    def passages(self, corpus: Mapping[str, InputLike], instructions: str | None) -> Vectors:
        model = self._with("document_instructions", instructions)
        return _checked(self.embed(model, _texts(corpus, "corpus")), len(corpus), type(model).__name__)

    def queries(self, queries: Mapping[str, InputLike], instructions: str | None) -> Vectors:
        model = self._with("query_instructions", instructions)
        embed = getattr(model, self.query_method)
        rows = [embed(text) for text in _texts(queries, "queries")]
        return _checked(rows, len(queries), type(model).__name__)

    def _with(self, option: str, instructions: str | None) -> Any:  # noqa: ANN401 (a framework's object)
        """Return the model with these instructions: both frameworks' Nova classes are pydantic models with the option.

        Raises:
            ConfigurationError: another model, which takes none.
        """
        if instructions is None:
            return self.model
        if option in getattr(type(self.model), "model_fields", {}):
            return self.model.model_copy(update={option: instructions})
        if not instructions:
            return self.model
        message = f"a {type(self.model).__name__} takes no instructions; evaluate it with instructions=None"
        raise ConfigurationError(message)


def _texts(inputs: Mapping[str, InputLike], what: str) -> list[str]:
    texts = [value for value in inputs.values() if isinstance(value, str)]
    if len(texts) != len(inputs):
        other = next(name for name, value in inputs.items() if not isinstance(value, str))
        raise ConfigurationError(f"{what} {other!r} is no text; images and the like need a NovaClient")
    return texts


def _checked(rows: Any, count: int, who: str) -> FloatArray:  # noqa: ANN401 (whatever a model returns)
    """Return the rows as one array `(N, D)`.

    Raises:
        ResponseError: they are not that.
    """
    try:
        array = np.asarray(rows, dtype=np.float32)
        fine = array.ndim == 2 and len(array) == count and bool(np.isfinite(array).all())  # noqa: PLR2004 (N, D)
    except (TypeError, ValueError):
        fine = False
    if not fine:
        raise ResponseError(f"{who} did not return {count} rows of finite numbers, all of one width")
    return array
