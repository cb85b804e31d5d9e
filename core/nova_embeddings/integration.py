"""What does a framework's class need beside a client? Options that may stand together, and seals over their keys."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from pydantic import Secret

from nova_embeddings._client import NovaClient
from nova_embeddings._errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = [
    "CLIENT_OPTIONS",
    "WAYS",
    "check_beside",
    "check_turn",
    "is_routed",
    "opened",
    "sealed_list",
    "without_keys",
]

WAYS = ("client", "router", "model_list")
"""The options of which each leads to a model and an address of its own."""

CLIENT_OPTIONS = tuple(inspect.signature(NovaClient).parameters)
"""What a client decides when it is made."""

_SECRET = re.compile(r"(key|(?<!per_)token|secret|password|credentials?|headers)$")
_REFERENCE = "os.environ/"  # what LiteLLM reads from the environment: no secret itself


def is_routed(options: Mapping[str, object]) -> bool:
    """Tell whether a way was given that has a model and an address of its own: the environment's are not meant."""
    return any(options.get(way) is not None for way in WAYS)


def check_beside(client: object, options: Mapping[str, object], decided: Iterable[str] = CLIENT_OPTIONS) -> None:
    """Refuse options that a client given by the user decides; None is not given.

    Args:
        client: What was given as `client=`.
        options: All that was given, by the framework's names.
        decided: What a client decides, by the same names.

    Raises:
        ConfigurationError: naming them, or saying what was given as a client.
    """
    if not isinstance(client, NovaClient):
        message = f"client is of type {type(client).__name__}; give a nova_embeddings.NovaClient"
        raise ConfigurationError(message)
    spare = [name for name in decided if options.get(name) is not None]
    if spare:
        message = f"{', '.join(spare)}: not beside client=; give it to the NovaClient"
        raise ConfigurationError(message)


def check_turn(current: Mapping[str, object], update: Mapping[str, object]) -> None:
    """Refuse a copy that leaves one way for another: options of the old one would go with it.

    Raises:
        ConfigurationError: naming the ways.
    """
    turned = [way for way in WAYS if way in update and (update[way] is None) != (current[way] is None)]
    if turned:
        message = f"{', '.join(turned)}: a copy keeps its way to the model; make a new object with another one"
        raise ConfigurationError(message)


def sealed_list(model_list: object) -> object:
    """Return a model list so that nothing shows it: its entries hold keys."""
    return model_list if model_list is None or isinstance(model_list, Secret) else Secret(model_list)


def opened(value: Any) -> Any:  # noqa: ANN401 (any option's value)
    """Return what is under such a seal, or the value itself."""
    return value.get_secret_value() if isinstance(value, Secret) else value


def without_keys(model_list: object) -> list[dict[str, Any]] | None:
    """Return a model list as it may leave the process: the other one's environment has the keys."""
    if model_list is None:
        return None
    return [{**entry, "litellm_params": _harmless(entry["litellm_params"])} for entry in opened(model_list)]


def _harmless(params: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if not _SECRET.search(name) or _refers(value)}


def _refers(value: object) -> bool:
    return isinstance(value, str) and value.startswith(_REFERENCE)
