"""Which deployment is meant? Keywords, else the environment, else the defaults."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._models import NOVA, Model
from nova_embeddings._names import CANONICAL
from nova_embeddings._options import EMBEDDED, HOSTED, SENTENCE_TRANSFORMERS, Deployment
from nova_embeddings._secrets import Secret, SecretLike, brief
from nova_embeddings._sentence_names import canonical
from nova_embeddings.dialects._litellm_providers import PROVIDERS
from nova_embeddings.dialects._prefixes import refuse_misspelt
from nova_embeddings.dialects._servers import NOVA_DIALECT, dialect_named_by, dialect_of
from nova_embeddings.dialects._table import model_of

if TYPE_CHECKING:
    from nova_embeddings.dialects._dialect import Dialect

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
    dialect: str | None = None,
) -> Deployment:
    """Return the deployment that is meant.

    Args:
        model: with a provider's or dialect's prefix, or without; else `NOVA_MODEL`, else the Nova model over HTTP.
        api_base: else `NOVA_API_BASE`, else `http://localhost:8000/v1`; other dialects have defaults of their own.
        api_key: else `NOVA_API_KEY`, else none; dialects with an address of their own have variables of their own.
        headers: sent with every call.
        dialect: how the server spells requests; else as the model's prefix says, else Nova's.

    Raises:
        ConfigurationError: a name, an address or a header that cannot be used; also a prefix that was misspelt.
    """
    name = _check_model(model or os.environ.get(MODEL_VARIABLE) or DEFAULT_MODEL)
    prefix, _, rest = name.partition("/")
    if prefix == EMBEDDED:
        return Deployment(prefix, _required(name, rest), "")
    if prefix == SENTENCE_TRANSFORMERS:
        return Deployment(prefix, canonical(_required(name, rest)), "")
    spoken = dialect_of(dialect) if dialect is not None else dialect_named_by(prefix)
    if spoken is None and prefix in PROVIDERS:
        return _of_litellm(prefix, _required(name, rest), api_base, api_key, headers)
    if spoken is None and prefix != HOSTED:
        refuse_misspelt(name, addressed=api_base is not None)
    spoken = spoken or NOVA_DIALECT
    named = prefix == HOSTED or spoken is dialect_named_by(prefix)
    return Deployment(
        HOSTED,
        _required(name, rest) if named else name,
        _check_address(api_base or _default_address(spoken)),
        _check_key(api_key, spoken.keys),
        _check_headers(headers),
        dialect=spoken.name,
        speaks=NOVA if spoken is NOVA_DIALECT else spoken_by(rest if named else name),
    )


def _of_litellm(
    provider: str,
    model: str,
    api_base: str | None,
    api_key: str | SecretLike | None,
    headers: Mapping[str, str | SecretLike] | None,
) -> Deployment:
    """Return a deployment of one of LiteLLM's own providers; what is not given, LiteLLM finds by itself."""
    address = _check_address(api_base) if api_base else ""
    key = Secret(None) if api_key is None else _check_key(api_key)
    return Deployment(provider, model, address, key, _check_headers(headers), dialect="", speaks=spoken_by(model))


def with_environment_key(deployment: Deployment) -> Deployment:
    """Return the deployment with the key of this process's environment: what is unpickled brings none, nor headers."""
    headers = tuple((name, value) for name, value in deployment.headers if value)
    if deployment.of_litellm:  # LiteLLM reads its providers' keys by itself
        return replace(deployment, api_key=Secret(None), headers=headers)
    return replace(deployment, api_key=_check_key(None, dialect_of(deployment.dialect).keys), headers=headers)


def _check_model(model: object) -> str:
    if not isinstance(model, str) or not model.strip() or not model.isprintable():
        message = f"model={brief(model)} is not a model's name, such as {DEFAULT_MODEL!r}"
        raise ConfigurationError(message)
    return model


def _required(model: str, name: str) -> str:
    if not name.strip():
        message = f"model={brief(model)} names a provider but no model"
        raise ConfigurationError(message)
    return name


def spoken_by(name: str) -> Model:
    """Return what the model of this name can be asked for; what one without a row was trained to see is not known."""
    return model_of(name) or Model(name, re.escape(name.lower()), "", known=False)


def _default_address(dialect: Dialect) -> str:
    own = dialect.api_base or os.environ.get(API_BASE_VARIABLE)
    if not own and dialect is not NOVA_DIALECT:
        message = f"dialect {dialect.name!r} has no default address: give api_base=, or set {API_BASE_VARIABLE}"
        raise ConfigurationError(message)
    return own or DEFAULT_API_BASE


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


def _check_key(key: object, variables: Sequence[str] = ()) -> Secret:
    """Return the key; the environment's is that of the dialect, since Nova's must not be sent to another's address."""
    names = variables or (API_KEY_VARIABLE,)
    found = next((value for name in names if (value := os.environ.get(name))), None)
    secret = _sealed(found if key is None else key)
    if secret is None or not _is_plain(secret):
        named = " or ".join(names)
        message = f"api_key (or {named}) is not printable ASCII text; was it cut or copied with a line break?"
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
