"""Sockets whose every operation ends before the deadline of the thread that uses them.

httpcore's public network backend is the seam: httpx reads its timeouts once for a whole header or body, so only
below it can a deadline be kept. Name resolution is the one step that Python cannot cut short.
"""

from __future__ import annotations

import contextlib
import contextvars
import functools
import time
from typing import TYPE_CHECKING, Any

import httpcore
import httpx

if TYPE_CHECKING:
    import ssl
    from collections.abc import Iterable, Iterator

_DEADLINE: contextvars.ContextVar[float | None] = contextvars.ContextVar("nova_deadline", default=None)


@functools.cache
def tls() -> ssl.SSLContext:
    """Return the certificates to trust, read once; SSL_CERT_FILE and SSL_CERT_DIR name others."""
    return httpx.create_ssl_context()


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


class _Stream(httpcore.NetworkStream):
    def __init__(self, inner: httpcore.NetworkStream) -> None:
        self._inner = inner

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, _left(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, _left(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, _left(timeout, httpcore.ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 (httpcore's signature)
        return self._inner.get_extra_info(info)


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


class DeadlineTransport(httpx.BaseTransport):
    """A pool of connections, shared by threads, that keeps `deadline_of_this_thread`."""

    def __init__(self, backend: Backend | None = None) -> None:
        """Open nothing yet; certificates are read when the first https address is used."""
        self._backend = backend or Backend()
        self._pools: dict[bool, httpcore.ConnectionPool] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body is read as the caller iterates it."""
        url = request.url
        sent = httpcore.Request(
            method=request.method,
            url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        got = self._pool(secure=url.scheme == "https").handle_request(sent)
        return httpx.Response(got.status, headers=got.headers, stream=_Body(got), extensions=got.extensions)

    def close(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            pool.close()

    def _pool(self, *, secure: bool) -> httpcore.ConnectionPool:
        if secure not in self._pools:
            made = httpcore.ConnectionPool(
                ssl_context=tls() if secure else None,
                max_connections=None,
                max_keepalive_connections=64,
                keepalive_expiry=5.0,
                network_backend=self._backend,
            )
            self._pools.setdefault(secure, made)
        return self._pools[secure]


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()
