"""The bytes of a request, within a size; and the JSON in them."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import orjson

from nova_embeddings.server._refusal import TOO_LARGE, TOO_LATE, Refusal

if TYPE_CHECKING:
    from starlette.requests import Request

_MEDIA_TYPE = "application/json"
# a client reads the answer only once it has sent all: what is too large is read on, up to so many times the limit
_READ_ON = 4
_SECONDS = 60.0


async def bytes_of(request: Request, most_bytes: int) -> bytes:
    """Return the body.

    Raises:
        Refusal: it is larger than allowed, comes too slowly, or is not sent as JSON.
    """
    announced = request.headers.get("content-length", "")
    too_large = announced.isdecimal() and int(announced) > _READ_ON * most_bytes  # then nothing of it is read
    try:
        async with asyncio.timeout(_SECONDS):
            body = None if too_large else await _read(request, most_bytes)
    except TimeoutError:
        message = f"the body did not come within {_SECONDS:g} s"
        raise Refusal(message, None, TOO_LATE) from None
    if body is None:
        message = f"the body is larger than {most_bytes} bytes; send fewer inputs a request"
        raise Refusal(message, None, TOO_LARGE)
    sent_as = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if sent_as != _MEDIA_TYPE:
        message = f"content-type is {sent_as or 'missing'}; send {_MEDIA_TYPE}"
        raise Refusal(message, "content-type")
    return body


async def _read(request: Request, most_bytes: int) -> bytes | None:
    """Return the body; None where it is larger than allowed."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= most_bytes:
            chunks.append(chunk)
        elif size > _READ_ON * most_bytes:
            break
        else:
            chunks.clear()
    return b"".join(chunks) if size <= most_bytes else None


def json_of(body: bytes) -> Any:  # noqa: ANN401 (JSON)
    """Return the JSON value.

    Raises:
        Refusal: it is none; the reason names a place, never the text there.
    """
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        message = f"the body is not valid JSON: {error}"
        raise Refusal(message) from None
