"""The door to litellm: a call goes in, a reply comes out, litellm's errors become ours.

litellm is imported at the first call, not before: it takes seconds.
"""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Any

from nova_embeddings._calls import Reply
from nova_embeddings._errors import DeploymentUnavailableError, Retry
from nova_embeddings._results import Usage

if TYPE_CHECKING:
    from types import ModuleType

    from nova_embeddings._calls import Call

_PRICES = "LITELLM_LOCAL_MODEL_COST_MAP"
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


def embedding(call: Call, timeout: float) -> Reply:
    """Send one call from a thread.

    Raises:
        NovaError: it failed; this was one attempt.
    """
    litellm = load()
    try:
        return _reply(litellm.embedding(**_arguments(call, timeout)))
    except Exception as error:  # noqa: BLE001 (whatever litellm raises becomes ours)
        raise _ours(error) from None


async def aembedding(call: Call, timeout: float) -> Reply:
    """Send one call from an event loop.

    Raises:
        NovaError: it failed; this was one attempt.
    """
    litellm = load()
    try:
        return _reply(await litellm.aembedding(**_arguments(call, timeout)))
    except Exception as error:  # noqa: BLE001 (whatever litellm raises becomes ours)
        raise _ours(error) from None


def _arguments(call: Call, timeout: float) -> dict[str, Any]:
    """Return what litellm sees: no key, no text, and no cache, as its keys leave out the task."""
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
    return arguments


def _reply(response: Any) -> Reply:  # noqa: ANN401 (litellm's type, which is not imported here)
    usage = response.usage
    return Reply(response.data[0]["embedding"], Usage(usage.prompt_tokens, usage.total_tokens), response.model or "")


def _ours(error: Exception) -> Exception:
    """Return what the provider raised, which it put into litellm's error."""
    carried = getattr(error, "nova_error", None)
    if isinstance(carried, Exception):
        return carried
    message = (
        f"litellm failed around the call, with {type(error).__name__}: is it a callback or a setting of litellm's?"
    )
    return DeploymentUnavailableError(message, status=getattr(error, "status_code", None), retry=Retry.NEVER)
