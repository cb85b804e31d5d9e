"""Which deployment is meant? Keywords, else the environment, else the defaults."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._names import CANONICAL
from nova_embeddings._options import EMBEDDED, HOSTED, PROVIDERS, SENTENCE_TRANSFORMERS, Deployment
from nova_embeddings._secrets import Secret, SecretLike, brief
from nova_embeddings._sentence_names import canonical

DEFAULT_MODEL = f"{HOSTED}/{CANONICAL}"
DEFAULT_API_BASE = "http://localhost:8000/v1"
MODEL_VARIABLE = "NOVA_MODEL"
API_BASE_VARIABLE = "NOVA_API_BASE"
API_KEY_VARIABLE = "NOVA_API_KEY"
_HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_OWN_HEADERS = frozenset({"authorization", "content-type", "content-length", "accept-encoding", "host"})


def resolve_deployment(
    model: str | None = None,
    api_base: str | None = None,
    api_key: str | SecretLike | None = None,
    headers: Mapping[str, str | SecretLike] | None = None,
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
    if provider == SENTENCE_TRANSFORMERS:
        return Deployment(provider, canonical(name), "")
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
    if not isinstance(model, str) or not model.strip() or not model.isprintable():
        message = f"model={brief(model)} is not a model's name, such as {DEFAULT_MODEL!r}"
        raise ConfigurationError(message)
    for provider in PROVIDERS:
        if model.startswith(f"{provider}/"):
            name = model.removeprefix(f"{provider}/")
            if not name.strip():
                message = f"model={brief(model)} names a provider but no model"
                raise ConfigurationError(message)
            return provider, name
    return HOSTED, model


def _check_address(address: object) -> str:
    seen = f"={brief(address)}" if "@" not in str(address) else ""
    try:
        given = address.strip() if isinstance(address, str) else ""
        parts = urlsplit(given)
        fine = parts.scheme in {"http", "https"} and parts.port != 0 and given.isprintable()
        fine = fine and bool((parts.hostname or "").encode("idna"))
    except ValueError:
        fine = False
    if not fine or " " in given:
        message = f"api_base{seen} is not an http(s) address, such as {DEFAULT_API_BASE!r}"
        raise ConfigurationError(message)
    if parts.username or parts.password or parts.query or parts.fragment:
        message = "api_base holds a user, a password, a query or a fragment; give the key as api_key or in headers"
        raise ConfigurationError(message)
    return given.rstrip("/").removesuffix("/embeddings")


def _check_key(key: object) -> Secret:
    secret = _sealed(os.environ.get(API_KEY_VARIABLE) if key is None else key)
    if secret is None or not _is_plain(secret):
        message = (
            f"api_key (or {API_KEY_VARIABLE}) is not printable ASCII text; was it cut or copied with a line break?"
        )
        raise ConfigurationError(message)
    return Secret((secret.reveal() or "").strip())


def _check_headers(headers: object) -> tuple[tuple[str, Secret], ...]:
    if headers is None:
        return ()
    if not isinstance(headers, Mapping):
        message = f"headers is a {type(headers).__name__}; give a dict of names and values"
        raise ConfigurationError(message)
    return tuple((_check_header_name(name), _check_header_value(name, value)) for name, value in headers.items())


def _check_header_name(name: object) -> str:
    if not isinstance(name, str) or not _HEADER_NAME.fullmatch(name) or name.lower() in _OWN_HEADERS:
        own = ", ".join(sorted(_OWN_HEADERS))
        message = f"headers: {brief(name)} cannot be set; give a header's name, other than the client's own: {own}"
        raise ConfigurationError(message)
    return name


def _check_header_value(name: str, value: object) -> Secret:
    secret = _sealed(value)
    if secret is None or not _is_plain(secret) or secret.get_secret_value() != secret.get_secret_value().strip():
        message = f"headers: the value of {brief(name)} is not printable ASCII text, without spaces around it"
        raise ConfigurationError(message)
    return secret


def _sealed(value: object) -> Secret | None:
    """Return a value that may be a secret already, of ours or of pydantic's; None where it is no text."""
    if isinstance(value, Secret):
        return value
    reveal = getattr(value, "get_secret_value", None)
    text = reveal() if callable(reveal) else value
    return Secret("" if text is None else text) if text is None or isinstance(text, str) else None


def _is_plain(secret: Secret) -> bool:
    value = secret.reveal() or ""
    return value.isascii() and value.isprintable()
