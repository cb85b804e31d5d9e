"""What does the bench's server answer? Bytes that are made once for each shape."""

from __future__ import annotations

import base64
import functools
from typing import Any

import numpy as np
import orjson

from bench.settings import MULTIVECTOR_WIDTH

TOKENS = 32
"""Rows of a multi-vector."""


def answer_to(request: dict[str, Any]) -> bytes:
    """Return the whole HTTP answer to a request of embeddings."""
    inputs = request["input"]
    count = len(inputs) if isinstance(inputs, list) else 1
    if request.get("return_multivector"):
        return _answer(count, MULTIVECTOR_WIDTH, "multi-vector")
    return _answer(count, request.get("dimensions") or 2048, request.get("encoding_format") or "float")


@functools.cache
def _answer(count: int, width: int, kind: str) -> bytes:
    rng = np.random.default_rng(0)
    shape = (count, TOKENS, width) if kind == "multi-vector" else (count, width)
    # as a server writes them: numbers of float32, with the digits of a float64
    rows = rng.standard_normal(shape).astype("<f4")
    vectors = [base64.b64encode(row.tobytes()).decode() for row in rows] if kind == "base64" else rows.astype("<f8")
    data = [{"object": "embedding", "index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    usage = {"prompt_tokens": count, "total_tokens": count}
    body = {"object": "list", "data": data, "model": "prebuilt", "usage": usage}
    return http(orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY))


def http(body: bytes) -> bytes:
    """Return an HTTP answer with a body of JSON."""
    return b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
