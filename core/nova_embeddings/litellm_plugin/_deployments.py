"""What does an entry of a LiteLLM model list say: is it a Nova deployment, which tasks does it serve, is it sound?"""

from __future__ import annotations

import difflib
import os
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any

from litellm.types.router import LiteLLM_Params
from litellm.types.utils import all_litellm_params

from nova_embeddings._config import API_BASE_VARIABLE, DEFAULT_API_BASE
from nova_embeddings._errors import ConfigurationError
from nova_embeddings._names import canonical_name
from nova_embeddings._options import HOSTED, OWN_PROVIDERS
from nova_embeddings._routing import serving
from nova_embeddings._secrets import brief
from nova_embeddings._tasks import FAMILIES, TASKS, Family, family_of
from nova_embeddings.dialects._servers import NOVA_DIALECT, dialect_of
from nova_embeddings.dialects.nova import PARAMETERS

Entry = Mapping[str, Any]
_PREFIXES = tuple(f"{provider}/" for provider in OWN_PROVIDERS)
_PARAMS = frozenset({*LiteLLM_Params.model_fields, *all_litellm_params, *PARAMETERS, "tags", "extra_body", "dialect"})
_CLOSE = 0.75
_VERY_CLOSE = 0.8  # `tags` is no slip for `task`


def is_nova(entry: Entry) -> bool:
    """Tell by the provider, never by the name: other models are called nova too."""
    params = _params(entry)
    return str(params.get("model") or "").startswith(_PREFIXES) or params.get("custom_llm_provider") in OWN_PROVIDERS


def provider_of(entry: Entry) -> str:
    """Return which of our providers a Nova deployment has."""
    params = _params(entry)
    prefix = str(params.get("model") or "").partition("/")[0]
    return prefix if prefix in OWN_PROVIDERS else str(params.get("custom_llm_provider"))


def model_of(entry: Entry) -> str:
    """Return the model's name without a provider's prefix."""
    model = str(_params(entry).get("model") or "")
    return next((model.removeprefix(prefix) for prefix in _PREFIXES if model.startswith(prefix)), model)


def weights_of(entry: Entry) -> str:
    """Return the model whose vectors a deployment gives: `model_info.base_model`, else the name it is called by."""
    base = (entry.get("model_info") or {}).get("base_model")
    return canonical_name(str(base or model_of(entry)))


def answering(entries: Sequence[Entry], family: Family) -> list[Entry]:
    """Return the deployments that may answer a task of the family, each once."""
    found = [entry for task in TASKS if family_of(task) == family for entry in serving(entries, task, tasks_of)]
    return list({id(entry): entry for entry in found}.values())


def dialect_named(entry: Entry) -> str:
    """Return how a deployment's server spells requests: `litellm_params.dialect`, else Nova's way."""
    return str(_params(entry).get("dialect") or NOVA_DIALECT.name)


def tasks_of(entry: Entry) -> frozenset[str]:
    """Return the tasks or families that a deployment serves; empty where it serves all.

    They stand in `litellm_params.task`, else in `model_info.task`; else those of its `tags` that are tasks count, as
    in configurations that were written for tag filtering.
    """
    params = _params(entry)
    task = params.get("task") or (entry.get("model_info") or {}).get("task")
    if isinstance(task, str):
        return frozenset({task})
    tags = params.get("tags")
    return frozenset(tags).intersection(TASKS) if isinstance(tags, list | tuple) else frozenset()


def where(entry: Entry) -> Hashable:
    """Return what two calls to one deployment share: the model and the address."""
    address = _params(entry).get("api_base")
    return place(model_of(entry), str(address) if address else None)


def place(model: str, api_base: str | None) -> Hashable:
    """Return the same for what the provider is called with."""
    address = api_base or os.environ.get(API_BASE_VARIABLE) or DEFAULT_API_BASE
    return model, address.rstrip("/").removesuffix("/embeddings")


def check_entries(entries: Iterable[object]) -> None:
    """Refuse Nova deployments that are not what they seem; others are LiteLLM's business.

    Raises:
        ConfigurationError: naming the deployment and the key.
    """
    for number, entry in enumerate(entries):
        if not isinstance(entry, Mapping) or not isinstance(entry.get("litellm_params"), Mapping):
            message = f"model_list[{number}] is not a deployment: give a dict with model_name and litellm_params"
            raise ConfigurationError(message)
        if is_nova(entry):
            _check(f"model_list[{number}] ({brief(entry.get('model_name'))})", entry)


def check_same_engine(group: str, entries: Sequence[Entry]) -> None:
    """Refuse a group whose deployments cannot give comparable vectors.

    Raises:
        ConfigurationError: one is no Nova deployment, or an engine stands beside servers.
    """
    strangers = sorted({str(_params(entry).get("model")) for entry in entries if not is_nova(entry)})
    if strangers:
        message = f"group {group!r} has deployments that are not Nova's: {', '.join(strangers)}; name them otherwise"
        raise ConfigurationError(message)
    spoken = {dialect_named(entry) for entry in entries}
    if len(spoken) > 1:
        message = (
            f"group {group!r} mixes servers of several dialects: {', '.join(sorted(spoken))}; one group, one model"
        )
        raise ConfigurationError(message)
    for family in FAMILIES:
        _check_one_model(group, family, answering(entries, family))
    engines = {HOSTED if provider_of(entry) == HOSTED else model_of(entry) for entry in entries}
    if len(engines) > 1:
        message = (
            f"group {group!r} mixes vectors that must not meet: {', '.join(sorted(engines))}; one group, one model"
        )
        raise ConfigurationError(message)


def _check_one_model(group: str, family: str, entries: Sequence[Entry]) -> None:
    models = sorted({weights_of(entry) for entry in entries})
    if len(models) > 1 and {provider_of(entry) for entry in entries} == {HOSTED}:
        raise ConfigurationError(
            f"group {group!r} would mix vectors of several models for {family}: {', '.join(models)}; one group, one "
            "model a family. If they are one model under several names, give all of them the same model_info.base_model"
        )


def unknown_key(key: object, known: Collection[str], place: str) -> ConfigurationError:
    """Return the error for a key that nobody reads, with the one that may be meant."""
    near = difflib.get_close_matches(str(key).lower(), sorted(known), n=1, cutoff=_CLOSE)
    meant = f"; {near[0]} is meant?" if near else ""
    return ConfigurationError(f"{place}: {brief(key)} is not a key that is read here{meant}")


def _check(about: str, entry: Entry) -> None:
    params, info = _params(entry), entry.get("model_info") or {}
    if "headers" in params:
        message = f"{about}: headers do not reach embeddings through LiteLLM; give the key as api_key"
        raise ConfigurationError(message)
    for key in params:
        if key not in _PARAMS:
            raise unknown_key(key, _PARAMS, f"{about}, litellm_params")
    for key in (*entry, *info):
        if key != "task" and difflib.get_close_matches(str(key).lower(), ["task"], cutoff=_VERY_CLOSE):
            raise unknown_key(key, ["task"], f"{about}, model_info")
    if "task" in entry:
        message = f"{about}: task stands beside litellm_params; put it into litellm_params or model_info"
        raise ConfigurationError(message)
    if params.get("dialect") is not None:
        dialect_of(params["dialect"])
    for task in (params.get("task"), info.get("task")):
        if task is not None and task not in TASKS:
            message = f"{about}: task={brief(task)} is not a task or family of Nova; choose one of {', '.join(TASKS)}"
            raise ConfigurationError(message)


def _params(entry: Entry) -> Mapping[str, Any]:
    return entry.get("litellm_params") or {}
