"""What does the bench's server answer? Bytes that are made once for each shape, but for a number of their own.

A client that sees one body for two requests may take it for a fault of the server, and ask again.
"""

from __future__ import annotations

import base64
import functools
import itertools
from typing import Any

import numpy as np
import orjson

from bench.settings import MULTIVECTOR_WIDTH

TOKENS = 32
"""Rows of a multi-vector."""


_NUMBER = b'{"id":"000000000000"'
_NUMBERS = itertools.count(1)


def answer_to(request: dict[str, Any]) -> list[bytes]:
    """Return the whole HTTP answer to a request of embeddings, in pieces."""
    inputs = request["input"]
    count = len(inputs) if isinstance(inputs, list) else 1
    if request.get("return_multivector"):
        before, after = _answer(count, MULTIVECTOR_WIDTH, "multi-vector")
    else:
        kind = request.get("encoding_format") or "float"
        before, after = _answer(count, request.get("dimensions") or 2048, kind)
    return [before, b'{"id":"%012d"' % next(_NUMBERS), after]


@functools.cache
def _answer(count: int, width: int, kind: str) -> tuple[bytes, bytes]:
    rng = np.random.default_rng(0)
    shape = (count, TOKENS, width) if kind == "multi-vector" else (count, width)
    # as a server writes them: numbers of float32, with the digits of a float64
    rows = rng.standard_normal(shape).astype("<f4")
    vectors = [base64.b64encode(row.tobytes()).decode() for row in rows] if kind == "base64" else rows.astype("<f8")
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    usage = {"prompt_tokens": count, "total_tokens": count}
    body = {"id": "0" * 12, "object": "list", "data": data, "model": "prebuilt", "usage": usage}
    before, _, after = http(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)).partition(_NUMBER)
    return before, after


def http(body: bytes) -> bytes:
    """Return an HTTP answer with a body of JSON."""
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
