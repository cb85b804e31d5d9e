"""Which model names does the server answer to, and what does a name pin?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nova_embeddings._names import ALIAS, CANONICAL, FAMILY_OF_NAME
from nova_embeddings._tasks import FAMILIES
from nova_embeddings.server._refusal import NOT_FOUND, Refusal

if TYPE_CHECKING:
    from nova_embeddings._tasks import Family
    from nova_embeddings.engines import Host

NOT_NOVA = "not the Nova model"


@dataclass(frozen=True, slots=True)
class Model:
    """What a request's model name pins.

    Args:
        name: as it was asked for; the answer echoes it.
        family: the only family whose tasks go with it; None for any.
        adapter: the adapter of inputs that name none; None for their family's.
    """

    name: str
    family: Family | None = None
    adapter: str | None = None


def model_of(name: str, host: Host) -> Model:
    """Return what the name pins.

    Raises:
        Refusal: the server does not answer to it.
    """
    if name in (CANONICAL, ALIAS):
        return Model(name)
    if name in FAMILY_OF_NAME:
        return Model(name, FAMILY_OF_NAME[name])
    if name in host.adapters:
        return Model(name, next((family for family in FAMILIES if family == name), None), name)
    message = f"model={name!r} does not exist; this server answers to {', '.join(_names(host))}"
    raise Refusal(message, "model", NOT_FOUND)


def listing(host: Host) -> dict[str, Any]:
    """Return the answer of `/v1/models`: every name, adapters with the model below them as parent."""
    about = {"object": "model", "owned_by": "nova-embeddings", "engine": host.engine.name, "note": NOT_NOVA}
    own = (CANONICAL, ALIAS)
    data = [{"id": name, **about, "parent": None if name in own else CANONICAL} for name in _names(host)]
    return {"object": "list", "data": data}


def _names(host: Host) -> list[str]:
    families = [name for name, family in FAMILY_OF_NAME.items() if family in host.adapters]
    return [CANONICAL, ALIAS, *families, *host.adapters]
