"""Does a payload match a filter?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nova_embeddings.stores._fitting import Value, Wanted


def matches(payload: Mapping[str, Any], wanted: Wanted) -> bool:
    """Tell whether every field has one of its values; a list in the payload has those of its items.

    As in Qdrant: true is not 1, an int is found as an int only, a float is found as any number of that value.
    """
    return all(
        any(_equal(found, value) for found in _values(payload, field) for value in values)
        for field, values in wanted.items()
    )


def _values(payload: Mapping[str, Any], field: str) -> list[Any]:
    here: Any = payload
    for name in field.split("."):
        if not isinstance(here, dict) or name not in here:
            return []
        here = here[name]
    return here if isinstance(here, list) else [here]


def _equal(found: object, wanted: Value) -> bool:
    if type(wanted) is float:
        return isinstance(found, int | float) and not isinstance(found, bool) and found == wanted
    return type(found) is type(wanted) and found == wanted
