"""What does a request to LiteLLM ask for? Its task on top, where routing reads it; options where they arrive."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import litellm

from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._routing import common_task
from nova_embeddings._tasks import Task, parse_task

_MOVED = ("dimensions", "encoding_format", "user")


def with_common_task(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the request with the task that all its inputs share on top, else their family.

    Only where an input's own task differs from the request's are the inputs rewritten, each with its task, so that
    none loses its own. Nothing is changed where nothing says a task.

    Raises:
        ConfigurationError, InputError: a task is none, or an input has none beside others that do.
        RoutingError: the inputs' tasks belong to several families.
    """
    top = task_of(request)
    own = [_own_task(index, value) for index, value in enumerate(_inputs(request))]
    if not any(own):
        return {**request, "task": top} if top else dict(request)
    tasks = [_required(index, task or top) for index, task in enumerate(own)]
    common = common_task(tasks)
    if top in (None, common):
        return {**request, "task": common}
    inputs = [_with_task(value, task) for value, task in zip(_inputs(request), tasks, strict=True)]
    return {**_without_task(request), "task": common, "input": inputs}


def task_of(request: Mapping[str, Any]) -> Task | None:
    """Return the task on top of a request; None where there is none.

    Raises:
        ConfigurationError: it is no task of Nova's, or said twice and differently.
    """
    said = [parse_task(each) for each in (request.get("task"), _extra(request).get("task")) if each]
    if len(set(said)) > 1:
        message = f"task={said[0]!r} and extra_body's task={said[1]!r} contradict each other: say one of them"
        raise ConfigurationError(message)
    return said[0] if said else None


def routed_task(request: Mapping[str, Any]) -> Task | None:
    """Return the task by which a request is routed: that of its inputs, if they have any of their own.

    Raises:
        ConfigurationError, InputError, RoutingError: as `with_common_task`.
    """
    if not any(isinstance(value, Mapping) for value in _inputs(request)):
        return task_of(request)
    task: Task | None = with_common_task(request).get("task")
    return task


def uncached(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the request so that LiteLLM's cache is not asked, where its keys leave out the task; None: they do not.

    Source: litellm 1.106.2, `caching.get_cache_key`.
    """
    if litellm.cache is None or litellm.enable_caching_on_provider_specific_optional_params:
        return None
    return {**request, "caching": False, "cache": {"no-cache": True, "no-store": True}}


def with_moved_options(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the request with the options that LiteLLM refuses for custom providers in `extra_body`; None: it has none.

    Source: litellm 1.106.2, `utils.get_optional_params_embeddings`, raises for them or, with drop_params, drops them.
    """
    moved = {key: request[key] for key in _MOVED if request.get(key) is not None}
    if not moved:
        return None
    rest = {key: value for key, value in request.items() if key not in _MOVED}
    return {**rest, "extra_body": {**_extra(request), **moved}}


def _extra(request: Mapping[str, Any]) -> Mapping[str, Any]:
    extra = request.get("extra_body") or {}
    if not isinstance(extra, Mapping):
        message = f"extra_body is a {type(extra).__name__}; give an object"
        raise ConfigurationError(message)
    return extra


def _without_task(request: Mapping[str, Any]) -> dict[str, Any]:
    extra = {key: value for key, value in _extra(request).items() if key != "task"}
    rest = {key: value for key, value in request.items() if key not in {"task", "extra_body"}}
    return {**rest, "extra_body": extra} if extra else rest


def _inputs(request: Mapping[str, Any]) -> list[Any]:
    given = request.get("input")
    return given if isinstance(given, list) else [given]


def _own_task(index: int, value: object) -> Task | None:
    if not isinstance(value, Mapping) or value.get("task") is None:
        return None
    try:
        return parse_task(value["task"])
    except ConfigurationError as error:
        raise InputError(str(error), index=index) from None


def _required(index: int, task: Task | None) -> Task:
    if task is None:
        message = "has no task, and others of the request have: give each input one, or the request a task for the rest"
        raise InputError(message, index=index)
    return task


def _with_task(value: Any, task: Task) -> Any:  # noqa: ANN401 (what a client sent: the server judges it)
    if isinstance(value, str):
        return {"text": value, "task": task}
    return {**value, "task": task} if isinstance(value, Mapping) else value
