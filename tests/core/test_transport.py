"""What the wire may do to a call: it ends in time, within bounds, and says what happened."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import gzip
import os
import subprocess
import sys
import threading
import time
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nova_embeddings import (
    DeploymentTimeoutError,
    DeploymentUnavailableError,
    NovaClient,
    NovaError,
    RateLimitError,
    ResponseError,
)
from tests.core.raw_server import RawServer, hanging_up, replying, trickling
from tests.fake_nova import Scripted, expected, good_answer

if TYPE_CHECKING:
    import socket
    from collections.abc import Callable

    from tests.core.raw_server import Behaviour
    from tests.fake_nova import FakeNova

    Embed = Callable[..., Any]


@pytest.fixture(params=["sync", "async"])
def embed(request: pytest.FixtureRequest) -> Embed:
    """Embed one text with a client of the given options, sync or async."""

    def sync(**options: Any) -> Any:
        return NovaClient(**options).embed(["a"]).vectors

    def asynchronous(**options: Any) -> Any:
        return asyncio.run(NovaClient(**options).aembed(["a"])).vectors

    return sync if request.param == "sync" else asynchronous


OK = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n"
SLOW: dict[str, Behaviour] = {
    "body": trickling(OK + b"content-length: 100000\r\n\r\n", b" "),
    "chunked body": trickling(OK + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
    "headers": trickling(OK, b"x-drop: y\r\n"),
    "a header without end": trickling(OK + b"x-drop: ", b"y"),
    "nothing at all": trickling(b"", b""),
}


@pytest.mark.parametrize("slow", SLOW)
def test_the_deadline_holds_for_slow_servers(embed: Embed, slow: str) -> None:
    """A server that sends a little now and then does not hold the caller beyond the deadline."""
    NovaClient("lexiq_nova/hash").embed(["warm"])  # importing litellm takes seconds and is no part of the call
    with RawServer(SLOW[slow]).running() as server:
        started = time.monotonic()
        with pytest.raises(DeploymentTimeoutError, match="no whole answer"):
            embed(api_base=server.api_base, timeout=0.6)
        assert time.monotonic() - started < 1.6


BROKEN: dict[str, Behaviour] = {
    "reset before the answer": hanging_up(),
    "reset inside the body": hanging_up(OK + b"content-length: 1000\r\n\r\n{"),
    "closed early": replying("200 OK", b'{"data"', length=1000),
    "no HTTP": replying("?", b""),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_connection_is_tried_again(embed: Embed, broken: str) -> None:
    """A connection that breaks counts as one attempt, and the last one's error is raised."""
    with RawServer(BROKEN[broken]).running() as server:
        with pytest.raises(DeploymentUnavailableError, match="broke the connection"):
            embed(api_base=server.api_base, max_retries=1)
        assert server.connections == 2


@pytest.mark.parametrize("packing", ["gzip", "deflate", "plain"])
def test_an_answer_is_read_only_as_far_as_it_can_be_meant(embed: Embed, packing: str) -> None:
    """A body larger than the request can need is cut off, also one that only grows when it is unpacked."""
    bomb = b" " * (64 * 2**20)
    packings: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress, "plain": bytes}
    body = packings[packing](bomb)
    headers = [] if packing == "plain" else [f"content-encoding: {packing}"]
    with RawServer(replying("200 OK", body, *headers)).running() as server:
        with pytest.raises(ResponseError, match="larger than"):
            embed(api_base=server.api_base, dimensions=128)
        assert server.connections == 1


def test_packed_answers_are_read(embed: Embed, nova: FakeNova) -> None:
    """A gateway that packs what it was asked not to pack is understood."""
    import json  # noqa: PLC0415

    nova.answering = lambda body: Scripted(
        200, gzip.compress(json.dumps(good_answer(body)).encode()), {"content-encoding": "gzip"}
    )
    np.testing.assert_allclose(embed(api_base=nova.api_base)[0], expected("a", "retrieval.passage"), rtol=1e-6)


@pytest.mark.parametrize(
    ("headers", "body", "words"),
    [
        ({"content-encoding": "br"}, b"x", "packed as 'br'"),
        ({"content-encoding": "gzip"}, b"not gzip", "cannot be unpacked"),
        ({"content-encoding": "gzip"}, gzip.compress(b"{}" * 999)[:-12], "ends early"),
    ],
    ids=["another packing", "no packing", "cut short"],  # the bytes hold a time, which each worker would name otherwise
)
def test_other_packings_are_refused(
    embed: Embed, nova: FakeNova, headers: dict[str, str], body: bytes, words: str
) -> None:
    """An answer that cannot be unpacked raises, and says so."""
    nova.answering = lambda _: Scripted(200, body, headers)
    with pytest.raises(ResponseError, match=words):
        embed(api_base=nova.api_base, max_retries=0)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_refused(embed: Embed, nova: FakeNova, status: int) -> None:
    """No redirect is followed: neither key nor text goes elsewhere, and the message names the host only."""
    with RawServer(hanging_up()).running() as elsewhere:
        target = f"http://user:canary@127.0.0.1:{elsewhere.port}/v1/embeddings?canary"
        nova.answering = lambda _: Scripted(status, b"", {"location": target})
        with pytest.raises(ResponseError, match=f"redirect to http://127.0.0.1:{elsewhere.port} was not") as caught:
            embed(api_base=nova.api_base, api_key="key")
        assert "canary" not in str(caught.value)
        assert elsewhere.connections == 0
    assert len(nova.seen) == 1


def test_an_address_where_nobody_answers_says_how_to_start_a_server(embed: Embed) -> None:
    """The error names the address, and both servers that could be started there."""
    with RawServer(hanging_up()).running() as server:
        port = server.port
    with pytest.raises(DeploymentUnavailableError) as caught:
        embed(api_base=f"http://127.0.0.1:{port}/v1")
    for words in (f"127.0.0.1:{port}", "`nova serve", "`nova-embeddings serve`", "NOVA_API_BASE"):
        assert words in str(caught.value)


def test_tls_failures_are_final(embed: Embed, nova: FakeNova) -> None:
    """A server that speaks no TLS, or whose certificate is not accepted, is not asked again."""
    with pytest.raises(DeploymentUnavailableError, match="TLS failed") as caught:
        embed(api_base=nova.api_base.replace("http:", "https:"))
    assert caught.value.attempts == 1


@pytest.mark.parametrize("value", ["1", "Thu, 01 Jan 1970 00:00:00 GMT", "-5", "nan", "soon", "0"])
def test_retry_after_never_hides_the_error(embed: Embed, nova: FakeNova, value: str) -> None:
    """Whatever Retry-After holds, the call is tried again and the status is what is raised."""
    nova.answering = lambda _: Scripted(429, {"error": "busy"}, {"retry-after": value})
    with pytest.raises(RateLimitError, match="busy"):
        embed(api_base=nova.api_base, max_retries=1)
    assert len(nova.seen) == 2


def test_retry_after_is_waited_for(embed: Embed, nova: FakeNova) -> None:
    """The next attempt comes no sooner than the server asked."""
    times: list[float] = []

    def answering(body: dict[str, Any]) -> Scripted | dict[str, Any]:
        times.append(time.monotonic())
        return good_answer(body) if len(times) > 1 else Scripted(503, b"", {"retry-after-ms": "700"})

    nova.answering = answering
    embed(api_base=nova.api_base)
    assert times[1] - times[0] >= 0.7


def test_a_wait_beyond_the_deadline_fails_at_once(embed: Embed, nova: FakeNova) -> None:
    """A server that asks for more time than there is gets no second request; the error has its value."""
    nova.answering = lambda _: Scripted(429, b"", {"retry-after": "3600"})
    with pytest.raises(RateLimitError) as caught:
        embed(api_base=nova.api_base, timeout=5)
    assert caught.value.retry_after == 3600
    assert len(nova.seen) == 1


def test_one_client_serves_many_threads(nova: FakeNova) -> None:
    """Eight threads on one client each get their own vectors."""
    client, wrong = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=3), []

    def work(number: int) -> None:
        for turn in range(5):
            texts = [f"{number} {turn} {index}" for index in range(7)]
            wanted = np.stack([expected(text, "retrieval.passage", width=128) for text in texts])
            if not np.allclose(client.embed(texts).vectors, wanted):
                wrong.append((number, turn))

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert wrong == []
    assert nova.inputs_seen == 8 * 5 * 7


def test_one_client_serves_several_loops_and_leaves_nothing_open(nova: FakeNova) -> None:
    """Three event loops in turn, with a thread's calls between, work on one client; sockets close with their loop."""
    client = NovaClient(api_base=nova.api_base, dimensions=128)
    for _ in range(3):
        assert asyncio.run(client.aembed(["a"])).vectors.shape == (1, 128)
        assert client.embed(["a"]).vectors.shape == (1, 128)
    client.close()
    gc.collect()
    assert _sockets_to(nova) == 0


def test_a_forked_child_uses_connections_of_its_own(nova: FakeNova) -> None:
    """After a fork parent and child get their own vectors, for as many calls as they like."""
    client = NovaClient(api_base=nova.api_base, dimensions=128)
    client.embed(["before"])

    def right(who: str) -> bool:
        return all(
            np.allclose(
                client.embed([f"{who} {turn}"]).vectors[0], expected(f"{who} {turn}", "retrieval.passage", width=128)
            )
            for turn in range(5)
        )

    child = os.fork()
    if child == 0:
        os._exit(0 if right("child") else 1)
    assert right("parent")
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_a_cancelled_request_stops(nova: FakeNova) -> None:
    """Cancelling `aembed` ends it at once, sends nothing more, and leaves the client usable."""
    nova.answering = lambda body: Scripted(body=good_answer(body), delay=0.3)
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=1, max_concurrency=2)

    async def cancel() -> int:
        task = asyncio.create_task(client.aembed(["a"] * 20))
        while len(nova.seen) < 2:  # noqa: ASYNC110 (the server runs in threads)
            await asyncio.sleep(0.01)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await asyncio.sleep(0.4)
        assert (await client.aembed(["b"])).vectors.shape == (1, 128)
        return sum("LoggingWorker" not in repr(left) for left in asyncio.all_tasks())  # litellm's own, one a loop

    assert asyncio.run(cancel()) == 1
    assert len(nova.seen) <= 4


def test_the_loop_goes_on_while_a_call_waits(nova: FakeNova) -> None:
    """A slow server does not stop other tasks of the loop."""
    nova.answering = lambda body: Scripted(body=good_answer(body), delay=0.4)
    client = NovaClient(api_base=nova.api_base, dimensions=128)
    client.embed(["warm"])

    async def ticks() -> int:
        task, count = asyncio.create_task(client.aembed(["a"])), 0
        while not task.done():
            await asyncio.sleep(0.01)
            count += 1
        await task
        return count

    assert asyncio.run(ticks()) > 10


def test_errors_hold_neither_key_nor_text(embed: Embed, nova: FakeNova) -> None:
    """A server that repeats the key and the input in its complaint does not get them into our error."""
    complaint = "Bearer canary-key may not embed 'a' with x-h canary-header"
    nova.answering = lambda _: Scripted(400, {"error": {"message": complaint}})
    with pytest.raises(NovaError) as caught:
        embed(api_base=nova.api_base, api_key="canary-key", headers={"x-h": "canary-header"})
    assert "may not embed" in str(caught.value)
    assert "canary" not in repr(caught.value) + str(caught.value.__dict__)
    assert caught.value.__cause__ is None


def _sockets_to(nova: FakeNova) -> int:
    port = int(nova.api_base.rsplit(":", 1)[1].split("/")[0])
    table = open("/proc/self/net/tcp").read().splitlines()[1:]  # noqa: SIM115, PTH123
    peer = f"0100007F:{port:04X}"
    return sum(line.split()[2] == peer and line.split()[3] == "01" for line in table)


def test_a_failed_request_does_not_keep_the_process() -> None:
    """A process ends when its main thread does, though calls of a failed request still wait for an answer."""
    script = """
import sys
from nova_embeddings import NovaClient
client = NovaClient(api_base=sys.argv[1], batch_size=1, max_retries=0)
try:
    client.embed(["fails", "waits", "waits too"])
except Exception as error:
    print(type(error).__name__, flush=True)
"""

    def answer(connection: socket.socket, stopped: threading.Event) -> None:
        if b"fails" in server.requests[-1]:
            replying("400 Bad Request", b"")(connection, stopped)
        stopped.wait(50)

    server = RawServer(answer)
    with server.running():
        command = [sys.executable, "-c", script, server.api_base]
        done = subprocess.run(command, capture_output=True, text=True, timeout=40, check=False)
    assert (done.stdout, done.stderr) == ("ConfigurationError\n", "")


@pytest.mark.parametrize("most", [2_000, 2_000_000])
def test_the_cap_of_an_answer_may_be_set(nova: FakeNova, most: int) -> None:
    """`max_response_bytes` bounds an answer, whatever was asked for."""
    client = NovaClient(api_base=nova.api_base, max_response_bytes=most)
    if most > 100_000:
        assert client.embed(["a"] * 8).vectors.shape == (8, 2048)
        return
    with pytest.raises(ResponseError, match=r"larger than 2000 bytes.*max_response_bytes="):
        client.embed(["a"] * 8)
