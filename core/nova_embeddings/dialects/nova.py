"""How Nova spells a request: objects with a task each, the common task on top, base64 for dense vectors.

Source: the Nova model card and the LiteLLM plan; where they differ, both places are filled (task) or the documented
one is (adapter, instructions).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from nova_embeddings._decoding import Expected
from nova_embeddings._errors import InputError
from nova_embeddings._space import MULTIVECTOR_WIDTH

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nova_embeddings._calls import Call
    from nova_embeddings._images import Image
    from nova_embeddings._inputs import EmbeddingInput

PARAMETERS = (
    "task",
    "adapter",
    "instructions",
    "return_multivector",
    "dimensions",
    "encoding_format",
    "user",
)
"""What a caller of LiteLLM may put into the body beside `model` and `input`; anything else stays out of it."""

# a float as JSON text needs at most 25 characters, and a token is at least one byte of text or of the prompt around it
_NUMBER_BYTES = 26
_ROW_BYTES = 512
_PROMPT_TOKENS = 512
_IMAGE_TOKENS = 32_768
_BASE_BYTES = 2**20
_MOST_BYTES = 2**31


def body_of(call: Call, wire_image: Callable[[Image], bytes]) -> bytes:
    """Return the JSON of a call of the core.

    Args:
        call: what is asked.
        wire_image: gives an image's base64 or address; called for one image after another, so that no more than one
            is held beside the body.

    Raises:
        InputError: an image cannot be sent; the index is that in the batch.
    """
    request = call.request
    body: dict[str, Any] = {
        "model": call.deployment.model,
        "task": call.task,
        "return_multivector": request.return_multivector,
    }
    if request.instructions:
        body["instructions"] = request.instructions
    if request.dimensions is not None:
        body["dimensions"] = request.dimensions
    if not request.return_multivector:
        body["encoding_format"] = "base64"
    if not call.visual:
        return orjson.dumps({**body, "input": [_item(value) for value in call.inputs]})
    file = io.BytesIO()
    file.write(orjson.dumps(body)[:-1] + b',"input":[')
    for index, value in enumerate(call.inputs):
        file.write(b"," if index else b"")
        _write(file, value, index, wire_image)
    file.write(b"]}")
    return file.getvalue()


def body_of_params(model: str, inputs: Sequence[Any], params: Mapping[str, Any]) -> bytes:
    """Return the JSON for any other caller of LiteLLM: inputs as they are, strings as objects, allowed options only."""
    task = params.get("task")
    items = [
        {"text": value, **({"task": task} if task else {})} if isinstance(value, str) else value for value in inputs
    ]
    options = {key: params[key] for key in PARAMETERS if params.get(key) is not None}
    return orjson.dumps({"model": model, "input": items, **options}, option=orjson.OPT_SERIALIZE_NUMPY)


def expected_of(call: Call) -> Expected:
    """Return what the answer to a call must hold."""
    return Expected(len(call), call.request.width, call.request.return_multivector)


def expected_of_params(count: int, params: Mapping[str, Any]) -> Expected:
    """Return what the answer to any other caller must hold."""
    multivector = params.get("return_multivector")
    width = MULTIVECTOR_WIDTH if multivector else params.get("dimensions")
    return Expected(count, width, multivector)


def most_bytes(expected: Expected, text_bytes: int, *, visual: bool = False) -> int:
    """Return how large an answer may be: what was asked for, at its most talkative."""
    rows = expected.count
    numbers = rows * (expected.width or 2 * 4096)
    if expected.multivector is not False:
        around = _IMAGE_TOKENS if visual else _PROMPT_TOKENS
        numbers = max(numbers, (text_bytes + rows * around) * MULTIVECTOR_WIDTH)
    return min(_MOST_BYTES, _BASE_BYTES + rows * _ROW_BYTES + numbers * _NUMBER_BYTES)


def _item(value: EmbeddingInput) -> dict[str, Any]:
    item: dict[str, Any] = {"task": value.task}
    if value.text is not None:
        item["text"] = value.text
    if value.instructions is not None:
        item["instructions"] = value.instructions
    if value.adapter is not None:
        item["adapter"] = value.adapter
    return item


def _write(file: io.BytesIO, value: EmbeddingInput, index: int, wire_image: Callable[[Image], bytes]) -> None:
    """Write an input with something to look at; the image's base64 is copied once, into the body."""
    file.write(orjson.dumps(_item(value))[:-1])
    if value.image_embeds is not None:
        numbers = value.image_embeds
        plain = np.ascontiguousarray(numbers) if isinstance(numbers, np.ndarray) else numbers
        file.write(b',"image_embeds":' + orjson.dumps(plain, option=orjson.OPT_SERIALIZE_NUMPY))
    if value.image is not None:
        try:
            written = wire_image(value.image)
        except InputError as error:
            error.index = index
            raise
        file.write(b',"image":"' + written + b'"')
    file.write(b"}")
