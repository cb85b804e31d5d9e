"""One HTTP POST within a deadline and a size, over connections that survive threads, loops and forks.

What httpx alone does not give, and why it is here:
its timeouts bound one socket operation, not the answer, so a server that sends a byte now and then holds the
caller for ever; its decoding of compressed bodies is unbounded; a pool that is used on both sides of a fork
hands one request's answer to another. Its transports are used without its client, which follows redirects, keeps
cookies and environment settings, and ties every request's body into a cycle that only the garbage collector undoes.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import httpcore
import httpx

from nova_embeddings._errors import (
    ConfigurationError,
    DeploymentTimeoutError,
    DeploymentUnavailableError,
    ResponseError,
    Retry,
)
from nova_embeddings._pools import LoopPool, ThreadPool
from nova_embeddings._sockets import deadline_of_this_thread, repeats

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Mapping

_CONNECT_SECONDS = 10.0
_MIN_SECONDS = 0.001
_ENCODINGS = {"": None, "identity": None, "gzip": zlib.MAX_WBITS | 16, "deflate": zlib.MAX_WBITS}
_OWN_HEADERS = {"accept": "application/json", "accept-encoding": "identity", "user-agent": "nova-embeddings"}
_TIMEOUTS = (httpx.TimeoutException, httpcore.TimeoutException)
_CONNECT_FAILURES = (httpx.ConnectError, httpcore.ConnectError)
_BROKEN = (httpx.TransportError, httpcore.NetworkError, httpcore.ProtocolError, OSError)

_START_NOVA = (
    "Start the Nova model there with `nova serve remodlai/nova-embeddings-v1`, or an embedded stand-in for trying "
    "things out with `nova-embeddings serve` (not the Nova model); or name another address in NOVA_API_BASE or "
    "api_base="
)


@dataclass(frozen=True, slots=True, repr=False)
class Post:
    """What is sent, and what may come back.

    Args:
        url: the whole address.
        headers: keys included; so this is never shown.
        body: JSON.
        timeout: seconds for all of it: connecting, sending, waiting, reading.
        most_bytes: size of the answer, unpacked, at most.
        remedy: what to do where nobody answers.
    """

    url: str
    headers: Mapping[str, str]
    body: bytes
    timeout: float
    most_bytes: int
    remedy: str = _START_NOVA

    def request(self) -> httpx.Request:
        """Return the request; connecting has a share of the time, reading may take all of it."""
        left = max(self.timeout, _MIN_SECONDS)
        timeout = httpx.Timeout(left, connect=min(left, _CONNECT_SECONDS))
        headers = {"content-type": "application/json", **_OWN_HEADERS, **self.headers}
        return httpx.Request(
            "POST", self.url, headers=headers, content=self.body, extensions={"timeout": timeout.as_dict()}
        )


@dataclass(frozen=True, slots=True, repr=False)
class Answer:
    """Status, headers and whole body of what came back."""

    status: int
    headers: httpx.Headers
    body: bytes


class Transport:
    """The connections of one client: a pool for threads, and one for each event loop."""

    def __init__(self) -> None:
        """Open nothing yet."""
        self._lock = threading.Lock()
        self._closed = False
        self._answered: set[str] = set()
        self._open = _Open()

    def post(self, sent: Post) -> Answer:
        """Send it from this thread.

        Raises:
            NovaError: no whole answer, or one that is too large; never a status.
        """
        try:
            with deadline_of_this_thread(time.monotonic() + sent.timeout):
                answer, repeated = self._posted(sent)
                return self._posted(sent)[0] if repeated else answer
        except Exception as error:  # noqa: BLE001 (what is not of the wire is raised as it is)
            raise _translated(error, sent, known=_host(sent.url) in self._answered) from None

    def _posted(self, sent: Post) -> tuple[Answer, bool]:
        """Return the answer, and whether it may be that to the request before."""
        response = self._threads().handle_request(sent.request())
        try:
            self._answered.add(_host(sent.url))
            body = b"".join(_unpacked(response, sent, response.iter_raw()))
            repeated = response.is_success and repeats(response.extensions.get("network_stream"), sent.body, body)
            return Answer(response.status_code, response.headers, body), repeated
        finally:
            response.close()

    async def apost(self, sent: Post) -> Answer:
        """Send it from the running event loop.

        Raises:
            NovaError: no whole answer, or one that is too large; never a status.
        """
        try:
            async with asyncio.timeout(max(sent.timeout, _MIN_SECONDS)):
                answer, repeated = await self._aposted(sent)
                return (await self._aposted(sent))[0] if repeated else answer
        except Exception as error:  # noqa: BLE001 (what is not of the wire is raised as it is)
            raise _translated(error, sent, known=_host(sent.url) in self._answered) from None

    async def _aposted(self, sent: Post) -> tuple[Answer, bool]:
        response = await (await self._loop()).handle_async_request(sent.request())
        try:
            self._answered.add(_host(sent.url))
            raw = [chunk async for chunk in _bounded(response.aiter_raw(), sent)]
            body = b"".join(_unpacked(response, sent, iter(raw)))
            repeated = response.is_success and repeats(response.extensions.get("network_stream"), sent.body, body)
            return Answer(response.status_code, response.headers, body), repeated
        finally:
            await response.aclose()

    def close(self) -> None:
        """Close the connections of threads; those of event loops close with their loops."""
        with self._lock:
            self._closed = True
            pool, self._open.pool = self._open.pool, None
        if pool is not None and self._open.pid == os.getpid():
            pool.close()

    async def aclose(self) -> None:
        """Close the connections of threads and of the running event loop."""
        self.close()
        keeper = self._open.loops.pop(asyncio.get_running_loop(), None)
        if keeper is not None:
            await keeper.close()

    def _check(self) -> None:
        """Refuse use after close; after a fork, leave the parent's sockets to the parent."""
        if self._closed:
            message = "this client is closed; make a new one"
            raise ConfigurationError(message)
        if self._open.pid != os.getpid():
            self._lock = threading.Lock()
            self._open = _Open()

    def _threads(self) -> ThreadPool:
        self._check()
        with self._lock:
            if self._open.pool is None:
                self._open.pool = ThreadPool()
            return self._open.pool

    async def _loop(self) -> LoopPool:
        self._check()
        loop, loops = asyncio.get_running_loop(), self._open.loops
        if loop not in loops:
            with self._lock:  # threads with loops of their own share the client
                for stale in [other for other in loops if other.is_closed()]:
                    del loops[stale]
                loops[loop] = _LoopPool()
            await loops[loop].open()
        return loops[loop].pool


@dataclass(slots=True)
class _Open:
    """What is open in this process; a forked child starts with nothing, and leaves the parent's sockets alone."""

    pid: int = field(default_factory=os.getpid)
    pool: ThreadPool | None = None
    loops: dict[asyncio.AbstractEventLoop, _LoopPool] = field(default_factory=dict)


class _LoopPool:
    """A pool that closes with its loop: `asyncio.run` finishes open async generators, then the loop."""

    def __init__(self) -> None:
        self.pool = LoopPool()
        self._life = self._live()

    async def _live(self) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await self.pool.aclose()

    async def open(self) -> None:
        await anext(self._life)

    async def close(self) -> None:
        await self.pool.aclose()


async def _bounded(chunks: AsyncIterator[bytes], sent: Post) -> AsyncIterator[bytes]:
    size = 0
    async for chunk in chunks:
        size += len(chunk)
        if size > sent.most_bytes:
            raise _too_large(sent)
        yield chunk


def _unpacked(response: httpx.Response, sent: Post, chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Yield the body's bytes, never more than allowed, however small they came packed."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in _ENCODINGS:
        name = encoding if encoding in {"br", "zstd", "compress"} else "something unknown"
        message = f"the answer of {_host(sent.url)} is packed as {name!r}, though unpacked was asked for"
        raise ResponseError(message)
    window, size = _ENCODINGS[encoding], 0
    unpack = zlib.decompressobj(window) if window is not None else None
    for chunk in chunks:
        part = unpack.decompress(chunk, sent.most_bytes - size + 1) if unpack else chunk
        size += len(part)
        if size > sent.most_bytes:
            raise _too_large(sent)
        yield part
    if unpack and not unpack.eof:
        message = f"the packed answer of {_host(sent.url)} ends early"
        raise ResponseError(message, retry=Retry.AGAIN)


def _too_large(sent: Post) -> ResponseError:
    message = (
        f"the answer of {_host(sent.url)} is larger than {sent.most_bytes} bytes, more than what was asked "
        "should need; max_response_bytes= allows more"
    )
    return ResponseError(message)


def _translated(error: Exception, sent: Post, *, known: bool) -> Exception:
    """Return our error for what went wrong on the wire; anything else is a mistake of ours and stays."""
    where = _host(sent.url)
    if isinstance(error, (TimeoutError, *_TIMEOUTS)):
        connecting = isinstance(error, httpx.ConnectTimeout | httpcore.ConnectTimeout)
        return DeploymentTimeoutError(f"{where}: no {'connection' if connecting else 'whole answer'} in time")
    if isinstance(error, _CONNECT_FAILURES):
        return _not_connected(error, sent, known=known)
    if isinstance(error, httpx.LocalProtocolError | httpcore.LocalProtocolError):
        return ConfigurationError(f"{where}: the request cannot be written; is a header no HTTP header?")
    if isinstance(error, _BROKEN):
        return DeploymentUnavailableError(
            f"{where} broke the connection before its answer was whole ({type(error).__name__})"
        )
    if isinstance(error, zlib.error):
        return ResponseError(f"the packed answer of {where} cannot be unpacked", retry=Retry.AGAIN)
    return error


def _not_connected(error: Exception, sent: Post, *, known: bool) -> Exception:
    """Return the error of an address where nobody answers; one that never did is hardly worth waiting for."""
    where, reason = _host(sent.url), str(error)
    if "CERTIFICATE" in reason.upper() or "SSL" in reason.upper():
        message = (
            f"{where}: its certificate was not accepted or TLS failed ({reason}); "
            "name your authority's certificates in SSL_CERT_FILE, or use the host name the certificate is for"
        )
        return DeploymentUnavailableError(message, retry=Retry.NEVER)
    message = f"nothing answers at {where} ({reason}). {sent.remedy}"
    return DeploymentUnavailableError(message, retry=Retry.AGAIN if known else Retry.ONCE)


def _host(url: str) -> str:
    parsed = httpx.URL(url)
    return f"{parsed.scheme}://{parsed.netloc.decode('ascii')}"
