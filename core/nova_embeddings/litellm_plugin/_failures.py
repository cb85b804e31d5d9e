"""Our errors as LiteLLM's, so that its callbacks, Router and proxy see the status they know.

LiteLLM passes its own exceptions on unchanged; anything else it wraps with the original's text. Source: litellm
1.106.2, `exception_mapping_utils.exception_type`.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import httpx
from litellm import exceptions as litellm

from nova_embeddings._errors import (
    AuthenticationError,
    ConfigurationError,
    DeploymentTimeoutError,
    DeploymentUnavailableError,
    InputError,
    NovaError,
    RateLimitError,
    ResponseError,
    RoutingError,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

_STATUS: dict[type[NovaError], int] = {
    AuthenticationError: 401,
    ConfigurationError: 400,
    DeploymentTimeoutError: 408,
    DeploymentUnavailableError: 503,
    InputError: 400,
    RateLimitError: 429,
    ResponseError: 502,
    RoutingError: 400,
}
_BY_STATUS: dict[int, Any] = {
    400: litellm.BadRequestError,
    401: litellm.AuthenticationError,
    403: litellm.PermissionDeniedError,
    404: litellm.NotFoundError,
    422: litellm.UnprocessableEntityError,
    429: litellm.RateLimitError,
    502: litellm.BadGatewayError,
    503: litellm.ServiceUnavailableError,
}
_TIMEOUTS = (408, 504)
_SERVER_FAULT = 500


@contextlib.contextmanager
def as_litellm(model: str, provider: str) -> Iterator[None]:
    """Raise our errors as LiteLLM's, without a chain: a cause's traceback could show what our message leaves out."""
    try:
        yield
    except NovaError as error:
        raise _carrying(error, error, model, provider) from None
    except Exception as error:  # noqa: BLE001 (a mistake of ours or an engine's: LiteLLM would print its text)
        shown = DeploymentUnavailableError(f"the provider failed with {type(error).__name__}", status=500)
        raise _carrying(error, shown, model, provider) from None


def _carrying(carried: Exception, error: NovaError, model: str, provider: str) -> Exception:
    status = _shown_status(error)
    arguments: dict[str, Any] = {"message": str(error), "model": model, "llm_provider": provider}
    if status in _TIMEOUTS:
        made: Exception = litellm.Timeout(**arguments)
    else:
        fallback = litellm.InternalServerError if status >= _SERVER_FAULT else litellm.BadRequestError
        headers = {} if error.retry_after is None else {"retry-after": f"{error.retry_after:g}"}
        request = httpx.Request("POST", "https://nova.invalid/v1/embeddings")
        response = httpx.Response(status, headers=headers, request=request)
        made = _BY_STATUS.get(status, fallback)(**arguments, response=response)
    made.nova_error = carried  # type: ignore[attr-defined]  # how the core gets back what was raised
    return made


def _shown_status(error: NovaError) -> int:
    usual = next(status for kind, status in _STATUS.items() if isinstance(error, kind))
    # a redirect or a success with a broken body is a failure of the gateway for whoever called us
    return error.status if error.status is not None and error.status >= min(_STATUS.values()) else usual
