"""The one door to qdrant-client: how is it opened, and what do its errors mean?"""

from __future__ import annotations

import contextlib
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import (
    AuthenticationError,
    ConfigurationError,
    DeploymentTimeoutError,
    DeploymentUnavailableError,
    NovaError,
    RateLimitError,
)
from nova_embeddings._secrets import shown

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

    from qdrant_client import QdrantClient

    from nova_embeddings._secrets import Secret

_IN_MEMORY = ":memory:"


def connect(
    location: str | None, folder: str | PathLike[str] | None, url: str | None, key: Secret, timeout: float
) -> QdrantClient:
    """Return a client for one of the three places.

    Raises:
        ConfigurationError: more than one was given, the folder is in use, or qdrant-client is missing.
    """
    if sum(place is not None for place in (location, folder, url)) > 1:
        raise ConfigurationError("give one of location, folder and url")
    if location not in {None, _IN_MEMORY}:
        raise ConfigurationError(f"location is {_IN_MEMORY!r} or nothing; name a folder by folder, a server by url")
    if key and url is None:
        raise ConfigurationError("an api_key is for a server; give its url")
    try:
        from qdrant_client import QdrantClient  # noqa: PLC0415 (an extra, and slow to import)
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"{error.name} is missing: pip install 'nova-embeddings[qdrant]'") from None
    with door("Qdrant" if folder is None else f"the folder {str(folder)!r}", key):
        if url is not None:
            return QdrantClient(
                url=url, api_key=key.reveal(), timeout=max(1, round(timeout)), check_compatibility=False
            )
        if folder is not None:  # the store lets in one thread at a time
            return QdrantClient(path=str(folder), force_disable_check_same_thread=True)
        return QdrantClient(_IN_MEMORY)


@contextlib.contextmanager
def door(where: str, key: Secret) -> Iterator[None]:
    """Turn what qdrant-client raises into an error of ours, which shows no key."""
    try:
        yield
    except NovaError:
        raise
    except Exception as error:  # noqa: BLE001 (pydantic's, httpx's, its own: it says nowhere which)
        raise _translated(where, error, key) from None


def _translated(where: str, error: Exception, key: Secret) -> NovaError:
    from qdrant_client.common.client_exceptions import ResourceExhaustedResponse  # noqa: PLC0415 (an extra)
    from qdrant_client.http.exceptions import ResponseHandlingException, UnexpectedResponse  # noqa: PLC0415 (an extra)

    if isinstance(error, UnexpectedResponse):
        return _refused(where, error, key)
    if isinstance(error, ResponseHandlingException):
        source = error.source
        if "timeout" in type(source).__name__.lower():
            return DeploymentTimeoutError(f"{where}: Qdrant did not answer in time; raise timeout, or try again")
        return DeploymentUnavailableError(
            f"{where}: nobody who speaks Qdrant answers at the url ({type(source).__name__}); is it up?"
        )
    said = shown(str(error), [key.reveal()], [])
    if isinstance(error, ResourceExhaustedResponse):
        seconds = error.retry_after_s
        return RateLimitError(f"{where}: Qdrant asks to wait {seconds} s: {said}", retry_after=seconds)
    return ConfigurationError(f"{where}: Qdrant refuses this: {said} ({type(error).__name__})")


def _refused(where: str, error: Any, key: Secret) -> NovaError:  # noqa: ANN401 (Qdrant's UnexpectedResponse)
    status = error.status_code or 0
    said = shown(error.content.decode("utf-8", "replace"), [key.reveal()], [])
    message = f"{where}: Qdrant answered {status}: {said}"
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        return AuthenticationError(message, status=status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RateLimitError(message, status=status)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return DeploymentUnavailableError(message, status=status)
    return ConfigurationError(message, status=status)
