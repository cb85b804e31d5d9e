"""Which tasks are there, which family is each of, and which side of a search is it?

Source: the Nova model card has a closed set of seven. Two more are for other models: classification and clustering.
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
    "classification",
    "clustering",
]
Family = Literal["retrieval", "text-matching", "code", "classification", "clustering"]

ALL_TASKS: tuple[Task, ...] = get_args(Task)
ALL_FAMILIES: tuple[Family, ...] = get_args(Family)
TASKS: tuple[Task, ...] = ALL_TASKS[:7]
"""Those of Nova."""
FAMILIES: tuple[Family, ...] = ALL_FAMILIES[:3]
"""Those of Nova, which are also the names of its adapters."""
_WITH_SIDES = ("retrieval", "code")
_ALIASES: dict[str, Task] = {"retrieval.document": "retrieval.passage", "code.document": "code.passage"}
_BY_NAME: dict[str, Task] = {**{task: task for task in ALL_TASKS}, **_ALIASES}
_FAMILY: dict[Task, Family] = {
    task: next(family for family in ALL_FAMILIES if task.split(".")[0] == family) for task in ALL_TASKS
}


def parse_task(name: object) -> Task:
    """Return the task of this name, of Nova's.

    Raises:
        ConfigurationError: the name is none of the seven, nor an alias of one.
    """
    task = _BY_NAME.get(name) if isinstance(name, str) else None
    if task is None or task not in TASKS:
        message = f"task={brief(name)} is not a task of Nova; choose one of {', '.join(TASKS)}"
        raise ConfigurationError(message)
    return task


def parse_any_task(name: object) -> Task:
    """Return the task of this name, also one that only other models have.

    Raises:
        ConfigurationError: the name is no task, nor an alias of one.
    """
    task = _BY_NAME.get(name) if isinstance(name, str) else None
    if task is None:
        message = f"task={brief(name)} is not a task; choose one of {', '.join(ALL_TASKS)}"
        raise ConfigurationError(message)
    return task


def parse_family(name: object) -> Family:
    """Return the task family of this name: what an integration is configured with.

    Raises:
        ConfigurationError: the name is no family.
    """
    for family in ALL_FAMILIES:
        if name == family:
            return family
    message = (
        f"task={brief(name)} is not a task family; choose one of {', '.join(FAMILIES)} "
        "(the method that is called picks query or passage)"
    )
    raise ConfigurationError(message)


def family_of(task: Task) -> Family:
    """Return the family, which is for Nova also the name of the adapter that serves the task."""
    return _FAMILY[task]


def query_task(family: str) -> Task:
    """Return the task of a search's question; only retrieval and code have sides.

    Raises:
        ConfigurationError: the name is no family.
    """
    known = parse_family(family)
    return parse_any_task(f"{known}.query" if known in _WITH_SIDES else known)


def passage_task(family: str) -> Task:
    """Return the task of what is searched; only retrieval and code have sides.

    Raises:
        ConfigurationError: the name is no family.
    """
    known = parse_family(family)
    return parse_any_task(f"{known}.passage" if known in _WITH_SIDES else known)
