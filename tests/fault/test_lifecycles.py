"""Clients among threads, loops, processes and signals: every vector stays with its input, and nothing stays behind."""

from __future__ import annotations

import asyncio
import signal
import sys
import threading
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nova_embeddings import ConfigurationError, NovaClient
from tests.fake_nova import expected
from tests.fault.behaviours import good, stalling, status
from tests.fault.processes import FORKS, outcome_of, started, wrong_rows
from tests.fault.running import warm
from tests.fault.server import FaultServer
from tests.fault.wires import bombing_in_every_packing
from tests.ways_in import WAYS

if TYPE_CHECKING:
    from tests.fake_nova import FakeNova
    from tests.fault.server import Exchange

WIDTH = 128
QUICK = 5.0  # seconds: a bound against hanging, far above what it takes and far below the client's timeout


def test_threads_and_loops_share_a_client(nova: FakeNova) -> None:
    """Eight threads at once, half of them with event loops of their own, each get their own vectors."""
    client = NovaClient(api_base=nova.api_base, dimensions=WIDTH, batch_size=3)

    def work(number: int) -> int:
        texts = [f"{number} {index}" for index in range(7)]
        return sum(wrong_rows(client, texts, asynchronous=number % 2 == 0) for _ in range(5))

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(work, range(8))) == [0] * 8
    assert nova.inputs_seen == 8 * 5 * 7


def test_several_loops_at_once(nova: FakeNova) -> None:
    """Requests that interleave in one loop, and loops one after another, work on one client."""
    client = NovaClient(api_base=nova.api_base, dimensions=WIDTH, batch_size=2)

    async def work(number: int) -> bool:
        texts = [f"{number} {index}" for index in range(5)]
        rows = [expected(text, "retrieval.passage", width=WIDTH) for text in texts]
        return np.allclose((await client.aembed(texts)).vectors, rows)

    async def together() -> list[bool]:
        return await asyncio.gather(*(work(number) for number in range(10)))

    for _ in range(3):
        assert all(asyncio.run(together()))


@pytest.mark.parametrize("scenario", ["forks", pytest.param("forks-beside", marks=pytest.mark.slow)])
def test_forks_have_connections_of_their_own(nova: FakeNova, scenario: str) -> None:
    """50 forks of a process that has used its client, or is just using it: no wrong vector on either side."""
    assert outcome_of(scenario, nova.api_base) == {
        "forks": FORKS,
        "wrong in parent": 0,
        "wrong in children": 0,
        "children that did not end": 0,
    }


def test_every_way_in_travels_to_other_processes(nova: FakeNova) -> None:
    """A client that was used goes into the processes of a pool, which start from nothing, and works there."""
    texts = [f"text {number}" for number in range(5)]
    ways = [make(api_base=nova.api_base, dimensions=WIDTH) for make in WAYS.values()]
    rows = [expected(text, "retrieval.passage", width=WIDTH) for text in texts]
    for way in ways:
        way.passages(["used before"])
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        for vectors in [pool.submit(way.passages, texts) for way in ways]:
            np.testing.assert_allclose(vectors.result(timeout=90), rows, rtol=1e-6)


@pytest.mark.parametrize("how", ["cancel", "timeout", "sibling"])
def test_a_cancelled_request_leaves_nothing_behind(how: str) -> None:
    """However a task comes to be cancelled, its calls' connections close, no task is left, and the client works."""
    warm()
    with FaultServer(stalling).running() as server:
        client = NovaClient(api_base=server.api_base, dimensions=WIDTH, batch_size=1, max_concurrency=4)
        assert asyncio.run(_cancelled(client, server, how)) == 0
        assert server.requests == 4
        assert server.settled(0)
        server.behaviour = good
        assert wrong_rows(client, ["a", "b"], asynchronous=True) == 0
        client.close()
        assert server.settled(0)


async def _cancelled(client: NovaClient, server: FaultServer, how: str) -> int:
    """Cancel a request whose calls wait for answers; return how many tasks are left."""
    before = asyncio.all_tasks()

    async def embed() -> None:
        await client.aembed(["a"] * 20)

    async def in_flight() -> None:
        while server.requests < 4:  # noqa: ASYNC110 (the server runs in threads)
            await asyncio.sleep(0.01)

    if how == "timeout":
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await embed()
    elif how == "cancel":
        task = asyncio.create_task(embed())
        await in_flight()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    else:
        with pytest.raises(ExceptionGroup):
            await _with_failing_sibling(embed(), in_flight())
    left = asyncio.all_tasks() - before
    return sum("LoggingWorker" not in repr(task) for task in left)  # litellm's own, one a loop


async def _with_failing_sibling(work: Any, ready: Any) -> None:
    async with asyncio.TaskGroup() as group:
        group.create_task(work)
        await ready
        message = "a sibling failed"
        raise ValueError(message)


def test_a_loop_that_ends_leaves_no_connection() -> None:
    """Connections of an event loop close with it; those of threads with the client."""
    warm()
    with FaultServer(good).running() as server:
        client = NovaClient(api_base=server.api_base, dimensions=WIDTH, batch_size=1)
        asyncio.run(client.aembed(["a", "b", "c"]))
        assert server.settled(0)
        client.embed(["a", "b", "c"])
        assert server.open > 0
        client.close()
        assert server.settled(0)


def test_a_client_that_is_dropped_leaves_no_connection() -> None:
    """A client that nobody holds any more closes its connections by itself."""
    warm()
    with FaultServer(good).running() as server:
        NovaClient(api_base=server.api_base, dimensions=WIDTH, batch_size=1).embed(["a", "b", "c"])
        assert server.settled(0)


def test_a_client_closed_in_flight_ends_its_requests() -> None:
    """Closing a client while another thread's call waits does not hang either of them beyond the call's deadline."""
    warm()
    with FaultServer(stalling).running() as server:
        client = NovaClient(api_base=server.api_base, dimensions=WIDTH, timeout=1.5)
        failures: list[BaseException] = []
        thread = threading.Thread(target=_failing, args=(client, failures), daemon=True)
        thread.start()
        while not server.requests:
            time.sleep(0.01)
        client.close()
        thread.join(QUICK)
        assert not thread.is_alive()
        assert len(failures) == 1
        assert type(failures[0]).__module__.startswith("nova_embeddings")
        with pytest.raises(ConfigurationError, match="closed"):
            client.embed(["a"])
        with pytest.raises(ConfigurationError, match="closed"):
            asyncio.run(client.aembed(["a"]))


def _failing(client: NovaClient, failures: list[BaseException]) -> None:
    try:
        client.embed(["a"])
    except BaseException as error:  # noqa: BLE001 (whatever comes out is looked at)
        failures.append(error)


def _busy_or_silent(exchange: Exchange) -> None:
    busy = status("429 Too Many Requests", "retry-after: 50")
    (busy if exchange.body["input"][0]["text"] == "busy" else stalling)(exchange)


def test_ctrl_c_ends_a_process_at_once() -> None:
    """Ctrl-C ends a program that waits in a call, in calls of threads, in an event loop, or between attempts."""
    with FaultServer(_busy_or_silent).running() as server:
        names = ["interrupted", "interrupted-threads", "interrupted-loop", "interrupted-pause"]
        running = [started(name, server.api_base) for name in names]
        try:
            end = time.monotonic() + 60
            while server.requests < 1 + 3 + 3 + 1 and time.monotonic() < end:
                time.sleep(0.05)
            time.sleep(0.3)
            asked = time.monotonic()
            for process in running:
                process.send_signal(signal.SIGINT)
            said = [process.communicate(timeout=QUICK)[1] for process in running]
            assert time.monotonic() - asked < QUICK
        finally:
            for process in running:
                process.kill()
                process.wait()
    assert [complaint.rstrip().splitlines()[-1:] for complaint in said] == [["KeyboardInterrupt"]] * 4
    assert "never awaited" not in "".join(said)


@pytest.mark.parametrize("scenario", ["leaving", "leaving-loop"])
def test_a_program_ends_with_calls_in_flight(scenario: str) -> None:
    """A program that comes to its end while calls wait for answers ends, without a word."""
    with FaultServer(stalling).running() as server, started(scenario, server.api_base) as process:
        try:
            printed, complaints = process.communicate(timeout=40)
        finally:
            process.kill()
        assert server.requests == 3
    assert (process.returncode, printed, complaints) == (0, '{"left": 1}\n', "")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts the most memory of a process afresh")
def test_a_bomb_stays_small() -> None:
    """Answers of 200 MiB, packed or not, make a process grow by no more than what may be read, and 32 MiB."""
    with FaultServer(bombing_in_every_packing).running() as server:
        came = outcome_of("bombs", server.api_base)
    assert came["refused"] == 6
    assert came["grown by MiB"] <= 1 + 32
