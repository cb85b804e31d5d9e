"""What can a model be asked for, and what is sent for each task?"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nova_embeddings._tasks import ALL_TASKS, TASKS
from nova_embeddings._unknown import refuse_unknown

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from nova_embeddings._tasks import Task


@dataclass(frozen=True, slots=True)
class Model:
    """One row of the table of models: data only, so that users can add or replace rows.

    Args:
        name: how errors and the documentation call it.
        names: a regular expression for the names it goes by, with or without owner, in any case; it matches
            the whole name.
        source: where the row's facts are from.
        prompts: what is sent for each task: a prefix of the text or, with `parameter`, that parameter's value. None or
            "" sends nothing, as the model was trained. A task that is missing is refused.
        closest: the same for tasks that the model was not trained for, as the nearest that there is.
        parameter: the name of the parameter that carries the task; "" where it is a prefix.
        instruct: the prefix for instructions, with `{instructions}` in it, for models trained with such on the query's
            side; "" where there is none.
        width: of a vector, in numbers; 0 is not known.
        widths: to which it may be narrowed, because it was trained for that (Matryoshka).
        known: False for a model that has no row: what it was trained to see is anybody's guess.
        lacks: options that its server has for other models, and not for this one.
    """

    name: str
    names: str
    source: str
    prompts: Mapping[Task, str | None] = field(default_factory=dict, hash=False)
    closest: Mapping[Task, str | None] = field(default_factory=dict, hash=False)
    parameter: str = ""
    instruct: str = ""
    width: int = 0
    widths: Collection[int] = field(default=(), hash=False)
    known: bool = True
    lacks: frozenset[str] = frozenset()

    @property
    def indifferent(self) -> bool:
        """Tell whether nothing is sent for any task: one space for all."""
        return self.known and not (self.prompts or self.closest or self.instruct)

    @property
    def mark(self) -> str:
        """Return a name of what the model is shown, which changes with any prompt."""
        shown = [sorted(self.prompts.items()), sorted(self.closest.items()), self.parameter, self.instruct]
        digest = hashlib.sha256(json.dumps(shown).encode()).hexdigest()[:8]
        return f"{re.sub('[^a-z0-9.]+', '-', self.name.lower())}-{digest}"

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Return the tasks that the model can be asked for."""
        return ALL_TASKS if self.indifferent else tuple(task for task in ALL_TASKS if task in self.prompts)


@dataclass(frozen=True, slots=True)
class Answering:
    """Which model answers the tasks of a family, where a Router has several.

    Args:
        family: whose tasks.
        name: the model's, by which its vectors are told from others.
        model: what it can be asked for.
    """

    family: str
    name: str
    model: Model


def cells(**given: str | None) -> dict[Task, str | None]:
    """Return what is sent for each task, given by the columns of the table of sources; a missing one is not known.

    Raises:
        ConfigurationError: there is no such column.
    """
    refuse_unknown("cells", given, _COLUMNS)
    return {_COLUMNS[column]: sent for column, sent in given.items()}


_COLUMNS: dict[str, Task] = {
    "query": "retrieval.query",
    "document": "retrieval.passage",
    "similarity": "text-matching",
    "classification": "classification",
    "clustering": "clustering",
    "code_query": "code.query",
    "code_document": "code.passage",
}
NOVA = Model(
    "Nova",
    r".*",
    "the Nova model card",
    prompts={task: task for task in TASKS},
    closest={"classification": "text-matching", "clustering": "text-matching"},
    parameter="task",
    width=2048,
    widths=(128, 256, 512, 1024, 2048),
)
