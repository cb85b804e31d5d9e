"""Sockets that end before the deadline of their thread, and that are not used again once too much came over them.

httpcore's public network backend is the seam: httpx reads its timeouts once for a whole header or body, so only
below it can a deadline be kept. Name resolution is the one step that Python cannot cut short.
"""

from __future__ import annotations

import contextlib
import contextvars
import time
from typing import TYPE_CHECKING, Any

import httpcore

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator

_SAMPLE = 2048
_DEADLINE: contextvars.ContextVar[float | None] = contextvars.ContextVar("nova_deadline", default=None)


@contextlib.contextmanager
def deadline_of_this_thread(at: float) -> Iterator[None]:
    """Bound every socket operation of this thread by a time of the monotonic clock."""
    token = _DEADLINE.set(at)
    try:
        yield
    finally:
        _DEADLINE.reset(token)


def _left(timeout: float | None, late: type[Exception]) -> float | None:
    deadline = _DEADLINE.get()
    if deadline is None:
        return timeout
    left = deadline - time.monotonic()
    if left <= 0:
        raise late
    return left if timeout is None else min(timeout, left)


class _Answers:
    """Tells whether two answers came for one request: the second would be taken for the next request's.

    A body that holds these words only costs a new connection.
    """

    _BEGIN = b"HTTP/1."

    def __init__(self) -> None:
        self._count = 0
        self._end = b""
        self._last: tuple[bytes, bytes] | None = None

    def repeats(self, request: bytes, answer: bytes) -> bool:
        """Tell whether an answer is the last request's once more, which came late; then the connection is used up."""
        if len(answer) < _SAMPLE // 4:
            return False  # holds no vector
        before, self._last = self._last, (_sample(request), _sample(answer))
        repeated = before is not None and before[0] != self._last[0] and before[1] == self._last[1]
        self._count += 2 * repeated
        return repeated

    def asked(self) -> None:
        self._count, self._end = 0, b""

    def read(self, part: bytes) -> bytes:
        most = len(self._BEGIN) - 1
        if b"." in part:  # the last of the words, which base64 does not have: no body of it is searched
            self._count += part.count(self._BEGIN) + (self._end + part[:most]).count(self._BEGIN)
        self._end = (self._end + part)[-most:] if len(part) < most else part[-most:]
        return part

    def info(self, info: str, stream: httpcore.NetworkStream | httpcore.AsyncNetworkStream) -> Any:  # noqa: ANN401
        # an idle connection from which something can be read is closed instead of used
        return True if info == "is_readable" and self._count > 1 else stream.get_extra_info(info)


def _sample(body: bytes) -> bytes:
    """Return enough of a body to know it again: vectors of other inputs differ from the first one on."""
    return b"%d %b %b" % (len(body), body[:_SAMPLE], body[-_SAMPLE:])


def repeats(stream: object, request: bytes, answer: bytes) -> bool:
    """Tell whether what came over a connection is its answer to the request before, a second time."""
    return stream.answers.repeats(request, answer) if isinstance(stream, _Stream | _AsyncStream) else False


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner
        self.answers = _Answers()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.answers.read(self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout)))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.answers.asked()
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout, httpcore.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 (httpcore's signature)
        return self.answers.info(info, self._inner)


class _AsyncStream(httpcore.AsyncNetworkStream):
    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self.answers = _Answers()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self.answers.read(await self._inner.read(max_bytes, timeout))

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.answers.asked()
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        await self._inner.aclose()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(await self._inner.start_tls(ssl_context, server_hostname, timeout))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 (httpcore's signature)
        return self.answers.info(info, self._inner)


class AsyncBackend(httpcore.AnyIOBackend):
    """Opens sockets for an event loop, where the caller keeps the deadline."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        return _AsyncStream(await super().connect_tcp(host, port, timeout, local_address, socket_options))


class Backend(httpcore.SyncBackend):
    """Opens sockets that keep the deadline of their thread."""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        left = _left(timeout, httpcore.ConnectTimeout)
        return _Stream(super().connect_tcp(host, port, left, local_address, socket_options))
