"""Which models does a registry name, as its default and as those that take over? Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._secrets import brief
from nova_embeddings.registry._checks import names_fault

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from nova_embeddings.registry._entries import Entry

    Where = Callable[..., str]


def checked_names(
    entries: Mapping[str, Entry], default: object, chain: object, where: Where = lambda *_: ""
) -> tuple[str, tuple[str, ...]]:
    """Return the default model's name and the common chain, when all that is named is there.

    Args:
        entries: the models.
        default: its name; None where it is the only one.
        chain: names for every model that has none of its own.
        where: tells where a key stands.

    Raises:
        ConfigurationError: a name is missing, or no model's.
    """
    if not entries:
        raise ConfigurationError(f"{where('models')}models is empty: a registry has one model at least")
    if default is None and len(entries) > 1:
        raise ConfigurationError(f"{where()}default_model is missing: name one of {', '.join(entries)}")
    chosen = (
        next(iter(entries)) if default is None else known(default, entries, f"{where('default_model')}default_model")
    )
    if wrong := names_fault(chain):
        raise ConfigurationError(f"{where('fallback_chain')}fallback_chain {wrong}")
    common = _all_known(chain, entries, f"{where('fallback_chain')}fallback_chain")
    for name, entry in entries.items():
        place = where("models", name, "fallback_chain")
        _all_known(entry.fallback_chain, entries, f"{place}model {name!r}: fallback_chain")
    return chosen, common


def known(name: object, entries: Collection[str], what: str) -> str:
    """Return a name, if it is a model's.

    Raises:
        ConfigurationError: it is none's.
    """
    if not isinstance(name, str) or name not in entries:
        raise ConfigurationError(f"{what}: {brief(name)} is no model of the registry: {', '.join(entries)}")
    return name


def _all_known(names: object, entries: Collection[str], what: str) -> tuple[str, ...]:
    held = names if isinstance(names, list | tuple) else ()
    return tuple(known(name, entries, what) for name in held)
