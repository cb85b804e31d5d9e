"""Which tasks are there, which adapter family serves each, and which side of a search it is.

Source: the Nova model card (a closed set of seven).
"""

from __future__ import annotations

from typing import Literal, get_args

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._secrets import brief

Task = Literal[
    "retrieval",
    "retrieval.query",
    "retrieval.passage",
    "text-matching",
    "code",
    "code.query",
    "code.passage",
]
Family = Literal["retrieval", "text-matching", "code"]

TASKS: tuple[Task, ...] = get_args(Task)
FAMILIES: tuple[Family, ...] = get_args(Family)
_ALIASES: dict[str, Task] = {"retrieval.document": "retrieval.passage", "code.document": "code.passage"}
_BY_NAME: dict[str, Task] = {**{task: task for task in TASKS}, **_ALIASES}
_FAMILY: dict[Task, Family] = {
    task: next(family for family in FAMILIES if task.split(".")[0] == family) for task in TASKS
}


def parse_task(name: object) -> Task:
    """Return the task of this name.

    Raises:
        ConfigurationError: the name is none of the seven, nor an alias of one.
    """
    task = _BY_NAME.get(name) if isinstance(name, str) else None
    if task is None:
        message = f"task={brief(name)} is not a task of Nova; choose one of {', '.join(TASKS)}"
        raise ConfigurationError(message)
    return task


def parse_family(name: object) -> Family:
    """Return the task family of this name: what an integration is configured with.

    Raises:
        ConfigurationError: the name is none of the three families.
    """
    for family in FAMILIES:
        if name == family:
            return family
    message = (
        f"task={brief(name)} is not a task family; choose one of {', '.join(FAMILIES)} "
        "(the method that is called picks query or passage)"
    )
    raise ConfigurationError(message)


def family_of(task: Task) -> Family:
    """Return the family, which is also the name of the adapter that serves the task."""
    return _FAMILY[task]


def query_task(family: str) -> Task:
    """Return the task of a search's question; text-matching has no sides.

    Raises:
        ConfigurationError: the name is none of the three families.
    """
    known = parse_family(family)
    return parse_task(known if known == "text-matching" else f"{known}.query")


def passage_task(family: str) -> Task:
    """Return the task of what is searched; text-matching has no sides.

    Raises:
        ConfigurationError: the name is none of the three families.
    """
    known = parse_family(family)
    return parse_task(known if known == "text-matching" else f"{known}.passage")
