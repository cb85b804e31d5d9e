"""Which names does the Nova model go by?

Source: the Nova model card and the LiteLLM plan, which spell the adapters' models in two ways.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_embeddings._tasks import FAMILIES

if TYPE_CHECKING:
    from nova_embeddings._tasks import Family

CANONICAL = "remodlai/nova-embeddings-v1"
ALIAS = CANONICAL.rpartition("/")[2]
_STEMS = (ALIAS, ALIAS.removesuffix("-v1"))
FAMILY_OF_NAME: dict[str, Family] = {f"{stem}-{family}": family for family in FAMILIES for stem in _STEMS}
"""Names under which one adapter of the model is served, and its family."""


def canonical_name(name: str) -> str:
    """Return the model's own name for any that it goes by; another model's name as it is."""
    return CANONICAL if name == ALIAS or name in FAMILY_OF_NAME else name
