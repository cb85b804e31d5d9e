"""A server of prebuilt answers: one for each number of inputs, width and form, and nothing else.

It runs in a process of its own and does as little as it can, so that what is measured is the client. An address below
`/20ms/v1` answers after 20 ms, below `/20ms~/v1` after 10 to 30.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import multiprocessing
import random
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from bench.settings import TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

_DELAY = re.compile(rb"/(\d+)ms(~?)/")
_WIDTH = 2048
_HEAD_ENDS = b"\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_START_SECONDS = 30.0


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Yield the address, up to `/v1`, of a server that stops with the block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        if not ours.poll(_START_SECONDS):
            message = f"the bench's own server did not start within {_START_SECONDS:g} s"
            raise TimeoutError(message)
        yield f"http://127.0.0.1:{ours.recv()}/v1"
    finally:
        process.terminate()
        process.join()


def delayed(api_base: str, milliseconds: int, *, jitter: bool = False) -> str:
    """Return the address at which the same server takes its time."""
    return f"{api_base.removesuffix('/v1')}/{milliseconds}ms{'~' if jitter else ''}/v1"


@functools.cache
def answer(count: int, width: int, form: str) -> bytes:
    """Return the whole HTTP answer with `count` vectors: as base64, as floats, or as multi-vectors of floats."""
    noise = np.random.default_rng(0)
    if form == "multi":
        plain = [noise.standard_normal((TOKENS, 128)).astype("<f4").tolist() for _ in range(count)]
    else:
        rows = noise.standard_normal((count, width)).astype("<f4")
        plain = [base64.b64encode(row.tobytes()).decode("ascii") if form == "base64" else row.tolist() for row in rows]
    data = [{"object": "embedding", "index": index, "embedding": row} for index, row in enumerate(plain)]
    usage = {"prompt_tokens": count, "total_tokens": count}
    body = orjson.dumps({"object": "list", "data": data, "model": "prebuilt", "usage": usage})
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode("ascii") + body


def _serve(told: Connection) -> None:
    asyncio.run(_serve_forever(told))


async def _serve_forever(told: Connection) -> None:
    server = await asyncio.get_running_loop().create_server(_Answering, "127.0.0.1", 0)
    told.send(server.sockets[0].getsockname()[1])
    with contextlib.suppress(asyncio.CancelledError):
        await server.serve_forever()


class _Answering(asyncio.Protocol):
    """One connection: whatever is posted is taken for a request of embeddings."""

    def __init__(self) -> None:
        self._held = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (body := self._next_body()) is not None:
            path, request = body
            self._send(_seconds(path), _answer_to(orjson.loads(request)))

    def _send(self, seconds: float, answered: bytes) -> None:
        assert isinstance(self._transport, asyncio.Transport)
        if seconds:
            asyncio.get_running_loop().call_later(seconds, self._transport.write, answered)
        else:
            self._transport.write(answered)

    def _next_body(self) -> tuple[bytes, bytes] | None:
        head_ends = self._held.find(_HEAD_ENDS)
        length = _LENGTH.search(self._held, 0, head_ends) if head_ends >= 0 else None
        if length is None:
            return None
        start = head_ends + len(_HEAD_ENDS)
        end = start + int(length[1])
        if len(self._held) < end:
            return None
        path, body = bytes(self._held[: self._held.find(b"\r")]), bytes(self._held[start:end])
        del self._held[:end]
        return path, body


def _seconds(path: bytes) -> float:
    found = _DELAY.search(path)
    if found is None:
        return 0.0
    seconds = int(found[1]) / 1000
    return seconds * random.uniform(0.5, 1.5) if found[2] else seconds


def _answer_to(request: dict[str, Any]) -> bytes:
    inputs = request["input"]
    if request.get("return_multivector"):
        form = "multi"
    else:
        form = "base64" if "base64" in (request.get("encoding_format"), request.get("embedding_type")) else "float"
    count = len(inputs) if isinstance(inputs, list) else 1
    return answer(count, request.get("dimensions") or _WIDTH, form)
