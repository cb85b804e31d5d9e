"""A server of prebuilt answers: one for each number of inputs and width, and nothing else.

It runs in a process of its own and does as little as it can, so that what is measured is the client.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import functools
import multiprocessing
import re
from typing import TYPE_CHECKING

import numpy as np
import orjson

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

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


@functools.cache
def answer(count: int, width: int) -> bytes:
    """Return the whole HTTP answer with `count` vectors of `width` float32 numbers in base64."""
    rows = np.random.default_rng(0).standard_normal((count, width)).astype("<f4")
    data = [
        {"object": "embedding", "index": index, "embedding": base64.b64encode(row.tobytes()).decode("ascii")}
        for index, row in enumerate(rows)
    ]
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
            request = orjson.loads(body)
            assert isinstance(self._transport, asyncio.Transport)
            self._transport.write(answer(len(request["input"]), request["dimensions"]))

    def _next_body(self) -> bytes | None:
        head_ends = self._held.find(_HEAD_ENDS)
        length = _LENGTH.search(self._held, 0, head_ends) if head_ends >= 0 else None
        if length is None:
            return None
        start = head_ends + len(_HEAD_ENDS)
        end = start + int(length[1])
        if len(self._held) < end:
            return None
        body = bytes(self._held[start:end])
        del self._held[:end]
        return body
