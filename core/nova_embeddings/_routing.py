"""Which of several deployments serves a task, and which task does a request as a whole have?"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from nova_embeddings._errors import RoutingError
from nova_embeddings._tasks import family_of

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from nova_embeddings._tasks import Task

D = TypeVar("D")


def serving(deployments: Sequence[D], task: Task | None, tasks_of: Callable[[D], Collection[str]]) -> list[D]:
    """Return the deployments that serve the task best: those of the exact task, else of its family, else untagged ones.

    Args:
        deployments: to choose from.
        task: what is asked; None where nothing says it, which only an untagged deployment can serve.
        tasks_of: gives the tasks or families that a deployment serves; empty for an untagged one, which serves all.
    """
    for wanted in () if task is None else (task, family_of(task)):
        found = [deployment for deployment in deployments if wanted in tasks_of(deployment)]
        if found:
            return found
    return [deployment for deployment in deployments if not tasks_of(deployment)]


def common_task(tasks: Iterable[Task]) -> Task:
    """Return what a router reads on top of a request: the task that all inputs share, else their family.

    Raises:
        RoutingError: the tasks belong to several families, which different adapters serve.
    """
    distinct = set(tasks)
    families = {family_of(task) for task in distinct}
    if len(families) > 1:
        message = (
            f"the inputs have tasks of several families: {', '.join(sorted(families))}; an adapter serves one, so "
            "send the inputs of each family in a request of their own"
        )
        raise RoutingError(message)
    return distinct.pop() if len(distinct) == 1 else families.pop()


def nobody_serves(group: str, task: Task | None, offered: Iterable[str]) -> RoutingError:
    """Return the error for a task that no deployment of a group serves."""
    served = ", ".join(sorted(offered)) or "none"
    if task is None:
        return RoutingError(
            f"the request has no task, and each deployment of {group!r} serves its own: say task=, one of {served}"
        )
    return RoutingError(f"no deployment of {group!r} serves task={task!r}; those that are configured serve {served}")
