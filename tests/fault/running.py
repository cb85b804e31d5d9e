"""Run a fault over a way in: what came of it, what the server saw, and how long it took."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import functools
import ipaddress
import pickle
import re
import ssl
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from nova_embeddings import NovaClient, NovaError
from tests.fake_nova import expected, tokens_of
from tests.fault.behaviours import good
from tests.fault.server import FaultServer
from tests.ways_in import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nova_embeddings import Task
    from tests.fault.fault import Fault


Kind = Literal["right", "wrong", "error", "foreign", "hung"]
SLACK = 1.0
_AFTERWARDS = ["afterwards", "all is well"]
_TASK: Task = "retrieval.passage"
_TOKEN_WIDTH = 128


@dataclass(frozen=True)
class Outcome:
    """What came of a fault.

    Args:
        kind: the right vectors, wrong ones without an error, an error of ours, any other exception, or nothing in time.
        error: what was raised, None if nothing was.
        requests: how many the server saw.
        elsewhere: how many connections the server saw to which it sent the client away.
        seconds: until the call ended.
        open: connections that stayed open.
        healed: whether the same client got the right vectors afterwards; None where that was not tried.
    """

    kind: Kind
    error: BaseException | None
    requests: int
    elsewhere: int
    seconds: float
    open: int
    healed: bool | None

    @property
    def leaks(self) -> list[str]:
        """What the error gives away that it should not: the key, or half of itself in a pickle."""
        if self.error is None:
            return []
        copy = pickle.dumps(self.error)
        shown = f"{self.error!r} {self.error} {vars(self.error)} {traceback.format_exception(self.error)}"
        found = [name for name, text in {"shown": shown, "pickled": repr(copy)}.items() if "canary" in text]
        return found + ["pickle"] * (str(pickle.loads(copy)) != str(self.error))


def run(fault: Fault, way: str) -> Outcome:
    """Meet a fault with a client of its own."""
    with standing(fault) as (server, elsewhere):
        options = {"api_base": fault.address or server.api_base, **fault.client_options}
        client = WAYS[way](**options)
        started = time.monotonic()
        kind, error = _in_time(functools.partial(_judged, client, way, fault), fault.deadline + SLACK)
        seconds, requests = time.monotonic() - started, server.requests
        healed = None
        if fault.heals and not fault.address and not fault.tls and kind != "hung":
            server.behaviour = good
            width = options["dimensions"]
            healed = _in_time(lambda: _compared(client.passages(_AFTERWARDS), _AFTERWARDS, width), 10)[0] == "right"
        return Outcome(kind, error, requests, elsewhere.connections, seconds, server.open, healed)


def run_all(fault: Fault) -> dict[str, Outcome]:
    """Meet a fault through each of its ways in, all at a time: most of it is waiting."""
    warm()
    with ThreadPoolExecutor(len(fault.ways)) as pool:
        return dict(zip(fault.ways, pool.map(functools.partial(run, fault), fault.ways), strict=True))


def complaints(fault: Fault, outcome: Outcome) -> list[str]:
    """Return what should be otherwise; nothing where all is as it must be."""
    least, most = fault.bounds
    checks = {
        f"it came out {outcome.kind}: {outcome.error!r}": outcome.kind == ("error" if fault.must else "right"),
        f"another error was meant than {outcome.error!r}": isinstance(outcome.error, fault.must or type(None)),
        f"the error does not say {fault.says!r}: {outcome.error}": re.search(fault.says, str(outcome.error or "")),
        f"{outcome.requests} requests": least <= outcome.requests <= most,
        f"{outcome.seconds:.2f} s": outcome.seconds <= fault.deadline + SLACK,
        "the client went where it was sent": outcome.elsewhere == 0,
        f"the error gives away: {outcome.leaks}": not outcome.leaks,
        "the client was of no use afterwards": outcome.healed is not False,
    }
    return [complaint for complaint, fine in checks.items() if not fine]


@contextlib.contextmanager
def standing(fault: Fault) -> Iterator[tuple[FaultServer, FaultServer]]:
    """Run the server that has the fault, and the one to which it may send the client."""
    elsewhere = FaultServer(good)
    tls = untrusted() if fault.tls else None
    with elsewhere.running(), FaultServer(fault.does, tls, elsewhere).running() as server:
        yield server, elsewhere


@functools.cache
def warm() -> None:
    """Import litellm, which takes seconds and is no part of any call."""
    NovaClient("lexiq_nova/hash").embed(["warm"])


@functools.cache
def untrusted() -> ssl.SSLContext:
    """Return a server's side of TLS, with a certificate that it has signed itself."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "nobody")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pem")
        path.write_bytes(private + made.public_bytes(pem))
        context.load_cert_chain(path)
    return context


def _in_time(call: Callable[[], bool], seconds: float) -> tuple[Kind, BaseException | None]:
    """Run a call beside this thread, and give it up when it is late."""
    outcome: list[tuple[Kind, BaseException | None]] = []

    def watched() -> None:
        try:
            outcome.append(("right" if call() else "wrong", None))
        except NovaError as error:
            outcome.append(("error", error))
        except BaseException as error:  # noqa: BLE001 (whatever else comes out is what we look for)
            outcome.append(("foreign", error))

    thread = threading.Thread(target=watched, daemon=True)
    thread.start()
    thread.join(seconds)
    return outcome[0] if outcome else ("hung", None)


def _judged(client: Any, way: str, fault: Fault) -> bool:
    texts: Any = fault.texts if isinstance(fault.texts, str) else list(fault.texts)
    if fault.multivector:
        return _multivectors_are_right(client.client, texts, asynchronous=way.endswith("async"))
    return _compared(client.passages(texts), texts, fault.client_options["dimensions"])


def _multivectors_are_right(client: NovaClient, texts: list[str], *, asynchronous: bool) -> bool:
    if asynchronous:
        result = asyncio.run(client.aembed(texts, return_multivector=True))
    else:
        result = client.embed(texts, return_multivector=True)
    rows = [expected(text, _TASK, width=_TOKEN_WIDTH) for text in texts]
    return len(result.multivectors) == len(texts) and all(
        got.shape == (tokens_of({"text": text}), _TOKEN_WIDTH) and np.allclose(got, row)
        for got, text, row in zip(result.multivectors, texts, rows, strict=True)
    )


def _compared(vectors: Any, texts: Sequence[str], width: int | None) -> bool:
    """Tell whether every text has its own vector, and nothing else is there."""
    if not texts:
        return len(vectors) == 0
    rows = [expected(text, _TASK, **({"width": width} if width else {})) for text in texts]
    return vectors.shape == (len(rows), len(rows[0])) and np.allclose(vectors, rows, rtol=1e-6, atol=0)
