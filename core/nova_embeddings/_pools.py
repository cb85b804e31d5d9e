"""Pools of connections, for threads and for an event loop: httpx's requests and responses over httpcore.

httpx's own transports would do, but for the network backend, which they do not let anyone choose.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

import httpcore
import httpx

from nova_embeddings._sockets import AsyncBackend, Backend

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator, Iterator

_IDLE = 64
_IDLE_SECONDS = 5.0


@functools.cache
def tls() -> ssl.SSLContext:
    """Return the certificates to trust, read once; SSL_CERT_FILE and SSL_CERT_DIR name others."""
    return httpx.create_ssl_context()


class ThreadPool(httpx.BaseTransport):
    """Connections that threads share; each keeps the deadline of the thread that uses it."""

    def __init__(self, backend: Backend | None = None) -> None:
        """Open nothing yet; certificates are read when the first https address is used."""
        self._backend = backend or Backend()
        self._pools: dict[bool, httpcore.ConnectionPool] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body is read as the caller iterates it."""
        got = self._pool(secure=request.url.scheme == "https").handle_request(_plain(request))
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
                max_keepalive_connections=_IDLE,
                keepalive_expiry=_IDLE_SECONDS,
                network_backend=self._backend,
            )
            self._pools.setdefault(secure, made)
        return self._pools[secure]


class LoopPool(httpx.AsyncBaseTransport):
    """Connections of one event loop."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._pools: dict[bool, httpcore.AsyncConnectionPool] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request; the body is read as the caller iterates it."""
        got = await self._pool(secure=request.url.scheme == "https").handle_async_request(_plain(request))
        return httpx.Response(got.status, headers=got.headers, stream=_AsyncBody(got), extensions=got.extensions)

    async def aclose(self) -> None:
        """Close every connection."""
        for pool in self._pools.values():
            await pool.aclose()

    def _pool(self, *, secure: bool) -> httpcore.AsyncConnectionPool:
        if secure not in self._pools:
            self._pools[secure] = httpcore.AsyncConnectionPool(
                ssl_context=tls() if secure else None,
                max_connections=None,
                max_keepalive_connections=_IDLE,
                keepalive_expiry=_IDLE_SECONDS,
                network_backend=AsyncBackend(),
            )
        return self._pools[secure]


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


class _AsyncBody(httpx.AsyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for part in self._response.aiter_stream():
            yield part

    async def aclose(self) -> None:
        await self._response.aclose()


def _plain(request: httpx.Request) -> httpcore.Request:
    url = request.url
    return httpcore.Request(
        method=request.method,
        url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
        headers=request.headers.raw,
        content=request.stream,
        extensions=request.extensions,
    )
