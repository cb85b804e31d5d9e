"""A call as LiteLLM's own providers take it, and what they bring back, checked as any other answer.

Here LiteLLM spells the request and holds the connection: it sees texts, and so do its callbacks. Nothing is retried by
it, as far as it can be told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import orjson

from nova_embeddings._decoding import Expected, decode, narrowed
from nova_embeddings._errors import DeploymentTimeoutError, DeploymentUnavailableError
from nova_embeddings._refusals import Asked, refusal
from nova_embeddings._secrets import shown
from nova_embeddings.dialects._litellm_providers import PROVIDERS
from nova_embeddings.dialects._prompts import parameters_of, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nova_embeddings._calls import Call, Reply
    from nova_embeddings._errors import NovaError


def arguments_of(call: Call, timeout: float) -> dict[str, Any]:
    """Return what `litellm.embedding` is called with; a call's inputs share their task."""
    deployment, request = call.deployment, call.request
    provider = PROVIDERS[deployment.provider]
    task = call.inputs[0].task or request.task
    said: dict[str, Any] = {
        "model": deployment.litellm_model,
        "input": [text_of(value, request) for value in call.inputs],
        "timeout": timeout,
        "max_retries": 0,
        "num_retries": 0,
        "caching": False,
        "cache": {"no-cache": True, "no-store": True},
        **provider.always,
        **parameters_of(task, request.model),
    }
    if request.dimensions is not None and provider.dimensions:
        said["dimensions"] = request.dimensions
    if deployment.api_base:
        said["api_base"] = deployment.api_base
    if deployment.api_key:
        said["api_key"] = deployment.api_key.reveal()
    if deployment.headers:
        said["extra_headers"] = {name: value.reveal() for name, value in deployment.headers}
    return said


def reply_of(response: Any, call: Call) -> Reply:  # noqa: ANN401 (litellm's type, which is not imported here)
    """Return the vectors of LiteLLM's response.

    Raises:
        ResponseError: they are not what was asked for.
    """
    asked = call.request.width if PROVIDERS[call.deployment.provider].dimensions else None
    width = asked or call.request.model.width or None
    rows = [row if isinstance(row, dict) else vars(row) for row in response.data or []]
    usage = response.usage
    body = {
        "data": [{"index": row.get("index"), "embedding": row.get("embedding")} for row in rows],
        "model": response.model or "",
        "usage": {"prompt_tokens": usage.prompt_tokens, "total_tokens": usage.total_tokens} if usage else {},
    }
    reply = decode(orjson.dumps(body), "application/json", Expected(len(call), width, multivector=False))
    # some providers cut without normalising again, and some do not cut
    return reply if call.request.dimensions is None else narrowed(reply, call.request.dimensions)


def refusal_of(error: Exception, call: Call) -> NovaError:
    """Return our error for one of litellm's, in its words, without keys and texts."""
    deployment = call.deployment
    held = [deployment.api_key, *(value for _, value in deployment.headers)]
    texts = [value.text or "" for value in call.inputs]
    words = shown(str(error), [secret.reveal() for secret in held], texts)
    kind = type(error).__name__
    if any(isinstance(one, httpx.ConnectError) for one in _chain(error)):  # LiteLLM makes a status of it
        message = (
            f"{deployment.litellm_model}: no connection: {words.rstrip('.')}; is the address right (api_base=), and up?"
        )
        return DeploymentUnavailableError(message)
    if "Timeout" in kind:
        return DeploymentTimeoutError(f"{deployment.litellm_model}: no answer in time: {words}")
    status = getattr(error, "status_code", None)
    if "Connection" in kind or not isinstance(status, int):
        return DeploymentUnavailableError(f"{deployment.litellm_model}: {kind}: {words}")
    headers = dict(getattr(getattr(error, "response", None), "headers", None) or {})
    asked = Asked(deployment.litellm_model, PROVIDERS[deployment.provider].keys, len(call))
    return refusal(status, headers, words, None, asked)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an error and what it came of."""
    cause: BaseException | None = error
    while cause is not None:
        yield cause
        cause = cause.__cause__ or cause.__context__
