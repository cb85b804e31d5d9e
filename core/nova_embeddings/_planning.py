"""Request -> calls; replies -> result. No I/O."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nova_embeddings._batching import cut, documents_of
from nova_embeddings._calls import Call, Plan, size_of_texts
from nova_embeddings._errors import ConfigurationError, InputError, ResponseError
from nova_embeddings._inputs import EmbeddingInput, parse_input, require_list, size_of
from nova_embeddings._names import canonical_name
from nova_embeddings._options import check_instructions, check_name
from nova_embeddings._results import EmbeddingResult, Usage
from nova_embeddings._routing import common_task
from nova_embeddings._space import EmbeddingSpace
from nova_embeddings._tasks import family_of, parse_any_task, parse_task
from nova_embeddings.sentence_models import space_names

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence

    from nova_embeddings._calls import Reply
    from nova_embeddings._errors import NovaError
    from nova_embeddings._http import Transport
    from nova_embeddings._inputs import InputLike
    from nova_embeddings._models import Model
    from nova_embeddings._options import Deployment, Limits, Request
    from nova_embeddings._pictures import Pictures
    from nova_embeddings._results import FloatArray
    from nova_embeddings._tasks import Task
    from nova_embeddings.cache._recalling import Recall
    from nova_embeddings.dialects._fitting import Fitting

ANY_FAMILY = "any"
"""The family of all vectors of a model that knows no tasks."""
_TOKENS_OF_ANSWER = 16_384
_TOKENS_OF_IMAGE = 1_282  # the most that the model makes of one. Source: jina-embeddings-v4's image processor
_CHARACTERS_OF_TOKEN = 3


def plan(
    inputs: Iterable[InputLike],
    request: Request,
    deployment: Deployment,
    limits: Limits,
    transport: Transport | None,
    pictures: Pictures,
    *,
    skip: bool = False,
    recall: Recall | None = None,
    fitting: Fitting | None = None,
) -> Plan:
    """Check every input and cut the request into calls.

    Args:
        inputs: what is to be embedded.
        request: what is asked of all of them.
        deployment: where to.
        limits: how much goes into a call.
        transport: the connections to use.
        pictures: how images go out.
        skip: leave out bad inputs.
        recall: what a cache knows.
        fitting: what the deployment can be asked for; None for Nova, whose inputs have all options.

    Raises:
        InputError: an input is bad; its index is given. With `skip`, it is left out instead.
        ConfigurationError: `inputs` is no list.
        CacheError: the cache cannot be read.
    """
    if skip and request.late_chunking:
        raise ConfigurationError("late_chunking with on_error='skip': without one of its pieces a document is another")
    refused: dict[int, InputError] = {}
    checked = list(_checked(require_list(inputs), request, pictures, refused if skip else None, fitting))
    indices = [index for index, _, _ in checked] if refused else range(len(checked))
    resolved = [value for _, value, _ in checked]
    spaces = _spaces(resolved, request, deployment)
    keys = [_key(value, space, deployment) for space, value in zip(spaces, resolved, strict=True)]
    if fitting is not None and fitting.images_alone:
        keys = [(key, place) if resolved[place].visual else key for place, key in enumerate(keys)]
    weights = _weights(resolved, [size for _, _, size in checked], request, limits)
    known = None if recall is None or request.late_chunking else recall
    recalled = None if known is None else known.recalled(resolved, indices, spaces, request)
    left = range(len(resolved)) if recalled is None else recalled.remaining
    blank = Call([], [], request.task, request, deployment, transport, 0, pictures, limits.max_response_bytes)
    if request.late_chunking:
        batches: Iterable[list[int]] = documents_of(
            [(keys[place], resolved[place].document) for place in left], limits.batch_size
        )
    else:
        sizes = [weights[place] for place in left]
        batches = cut([keys[place] for place in left], sizes, limits.batch_size, limits.max_batch_bytes)
    calls = [
        _filled(blank, [resolved[left[each]] for each in batch], [indices[left[each]] for each in batch])
        for batch in batches
    ]
    return Plan(calls, request, indices, spaces, refused, recalled)


def _key(value: EmbeddingInput, space: EmbeddingSpace, deployment: Deployment) -> Hashable:
    """Return what an input shares with its batch.

    Text and images go apart, as the model card advises; one family a call, as each has an adapter of its own; and one
    task a call where a Router chooses, as it may have a deployment for a single task, or where the call says the task.
    """
    alone = deployment.routed or deployment.dialect != "nova"
    return (value.task if alone else space.family, value.visual)


def space_of(task: Task, adapter: str | None, request: Request, deployment: Deployment) -> EmbeddingSpace:
    """Return the space in which a vector of this task lies."""
    family: str = family_of(task)
    behind = [each for each in deployment.answering if each.family == family]
    shown = behind[0].model if behind else deployment.speaks
    name = behind[0].name if behind else deployment.weights or deployment.model
    own = (canonical_name(name), _spoken(deployment, shown))
    family = ANY_FAMILY if shown.indifferent else family
    model, dialect = space_names(deployment, request.model) or own
    return EmbeddingSpace(
        model=model,
        dialect=dialect,
        family=family,
        adapter=None if adapter == family else adapter,
        kind="multi-vector" if request.return_multivector else "dense",
        dimensions=request.expected_width,
    )


def _spoken(deployment: Deployment, model: Model) -> str:
    """Return who puts what before a text: the server or LiteLLM's provider, and what the model is shown."""
    if deployment.dialect == "nova":
        return deployment.dialect
    return f"{deployment.dialect or deployment.provider}+{model.mark}"


class Assembly:
    """Replies, in any order, put where their inputs stand; and what was left out, with the reasons."""

    def __init__(self, made: Plan) -> None:
        """Start with nothing; the matrix is made when its width is known."""
        self._plan = made
        self._missing = len(made.indices)
        self._errors: dict[int, NovaError] = dict(made.refused)
        self._dense: FloatArray | None = None
        self._multi: list[FloatArray | None] = [None] * len(made) if made.request.return_multivector else []
        self._usage = Usage()
        self._model = ""
        for index, rows in () if made.recalled is None else made.recalled.found.items():
            self._recall(index, rows)

    def add(self, call: Call, reply: Reply) -> None:
        """Put one reply's rows at their inputs' places.

        Raises:
            ResponseError: its vectors are not as wide as those of another call.
        """
        self._usage += reply.usage
        self._model = self._model or reply.model
        self._missing -= len(call)
        if self._plan.request.return_multivector:
            for index, rows in zip(call.indices, reply.rows, strict=True):
                self._multi[index] = rows
            return
        self._place(call.indices, reply.rows)

    def leave_out(self, index: int, error: NovaError) -> None:
        """Do without an input."""
        self._missing -= 1
        self._errors[index] = error

    def result(self, deployment: Deployment) -> EmbeddingResult:
        """Return the vectors of all inputs that were not left out.

        Raises:
            NovaError: none was taken: what the server refuses is the request, not its inputs.
            ResponseError: an input has none; that would be this library's own mistake.
        """
        if self._missing:
            message = f"{self._missing} of {len(self._plan)} inputs have no vector"
            raise ResponseError(message)
        left_out = len(self._errors) - len(self._plan.refused)
        if left_out and left_out == len(self._plan.indices):
            raise self._errors[self._plan.indices[0]]
        errors = {index: self._errors[index] for index in sorted(self._errors)}
        kept = [place for place, index in enumerate(self._plan.indices) if index not in errors]
        spaces = self._plan.spaces if not left_out else tuple(self._plan.spaces[place] for place in kept)
        model = self._model or deployment.model
        if self._plan.request.return_multivector:
            multi = tuple(rows for rows in self._multi if rows is not None)
            return EmbeddingResult(None, multi, self._usage, model, spaces, errors)
        dense = self._matrix(self._plan.request.expected_width)
        if errors:
            dense = dense[[self._plan.indices[place] for place in kept]]
        if spaces and dense.shape[1] != spaces[0].dimensions:
            actual = {space: replace(space, dimensions=dense.shape[1]) for space in set(spaces)}
            spaces = tuple(actual[space] for space in spaces)
        return EmbeddingResult(dense, None, self._usage, model, spaces, errors)

    def _recall(self, index: int, rows: FloatArray) -> None:
        self._missing -= 1
        if self._plan.request.return_multivector:
            self._multi[index] = rows
        else:
            self._place(range(index, index + 1), rows[None])

    def _place(self, indices: Sequence[int], rows: FloatArray | Sequence[FloatArray]) -> None:
        width = len(rows[0])
        matrix = self._matrix(width)
        if matrix.shape[1] != width:
            message = f"one call answered with vectors of {width} dimensions, another with {matrix.shape[1]}"
            raise ResponseError(message)
        matrix[slice(indices.start, indices.stop) if isinstance(indices, range) else indices] = rows

    def _matrix(self, width: int) -> FloatArray:
        if self._dense is None:
            import numpy as np  # noqa: PLC0415 (not needed to import the package)

            self._dense = np.empty((len(self._plan), width), dtype=np.float32)
        return self._dense


def _weights(inputs: Sequence[EmbeddingInput], sizes: Sequence[int], request: Request, limits: Limits) -> Sequence[int]:
    """Return what each input counts in a batch: its bytes or, for multi-vectors, the tokens that come back for it.

    A token comes back as 128 numbers, up to 3 kB of JSON, so a few bytes of text make a large answer.
    """
    if not request.return_multivector:
        return sizes
    share = limits.max_batch_bytes // _TOKENS_OF_ANSWER
    tokens = [len(value.text or "") // _CHARACTERS_OF_TOKEN + _TOKENS_OF_IMAGE * value.visual for value in inputs]
    return [max(size, count * share) for size, count in zip(sizes, tokens, strict=True)]


def _checked(
    inputs: Iterable[object],
    request: Request,
    pictures: Pictures,
    refused: dict[int, InputError] | None,
    fitting: Fitting | None,
) -> Iterator[tuple[int, EmbeddingInput, int]]:
    """Yield each input with its index and its size; a bad one goes to `refused`, if there is such a place."""
    for index, given in enumerate(inputs):
        try:
            value = parse_input(index, given)
            size = size_of(value, index, pictures)
            resolved = _resolve(index, value, request, parse_task if fitting is None else parse_any_task)
            yield index, resolved if fitting is None else fitting.input(index, resolved, request), size
        except InputError as error:
            if refused is None:
                raise
            refused[index] = error


def _resolve(index: int, value: EmbeddingInput, request: Request, parse: Callable[[object], Task]) -> EmbeddingInput:
    """Give the input its task and adapter; its instructions stay apart from the request's, as on the wire."""
    try:
        task = request.task if value.task is None else parse(value.task)
        check_name("adapter", value.adapter)
    except ConfigurationError as error:
        raise InputError(str(error), index=index) from None
    return EmbeddingInput(
        value.text,
        image=value.image,
        image_embeds=value.image_embeds,
        task=task,
        instructions=check_instructions(value.instructions, index),
        adapter=value.adapter or request.adapter,
        document=value.document,
    )


def _spaces(resolved: Sequence[EmbeddingInput], request: Request, deployment: Deployment) -> tuple[EmbeddingSpace, ...]:
    made: dict[tuple[Task, str | None], EmbeddingSpace] = {}
    for value in resolved:
        task = value.task or request.task
        if (task, value.adapter) not in made:
            made[task, value.adapter] = space_of(task, value.adapter, request, deployment)
    return tuple(made[value.task or request.task, value.adapter] for value in resolved)


def _filled(blank: Call, inputs: Sequence[EmbeddingInput], indices: Sequence[int]) -> Call:
    together = indices[-1] - indices[0] == len(indices) - 1
    return replace(
        blank,
        inputs=inputs,
        indices=range(indices[0], indices[-1] + 1) if together else indices,
        task=common_task(value.task or blank.request.task for value in inputs),
        text_bytes=size_of_texts(inputs),
    )
