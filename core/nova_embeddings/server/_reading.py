"""JSON -> what is asked, by every rule of Nova's wire; strict, so that a client's mistake does not pass unseen.

An input's own task, adapter and instructions win over the request's; null counts as left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._inputs import EmbeddingInput, utf8_length
from nova_embeddings._options import NOVA_DIMENSIONS, Request, check_instructions, check_name
from nova_embeddings._tasks import TASKS, family_of
from nova_embeddings.server._fields import fields_of, flag_in, kind, string_in
from nova_embeddings.server._images import image_in, numbers_in
from nova_embeddings.server._models import Model, model_of
from nova_embeddings.server._refusal import NOT_FOUND, Refusal, about

if TYPE_CHECKING:
    from nova_embeddings._tasks import Task
    from nova_embeddings.engines import Host
    from nova_embeddings.server._settings import Settings

_OPTIONS = ("task", "adapter", "instructions")
_ITEM_FIELDS = ("text", "image", "image_embeds", *_OPTIONS)
# `user` is OpenAI's and changes no vector; its clients send it
_BODY_FIELDS = ("model", "input", "dimensions", "encoding_format", "return_multivector", "user", *_OPTIONS)
_ENCODINGS = ("float", "base64")


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that keeps every rule.

    Args:
        model: the name to echo.
        inputs: each with its task.
        places: where each input stands, for refusals.
        request: what is asked of all inputs.
        base64: whether vectors are wanted as base64.
    """

    model: str
    inputs: list[EmbeddingInput]
    places: list[Place]
    request: Request
    base64: bool


@dataclass(frozen=True, slots=True)
class Place:
    """Where an input stands.

    Args:
        input: the input, such as `input[3]`.
        read: what of it is read as text: its `text`, else what it has in place of it.
        seen: its `image` or `image_embeds`; without one, as `read`.
    """

    input: str
    read: str
    seen: str


@dataclass(frozen=True, slots=True)
class _Options:
    """What may be said on top or in an input."""

    task: Task | None
    adapter: str | None
    instructions: str | None


def read(body: object, host: Host, settings: Settings) -> Asked:
    """Return what the body asks.

    Raises:
        Refusal: it breaks a rule; the field is named.
    """
    fields = fields_of(body, _BODY_FIELDS, "a request")
    if "user" in fields:
        string_in(fields, "user")
    model = model_of(string_in(fields, "model"), host)
    top = _options(fields, "", model, host)
    items = _items(fields.get("input"), settings.max_inputs)
    encoding = fields.get("encoding_format", "float")
    if encoding not in _ENCODINGS:
        message = f"encoding_format={encoding!r} is not known; choose one of {', '.join(_ENCODINGS)}"
        raise Refusal(message, "encoding_format")
    inputs = [_input(place, item, top, model, host, settings) for place, item in items]
    places = [_place(place, item) for place, item in items]
    return Asked(model.name, inputs, places, _request(fields, top, inputs[0], host, settings), encoding == "base64")


def _items(value: object, most: int) -> list[tuple[str, object]]:
    """Return each input with its place; a single one may stand without a list."""
    if value is None or value == []:
        message = (
            f"input is {'missing' if value is None else 'an empty list'}; give a text, an object, or a list of them"
        )
        raise Refusal(message, "input")
    if not isinstance(value, list):
        return [("input", value)]
    if len(value) > most:
        message = f"input has {len(value)} items, more than the {most} that one request may have"
        raise Refusal(message, "input")
    return [(f"input[{index}]", item) for index, item in enumerate(value)]


def _place(place: str, item: object) -> Place:
    if not isinstance(item, dict):
        return Place(place, place, place)
    given = [f"{place}.{name}" for name in ("text", "image", "image_embeds") if item.get(name) is not None]
    return Place(place, given[0], given[-1])


def _input(place: str, item: object, top: _Options, model: Model, host: Host, settings: Settings) -> EmbeddingInput:
    if not isinstance(item, str | dict):
        message = f"{place} is {kind(item)}; give a text, or an object with a text or an image"
        raise Refusal(message, place)
    fields = {"text": item} if isinstance(item, str) else fields_of(item, _ITEM_FIELDS, "an input", place)
    image, numbers = image_in(fields, place, settings.pictures), numbers_in(fields, place)
    text = _text(fields, place if isinstance(item, str) else f"{place}.text", visual=bool(image or numbers))
    own = _options(fields, f"{place}.", model, host)
    task = own.task or top.task or model.family
    if task is None:
        message = f"{place}.task is missing, and the request has none either; choose one of {', '.join(TASKS)}"
        raise Refusal(message, f"{place}.task")
    adapter = own.adapter or top.adapter or model.adapter
    _check_adapter(adapter or family_of(task), f"{place}.{'adapter' if adapter else 'task'}", host)
    own_options: dict[str, Any] = {"task": task, "instructions": own.instructions, "adapter": adapter}
    return EmbeddingInput(text, image=image, image_embeds=numbers, **own_options)


def _text(fields: dict[str, Any], where: str, *, visual: bool) -> str | None:
    text = fields.get("text")
    if text is None and visual:
        return None
    if not isinstance(text, str):
        message = f"{where} is {'missing, and there is no image' if text is None else kind(text)}; give a string"
        raise Refusal(message, where)
    with about("", where):
        utf8_length(text, None, where)
    return text


def _options(fields: dict[str, Any], prefix: str, model: Model, host: Host) -> _Options:
    adapter, instructions = fields.get("adapter"), fields.get("instructions")
    with about(prefix, "adapter"):
        check_name("adapter", adapter)
    if adapter is not None:
        _check_adapter(adapter, f"{prefix}adapter", host)
    with about(prefix, "instructions"):
        check_instructions(instructions)
    return _Options(_task(fields.get("task"), prefix, model), adapter, instructions)


def _task(value: object, prefix: str, model: Model) -> Task | None:
    """Return the task; the model knows seven names, and no alias of one."""
    if value is None:
        return None
    for task in TASKS:
        if value == task:
            if model.family not in (None, family_of(task)):
                own = ", ".join(other for other in TASKS if family_of(other) == model.family)
                message = f"{prefix}task={value!r} does not go with model={model.name!r}; its tasks are {own}"
                raise Refusal(message, f"{prefix}task")
            return task
    message = f"{prefix}task={value!r} is not a task of Nova; choose one of {', '.join(TASKS)}"
    raise Refusal(message, f"{prefix}task")


def _check_adapter(name: str, place: str, host: Host) -> None:
    try:
        host.check_adapter(name)
    except ConfigurationError as error:
        raise Refusal(str(error), place, NOT_FOUND) from None


def _request(fields: dict[str, Any], top: _Options, first: EmbeddingInput, host: Host, settings: Settings) -> Request:
    dimensions = fields.get("dimensions")
    others = host.engine.widths if settings.any_dimensions else range(0)
    known_width = type(dimensions) is int and (dimensions in NOVA_DIMENSIONS or dimensions in others)
    if dimensions is not None and not known_width:
        further = f", or any from {others.start} to {others.stop - 1}" if others else ""
        known = ", ".join(map(str, NOVA_DIMENSIONS))
        message = f"dimensions={dimensions!r} is not a width of this server; choose one of {known}{further}"
        raise Refusal(message, "dimensions")
    with about("", "dimensions"):
        return Request(
            task=first.task or TASKS[0],
            instructions=top.instructions,
            dimensions=dimensions,
            return_multivector=flag_in(fields, "return_multivector", default=settings.multivector),
            any_dimensions=settings.any_dimensions,
        )
