"""How Nova spells a request: objects with a task each, the common task on top, base64 for dense vectors.

Source: the Nova model card and the LiteLLM plan; where they differ, both places are filled (task) or the documented
one is (adapter, instructions).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from nova_embeddings._decoding import Expected
from nova_embeddings._space import MULTIVECTOR_WIDTH

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nova_embeddings._calls import Call
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
_BASE_BYTES = 2**20
_MOST_BYTES = 2**31


def body_of(call: Call) -> bytes:
    """Return the JSON of a call of the core."""
    request = call.request
    body: dict[str, Any] = {
        "model": call.deployment.model,
        "task": call.task,
        "input": [_item(value) for value in call.inputs],
        "return_multivector": request.return_multivector,
    }
    if request.instructions:
        body["instructions"] = request.instructions
    if request.dimensions is not None:
        body["dimensions"] = request.dimensions
    if not request.return_multivector:
        body["encoding_format"] = "base64"
    return orjson.dumps(body)


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


def most_bytes(expected: Expected, text_bytes: int) -> int:
    """Return how large an answer may be: what was asked for, at its most talkative."""
    rows = expected.count
    numbers = rows * (expected.width or 2 * 4096)
    if expected.multivector is not False:
        numbers = max(numbers, (text_bytes + rows * _PROMPT_TOKENS) * MULTIVECTOR_WIDTH)
    return min(_MOST_BYTES, _BASE_BYTES + rows * _ROW_BYTES + numbers * _NUMBER_BYTES)


def _item(value: EmbeddingInput) -> dict[str, Any]:
    item: dict[str, Any] = {"task": value.task, "text": value.text}
    if value.instructions is not None:
        item["instructions"] = value.instructions
    if value.adapter is not None:
        item["adapter"] = value.adapter
    return item
