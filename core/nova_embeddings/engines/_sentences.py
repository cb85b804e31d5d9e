"""Run a call on a sentence-transformers model: each prompt's inputs together, in the order they came in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nova_embeddings._calls import Reply
from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._results import Usage
from nova_embeddings.engines._vectors import unit
from nova_embeddings.sentence_models import check_inputs, check_instructions, instructed, loaded, prompt_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nova_embeddings._calls import Call
    from nova_embeddings._inputs import EmbeddingInput
    from nova_embeddings._options import Request
    from nova_embeddings.sentence_models import Loaded

_SIDES = {"query": "query", "passage": "document"}  # ours, and sentence-transformers'


@dataclass(frozen=True, slots=True)
class _Before:
    """What stands before a text: a prompt of the model's, by name, or one with the caller's instructions."""

    side: str | None
    name: str | None = None
    text: str | None = None


def embed_sentences(call: Call) -> Reply:
    """Return the vectors of a call, whose deployment names the model.

    Raises:
        ConfigurationError: the model cannot do what is asked.
        InputError: an input is no text or too long; the index is that in the batch.
        ResponseError: the model fails.
    """
    model = loaded(call.deployment.model)
    check_inputs(call.inputs, model)
    groups: dict[_Before, list[int]] = {}
    for index, value in enumerate(call.inputs):
        groups.setdefault(_before(value, index, call.request, model), []).append(index)
    texts = [value.text or "" for value in call.inputs]
    usage = _counted(texts, groups, model)
    rows = np.empty((len(texts), model.width), dtype=np.float32)
    for before, places in groups.items():
        prompt = {"prompt_name": before.name, "prompt": before.text}
        given = {key: value for key, value in prompt.items() if value is not None}
        rows[places] = model.encode([texts[place] for place in places], before.side, **given)
    return Reply(_cut(rows, call.request.dimensions), usage, model.model.name)


def _before(value: EmbeddingInput, index: int, request: Request, model: Loaded) -> _Before:
    task = value.task or request.task
    side = _SIDES.get(task.rpartition(".")[2])
    instructions = request.instructions if value.instructions is None else value.instructions
    if not instructions:
        return _Before(side, prompt_name(task, model.prompts, model.model.name))
    try:
        check_instructions(model, task, instructions)
    except ConfigurationError as error:
        raise InputError(str(error), index=index) from None
    return _Before(side, text=instructed(instructions, model.prompts, model.model.name))


def _counted(texts: Sequence[str], groups: dict[_Before, list[int]], model: Loaded) -> Usage:
    total = 0
    for before, places in groups.items():
        prompt = before.text or model.prompts.get(before.name or "", "")
        counts = model.count([prompt + texts[place] for place in places])
        for place, count in zip(places, counts, strict=True):
            if count > model.max_tokens:
                message = (
                    f"has {count} tokens, more than the {model.max_tokens} that {model.model.name} reads; split it, or "
                    "have it cut with '?truncate=true' behind the model's name"
                )
                raise InputError(message, index=place)
        total += sum(counts)
    return Usage(total, total)


def _cut(rows: np.ndarray, dimensions: int | None) -> np.ndarray:
    """Return the beginnings of the rows at length 1, where a narrower width is asked for."""
    return rows if dimensions is None or dimensions == rows.shape[1] else unit(rows[:, :dimensions])
