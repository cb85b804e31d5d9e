"""How are both sides embedded? With a NovaClient, or with what LangChain or LlamaIndex calls embeddings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from nova_embeddings._client import NovaClient
from nova_embeddings._errors import ConfigurationError, InputError, ResponseError
from nova_embeddings._tasks import passage_task, query_task
from nova_embeddings.evaluation._judging import SKIPPING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from nova_embeddings._inputs import InputLike
    from nova_embeddings._options import OnError
    from nova_embeddings._results import FloatArray
    from nova_embeddings._tasks import Task

    Vectors = FloatArray | tuple[FloatArray, ...]
    """Dense `(N, D)`, or N multi-vectors `(T_n, W)`."""


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a search, embedded.

    Args:
        ids: of what has a vector.
        vectors: theirs, in order.
        left_out: ids of what could not be embedded.
    """

    ids: list[str]
    vectors: Vectors
    left_out: tuple[str, ...] = ()


class Embedder(Protocol):
    """Embeds one side of a search under some instructions."""

    def passages(self, corpus: Mapping[str, InputLike], instructions: str | None) -> Side:
        """Return the documents with their vectors, in order."""

    def queries(self, queries: Mapping[str, InputLike], instructions: str | None) -> Side:
        """Return the queries with their vectors, in order."""


@dataclass(frozen=True, slots=True)
class Options:
    """What a NovaClient is asked for on both sides.

    Args:
        task: the family: retrieval, code, or text-matching.
        return_multivector: compare by MaxSim.
        dimensions: of dense vectors; None for the client's.
        adapter: a LoRA adapter; None for the family's.
        on_error: "skip" leaves out what cannot be embedded.
        show_progress: draw a bar for each side.
    """

    task: str = "retrieval"
    return_multivector: bool = False
    dimensions: int | None = None
    adapter: str | None = None
    on_error: OnError = "raise"
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
            "task, return_multivector, dimensions, adapter and on_error need a NovaClient; "
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

    def passages(self, corpus: Mapping[str, InputLike], instructions: str | None) -> Side:
        return self._embed(corpus, "corpus", passage_task(self.options.task), instructions)

    def queries(self, queries: Mapping[str, InputLike], instructions: str | None) -> Side:
        return self._embed(queries, "query", query_task(self.options.task), instructions)

    def _embed(self, inputs: Mapping[str, InputLike], what: str, task: Task, instructions: str | None) -> Side:
        ids, options = list(inputs), self.options
        try:
            result = self.client.embed(
                inputs.values(),
                task,
                instructions=instructions,
                dimensions=options.dimensions,
                adapter=options.adapter,
                return_multivector=options.return_multivector,
                on_error=options.on_error,
                show_progress=options.show_progress,
            )
        except InputError as error:
            if error.index is None:
                raise
            message = f"{what} {ids[error.index]!r}: {error.args[0]}; {SKIPPING} leaves out what cannot be embedded"
            raise InputError(message, index=error.index) from error
        if not len(result):
            raise InputError(f"nothing of the {what} side could be embedded; see why without on_error='skip'")
        vectors = result.multivectors if options.return_multivector else result.vectors
        kept = [name for place, name in enumerate(ids) if place not in result.errors]
        return Side(kept, vectors, tuple(ids[place] for place in sorted(result.errors)))


@dataclass(frozen=True, slots=True)
class _Framework:
    model: Any
    embed: Callable[[Any, list[str]], Any]
    query_method: str

    def passages(self, corpus: Mapping[str, InputLike], instructions: str | None) -> Side:
        model = self._with("document_instructions", instructions)
        rows = self.embed(model, _texts(corpus, "corpus"))
        return Side(list(corpus), _checked(rows, corpus, "corpus", type(model).__name__))

    def queries(self, queries: Mapping[str, InputLike], instructions: str | None) -> Side:
        model = self._with("query_instructions", instructions)
        embed = getattr(model, self.query_method)
        rows = [embed(text) for text in _texts(queries, "queries")]
        return Side(list(queries), _checked(rows, queries, "query", type(model).__name__))

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


def _checked(rows: Any, ids: Iterable[str], what: str, who: str) -> FloatArray:  # noqa: ANN401 (whatever it returns)
    """Return the directions of the rows as one array `(N, D)`, whose largest numbers are 1.

    float32 has not the range of what a model may return, and only directions are compared.

    Raises:
        ResponseError: they are not N rows of one width, or one has no direction.
    """
    named = list(ids)
    try:
        array = np.asarray(rows, dtype=np.float64)
        fine = array.ndim == 2 and len(array) == len(named) and array.shape[1] > 0  # noqa: PLR2004 (N, D)
    except (TypeError, ValueError):
        fine = False
    if not fine:
        raise ResponseError(f"{who} did not return {len(named)} rows of numbers, all of one width")
    largest = np.abs(array).max(axis=1, keepdims=True)
    bad = np.flatnonzero(~(np.isfinite(largest) & (largest > 0)))
    if len(bad):
        seen = "all zeros, which is no direction" if largest[bad[0]] == 0 else "not finite"
        raise ResponseError(f"{what} {named[bad[0]]!r}: the vector that {who} returned is {seen}")
    scaled: FloatArray = (array / largest).astype(np.float32)
    return scaled
