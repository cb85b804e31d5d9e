"""Which group of a Router does a client use, and which model stands behind it?"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from litellm.router import Router

from nova_embeddings._config import spoken_by
from nova_embeddings._errors import ConfigurationError
from nova_embeddings._models import NOVA, Answering, Model
from nova_embeddings._options import HOSTED, Deployment
from nova_embeddings._secrets import brief
from nova_embeddings._tasks import FAMILIES
from nova_embeddings.dialects._servers import NOVA_DIALECT, dialect_named_by
from nova_embeddings.dialects._table import model_of as model_of_name
from nova_embeddings.litellm_plugin._deployments import (
    answering,
    check_entries,
    check_same_engine,
    dialect_named,
    is_nova,
    model_of,
    provider_of,
    weights_of,
)
from nova_embeddings.litellm_plugin._provider import register
from nova_embeddings.litellm_plugin._routers import install

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nova_embeddings.litellm_plugin._deployments import Entry


def router_of(model_list: Sequence[Mapping[str, Any]]) -> Router:
    """Return a Router over these deployments; it retries nothing, since the client does.

    Raises:
        ConfigurationError: an entry is wrong.
    """
    if isinstance(model_list, str | Mapping) or not isinstance(model_list, Sequence) or not model_list:
        message = "model_list is not a non-empty list of deployments, as litellm.Router takes it"
        raise ConfigurationError(message)
    check_entries(model_list)
    register()
    try:
        return Router(model_list=copy.deepcopy([dict(entry) for entry in model_list]), num_retries=0)
    except Exception as error:  # noqa: BLE001 (LiteLLM's own words may hold a key)
        message = f"litellm.Router refuses the model_list ({type(error).__name__}); has each entry a model_name?"
        raise ConfigurationError(message) from None


def deployment_of(router: Router, group: str | None) -> Deployment:
    """Return what stands for a group of the Router, which learns to route by task.

    Args:
        router: whose groups they are.
        group: its name; None for the only one with Nova deployments.

    Raises:
        ConfigurationError: there is no such group, or its vectors must not be mixed.
    """
    install(router)
    entries = router.get_model_list() or []
    groups = sorted({str(entry["model_name"]) for entry in entries if is_nova(entry)})
    name = group or (groups[0] if len(groups) == 1 else None)
    chosen = (router.get_model_list(model_name=name) or []) if name else []
    if name is None or not chosen:
        named = f"model={brief(group)} is none of the Router's groups" if group else "model names no group"
        message = f"{named} with Nova deployments: {', '.join(groups) or 'it has none'}{_respelt(entries)}"
        raise ConfigurationError(message)
    check_same_engine(name, chosen)
    dialect = dialect_named(chosen[0])
    spoken = NOVA if dialect == NOVA_DIALECT.name else _spoken(name, chosen)
    weights = _weights(name, chosen)
    behind = tuple(_behind(chosen))
    provider = provider_of(chosen[0])
    return Deployment(
        provider, name, "", routed=True, weights=weights, dialect=dialect, speaks=spoken, answering=behind
    )


def _behind(entries: Sequence[Entry]) -> Iterator[Answering]:
    """Yield the model of each family, so that the space of one does not change with what else is in the group."""
    for family in FAMILIES:
        for entry in answering(entries, family)[:1]:
            own = NOVA if dialect_named(entry) == NOVA_DIALECT.name else spoken_by(model_of(entry))
            yield Answering(family, weights_of(entry), own)


def _respelt(entries: Sequence[Entry]) -> str:
    """Return how a list says what a client's model says with a dialect's prefix; "" where no entry has one."""
    models = [str((entry.get("litellm_params") or {}).get("model") or "").partition("/") for entry in entries]
    rows = [(dialect_named_by(prefix), prefix, rest) for prefix, _, rest in models]
    found = next(((row.name, f"{prefix}/{rest}", rest) for row, prefix, rest in rows if row and rest), None)
    if found is None:
        return ""
    dialect, model, rest = found
    return f"; for {model} give model: {HOSTED}/{rest} and dialect: {dialect} in litellm_params"


def _spoken(name: str, entries: Sequence[Entry]) -> Model:
    """Return what the deployments of a group can be asked for together: each may serve a family alone."""
    rows = [model_of_name(model_of(entry)) for entry in entries]
    known = [row for row in rows if row is not None]
    if len(known) < len(rows):
        return Model(name, "", "", known=False)
    prompts = {task: sent for row in known for task, sent in row.prompts.items()}
    return replace(known[0], name=name, prompts=prompts)


def _weights(name: str, entries: Sequence[Entry]) -> str:
    """Return the model whose vectors the group gives: the one that all deployments name, else the group's name."""
    models = {weights_of(entry) for entry in entries}
    return models.pop() if len(models) == 1 else name
