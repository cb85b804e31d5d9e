"""Which inputs of a request are known, which are to be embedded, and which are the same as one of those?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Container, Sequence


@dataclass(frozen=True, slots=True)
class Sorted:
    """The places of a request's inputs, by what is to be done for them; each is in one of the three.

    Args:
        found: those whose key is known.
        remaining: those to be embedded, ascending; of several with one key only the first.
        twins: for some of those, the others with the same key.
    """

    found: list[int] = field(default_factory=list)
    remaining: list[int] = field(default_factory=list)
    twins: dict[int, list[int]] = field(default_factory=dict)


def sort_out(keys: Sequence[str | None], known: Container[str]) -> Sorted:
    """Sort the places of inputs by their keys; one without a key is like no other."""
    made = Sorted()
    first: dict[str, int] = {}
    for place, key in enumerate(keys):
        if key is not None and key in known:
            made.found.append(place)
        elif key is not None and key in first:
            made.twins.setdefault(first[key], []).append(place)
        else:
            made.remaining.append(place)
            if key is not None:
                first[key] = place
    return made
