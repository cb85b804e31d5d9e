"""Which row of the table is a model's? Rows of users are looked up first."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._models import Model
from nova_embeddings._tasks import parse_any_task
from nova_embeddings._unknown import refuse_unknown
from nova_embeddings.dialects._dialect import OPTIONS
from nova_embeddings.dialects._hosted_models import HOSTED_MODELS
from nova_embeddings.dialects._open_models import OPEN_MODELS
from nova_embeddings.dialects._prompts import INSTRUCTIONS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nova_embeddings._tasks import Task

MODELS: list[Model] = [*HOSTED_MODELS, *OPEN_MODELS]
"""In the order in which names are looked up."""


def model_of(name: str) -> Model | None:
    """Return the row of a model's name, with owner or without; None for one that is not known."""
    names = (name.rpartition("/")[2], name)
    return next((row for row in MODELS if any(re.fullmatch(row.names, each, re.IGNORECASE) for each in names)), None)


def add_model(row: Model) -> None:
    """Have clients that are made from now on know a model, also in place of a row that is there.

    Raises:
        ConfigurationError: its `names` is no regular expression, it has no source, or it says what could have no
            effect: tasks or options that there are not, or an `instruct` without a place for instructions.
    """
    if not isinstance(row, Model):
        raise ConfigurationError(f"add_model takes a Model, not a {type(row).__name__}")
    try:
        re.compile(row.names)
    except re.error as error:
        raise ConfigurationError(f"{row.name}: names={row.names!r} is no regular expression ({error})") from None
    if not row.source.strip():
        raise ConfigurationError(f"{row.name}: a row says where its facts are from; give source=")
    if row.instruct and INSTRUCTIONS not in row.instruct:
        raise ConfigurationError(f"{row.name}: instruct={row.instruct!r} has no {INSTRUCTIONS}, where they would stand")
    refuse_unknown(f"{row.name}: lacks", row.lacks, OPTIONS)
    MODELS.insert(0, replace(row, prompts=_by_task(row, row.prompts), closest=_by_task(row, row.closest)))


def _by_task(row: Model, prompts: Mapping[Task, str | None]) -> dict[Task, str | None]:
    """Return prompts by the tasks' own names."""
    try:
        return {parse_any_task(task): sent for task, sent in prompts.items()}
    except ConfigurationError as error:
        raise ConfigurationError(f"{row.name}: {error}") from None
