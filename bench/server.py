"""A server of prebuilt answers, which may take its time, and counts what it saw.

It runs in a process of its own and does as little as it can, so that what is measured is the client.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import random
import re
import urllib.request
from dataclasses import dataclass
from typing import TYPE_CHECKING

import orjson

from bench.answers import answer_to, http

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.connection import Connection

_HEAD_ENDS = b"\r\n\r\n"
_LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)
_START_SECONDS = 30.0


@dataclass(frozen=True)
class Serving:
    """A server that runs.

    Args:
        api_base: its address, up to `/v1`.
    """

    api_base: str

    def counts(self) -> dict[str, int]:
        """Return how many `requests` and `inputs` it has seen so far."""
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"{self.api_base}/counts", timeout=_START_SECONDS) as answer:
            counts: dict[str, int] = orjson.loads(answer.read())
        return counts


@contextlib.contextmanager
def serving(latency: float = 0.0, jitter: float = 0.0) -> Iterator[Serving]:
    """Yield a server that stops with the block.

    Args:
        latency: seconds before each answer.
        jitter: share of the latency by which it varies, evenly, up and down.
    """
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, latency, jitter), daemon=True)
    process.start()
    try:
        if not ours.poll(_START_SECONDS):
            raise TimeoutError(f"the bench's own server did not start within {_START_SECONDS:g} s")
        yield Serving(f"http://127.0.0.1:{ours.recv()}/v1")
    finally:
        process.terminate()
        process.join()


def _serve(told: Connection, latency: float, jitter: float) -> None:
    asyncio.run(_serve_forever(told, _State(latency, jitter, random.Random(0))))


async def _serve_forever(told: Connection, state: _State) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Answering(state), "127.0.0.1", 0, backlog=1024)
    told.send(server.sockets[0].getsockname()[1])
    with contextlib.suppress(asyncio.CancelledError):
        await server.serve_forever()


@dataclass
class _State:
    latency: float
    jitter: float
    noise: random.Random
    requests: int = 0
    inputs: int = 0

    def seconds(self) -> float:
        return self.latency * self.noise.uniform(1 - self.jitter, 1 + self.jitter)


class _Answering(asyncio.Protocol):
    """One connection: whatever is posted is taken for a request of embeddings."""

    def __init__(self, state: _State) -> None:
        self._state = state
        self._held = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._held += data
        while (body := self._next_body()) is not None:
            self._reply(body)

    def _reply(self, body: bytes) -> None:
        if not body:
            counts = {"requests": self._state.requests, "inputs": self._state.inputs}
            self._transport.write(http(orjson.dumps(counts)))
            return
        request = orjson.loads(body)
        self._state.requests += 1
        self._state.inputs += len(request["input"]) if isinstance(request["input"], list) else 1
        if self._state.latency:
            asyncio.get_running_loop().call_later(self._state.seconds(), self._transport.writelines, answer_to(request))
        else:
            self._transport.writelines(answer_to(request))

    def _next_body(self) -> bytes | None:
        head_ends = self._held.find(_HEAD_ENDS)
        if head_ends < 0:
            return None
        length = _LENGTH.search(self._held, 0, head_ends)
        start = head_ends + len(_HEAD_ENDS)
        end = start + (int(length[1]) if length else 0)
        if len(self._held) < end:
            return None
        body = bytes(self._held[start:end])
        del self._held[:end]
        return body
