"""A raw-socket server that lies, trickles and hangs up, as HTTP libraries will not; it counts what it is asked."""

from __future__ import annotations

import contextlib
import json
import socket
import threading
import time
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import ssl
    from collections.abc import Callable, Iterator

    Behaviour = Callable[["Exchange"], None]

_RESET = b"\1\0\0\0\0\0\0\0"  # linger for no time: closing sends RST
_PATIENCE = 5.0


@dataclass
class Exchange:
    """One request, whose body is read when it is asked for, and the connection to answer it on."""

    server: FaultServer
    connection: socket.socket
    number: int
    head: bytes
    rest: bytes
    over: bool = False

    @cached_property
    def body(self) -> dict[str, Any]:
        """The request's JSON."""
        fields = dict(line.lower().split(b": ", 1) for line in self.head.split(b"\r\n")[1:])
        data, left = [self.rest], int(fields.get(b"content-length", 0)) - len(self.rest)
        while left > 0:
            data.append(_received(self.connection))
            left -= len(data[-1])
        parsed: dict[str, Any] = json.loads(b"".join(data))
        return parsed

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self.connection.sendall(data)

    def reply(
        self, status: str = "200 OK", body: bytes = b"", *headers: str, length: int | None = None, mime: str = ""
    ) -> None:
        """Read the request, then send a whole answer; `length` lies about the body's, `mime` about what it is."""
        assert self.body
        lines = [f"HTTP/1.1 {status}", f"content-length: {len(body) if length is None else length}"]
        lines += [f"content-type: {mime or 'application/json'}", *headers, "", ""]
        self.send("\r\n".join(lines).encode() + body)

    def close(self) -> None:
        """Hang up politely after what was sent."""
        self.over = True

    def reset(self) -> None:
        """Hang up rudely."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.over = True

    def pause(self, seconds: float) -> bool:
        """Wait, and tell whether to go on: False once the server is to stop."""
        return not self.server.stopped.wait(seconds)


@dataclass
class FaultServer:
    """Hands every request to a behaviour; connections are kept alive until that ends them.

    Args:
        behaviour: what happens to a request; may be exchanged at any time.
        tls: speak TLS with this certificate.
        elsewhere: another server, for behaviours that send the client away.
    """

    behaviour: Behaviour
    tls: ssl.SSLContext | None = None
    elsewhere: FaultServer | None = None
    requests: int = 0
    connections: int = 0
    stopped: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        """Bind a free port of the loopback interface."""
        self._lock = threading.Lock()
        self._live: dict[socket.socket, threading.Thread] = {}
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self._socket.getsockname()[1]
        self.origin = f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"
        self.api_base = f"{self.origin}/v1"

    @property
    def open(self) -> int:
        """How many connections are open now."""
        return len(self._live)

    def settled(self, most: int, seconds: float = _PATIENCE) -> bool:
        """Tell whether no more than so many connections are open, or soon will be."""
        end = time.monotonic() + seconds
        while self.open > most and time.monotonic() < end:
            time.sleep(0.01)
        return self.open <= most

    @contextlib.contextmanager
    def running(self) -> Iterator[FaultServer]:
        """Serve until the block ends; every thread has ended then."""
        accepting = threading.Thread(target=self._accept, daemon=True)
        accepting.start()
        try:
            yield self
        finally:
            self.stopped.set()
            with contextlib.suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)  # wakes `accept`, which closing does not
            self._socket.close()
            accepting.join(_PATIENCE)
            for connection, thread in list(self._live.items()):
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)
                thread.join(_PATIENCE)

    def _accept(self) -> None:
        with contextlib.suppress(OSError):  # closed: the test is over
            while True:
                connection, _ = self._socket.accept()
                thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
                with self._lock:
                    self.connections += 1
                    self._live[connection] = thread
                thread.start()

    def _serve(self, connection: socket.socket) -> None:
        try:
            with contextlib.suppress(OSError, EOFError):  # the client may have given up
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                wire = self.tls.wrap_socket(connection, server_side=True) if self.tls else connection
                while self._exchanged(wire):
                    pass
        finally:
            connection.close()
            with self._lock:
                self._live.pop(connection, None)

    def _exchanged(self, connection: socket.socket) -> bool:
        """Take one request, and tell whether the connection goes on."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += _received(connection)
        head, rest = data.split(b"\r\n\r\n", 1)
        with self._lock:
            self.requests += 1
            number = self.requests
        exchange = Exchange(self, connection, number, head, rest)
        self.behaviour(exchange)
        return not exchange.over


def _received(connection: socket.socket) -> bytes:
    data = connection.recv(2**20)
    if not data:
        raise EOFError
    return data
