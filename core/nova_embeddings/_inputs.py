"""What may be embedded: str | EmbeddingInput | dict -> EmbeddingInput, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, TypeAlias

from nova_embeddings._errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from nova_embeddings._tasks import Task

InputLike: TypeAlias = "str | EmbeddingInput | Mapping[str, object]"


@dataclass(frozen=True, slots=True)
class EmbeddingInput:
    """One thing to embed.

    What is None is inherited from the request, then from the client.

    Args:
        text: the text; neither empty nor only white space.
        task: one of Nova's seven tasks.
        instructions: wins over the request's; "" switches instructions off for this input.
        adapter: a LoRA adapter's name; by default the task's family.
    """

    text: str
    task: Task | None = None
    instructions: str | None = None
    adapter: str | None = None

    def __repr__(self) -> str:
        """Show the options, and of the text only its length: reprs end up in logs."""
        options = "".join(
            f", {name}={value!r}" for name in ("task", "adapter") if (value := getattr(self, name)) is not None
        )
        return f"EmbeddingInput(<{len(self.text) if isinstance(self.text, str) else '?'} characters>{options})"


_FIELDS = frozenset(field.name for field in fields(EmbeddingInput))


def parse_inputs(inputs: Iterable[InputLike]) -> list[EmbeddingInput]:
    """Return the inputs as `EmbeddingInput`s.

    Raises:
        InputError: an input is of another type, has an unknown key, or is None; its index is given.
        ConfigurationError: `inputs` is one thing, not a list of things.
    """
    if isinstance(inputs, str | bytes | Mapping | EmbeddingInput) or not isinstance(inputs, Iterable):
        message = f"inputs is of type {type(inputs).__name__}; give a list of inputs, also for a single one"
        raise ConfigurationError(message)
    return [_parse(index, value) for index, value in enumerate(inputs)]


def _parse(index: int, value: object) -> EmbeddingInput:
    if isinstance(value, str):
        return EmbeddingInput(value)
    if isinstance(value, EmbeddingInput):
        return value
    if isinstance(value, Mapping):
        return _from_mapping(index, value)
    message = f"is of type {type(value).__name__}; give a str, an EmbeddingInput, or a dict with its fields"
    raise InputError(message, index=index)


def _from_mapping(index: int, value: Mapping[str, object]) -> EmbeddingInput:
    unknown = sorted(str(key) for key in value if key not in _FIELDS)
    if unknown or "text" not in value:
        seen = f"has the unknown keys {unknown}" if unknown else "has no text"
        message = f"{seen}; an input's keys are {', '.join(sorted(_FIELDS))}"
        raise InputError(message, index=index)
    return EmbeddingInput(**value)  # type: ignore[arg-type]  # the values are checked with all others


def check_texts(texts: Iterable[str]) -> list[str]:
    """Return the texts as a list, each one fit to be embedded.

    For integrations that cut a list before they hand it over: a bad text is found before any is sent.

    Raises:
        InputError: a text is no str, blank, or no valid Unicode; its index is given.
        ConfigurationError: `texts` is one thing, not a list of things.
    """
    parsed = parse_inputs(texts)
    for index, value in enumerate(parsed):
        utf8_length(value.text, index)
    return [value.text for value in parsed]


def utf8_length(text: object, index: int | None, what: str = "text") -> int:
    """Return the text's size in bytes; it is the one place where a text is checked.

    Raises:
        InputError: the text is no str, is blank, or holds a lone surrogate (half of a character, no UTF-8).
    """
    if not isinstance(text, str):
        message = f"{what} is of type {type(text).__name__}, not a str"
        raise InputError(message, index=index)
    if not text or text.isspace():
        message = f"{what} is {'only white space' if text else 'empty'}; leave it out, or give it some text"
        raise InputError(message, index=index)
    try:
        return len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError as error:
        message = (
            f"{what} holds a lone surrogate at character {error.start}, which is not valid Unicode; "
            "decode the source with errors='replace', or drop the character"
        )
        raise InputError(message, index=index) from None
