"""A fake Nova server whose vectors say which input they belong to, and which remembers what it was asked."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import threading
import time
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    Answering = Callable[[dict[str, Any]], "Scripted | dict[str, Any]"]

WIDTH = 2048


@dataclass(frozen=True)
class Scripted:
    """An answer of a test's own: status, body, headers, and seconds before it."""

    status: int = 200
    body: bytes | dict[str, Any] = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


@dataclass(frozen=True)
class Seen:
    """One request as the server saw it."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def items(self) -> list[dict[str, Any]]:
        """The inputs of the request."""
        return list(self.body["input"])

    @property
    def texts(self) -> list[str | None]:
        """The texts of the request."""
        return [item.get("text") for item in self.items]


class FakeNova:
    """Answers `/v1/embeddings`; `answering` replaces the answer, request by request."""

    def __init__(self) -> None:
        """Bind a free port of the loopback interface."""
        self.seen: list[Seen] = []
        self.answering: Answering = good_answer
        self.remembering = True
        self.in_flight = self.most_in_flight = 0
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.api_base = f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    @property
    def inputs_seen(self) -> int:
        """How many inputs were sent in all requests together."""
        return sum(len(seen.items) for seen in self.seen)

    def answer(self, seen: Seen) -> Scripted:
        """Count the request and answer it."""
        with self._lock:
            self.seen.append(seen if self.remembering else replace(seen, body={"input": []}))
            self.in_flight += 1
            self.most_in_flight = max(self.most_in_flight, self.in_flight)
        try:
            made = self.answering(seen.body)
            scripted = made if isinstance(made, Scripted) else Scripted(body=made)
            time.sleep(scripted.delay)
            return scripted
        finally:
            with self._lock:
                self.in_flight -= 1

    @contextlib.contextmanager
    def running(self) -> Iterator[FakeNova]:
        """Serve until the block ends."""
        thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._server.shutdown()
            self._server.server_close()
            thread.join(timeout=5)


def vector_of(item: dict[str, Any], body: dict[str, Any], width: int | None = None) -> NDArray[np.float32]:
    """Return the unit vector that only this input, asked in this way, has."""
    wanted = width or body.get("dimensions") or WIDTH
    instructions = item.get("instructions", body.get("instructions"))
    shown = [item.get("text"), item.get("image"), item.get("image_embeds")]
    key = [*shown, item["task"], item.get("adapter"), instructions or None, wanted]
    seed = int.from_bytes(hashlib.sha256(json.dumps(key).encode()).digest()[:8], "big")
    row = np.random.default_rng(seed).standard_normal(wanted).astype(np.float32)
    return np.asarray(row / np.linalg.norm(row), dtype=np.float32)


def tokens_of(item: dict[str, Any]) -> int:
    """Return how many tokens the fake counts: one a word, and two for something to look at."""
    return len((item.get("text") or "").split()) + 2 * ("image" in item or "image_embeds" in item)


def expected(text: str | None, task: str | None, *, width: int = WIDTH, **options: Any) -> NDArray[np.float32]:
    """Return the vector that the fake gives to such an input."""
    return vector_of({"text": text, "task": task, **options}, {}, width)


def good_answer(body: dict[str, Any]) -> dict[str, Any]:
    """Return what a server that keeps every rule answers; the order of the rows is reversed, as it may be."""
    rows: list[Any]
    if body.get("return_multivector"):
        rows = [[vector_of(item, body, 128).tolist()] * tokens_of(item) for item in body["input"]]
    else:
        rows = [vector_of(item, body) for item in body["input"]]
        if body.get("encoding_format") == "base64":
            rows = [base64.b64encode(row.astype("<f4").tobytes()).decode() for row in rows]
        else:
            rows = [row.tolist() for row in rows]
    data = [{"object": "embedding", "index": index, "embedding": row} for index, row in enumerate(rows)]
    tokens = sum(map(tokens_of, body["input"]))
    return {
        "object": "list",
        "data": data[::-1],
        "model": body["model"],
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _handler(fake: FakeNova) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # headers and body are two writes: without this the second waits 40 ms

        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            body = json.loads(self.rfile.read(length) or b"{}")
            headers = {name.lower(): value for name, value in self.headers.items()}
            scripted = fake.answer(Seen(self.path, headers, body))
            payload = scripted.body if isinstance(scripted.body, bytes) else json.dumps(scripted.body).encode()
            self.send_response(scripted.status)
            for name, value in {"content-type": "application/json", **scripted.headers}.items():
                self.send_header(name, value)
            self.send_header("content-length", str(len(payload)))
            self.end_headers()
            with contextlib.suppress(OSError):  # a client that gave up has closed the connection
                self.wfile.write(payload)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Handler
