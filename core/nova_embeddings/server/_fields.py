"""May these fields stand in this JSON object? The rules that every object has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nova_embeddings.server._refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Iterable

_KINDS: dict[type, str] = {
    dict: "an object",
    list: "a list",
    str: "a string",
    bool: "a boolean",
    int: "a number",
    float: "a number",
    type(None): "null",
}
_NAME_SHOWN = 64


def kind(value: object) -> str:
    """Return what JSON calls the value."""
    return _KINDS[type(value)]


def fields_of(value: object, known: Iterable[str], what: str, place: str = "") -> dict[str, Any]:
    """Return the object's fields; null counts as left out.

    Args:
        value: the object.
        known: the fields it may have.
        what: what the object is, for the message.
        place: where it stands, such as `input[3]`; empty for the body itself.

    Raises:
        Refusal: it is no object, or has another field.
    """
    if not isinstance(value, dict):
        message = f"{place or 'the body'} is {kind(value)}, not an object"
        raise Refusal(message, place or None)
    prefix = f"{place}." if place else ""
    allowed = sorted(known)
    for name in value:
        if name not in allowed:
            seen = f"{prefix}{name[:_NAME_SHOWN]}"
            message = f"{seen} is not a field of {what}; its fields are {', '.join(allowed)}"
            raise Refusal(message, seen)
    return {name: held for name, held in value.items() if held is not None}


def string_in(fields: dict[str, Any], name: str) -> str:
    """Return a string that the body must have.

    Raises:
        Refusal: it is missing, no string, or blank.
    """
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        seen = "missing" if value is None else "blank" if isinstance(value, str) else kind(value)
        message = f"{name} is {seen}; give a string that is not blank"
        raise Refusal(message, name)
    return value


def flag_in(fields: dict[str, Any], name: str, *, default: bool) -> bool:
    """Return true or false, or the default if it is left out.

    Raises:
        Refusal: it is neither.
    """
    value = fields.get(name, default)
    if not isinstance(value, bool):
        message = f"{name} is {kind(value)}; give true or false"
        raise Refusal(message, name)
    return value
