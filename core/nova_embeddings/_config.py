"""Which deployment is meant? Keywords, else the environment, else the defaults."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._options import EMBEDDED, HOSTED, Deployment
from nova_embeddings._secrets import Secret

DEFAULT_MODEL = f"{HOSTED}/remodlai/nova-embeddings-v1"
DEFAULT_API_BASE = "http://localhost:8000/v1"
MODEL_VARIABLE = "NOVA_MODEL"
API_BASE_VARIABLE = "NOVA_API_BASE"
API_KEY_VARIABLE = "NOVA_API_KEY"
_OWN_HEADERS = frozenset({"authorization", "content-type", "content-length", "accept-encoding", "host"})


def resolve_deployment(
    model: str | None = None,
    api_base: str | None = None,
    api_key: str | Secret | None = None,
    headers: Mapping[str, str] | None = None,
) -> Deployment:
    """Return the deployment that is meant.

    Args:
        model: with a provider's prefix or without; else `NOVA_MODEL`, else the Nova model over HTTP.
        api_base: else `NOVA_API_BASE`, else `http://localhost:8000/v1`.
        api_key: else `NOVA_API_KEY`, else none.
        headers: sent with every call.

    Raises:
        ConfigurationError: a name, an address or a header that cannot be used.
    """
    provider, name = _split(model or os.environ.get(MODEL_VARIABLE) or DEFAULT_MODEL)
    if provider == EMBEDDED:
        return Deployment(provider, name, "")
    return Deployment(
        provider,
        name,
        _check_address(api_base or os.environ.get(API_BASE_VARIABLE) or DEFAULT_API_BASE),
        _check_key(api_key),
        _check_headers(headers),
    )


def with_environment_key(deployment: Deployment) -> Deployment:
    """Return the deployment with the key of this process's environment: what is unpickled brings none, nor headers."""
    headers = tuple((name, value) for name, value in deployment.headers if value)
    return replace(deployment, api_key=_check_key(None), headers=headers)


def _split(model: object) -> tuple[str, str]:
    if not isinstance(model, str) or not model.strip():
        message = f"model={model!r} is not a model's name, such as {DEFAULT_MODEL!r}"
        raise ConfigurationError(message)
    for provider in (HOSTED, EMBEDDED):
        if model.startswith(f"{provider}/"):
            name = model.removeprefix(f"{provider}/")
            if not name.strip():
                message = f"model={model!r} names a provider but no model"
                raise ConfigurationError(message)
            return provider, name
    return HOSTED, model


def _check_address(address: str) -> str:
    parts = urlsplit(address) if isinstance(address, str) else None
    if parts is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        seen = "" if "@" in str(address) else f"={address!r}"
        message = f"api_base{seen} is not an http(s) address, such as {DEFAULT_API_BASE!r}"
        raise ConfigurationError(message)
    if parts.username or parts.password or parts.query or parts.fragment:
        message = "api_base holds a user, a password, a query or a fragment; give the key as api_key or in headers"
        raise ConfigurationError(message)
    return address.rstrip("/").removesuffix("/embeddings")


def _check_key(key: str | Secret | None) -> Secret:
    value = key.reveal() if isinstance(key, Secret) else key
    value = os.environ.get(API_KEY_VARIABLE) if value is None else value
    if value is not None and (not isinstance(value, str) or not value.isascii() or not value.isprintable()):
        message = (
            f"api_key (or {API_KEY_VARIABLE}) is not printable ASCII text; was it cut or copied with a line break?"
        )
        raise ConfigurationError(message)
    return Secret((value or "").strip())


def _check_headers(headers: object) -> tuple[tuple[str, Secret], ...]:
    if headers is None:
        return ()
    if not isinstance(headers, Mapping):
        message = f"headers is a {type(headers).__name__}; give a dict of names and values"
        raise ConfigurationError(message)
    for name, value in headers.items():
        if not isinstance(name, str) or not name.isascii() or not name.strip() or name.lower() in _OWN_HEADERS:
            message = f"headers: {name!r} cannot be set; these are the client's own: {', '.join(sorted(_OWN_HEADERS))}"
            raise ConfigurationError(message)
        if not isinstance(value, str) or not value.isascii() or not value.isprintable():
            message = f"headers: the value of {name!r} is not printable ASCII text"
            raise ConfigurationError(message)
    return tuple((name, Secret(value)) for name, value in headers.items())
