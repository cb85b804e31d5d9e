"""Request -> calls; replies -> result. No I/O."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nova_embeddings._batching import cut
from nova_embeddings._calls import Call, Plan
from nova_embeddings._errors import ConfigurationError, InputError, ResponseError
from nova_embeddings._inputs import EmbeddingInput, parse_inputs, size_of
from nova_embeddings._names import canonical_name
from nova_embeddings._options import check_instructions, check_name
from nova_embeddings._results import EmbeddingResult, Usage
from nova_embeddings._routing import common_task
from nova_embeddings._space import EmbeddingSpace
from nova_embeddings._tasks import family_of, parse_task

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nova_embeddings._calls import Reply
    from nova_embeddings._http import Transport
    from nova_embeddings._inputs import InputLike
    from nova_embeddings._options import Deployment, Limits, Request
    from nova_embeddings._pictures import Pictures
    from nova_embeddings._results import FloatArray
    from nova_embeddings._tasks import Task

DIALECT = "nova"
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
) -> Plan:
    """Check every input and cut the request into calls.

    Raises:
        InputError: an input is bad; its index is given.
        ConfigurationError: `inputs` is no list.
    """
    parsed = parse_inputs(inputs)
    sizes = [size_of(value, index, pictures) for index, value in enumerate(parsed)]
    resolved = [_resolve(index, value, request) for index, value in enumerate(parsed)]
    spaces = _spaces(resolved, request, deployment)
    # text and images apart, as the model card advises; one family a call, as each has an adapter of its own; and one
    # task a call where a Router chooses, as it may have a deployment for a single task
    keys = [
        (value.task if deployment.routed else space.family, value.visual)
        for space, value in zip(spaces, resolved, strict=True)
    ]
    calls = [
        _call([resolved[index] for index in batch], batch, request, deployment, transport, pictures)
        for batch in cut(keys, _weights(resolved, sizes, request, limits), limits.batch_size, limits.max_batch_bytes)
    ]
    return Plan(calls, request, spaces)


def space_of(task: Task, adapter: str | None, request: Request, deployment: Deployment) -> EmbeddingSpace:
    """Return the space in which a vector of this task lies."""
    family = family_of(task)
    return EmbeddingSpace(
        model=canonical_name(deployment.weights or deployment.model),
        dialect=DIALECT,
        family=family,
        adapter=None if adapter == family else adapter,
        kind="multi-vector" if request.return_multivector else "dense",
        dimensions=request.expected_width,
    )


def at_index(error: InputError, call: Call) -> InputError:
    """Return the error with the index that the input has in the request, not in its batch."""
    if error.index is not None and 0 <= error.index < len(call.indices):
        place = call.indices[error.index]
        error.args = (str(error.args[0]).replace(f"input[{error.index}]", f"input[{place}]"),)
        error.index = place
    return error


class Assembly:
    """Replies, in any order, put where their inputs stand."""

    def __init__(self, made: Plan) -> None:
        """Start with nothing; the matrix is made when its width is known."""
        self._plan = made
        self._count = self._missing = len(made.spaces)
        self._dense: FloatArray | None = None
        self._multi: list[FloatArray | None] = [None] * self._count if made.request.return_multivector else []
        self._usage = Usage()
        self._model = ""

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

    def result(self, deployment: Deployment) -> EmbeddingResult:
        """Return the vectors of all inputs.

        Raises:
            ResponseError: an input has none; that would be this library's own mistake.
        """
        if self._missing:
            message = f"{self._missing} of {self._count} inputs have no vector"
            raise ResponseError(message)
        model = self._model or deployment.model
        spaces = self._plan.spaces
        if self._plan.request.return_multivector:
            multi = tuple(rows for rows in self._multi if rows is not None)
            return EmbeddingResult(None, multi, self._usage, model, spaces)
        dense = self._matrix(self._plan.request.expected_width)
        if spaces and dense.shape[1] != spaces[0].dimensions:
            actual = {space: replace(space, dimensions=dense.shape[1]) for space in set(spaces)}
            spaces = tuple(actual[space] for space in spaces)
        return EmbeddingResult(dense, None, self._usage, model, spaces)

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

            self._dense = np.empty((self._count, width), dtype=np.float32)
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


def _resolve(index: int, value: EmbeddingInput, request: Request) -> EmbeddingInput:
    """Give the input its task and adapter; its instructions stay apart from the request's, as on the wire."""
    try:
        task = request.task if value.task is None else parse_task(value.task)
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
    )


def _spaces(resolved: Sequence[EmbeddingInput], request: Request, deployment: Deployment) -> tuple[EmbeddingSpace, ...]:
    made: dict[tuple[Task, str | None], EmbeddingSpace] = {}
    for value in resolved:
        task = value.task or request.task
        if (task, value.adapter) not in made:
            made[task, value.adapter] = space_of(task, value.adapter, request, deployment)
    return tuple(made[value.task or request.task, value.adapter] for value in resolved)


def _call(
    inputs: Sequence[EmbeddingInput],
    batch: list[int],
    request: Request,
    deployment: Deployment,
    transport: Transport | None,
    pictures: Pictures,
) -> Call:
    indices = range(batch[0], batch[-1] + 1) if batch[-1] - batch[0] == len(batch) - 1 else batch
    return Call(
        inputs=inputs,
        indices=indices,
        task=common_task(value.task or request.task for value in inputs),
        request=request,
        deployment=deployment,
        transport=transport,
        text_bytes=sum(4 * len(value.text or "") for value in inputs),
        pictures=pictures,
    )
