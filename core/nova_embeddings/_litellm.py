"""The door to litellm: a call goes in, a reply comes out, litellm's errors become ours.

litellm is imported at the first call, not before: it takes seconds. A Router brings it along.
"""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nova_embeddings._calls import Reply
from nova_embeddings._errors import DeploymentUnavailableError, NovaError, RateLimitError, Retry
from nova_embeddings._results import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    from nova_embeddings._calls import Call
    from nova_embeddings._options import Deployment

_PRICES = "LITELLM_LOCAL_MODEL_COST_MAP"
_TOO_MANY = 429
_LOADING = threading.Lock()


def load() -> ModuleType:
    """Import litellm, without its download of prices, and make sure that it knows our providers."""
    with _LOADING:
        before = os.environ.get(_PRICES)
        os.environ.setdefault(_PRICES, "True")
        try:
            import litellm  # noqa: PLC0415 (slow; nobody who only imports this package should pay for it)

            from nova_embeddings import litellm_plugin  # noqa: PLC0415 (imports litellm)
        finally:
            if before is None:
                os.environ.pop(_PRICES, None)
        litellm_plugin.register()
    return litellm


def routed(router: Any, group: str | None) -> Deployment:  # noqa: ANN401 (litellm's type, which is not imported here)
    """Have a Router route by task, and return what stands for one of its groups.

    Raises:
        ConfigurationError: the Router or the group cannot be used.
    """
    load()
    from nova_embeddings.litellm_plugin import _groups  # noqa: PLC0415 (imports litellm)

    return _groups.deployment_of(router, group)


def router_of(model_list: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401 (litellm's type)
    """Return a Router over these deployments.

    Raises:
        ConfigurationError: an entry is wrong.
    """
    load()
    from nova_embeddings.litellm_plugin import _groups  # noqa: PLC0415 (imports litellm)

    return _groups.router_of(model_list)


class _Quiet:
    """Calls during which LiteLLM prints no advice about failures, which our errors give: its switch is global.

    The first of calls that overlap sets it, the last puts it back, so that the user's own calls print as they did.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls = 0
        self._before = False

    def __enter__(self) -> None:
        with self._lock:
            if not self._calls:
                self._before = _switched(quiet=True)
            self._calls += 1

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._calls -= 1
            if not self._calls:
                _switched(quiet=self._before)

    def left_behind(self) -> None:
        """Put the switch back, in a child where the calls of the parent's threads do not exist."""
        if self._calls:
            _switched(quiet=self._before)


def _switched(*, quiet: bool) -> bool:
    """Set LiteLLM's switch, and return how it was; litellm is imported."""
    litellm: Any = sys.modules["litellm"]
    before, litellm.suppress_debug_info = litellm.suppress_debug_info, quiet
    return bool(before)


_QUIET = _Quiet()


def _start_anew() -> None:
    """In a forked child: let go of locks that a thread of the parent held, which does not exist here.

    LiteLLM's pool of logging threads is made anew too: its threads stayed behind, and its lock may be held.
    """
    global _LOADING, _QUIET  # a lock cannot be let go by another than its holder
    _QUIET.left_behind()
    _LOADING, _QUIET = threading.Lock(), _Quiet()
    pools = sys.modules.get("litellm.litellm_core_utils.thread_pool_executor")
    pool = getattr(pools, "executor", None)
    if pool is not None:
        with contextlib.suppress(AttributeError, TypeError):  # another version's pool
            type(pool).__init__(pool, pool._max_workers, pool._max_pending_tasks)  # noqa: SLF001


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_start_anew)


@dataclass(frozen=True, slots=True, repr=False)
class Door:
    """One way into litellm.

    Args:
        router: the Router that picks a deployment for each call; None where the call says its own.
    """

    router: Any = None

    def embedding(self, call: Call, timeout: float) -> Reply:
        """Send one call from a thread.

        Raises:
            NovaError: it failed; this was one attempt.
        """
        way = self.router or load()
        try:
            with _QUIET:
                return _reply(way.embedding(**_arguments(call, timeout)), call)
        except Exception as error:  # noqa: BLE001 (whatever litellm raises becomes ours)
            raise _ours(error, call) from None

    async def aembedding(self, call: Call, timeout: float) -> Reply:
        """Send one call from an event loop.

        Raises:
            NovaError: it failed; this was one attempt.
        """
        way = self.router or load()
        try:
            with _QUIET:
                return _reply(await way.aembedding(**_arguments(call, timeout)), call)
        except Exception as error:  # noqa: BLE001 (whatever litellm raises becomes ours)
            raise _ours(error, call) from None


def _arguments(call: Call, timeout: float) -> dict[str, Any]:
    """Return what litellm sees: no key, no text, and no cache, as its keys leave out the task."""
    if call.deployment.of_litellm:
        from nova_embeddings._builtin import arguments_of  # noqa: PLC0415 (numpy is not needed to import the package)

        return arguments_of(call, timeout)
    arguments: dict[str, Any] = {
        "model": call.deployment.litellm_model,
        "input": [call],
        "task": call.task,
        "timeout": timeout,
        "caching": False,
        "cache": {"no-cache": True, "no-store": True},
    }
    if call.deployment.api_base:
        arguments["api_base"] = call.deployment.api_base
    if call.deployment.routed:  # retries are the executor's, and a fallback's vectors would be another model's
        arguments |= {"num_retries": 0, "disable_fallbacks": True}
    return arguments


def _reply(response: Any, call: Call) -> Reply:  # noqa: ANN401 (litellm's type, which is not imported here)
    if call.deployment.of_litellm:
        from nova_embeddings._builtin import reply_of  # noqa: PLC0415 (as above)

        return reply_of(response, call)
    usage, (row,) = response.usage, response.data
    tokens = Usage(usage.prompt_tokens, usage.total_tokens)
    return Reply(row["embedding"], tokens, response.model or "", row.get("engine", ""))


def _ours(error: Exception, call: Call) -> Exception:
    """Return what the provider raised, which it put into litellm's error; else what a Router or litellm itself says."""
    if isinstance(error, NovaError):
        return error
    if call.deployment.of_litellm:
        from nova_embeddings._builtin import refusal_of  # noqa: PLC0415 (as above)

        return refusal_of(error, call)
    carried = getattr(error, "nova_error", None)
    if isinstance(carried, Exception):
        return carried
    status = getattr(error, "status_code", None)
    cooling = getattr(error, "cooldown_time", None)
    if cooling is not None:
        message = f"all deployments of the task cool down after failures; LiteLLM's Router asks again in {cooling:g} s"
        return RateLimitError(message, status=_TOO_MANY, retry_after=float(cooling))
    message = (
        f"litellm failed around the call, with {type(error).__name__}: is it a callback or a setting of litellm's?"
    )
    return DeploymentUnavailableError(message, status=status, retry=Retry.NEVER)
