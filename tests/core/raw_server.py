"""A raw-socket server: it can lie, trickle and hang up, which HTTP libraries will not do."""

from __future__ import annotations

import contextlib
import socket
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Behaviour = Callable[[socket.socket, threading.Event], None]


class RawServer:
    """Hands every connection to a behaviour, after reading one request."""

    def __init__(self, behaviour: Behaviour) -> None:
        """Bind a free port of the loopback interface."""
        self.connections = 0
        self.requests: list[bytes] = []
        self.stopped = threading.Event()
        self._behaviour = behaviour
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.api_base = f"http://127.0.0.1:{self.port}/v1"

    @contextlib.contextmanager
    def running(self) -> Iterator[RawServer]:
        """Serve until the block ends."""
        threading.Thread(target=self._accept, daemon=True).start()
        try:
            yield self
        finally:
            self.stopped.set()
            self._socket.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed: the test is over
            while True:
                connection, _ = self._socket.accept()
                self.connections += 1
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):  # the client may have given up
            self.requests.append(read_request(connection))
            self._behaviour(connection, self.stopped)


def read_request(connection: socket.socket) -> bytes:
    """Read one request, and return it whole."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, body = data.split(b"\r\n\r\n", 1)
    fields = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    while len(body) < int(fields.get(b"content-length", 0)):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def replying(status: str, body: bytes, *headers: str, length: int | None = None) -> Behaviour:
    """Return a behaviour that answers once and hangs up."""

    def reply(connection: socket.socket, _: threading.Event) -> None:
        lines = [f"HTTP/1.1 {status}", f"content-length: {len(body) if length is None else length}", *headers]
        connection.sendall("\r\n".join([*lines, "", ""]).encode() + body)

    return reply


def trickling(head: bytes, drop: bytes) -> Behaviour:
    """Return a behaviour that sends a head, then a drop now and then, for as long as anyone listens."""

    def trickle(connection: socket.socket, stopped: threading.Event) -> None:
        connection.sendall(head)
        while not stopped.wait(0.1):
            connection.sendall(drop)

    return trickle


def hanging_up(sent: bytes = b"") -> Behaviour:
    """Return a behaviour that sends a part and resets the connection."""

    def hang_up(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(sent)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

    return hang_up
