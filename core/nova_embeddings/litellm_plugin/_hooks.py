"""What LiteLLM asks on the way to a deployment: which may serve the task, and are the options where they arrive?

One object for Routers and proxies. LiteLLM's callbacks are global, so it acts on groups of Nova deployments only.
"""

from __future__ import annotations

import contextlib
import sys
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

import litellm
from litellm.integrations.custom_logger import CustomLogger
from litellm.router_utils.cooldown_handlers import async_get_cooldown_deployments

from nova_embeddings._options import HOSTED
from nova_embeddings._routing import nobody_serves, serving
from nova_embeddings._tasks import parse_task
from nova_embeddings.litellm_plugin._deployments import is_nova, tasks_of, where
from nova_embeddings.litellm_plugin._failures import as_litellm
from nova_embeddings.litellm_plugin._health import HEALTH
from nova_embeddings.litellm_plugin._requests import routed_task, uncached, with_common_task, with_moved_options
from nova_embeddings.litellm_plugin._taught import TAUGHT, check_served

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from litellm.router import Router

    from nova_embeddings._tasks import Task

    Entry = dict[str, Any]

_CHOOSING: ContextVar[Router | None] = ContextVar("nova_choosing", default=None)
_INPUTS: ContextVar[Any] = ContextVar("nova_inputs", default=None)
_EMBEDDING_CALLS = frozenset({"embedding", "embeddings", "aembedding"})
_RESERVED = ("team_id", "access_groups", "blocked")


class NovaHooks(CustomLogger):
    """Task-aware routing, by the seams that LiteLLM documents: a filter, a change of parameters, a proxy's pre-call."""

    async def async_filter_deployments(
        self,
        model: str,
        healthy_deployments: Any,  # noqa: ANN401 (a list; one dict where a deployment was named)
        messages: object,  # noqa: ARG002 (LiteLLM's signature)
        request_kwargs: Mapping[str, Any] | None = None,
        parent_otel_span: object = None,  # noqa: ARG002 (LiteLLM's signature)
    ) -> Any:  # noqa: ANN401 (as it came)
        """Return the deployments that serve the request's task.

        Raises:
            litellm.BadRequestError: none of the group is configured for it.
        """
        request = request_kwargs or {}
        alone = isinstance(healthy_deployments, dict)
        offered = [healthy_deployments] if alone else healthy_deployments
        if not isinstance(offered, list) or not concerns(model, offered):
            return healthy_deployments
        with as_litellm(model, HOSTED):
            task = routed_task({"input": _INPUTS.get(), **request})
            if alone:
                check_served(healthy_deployments, task)
                return healthy_deployments
            if task is None and _routed_by_tags(model, offered, request):
                return healthy_deployments
            live = serving(list(filter(is_nova, healthy_deployments)), task, tasks_of)
            return HEALTH.preferred(live, where) if live else await _without_live(model, task)

    async def async_pre_call_deployment_hook(
        self,
        kwargs: dict[str, Any],
        call_type: Any,  # noqa: ANN401 (an enum of LiteLLM's, or its value)
    ) -> dict[str, Any] | None:
        """Move options that LiteLLM refuses for custom providers to where they arrive; None changes nothing."""
        if getattr(call_type, "value", call_type) not in _EMBEDDING_CALLS or not is_nova({"litellm_params": kwargs}):
            return None
        moved = with_moved_options(kwargs)
        return uncached(kwargs if moved is None else moved) or moved

    async def async_pre_call_hook(
        self,
        user_api_key_dict: object,  # noqa: ARG002 (LiteLLM's signature)
        cache: object,  # noqa: ARG002 (LiteLLM's signature)
        data: dict[str, Any],
        call_type: str,
    ) -> dict[str, Any]:
        """Put the task of a proxy's request on top, where routing reads it.

        Raises:
            litellm.BadRequestError: the tasks are none, or of several families.
        """
        model = str(data.get("model"))
        if call_type not in _EMBEDDING_CALLS or not concerns(model):
            return data
        with as_litellm(model, HOSTED):
            asked = with_common_task(data)
        return uncached(asked) or asked


hooks = NovaHooks()


@contextlib.contextmanager
def choosing_for(router: Router, inputs: object) -> Iterator[None]:
    """Tell the filter whose choice it serves, and for which inputs: LiteLLM does not, and its callbacks are global."""
    stand_by()  # somebody may have assigned the callbacks anew
    before, inputs_before = _CHOOSING.set(router), _INPUTS.set(inputs)
    try:
        yield
    finally:
        _CHOOSING.reset(before)
        _INPUTS.reset(inputs_before)


def stand_by() -> None:
    """Be among LiteLLM's callbacks."""
    if hooks not in litellm.callbacks:
        litellm.logging_callback_manager.add_litellm_callback(hooks)


def concerns(model: str, deployments: Sequence[Entry] = ()) -> bool:
    """Tell whether a group is Nova's, by deployments of it where some are at hand."""
    return any(map(is_nova, deployments or _group(model)))


async def _without_live(model: str, task: Task | None) -> list[Entry]:
    """Return a task's deployments although all of them cool down, so that their own error is seen; else none."""
    router = _router(model)
    entries = list(filter(is_nova, _group(model)))
    known = serving(entries, task, tasks_of)
    if entries and not known:
        raise nobody_serves(model, task, {served for entry in entries for served in tasks_of(entry)})
    if router is None:
        return []
    cooling = await async_get_cooldown_deployments(litellm_router_instance=router, parent_otel_span=None)
    return [entry for entry in known if _only_cools(entry, cooling)]


def _routed_by_tags(model: str, offered: Sequence[Entry], request: Mapping[str, Any]) -> bool:
    """Tell whether LiteLLM's own tag filter, which runs after this one, leaves deployments of one family alone."""
    metadata = request.get("metadata") or request.get("litellm_metadata") or {}
    tagged = set(request.get("tags") or metadata.get("tags") or ())
    if not tagged or not getattr(_router(model), "enable_tag_filtering", False):
        return False
    left = [entry for entry in offered if tagged.intersection(entry["litellm_params"].get("tags") or ())]
    families = {parse_task(served).partition(".")[0] for entry in left for served in tasks_of(entry)}
    return len(families) == 1 and all(map(tasks_of, left))


def _group(model: str) -> list[Entry]:
    """Return all deployments of a group, those that cool down included; or those that are named by id or by model."""
    router: Any = _router(model)
    if router is None:
        return []
    found = router.get_model_list(model_name=model)
    entries = router.get_model_list() or []
    return found or [entry for entry in entries if model in _names(entry)]


def _names(entry: Entry) -> tuple[object, object]:
    return (entry.get("model_info") or {}).get("id"), entry["litellm_params"].get("model")


def _router(model: str) -> Router | None:
    """Return the Router that chooses just now: the one that says so, else the proxy's, else the only one it can be."""
    proxy = sys.modules.get("litellm.proxy.proxy_server")  # looked at, never imported
    known = _CHOOSING.get() or getattr(proxy, "llm_router", None)
    if known is None:
        knowing = [router for router in TAUGHT if model in router.model_names]
        return knowing[0] if len(knowing) == 1 else None
    return known


def _only_cools(entry: Entry, cooling: Sequence[str]) -> bool:
    """Tell whether nothing but its cooldown keeps a deployment out; a team's or a blocked one stays out."""
    info = entry.get("model_info") or {}
    return info.get("id") in cooling and not any(info.get(key) for key in _RESERVED)
