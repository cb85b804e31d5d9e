"""Which instructions are tried, and on which sides of the search?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._inputs import utf8_length
from nova_embeddings._secrets import brief

Instructions: TypeAlias = "str | Mapping[str, str | None] | None"
Sides = Literal["both", "query"]
BASELINE = "none"
_ALONE = "instructions"


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to embed both sides.

    Args:
        name: what the report calls it.
        query: instructions of the queries; None for the client's own, "" for none.
        passage: instructions of the documents, likewise.
    """

    name: str
    query: str | None
    passage: str | None


def variants_of(instructions: Instructions, sides: Sides) -> tuple[Variant, ...]:
    """Return the variants, the one that the others are compared with first.

    None is the client as it is configured. Of a mapping the first variant without instructions is the baseline; where
    there is none, one named "none" is added.

    Raises:
        ConfigurationError: `instructions` or `sides` has another form, or no text.
    """
    if sides not in get_args(Sides):
        raise ConfigurationError(f"sides={brief(sides)}: instructions go to 'both' sides, or to the 'query' only")
    if instructions is None:
        return (Variant(BASELINE, None, None),)
    if isinstance(instructions, str):
        return (_variant(_ALONE if instructions else BASELINE, instructions, sides),)
    if not isinstance(instructions, Mapping) or not instructions:
        raise ConfigurationError("instructions is no text and no dict {name: text}; give one of them, or None")
    named = {_checked_name(name): text or "" for name, text in instructions.items()}
    if all(named.values()):
        if BASELINE in named:
            raise ConfigurationError(
                f"instructions[{BASELINE!r}] has a text, but that name is the baseline's; rename it"
            )
        named = {BASELINE: "", **named}
    order = sorted(named, key=lambda name: bool(named[name]))  # stable: the empty ones first
    return tuple(_variant(name, named[name], sides) for name in order)


def _variant(name: str, text: str, sides: Sides) -> Variant:
    if text:
        utf8_length(text, None, f"instructions {name!r}")
    return Variant(name, text, text if sides == "both" else "")


def _checked_name(name: object) -> str:
    if isinstance(name, str) and name.strip():
        return name
    raise ConfigurationError(f"instructions has the name {brief(name)}; names are texts, and not empty")
