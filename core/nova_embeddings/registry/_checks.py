"""Is this a value that a key of an entry may have? Pure; asked when a registry is loaded."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING, Any, get_args

from nova_embeddings._options import OWN_PROVIDERS, OnUnsupported
from nova_embeddings._secrets import brief
from nova_embeddings.dialects._litellm_providers import PROVIDERS
from nova_embeddings.dialects._servers import DIALECTS, NOVA_DIALECT

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    Check = Callable[[Any], str]

_CLOSE = 0.6


def fault(key: str, value: object) -> str:
    """Return what is wrong with a value, in words; "" where nothing is. A key's value is never shown."""
    found = "" if value is None and key not in {"model", "fallback_chain", "description"} else _CHECKS[key](value)
    return f"{key}={brief(value)} {found}" if found and key != "api_key" else found


def nearest(name: object, known: Collection[str]) -> str:
    """Return what may have been meant, as the end of an error: the name that is near, else all."""
    near = difflib.get_close_matches(str(name), list(known), n=1, cutoff=_CLOSE)
    return f"; {near[0]} is meant?" if near else f"; there are {', '.join(known)}"


def _text(value: object) -> str:
    return "" if isinstance(value, str) and value.strip() else "is no text"


def _any_text(value: object) -> str:
    return "" if isinstance(value, str) else "is no text"


def _key(value: object) -> str:
    return "" if isinstance(value, str) else "api_key is no text; write os.environ/NAME, or put it in quotes"


def _provider(value: object) -> str:
    of_dialects = (name for row in DIALECTS.values() if row is not NOVA_DIALECT for name in (row.name, *row.prefixes))
    known = [*OWN_PROVIDERS, *PROVIDERS, *of_dialects]
    return "" if value in known else f"is not a provider that is known{nearest(value, known)}"


def _dialect(value: object) -> str:
    return "" if value in list(DIALECTS) else f"is not a dialect that is known{nearest(value, DIALECTS)}"


def _on_unsupported(value: object) -> str:
    known: tuple[str, ...] = get_args(OnUnsupported)
    return "" if value in known else f"is none of {', '.join(known)}"


def _positive(value: object) -> str:
    return "" if type(value) is int and value >= 1 else "is not a whole number of at least 1"


def _count(value: object) -> str:
    return "" if type(value) is int and value >= 0 else "is not a whole number of at least 0"


def _seconds(value: object) -> str:
    return (
        ""
        if isinstance(value, int | float) and value is not True and value > 0
        else "is not a positive number of seconds"
    )


def _switch(value: object) -> str:
    return "" if isinstance(value, bool) else "is neither true nor false"


def names_fault(value: object) -> str:
    """Return what is wrong with a list of models' names; "" where nothing is."""
    fine = isinstance(value, list | tuple) and all(isinstance(one, str) for one in value)
    return "" if fine else "is not a list of models' names, such as [spare]"


_CHECKS: Mapping[str, Check] = {
    "model": _text,
    "provider": _provider,
    "dialect": _dialect,
    "api_base": _text,
    "api_key": _key,
    "space": _text,
    "dimensions": _positive,
    "max_tokens": _positive,
    "batch_size": _positive,
    "timeout": _seconds,
    "max_retries": _count,
    "max_concurrency": _positive,
    "instructions": _any_text,
    "cache": _text,
    "cache_ttl": _seconds,
    "fallback_chain": names_fault,
    "on_unsupported": _on_unsupported,
    "any_dimensions": _switch,
    "description": _any_text,
}
