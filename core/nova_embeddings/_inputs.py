"""What may be embedded: str | Image | EmbeddingInput | dict -> EmbeddingInput, checked before anything is sent."""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Any, TypeAlias

from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._images import Image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from nova_embeddings._pictures import Pictures
    from nova_embeddings._tasks import Task

InputLike: TypeAlias = "str | Image | EmbeddingInput | Mapping[str, object]"


@dataclass(frozen=True, slots=True, eq=False)
class EmbeddingInput:
    """One thing to embed: a text, an image, or both fused into one vector.

    An option that is None is inherited from the request, then from the client.

    Args:
        text: the text; neither empty nor only white space.
        image: an image; with a text beside it, one vector is made of both.
        image_embeds: what the vision encoder would make of an image: a list or array of numbers of any nesting, passed
            on as it is; instead of an image.
        task: what the vector is for.
        instructions: wins over the request's; "" switches instructions off for this input.
        adapter: a LoRA adapter's name; by default the task's family.
        document: with late chunking, the document of which the text is a piece; pieces that name none are of one.
    """

    text: str | None = None
    image: Image | None = field(default=None, kw_only=True)
    image_embeds: Sequence[Any] | NDArray[Any] | None = field(default=None, kw_only=True)
    task: Task | None = field(default=None, kw_only=True)
    instructions: str | None = field(default=None, kw_only=True)
    adapter: str | None = field(default=None, kw_only=True)
    document: str | None = field(default=None, kw_only=True)

    @property
    def visual(self) -> bool:
        """Tell whether there is something to look at."""
        return self.image is not None or self.image_embeds is not None

    def __repr__(self) -> str:
        """Show the options, and of the text only its length: reprs end up in logs."""
        shown = [] if self.text is None else [f"<{len(self.text) if isinstance(self.text, str) else '?'} characters>"]
        shown += [] if self.image is None else [f"image={self.image!r}"]
        shown += [] if self.image_embeds is None else ["image_embeds=<numbers>"]
        options = [(name, getattr(self, name)) for name in ("task", "adapter")]
        shown += [f"{name}={value!r}" for name, value in options if value is not None]
        return f"EmbeddingInput({', '.join(shown)})"


_NUMBER_BYTES = 20
_FIELDS = frozenset(one.name for one in fields(EmbeddingInput))


def require_list(inputs: Iterable[Any]) -> Iterable[Any]:
    """Return the inputs, unless they are one input.

    Raises:
        ConfigurationError: it is one thing, not a list of things.
    """
    given: object = inputs
    if isinstance(given, str | bytes | Mapping | EmbeddingInput | Image) or not isinstance(given, Iterable):
        hint = "asynchronous ones go to aembed_iter" if isinstance(given, AsyncIterable) else "also for a single one"
        message = f"inputs is of type {type(given).__name__}; give a list of inputs, {hint}"
        raise ConfigurationError(message)
    return inputs


def parse_input(index: int, value: object) -> EmbeddingInput:
    """Return an input as an `EmbeddingInput`.

    Raises:
        InputError: it is of another type, has an unknown key, or is None.
    """
    if isinstance(value, str):
        return EmbeddingInput(value)
    if isinstance(value, EmbeddingInput):
        return value
    if isinstance(value, Image):
        return EmbeddingInput(image=value)
    if isinstance(value, Mapping):
        return _from_mapping(index, value)
    message = f"is of type {type(value).__name__}; give a str, an Image, an EmbeddingInput, or a dict with its fields"
    raise InputError(message, index=index)


def _from_mapping(index: int, value: Mapping[str, object]) -> EmbeddingInput:
    unknown = sorted(str(key) for key in value if key not in _FIELDS)
    if unknown:
        message = f"has the unknown keys {unknown}; an input's keys are {', '.join(sorted(_FIELDS))}"
        raise InputError(message, index=index)
    return EmbeddingInput(**value)  # type: ignore[arg-type]  # the values are checked with all others


def size_of(value: EmbeddingInput, index: int, pictures: Pictures) -> int:
    """Return the size of an input on the wire in bytes, roughly; it is the one place where an input is checked.

    Raises:
        InputError: there is nothing to embed, too much, or something that is not what it should be.
    """
    if value.text is None and not value.visual:
        message = "has neither text, image nor image_embeds; give at least one"
        raise InputError(message, index=index)
    size = 0 if value.text is None else utf8_length(value.text, index)
    if value.image is not None and value.image_embeds is not None:
        message = "has both image and image_embeds; give one of them"
        raise InputError(message, index=index)
    if value.image is not None:
        size += _image_size(value.image, index, pictures)
    return size if value.image_embeds is None else size + _numbers_size(value.image_embeds, index)


def _image_size(image: object, index: int, pictures: Pictures) -> int:
    if not isinstance(image, Image):
        message = f"image is of type {type(image).__name__}; make it with Image.from_path, from_url, from_bytes, …"
        raise InputError(message, index=index)
    try:
        return pictures.check(image)
    except InputError as error:
        error.index = index
        raise


def _numbers_size(numbers: object, index: int) -> int:
    import numpy as np  # noqa: PLC0415 (not needed to import the package)

    try:
        array = np.asarray(numbers)
        fine = array.dtype.kind in "fiu" and array.size > 0 and bool(np.isfinite(array).all())
    except (TypeError, ValueError):
        fine = False
    if not fine:
        message = "image_embeds is no list or array of finite numbers, evenly nested and not empty"
        raise InputError(message, index=index)
    return int(array.size) * _NUMBER_BYTES


def check_texts(texts: Iterable[str]) -> list[str]:
    """Return the texts as a list, each one fit to be embedded.

    For integrations that cut a list before they hand it over: a bad text is found before any is sent.

    Raises:
        InputError: a text is no str, blank, or no valid Unicode; its index is given.
        ConfigurationError: `texts` is one thing, not a list of things.
    """
    listed = list(require_list(texts))
    for index, text in enumerate(listed):
        utf8_length(text, index)
    return listed


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
