"""How does a LiteLLM Router learn to route by task, for its asynchronous and its synchronous callers?

LiteLLM runs filters on the asynchronous path only. The strategy that is set here, by LiteLLM's own seam for custom
strategies, has the synchronous path ask the asynchronous one, so that the Router's balancing stays what it is.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
import warnings
from typing import TYPE_CHECKING, Any

import litellm
from litellm._logging import verbose_proxy_logger
from litellm.router import Router
from litellm.types.router import CustomRoutingStrategyBase

from nova_embeddings._errors import ConfigurationError, RoutingWarning
from nova_embeddings.litellm_plugin._deployments import check_entries, is_nova
from nova_embeddings.litellm_plugin._hooks import choosing_for, concerns, stand_by
from nova_embeddings.litellm_plugin._provider import register
from nova_embeddings.litellm_plugin._requests import uncached, with_moved_options
from nova_embeddings.litellm_plugin._taught import TAUGHT

if TYPE_CHECKING:
    from collections.abc import Coroutine, Mapping, Sequence

STRATEGIES = ("simple-shuffle", "least-busy", "latency-based-routing", "usage-based-routing-v2", "cost-based-routing")
"""The strategies whose selection runs filters. Source: litellm 1.106.2, `Router.async_get_available_deployment`."""


def install(router: object) -> None:
    """Have a Router send each request to a deployment that serves its task, `embedding` and `aembedding` alike.

    Deployments say `task: retrieval | text-matching | code`, or one of the seven tasks, in `litellm_params` or
    `model_info`; a request says `task=`. The exact task wins over its family, and that over deployments that say none.
    Doing it twice changes nothing; after `router.update_settings(routing_strategy=…)`, do it again.

    Args:
        router: any `litellm.Router`; its groups without Nova deployments are left alone.

    Raises:
        ConfigurationError: the Router cannot route by task: a strategy that runs no filter, or a wrong entry.
    """
    if not isinstance(router, Router):
        message = f"install() takes a litellm.Router, not a {type(router).__name__}"
        raise ConfigurationError(message)
    chosen_by = router.__dict__.get("get_available_deployment")
    if isinstance(getattr(chosen_by, "__self__", None), _ByTask):
        return
    entries = router.get_model_list() or []
    check_strategy(getattr(router.routing_strategy, "value", router.routing_strategy))
    check_entries(entries)
    if chosen_by is not None:
        message = "the Router has a custom routing strategy, which runs no filters; give it one of LiteLLM's own"
        raise ConfigurationError(message)
    crossing = [*(router.fallbacks or ()), *(router.context_window_fallbacks or ())]
    warn_of_risks(crossing, [entry["model_name"] for entry in entries if is_nova(entry)])
    register()
    TAUGHT.add(router)
    stand_by()
    router.set_custom_routing_strategy(_ByTask(router))


def check_strategy(strategy: object) -> None:
    """Refuse a strategy that would route past the filter.

    Raises:
        ConfigurationError: naming those that may be used.
    """
    if strategy not in STRATEGIES:
        message = (
            f"routing_strategy={strategy!r} picks deployments without asking filters, so it would send tasks to the "
            f"wrong adapters; choose one of {', '.join(STRATEGIES)}"
        )
        raise ConfigurationError(message)


def warn_of_risks(
    fallbacks: Sequence[Mapping[str, Sequence[Any]]], groups: Sequence[str], settings: Mapping[str, Any] | None = None
) -> None:
    """Warn of settings by which LiteLLM returns other vectors than were asked for, without an error.

    Args:
        fallbacks: of all kinds.
        groups: those with Nova deployments.
        settings: `litellm_settings` of a proxy's configuration, which are not in force yet when it is looked at.
    """
    own = settings or {}
    crossing = [group for rule in fallbacks for group in rule if group in groups or group == "*"]
    if crossing:
        _warn(
            f"fallbacks of {', '.join(sorted(set(crossing)))} answer with another model's vectors, with status 200; "
            "they must not meet in one index"
        )
    if litellm.drop_params or own.get("drop_params"):
        _warn("litellm.drop_params drops dimensions without a word where sync code passes it beside extra_body")
    telling = "enable_caching_on_provider_specific_optional_params"
    if (litellm.cache is not None or own.get("cache")) and not (getattr(litellm, telling) or own.get(telling)):
        _warn(
            "LiteLLM's cache leaves the task out of its keys, so a query could get a passage's vector: Nova's requests "
            f"do without it; set litellm.{telling} = True to have it back"
        )


class _ByTask(CustomRoutingStrategyBase):
    """The Router's own strategy, with the filter always in place, for both kinds of callers."""

    def __init__(self, router: Router) -> None:
        """Keep the Router's own choices."""
        self._router = router
        self._choose, self._achoose = router.get_available_deployment, router.async_get_available_deployment

    async def async_get_available_deployment(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Choose as the Router does, once its filter is sure to run."""
        with choosing_for(self._router, kwargs.get("input")):
            return await self._achoose(*args, **kwargs)

    def get_available_deployment(self, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Choose as the asynchronous path does, for a group of Nova's; others are chosen as ever."""
        request = kwargs.get("request_kwargs")
        with choosing_for(self._router, kwargs.get("input")):
            if not concerns(kwargs["model"] if "model" in kwargs else args[0]):
                return self._choose(*args, **kwargs)
        if isinstance(request, dict):
            _move_options(request)
        return _LOOP.run(self.async_get_available_deployment(*args, **kwargs))


def _move_options(request: dict[str, Any]) -> None:
    """Move options within the dict that the Router sends next: on this path LiteLLM runs no hook that could."""
    moved = with_moved_options(request)
    changed = uncached(request if moved is None else moved) or moved
    if changed is not None:
        request.clear()
        request.update(changed)


class _Loop:
    """An event loop in a thread of its own, made when first needed, once a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._process = 0

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:  # noqa: ANN401 (what the coroutine returns)
        return asyncio.run_coroutine_threadsafe(work, self._running()).result()

    def _running(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None or self._process != os.getpid():  # a fork takes the loop along, not its thread
                self._loop, self._process = asyncio.new_event_loop(), os.getpid()
                threading.Thread(target=self._loop.run_forever, name="nova-routing", daemon=True).start()
            return self._loop


_LOOP = _Loop()


def _warn(message: str) -> None:
    """Warn; in a proxy, which shows no warnings, in its log."""
    if "litellm.proxy.proxy_server" in sys.modules:
        verbose_proxy_logger.warning("nova_embeddings: %s", message)
    else:
        warnings.warn(message, RoutingWarning, stacklevel=4)
