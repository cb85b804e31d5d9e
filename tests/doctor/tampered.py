"""A server that keeps every rule but one: the reference server, with what goes in or comes out changed on the way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx

from nova_embeddings.server import Settings, create_app

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Body = dict[str, Any]

_APP = create_app(Settings(engine="hash"))


@dataclass(frozen=True)
class Scripted:
    """An answer of a test's own."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


@dataclass(frozen=True)
class Tampering:
    """What is done to a request that goes in, and to an answer that comes out.

    Args:
        before: returns the request that is answered instead, or an answer.
        after: returns the answer that is given instead; only asked for vectors.
        listing: what the list of models is answered with; None for the reference server's.
        headers: added to every answer.
    """

    before: Callable[[Body], Body | Scripted] = lambda body: body
    after: Callable[[Body], Body] = lambda answer: answer
    listing: Scripted | None = None
    headers: dict[str, str] = field(default_factory=dict)


@contextlib.contextmanager
def tampered(tampering: Tampering, seen: list[tuple[str, str, Body]] | None = None) -> Iterator[str]:
    """Serve on a free port of the loopback interface until the block ends; yield the address.

    Args:
        tampering: what is wrong with the server.
        seen: gets method, `authorization` and body of each request.
    """
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(tampering, [] if seen is None else seen))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/v1"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def answered(method: str, path: str, body: Body, tampering: Tampering) -> Scripted:
    """Return what the server answers."""
    if method == "GET":
        return tampering.listing or _reference(method, path, None)
    changed = tampering.before(body)
    if isinstance(changed, Scripted):
        return changed
    made = _reference(method, path, changed)
    return Scripted(200, json.dumps(tampering.after(json.loads(made.body))).encode()) if made.status == 200 else made


def _reference(method: str, path: str, body: Body | None) -> Scripted:
    async def ask() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(_APP), base_url="http://reference") as client:
            return await client.request(method, path, json=body)

    answer = asyncio.run(ask())
    return Scripted(answer.status_code, answer.content)


def _handler(tampering: Tampering, seen: list[tuple[str, str, Body]]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # headers and body are two writes: without this the second waits 40 ms

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers.get("content-length", "0"))) or b"{}")
            seen.append((self.command, self.headers.get("authorization", ""), body))
            scripted = answered(self.command, self.path, body, tampering)
            time.sleep(scripted.delay)
            with contextlib.suppress(OSError):  # a client that gave up has closed the connection
                self._give(scripted)

        do_GET = do_POST  # noqa: N815 (the base class's names)

        def _give(self, scripted: Scripted) -> None:
            self.send_response(scripted.status)
            headers = {"content-type": "application/json", **tampering.headers, **scripted.headers}
            for name, value in {**headers, "content-length": str(len(scripted.body))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(scripted.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler


def everywhere(change: Callable[[Body], Body]) -> Callable[[Body], Body]:
    """Return a change of a request that is made to it and to each of its inputs."""

    def changed(body: Body) -> Body:
        items = [change(item) if isinstance(item, dict) else item for item in body["input"]]
        return {**change(body), "input": items}

    return changed


def without(*names: str) -> Callable[[Body], Body]:
    """Return a change that leaves fields out."""
    return lambda fields: {name: value for name, value in fields.items() if name not in names}


def with_rows(change: Callable[[list[Body]], list[Body]]) -> Callable[[Body], Body]:
    """Return a change of an answer that is made to its rows."""
    return lambda answer: {**answer, "data": change(answer["data"])}
