"""How vLLM spells a request for jina-embeddings-v4, and for any other model it serves.

Texts go out as strings with the model's own prefix, images as conversations, one a call, and token vectors are asked
for at `/pooling`. Narrower vectors are cut here: the checkpoints do not say that they may be.
Source: vLLM 0.33's entrypoints and its jina-embeddings-v4 example.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from nova_embeddings.dialects._dialect import Spelling
from nova_embeddings.dialects._prompts import text_of
from nova_embeddings.dialects._spelling import beside, expected_of, image_of, narrow_of

if TYPE_CHECKING:
    from nova_embeddings._calls import Call
    from nova_embeddings.dialects._dialect import Dialect, WireImage

_POOLING = "/pooling"
_OF_IMAGE = "Describe the image."  # what the model was trained to see after an image


def spelled(call: Call, dialect: Dialect, wire_image: WireImage) -> Spelling:
    """Return a call as vLLM takes it."""
    expected = expected_of(call, dialect)
    body: dict[str, Any] = {"model": call.deployment.model, **_asked(call, wire_image)}
    if call.request.return_multivector:
        return Spelling(_POOLING, orjson.dumps({**body, "task": "token_embed"}), expected)
    return Spelling(dialect.path, orjson.dumps({**body, **beside(call, dialect)}), expected, narrow_of(call))


def _asked(call: Call, wire_image: WireImage) -> dict[str, Any]:
    if not call.visual:
        return {"input": [text_of(value, call.request) for value in call.inputs]}
    [value] = call.inputs
    if value.image is None:  # refused before: vLLM takes embeddings of images in a form of its own
        return {"input": [text_of(value, call.request)]}
    address = image_of(value.image, 0, wire_image)
    shown = address if address.startswith(("http://", "https://", "data:")) else f"data:image/png;base64,{address}"
    content = [{"type": "image_url", "image_url": {"url": shown}}, {"type": "text", "text": _OF_IMAGE}]
    return {"messages": [{"role": "user", "content": content}], "add_generation_prompt": False}
