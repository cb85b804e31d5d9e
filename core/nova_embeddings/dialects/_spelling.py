"""A call -> its body, for every dialect that differs only in names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from nova_embeddings._decoding import Expected
from nova_embeddings._errors import InputError
from nova_embeddings.dialects._dialect import Spelling
from nova_embeddings.dialects._prompts import parameters_of, text_of

if TYPE_CHECKING:
    from nova_embeddings._calls import Call
    from nova_embeddings._images import Image
    from nova_embeddings.dialects._dialect import Dialect, WireImage


def spelled(call: Call, dialect: Dialect, wire_image: WireImage) -> Spelling:
    """Return a call as a dialect spells it.

    Raises:
        InputError: an image cannot be sent; the index is that in the batch.
    """
    if dialect.own_body is not None:
        return dialect.own_body(call, dialect, wire_image)
    body = {
        "model": call.deployment.model,
        dialect.inputs: [item_of(call, place, dialect, wire_image) for place in range(len(call))],
        **beside(call, dialect),
    }
    return Spelling(dialect.path, orjson.dumps(body), expected_of(call, dialect), narrow_of(call))


def beside(call: Call, dialect: Dialect) -> dict[str, Any]:
    """Return what stands in a body beside model and inputs."""
    request = call.request
    task = call.inputs[0].task or request.task
    said: dict[str, Any] = parameters_of(task, request.model)
    if request.dimensions is not None and dialect.dimensions:
        said[dialect.dimensions] = request.dimensions
    if request.return_multivector:
        said["return_multivector"] = True
    elif dialect.asks_base64:
        said |= dialect.asks_base64
    said |= (dialect.cut if request.truncate else dialect.whole) or {}
    said |= (dialect.late_chunking if request.late_chunking else None) or {}
    return said


def item_of(call: Call, place: int, dialect: Dialect, wire_image: WireImage) -> str | dict[str, str]:
    """Return one input as the dialect takes it."""
    value = call.inputs[place]
    if not dialect.objects:
        return text_of(value, call.request)
    item = {} if value.text is None else {"text": text_of(value, call.request)}
    return item if value.image is None else {**item, "image": image_of(value.image, place, wire_image)}


def image_of(image: Image, place: int, wire_image: WireImage) -> str:
    """Return an image's base64 or address.

    Raises:
        InputError: it cannot be sent; the index is that in the batch.
    """
    try:
        return wire_image(image).decode()
    except InputError as error:
        error.index = place
        raise


def expected_of(call: Call, dialect: Dialect) -> Expected:
    """Return what the answer must hold: the width that was asked for, or the model's where it is cut here."""
    request = call.request
    asked = request.width if dialect.dimensions or request.return_multivector else None
    width = asked or request.model.width or None
    return Expected(len(call), width, request.return_multivector, dialect.answers)


def narrow_of(call: Call) -> int | None:
    """Return the width to which vectors are cut and normalised here; some servers cut without normalising."""
    return None if call.request.return_multivector else call.request.dimensions
