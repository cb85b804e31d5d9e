"""What may be shown? Keys never; a server's words only without a key and without the input's text."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, final

if TYPE_CHECKING:
    from collections.abc import Iterable

_SHOWN = 300
_WINDOW = 12
_SEED = 6  # any 12 characters in a row hold six whose place in the line is a multiple of six: few to look for
_BRIEF = 40
_WHOLE = 4


class SecretLike(Protocol):
    """A secret of someone else's, such as pydantic's `SecretStr`: it stays closed until it goes out."""

    def get_secret_value(self) -> str:
        """Return the value."""
        ...


@final
class Secret:
    """A string that no repr, log, copy to another process or JSON dump shows."""

    __slots__ = ("_value",)

    def __init__(self, value: str | None) -> None:
        """Hold the value; an empty one counts as none."""
        self._value = value or None

    def reveal(self) -> str | None:
        """Return the value: for the line that puts it on the wire, and no other."""
        return self._value

    def get_secret_value(self) -> str:
        """Return the value, as `SecretLike` has it."""
        return self._value or ""

    def __bool__(self) -> bool:
        """Tell whether there is a value."""
        return self._value is not None

    def __repr__(self) -> str:
        """Show only whether there is a value."""
        return "Secret('***')" if self else "Secret(None)"

    def __eq__(self, other: object) -> bool:
        """Compare the values."""
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        """Hash the value."""
        return hash(self._value)

    def __reduce__(self) -> tuple[type[Secret], tuple[None]]:
        """Pickle as no secret: the other process reads its own environment."""
        return (Secret, (None,))

    def __copy__(self) -> Secret:
        """Stay in the process: an immutable value is its own copy."""
        return self

    def __deepcopy__(self, memo: object) -> Secret:
        """Stay in the process: an immutable value is its own copy."""
        return self


def brief(value: object) -> str:
    """Return an option's value as an error shows it: a long text, or a list, could be an input in the wrong place."""
    simple = value is None or isinstance(value, bool | int | float) or (isinstance(value, str) and len(value) <= _BRIEF)
    return repr(value) if simple else f"<a {type(value).__name__}>"


def shown(message: str, secrets: Iterable[str | None], texts: Iterable[str]) -> str:
    """Return the server's words, cut to a line and without secrets or pieces of the texts.

    A piece is a whole text of at least 4 characters, or any 12 characters that a text contains.
    """
    line = " ".join(message.split())
    for secret in secrets:
        if secret:
            line = line.replace(secret, "***")
    line = line[: 2 * _SHOWN]  # after the secrets: a cut one would be found no more
    line = _without_texts(line, [text for text in texts if len(text) >= _WHOLE])
    return line if len(line) <= _SHOWN else line[:_SHOWN] + "…"


def _without_texts(line: str, texts: list[str]) -> str:
    line = re.sub(r"\\u([0-9a-fA-F]{4})", lambda code: chr(int(code[1], 16)), line)
    hidden = bytearray(len(line))
    for text in texts:
        folded = " ".join(text.split())
        if len(folded) < _WINDOW:
            for found in re.finditer(re.escape(folded), line, re.IGNORECASE):
                hidden[found.start() : found.end()] = b"\1" * (found.end() - found.start())
        else:
            _mark_shared(_lower(line), _lower(folded), hidden)
    if not any(hidden):
        return line
    kept = "".join("\0" if mark else char for char, mark in zip(line, hidden, strict=True))
    return re.sub("\0+", "[input text]", kept)


def _mark_shared(line: str, text: str, hidden: bytearray) -> None:
    for seed in range(0, len(line) - _SEED + 1, _SEED):
        if line[seed : seed + _SEED] in text:
            for start in range(max(0, seed - _WINDOW + _SEED), min(seed, len(line) - _WINDOW) + 1):
                if line[start : start + _WINDOW] in text:
                    hidden[start : start + _WINDOW] = b"\1" * _WINDOW


def _lower(text: str) -> str:
    """Return the text in lower case, as long as that keeps its places."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else text
