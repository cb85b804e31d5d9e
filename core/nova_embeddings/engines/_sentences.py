"""Run a call on a sentence-transformers model: each prompt's inputs together, in the order they came in."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nova_embeddings._calls import Reply
from nova_embeddings._errors import InputError
from nova_embeddings._results import Usage
from nova_embeddings.dialects._prompts import instructions_of, prefix_of
from nova_embeddings.engines._vectors import unit
from nova_embeddings.sentence_models import loaded

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nova_embeddings._calls import Call
    from nova_embeddings._inputs import EmbeddingInput
    from nova_embeddings._options import Request
    from nova_embeddings.sentence_models import Loaded

_SIDES = {"query": "query", "passage": "document"}  # ours, and sentence-transformers'


class _Before(NamedTuple):
    """What stands before a text, and which half of a model with two halves reads it."""

    prompt: str
    side: str | None


def embed_sentences(call: Call) -> Reply:
    """Return the vectors of a call, whose deployment names the model, and whose request was fitted to it.

    Raises:
        ConfigurationError: the model is not there.
        InputError: an input is too long; the index is that in the batch.
        ResponseError: the model fails.
    """
    model = loaded(call.deployment.model)
    groups: dict[_Before, list[int]] = {}
    for index, value in enumerate(call.inputs):
        groups.setdefault(_before(value, call.request), []).append(index)
    texts = [value.text or "" for value in call.inputs]
    usage = _counted(texts, groups, model, cuts=bool(call.request.truncate))
    rows = np.empty((len(texts), model.width), dtype=np.float32)
    for before, places in groups.items():
        rows[places] = model.encode([texts[place] for place in places], before.side, before.prompt)
    return Reply(_cut(rows, call.request.dimensions), usage, model.model.name)


def _before(value: EmbeddingInput, request: Request) -> _Before:
    task = value.task or request.task
    prompt = prefix_of(task, instructions_of(value, request), request.model)
    return _Before(prompt, _SIDES.get(task.rpartition(".")[2]))


def _counted(texts: Sequence[str], groups: dict[_Before, list[int]], model: Loaded, *, cuts: bool) -> Usage:
    total = 0
    for before, places in groups.items():
        counts = model.count([before.prompt + texts[place] for place in places])
        for place, count in zip(places, counts, strict=True):
            if count > model.max_tokens and not cuts:
                message = (
                    f"has {count} tokens, more than the {model.max_tokens} that {model.model.name} reads; split it, or "
                    "have it cut with truncate=True, or for all requests with '?truncate=true' behind the model's name"
                )
                raise InputError(message, index=place)
        total += sum(counts)
    return Usage(total, total)


def _cut(rows: np.ndarray, dimensions: int | None) -> np.ndarray:
    """Return the beginnings of the rows at length 1, where a narrower width is asked for."""
    return rows if dimensions is None or dimensions == rows.shape[1] else unit(rows[:, :dimensions])
