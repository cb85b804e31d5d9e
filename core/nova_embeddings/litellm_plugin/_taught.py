"""Which Routers route by task, and did a call reach a deployment that serves its task?

LiteLLM takes a custom strategy away when a Router's settings change, and lets a caller name a deployment by its id:
what then reaches the wrong adapter is refused here, before it is sent.
"""

from __future__ import annotations

import sys
import weakref
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import RoutingError
from nova_embeddings._routing import serving
from nova_embeddings.litellm_plugin._deployments import tasks_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from litellm.router import Router

    from nova_embeddings._tasks import Task

TAUGHT: weakref.WeakSet[Router] = weakref.WeakSet()


def check_route(litellm_params: Any, task: Task | None) -> None:  # noqa: ANN401 (what LiteLLM says about a call)
    """Refuse a call that a Router sent to a deployment of another task.

    Raises:
        RoutingError: saying how the Router is mended.
    """
    info = litellm_params.get("model_info") if isinstance(litellm_params, dict) else None
    chosen = info.get("id") if isinstance(info, dict) else None
    entry = _entry(chosen) if chosen and task else None
    if entry is not None:
        check_served(entry, task)


def check_served(entry: Mapping[str, Any], task: Task | None) -> None:
    """Refuse a task that a deployment does not serve.

    Raises:
        RoutingError: saying how the Router is mended.
    """
    if not serving([entry], task, tasks_of):
        served = ", ".join(sorted(tasks_of(entry)))
        message = (
            f"task={task!r} was routed to a deployment that serves {served}: was it named by its id or its model, or "
            "were the Router's settings changed? After that, call install(router) again"
        )
        raise RoutingError(message)


def _entry(chosen: str) -> Mapping[str, Any] | None:
    proxy = sys.modules.get("litellm.proxy.proxy_server")  # looked at, never imported
    own = getattr(proxy, "llm_router", None)
    for router in [*TAUGHT, *([own] if own is not None else [])]:
        found = router.get_deployment(model_id=chosen)
        if found is not None:
            return {"litellm_params": dict(found.litellm_params), "model_info": dict(found.model_info)}
    return None
