"""Faults of the wire: connections that break, stall, trickle or flood, and bodies that are no JSON."""

from __future__ import annotations

import functools
import gzip
import zlib
from typing import TYPE_CHECKING

from nova_embeddings import DeploymentTimeoutError, DeploymentUnavailableError, ResponseError
from tests.fault.behaviours import (
    OK,
    body,
    closing,
    deaf,
    flooding,
    good,
    hanging_up_afterwards,
    listed,
    resetting,
    rows_of,
    shortened,
    stalling,
    then_good,
    trickling,
    twice,
    twice_late,
)
from tests.fault.fault import CORE, RIGHT, Fault

if TYPE_CHECKING:
    from tests.fault.server import Behaviour, Exchange

_BROKEN = (DeploymentUnavailableError,)
_LATE = (DeploymentTimeoutError,)
_NONSENSE = (ResponseError,)
_SHORT = {"timeout": 0.5}
_ALONE = {"batch_size": 2, "max_concurrency": 1}
_HTML = b"<!doctype html><title>Welcome</title>"
_BLANK = b" " * 2**20
_BOMB_MIB = 200
_GZIP = zlib.MAX_WBITS | 16
_WINDOWS = {"gzip": _GZIP, "deflate": zlib.MAX_WBITS}
_LONG_BODY = OK + b"content-length: 1000000000\r\n\r\n"


@functools.cache
def bomb(window: int) -> bytes:
    """Return 200 MiB, packed."""
    packer = zlib.compressobj(1, wbits=window)
    return b"".join([*(packer.compress(_BLANK) for _ in range(_BOMB_MIB)), packer.flush()])


def bombing(exchange: Exchange) -> None:
    """Answer with 200 MiB, packed into less than one."""
    exchange.reply("200 OK", bomb(_GZIP), "content-encoding: gzip")


def bombing_in_every_packing(exchange: Exchange) -> None:
    """Answer with 200 MiB in the packing that the text names, or rightly."""
    packing = str(exchange.body["input"][0]["text"]).removeprefix("bomb ")
    if packing in _WINDOWS:
        exchange.reply("200 OK", bomb(_WINDOWS[packing]), f"content-encoding: {packing}")
    elif packing == "identity":
        exchange.close()
        exchange.send(_LONG_BODY)
        for _ in range(_BOMB_MIB):
            exchange.send(_BLANK)
    else:
        good(exchange)


def as_text(exchange: Exchange) -> None:
    """Answer rightly under a wrong name."""
    exchange.reply("200 OK", listed(rows_of(exchange)), mime="text/plain")


def packed(exchange: Exchange) -> None:
    """Answer rightly, packed though that was not asked for."""
    exchange.reply("200 OK", gzip.compress(listed(rows_of(exchange))), "content-encoding: gzip")


def byte_by_byte(exchange: Exchange) -> None:
    """Answer rightly, in chunks of a few bytes."""
    whole = listed(rows_of(exchange))
    pieces = [whole[start : start + 50] for start in range(0, len(whole), 50)]
    exchange.send(OK + b"transfer-encoding: chunked\r\n\r\n")
    for piece in pieces:
        exchange.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    exchange.send(b"0\r\n\r\n")


def until_the_end(exchange: Exchange) -> None:
    """Answer rightly without a length: the body ends with the connection."""
    exchange.send(OK + b"connection: close\r\n\r\n" + listed(rows_of(exchange)))
    exchange.close()


def expected_to_continue(exchange: Exchange) -> None:
    """Say a few times that there is more to come, then answer."""
    exchange.send(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n" * 3)
    good(exchange)


def _once(name: str, does: Behaviour, peer: str = "broken once") -> Fault:
    return Fault(f"{name}, once", then_good(does), RIGHT, 2, peer=peer)


def _slow(name: str, does: Behaviour, peer: str = "") -> Fault:
    return Fault(name, does, _LATE, 1, _SHORT, peer=peer, says="no whole answer in time")


def _unreadable(name: str, data: bytes, *headers: str, mime: str = "", peer: str = "", requests: int = 2) -> Fault:
    return Fault(name, body(data, *headers, mime=mime), _NONSENSE, requests, peer=peer)


CONNECTIONS = [
    Fault("none: a control", good, RIGHT, 1, peer="control"),
    Fault(
        "connection refused", good, _BROKEN, 0, address="http://127.0.0.1:1/v1", peer="refused", says="nothing answers"
    ),
    Fault("a host name nobody has", good, _BROKEN, 0, address="http://nowhere.invalid/v1", says="nowhere.invalid"),
    Fault("a certificate nobody trusts", good, _BROKEN, 0, tls=True, says="certificate was not accepted"),
    _once("reset before the answer", resetting()),
    _once("reset inside the body", resetting(_LONG_BODY + b'{"data": [')),
    _once("closed before the answer", closing()),
    _once("closed inside the body", shortened(0.5)),
    Fault("reset before the answer, always", resetting(), _BROKEN, 2, says="broke the connection"),
    Fault("closed inside the body, always", shortened(0.9), _BROKEN, 2, says="broke the connection"),
    Fault("closed inside a chunk, always", closing(OK + b"transfer-encoding: chunked\r\n\r\nfff\r\n{"), _BROKEN, 2),
    Fault("a chunk's length is no number", closing(OK + b"transfer-encoding: chunked\r\n\r\nxyz\r\n{}"), _BROKEN, 2),
    Fault("no HTTP", closing(b"SSH-2.0-OpenSSH_9.6\r\n"), _BROKEN, 2),
    Fault("kept connections closed after each answer", hanging_up_afterwards, RIGHT, (2, 3), _ALONE),
    Fault("the body ends with the connection", until_the_end, RIGHT, 1),
    Fault("chunks of 50 bytes", byte_by_byte, RIGHT, 1),
    Fault("informational answers before the answer", expected_to_continue, RIGHT, 1),
    Fault("every answer sent twice", twice, RIGHT, (2, 4), _ALONE),
    Fault("every answer sent twice, the second late", twice_late, RIGHT, (2, 4), _ALONE),
    _slow("body trickles", trickling(_LONG_BODY, b" "), "trickle"),
    _slow("chunks trickle", trickling(OK + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n")),
    _slow("headers trickle", trickling(OK, b"x-drop: y\r\n"), "trickle"),
    _slow("one header trickles", trickling(OK + b"x-drop: ", b"y")),
    _slow("informational answers for ever", trickling(b"", b"HTTP/1.1 103 Early Hints\r\n\r\n")),
    _slow("stall after the request", stalling, "stall"),
    Fault("the request's body is never read", deaf, _LATE, 1, {"timeout": 0.7}, texts=("x" * 16_000_000,)),
]
BODIES = [
    Fault("JSON cut short", body(b'{"data": [{"index": 0, "embed'), _NONSENSE, 2, peer="truncated"),
    _unreadable("HTML as HTML", _HTML, mime="text/html", peer="html"),
    _unreadable("HTML as JSON", _HTML, peer="html"),
    _unreadable("an empty body", b""),
    _unreadable("a JSON list", b"[]"),
    _unreadable("NaN written into the JSON", b'{"data": [{"index": 0, "embedding": [NaN]}]}'),
    _unreadable("brackets, 100,000 deep", b"[" * 100_000),
    Fault("HTML, once", then_good(body(_HTML, mime="text/html")), RIGHT, 2),
    Fault("JSON as text/plain", as_text, RIGHT, 1, peer="text"),
    _unreadable("an error with status 200", b'{"error": {"message": "out of memory"}}', peer="error 200", requests=1),
    Fault("gzip, though not asked for", packed, RIGHT, 1),
    _unreadable("gzip that is none", b"{}", "content-encoding: gzip"),
    _unreadable("gzip cut short", gzip.compress(b"{}" * 999, mtime=0)[:-12], "content-encoding: gzip"),
    _unreadable("packed twice", gzip.compress(b"{}"), "content-encoding: gzip, gzip", requests=1),
    _unreadable("packed as br", b"x", "content-encoding: br", requests=1),
    Fault("a gzip bomb of 200 MiB", bombing, _NONSENSE, 1, peer="bomb", says="larger than"),
    Fault(
        "a gzip bomb for multi-vectors",
        bombing,
        _NONSENSE,
        1,
        {"dimensions": None},
        says="larger than",
        ways=CORE,
        multivector=True,
    ),
    Fault("a body of 1 GB", flooding(_LONG_BODY, _BLANK, 1000), _NONSENSE, 1, says="larger than"),
    Fault("headers without end", flooding(OK, b"x-more: y\r\n" * 10_000, 1000), _BROKEN, 2),
]
