"""Faults that a server admits: every status that is no success, and what it says about waiting."""

from __future__ import annotations

import email.utils
import time
from typing import TYPE_CHECKING

from nova_embeddings import (
    AuthenticationError,
    ConfigurationError,
    DeploymentTimeoutError,
    DeploymentUnavailableError,
    InputError,
    NovaError,
    RateLimitError,
    ResponseError,
)
from tests.fault.behaviours import good, poisoning, sent_around, sent_away, status, then_good
from tests.fault.fault import RIGHT, Fault

if TYPE_CHECKING:
    from tests.fault.server import Behaviour, Exchange

_BUSY = "429 Too Many Requests"
_CUT = (1, 7)  # four inputs: the refused call, its halves, and each input alone; then it is the request's fault


def in_a_moment(exchange: Exchange) -> None:
    """Ask to wait until a date that is a second away."""
    date = email.utils.formatdate(time.time() + 1, usegmt=True)
    exchange.reply(_BUSY, b"", f"retry-after: {date}")


def too_much(exchange: Exchange) -> None:
    """Take one input at a time."""
    status("413 Content Too Large")(exchange) if len(exchange.body["input"]) > 1 else good(exchange)


def _always(line: str, error: type[NovaError], requests: int | tuple[int, int], peer: str = "") -> Fault:
    return Fault(
        f"{line.split(maxsplit=1)[0]} always",
        status(line),
        (error,),
        requests,
        peer=peer,
        says=line.split(maxsplit=1)[0],
    )


def _waiting(name: str, header: str) -> Fault:
    return Fault(f"429 with Retry-After {name}, once", then_good(status(_BUSY, header)), RIGHT, 2)


def _away(name: str, does: Behaviour, peer: str) -> Fault:
    return Fault(name, does, (ResponseError,), 1, peer=peer, says="was not followed")


STATUSES = [
    Fault("429 with Retry-After 1 s, once", then_good(status(_BUSY, "retry-after: 1")), RIGHT, 2, peer="wait"),
    Fault("429 with Retry-After as a date, once", then_good(in_a_moment), RIGHT, 2, peer="wait"),
    Fault(
        "503 with Retry-After 1 s, once",
        then_good(status("503 Service Unavailable", "retry-after: 1")),
        RIGHT,
        2,
        peer="wait",
    ),
    Fault(
        "429 with Retry-After 3600 s", status(_BUSY, "retry-after: 3600"), (RateLimitError,), 1, peer="wait for an hour"
    ),
    _waiting("in the past", "retry-after: Thu, 01 Jan 1970 00:00:00 GMT"),
    _waiting("0", "retry-after: 0"),
    _waiting("negative", "retry-after: -5"),
    _waiting("NaN", "retry-after: nan"),
    _waiting("garbage", "retry-after: soon"),
    _waiting("in ms", "retry-after-ms: 50"),
    Fault(
        "500 twice",
        then_good(status("500 Internal Server Error"), status("500 Internal Server Error")),
        RIGHT,
        3,
        {"max_retries": 2},
        peer="500 twice",
    ),
    _always("400 Bad Request", ConfigurationError, _CUT, "4xx"),
    _always("401 Unauthorized", AuthenticationError, 1, "4xx"),
    _always("403 Forbidden", AuthenticationError, 1),
    _always("404 Not Found", ConfigurationError, 1, "4xx"),
    _always("413 Content Too Large", ConfigurationError, _CUT, "4xx"),
    _always("422 Unprocessable Content", ConfigurationError, _CUT, "4xx"),
    Fault(
        "400 that names an input",
        status("400 Bad Request", body=b'{"error": {"message": "input[2] is no text", "param": "input"}}'),
        (InputError,),
        1,
        says="^input 2: ",
    ),
    Fault("413 for more than one input", too_much, RIGHT, (5, 8)),
    Fault(
        "400 for one input, which is not named", poisoning("three words now"), (InputError,), (1, 7), says="^input 2: "
    ),
    _always("408 Request Timeout", DeploymentTimeoutError, 2, "408 and 409"),
    _always("409 Conflict", DeploymentUnavailableError, 2, "408 and 409"),
    _always("425 Too Early", DeploymentUnavailableError, 2),
    _always(_BUSY, RateLimitError, 2),
    _always("500 Internal Server Error", DeploymentUnavailableError, 2),
    _always("502 Bad Gateway", DeploymentUnavailableError, 2),
    _always("503 Service Unavailable", DeploymentUnavailableError, 2, "503 always"),
    _always("504 Gateway Timeout", DeploymentTimeoutError, 2),
    _always("418 I'm a teapot", ConfigurationError, 1),
    _always("501 Not Implemented", DeploymentUnavailableError, 1),
    _away("302 to another port", sent_away("302 Found"), "302"),
    _away("307 to another port", sent_away("307 Temporary Redirect"), "307"),
    _away("307 to another host name", sent_away("307 Temporary Redirect", "localhost"), "307"),
    _away("308 to another port", sent_away("308 Permanent Redirect"), ""),
    _away("307 loop", sent_around, "307 loop"),
]
