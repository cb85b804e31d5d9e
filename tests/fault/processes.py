"""What happens to a whole process? `python -m tests.fault.processes SCENARIO ADDRESS` prints what came of it."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nova_embeddings import NovaClient, ResponseError
from tests.fake_nova import expected

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).parents[2]
FORKS = 50
MIB = 2**20
_WIDTH = 128
_CHILD_SECONDS = 15
_TEXTS = [f"text {number}" for number in range(12)]


def started(scenario: str, api_base: str) -> subprocess.Popen[str]:
    """Start a scenario in a process of its own."""
    command = [sys.executable, "-m", "tests.fault.processes", scenario, api_base]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=ROOT, stdout=pipe, stderr=pipe, text=True, start_new_session=True)


def outcome_of(scenario: str, api_base: str, seconds: float = 100) -> dict[str, Any]:
    """Run a scenario and return what it printed."""
    with started(scenario, api_base) as process:
        try:
            printed, complaints = process.communicate(timeout=seconds)
        finally:
            process.kill()
    assert process.returncode == 0, complaints
    came: dict[str, Any] = json.loads(printed)
    return came


def wrong_rows(client: NovaClient, texts: Sequence[str], *, asynchronous: bool = False) -> int:
    """Embed, and count the texts that have another vector than their own."""
    result = asyncio.run(client.aembed(texts)) if asynchronous else client.embed(texts)
    return sum(
        not np.allclose(row, expected(text, "retrieval.passage", width=_WIDTH))
        for row, text in zip(result.vectors, texts, strict=True)
    )


def forks(api_base: str, beside: int = 0) -> dict[str, int]:
    """Fork a process that has used its client; parent and children go on, with some of its threads embedding beside."""
    client = NovaClient(api_base=api_base, dimensions=_WIDTH, batch_size=2, max_concurrency=2)
    wrong = wrong_rows(client, _TEXTS) + wrong_rows(client, _TEXTS, asynchronous=True)
    with _embedding_beside(client, beside) as wrong_beside:
        children = []
        for number in range(FORKS):
            child = os.fork()
            if child == 0:
                os._exit(_wrong_in_child(client, number))
            children.append(child)
            wrong += wrong_rows(client, [f"parent {number}", "parent"])
        codes = [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children]
    return {
        "forks": len(codes),
        "wrong in parent": wrong + sum(wrong_beside),
        "wrong in children": sum(code for code in codes if code > 0),
        "children that did not end": sum(code < 0 for code in codes),
    }


def _wrong_in_child(client: NovaClient, number: int) -> int:
    signal.alarm(_CHILD_SECONDS)
    texts = [f"child {number} {turn}" for turn in range(6)]
    return sum(wrong_rows(client, texts, asynchronous=asynchronous) for asynchronous in (False, True, False))


@contextlib.contextmanager
def _embedding_beside(client: NovaClient, count: int) -> Iterator[list[int]]:
    ended, wrong = threading.Event(), []

    def embed() -> None:
        for turn in itertools.count():
            wrong.append(wrong_rows(client, [f"beside {turn}", "beside"]))
            if ended.is_set():
                return

    threads = [threading.Thread(target=embed) for _ in range(count)]
    for thread in threads:
        thread.start()
    try:
        yield wrong
    finally:
        ended.set()
        for thread in threads:
            thread.join()


def forks_beside(api_base: str) -> dict[str, int]:
    """Do the same while four threads embed."""
    return forks(api_base, beside=4)


def bombs(api_base: str) -> dict[str, int]:
    """Have answers of 200 MiB come in, packed and not, and measure the process at its largest."""
    client = NovaClient(api_base=api_base, dimensions=_WIDTH)
    for asynchronous in (False, True):
        wrong_rows(client, ["fine"], asynchronous=asynchronous)
    before, refused = _peak_bytes(afresh=True), 0
    for packing in ("gzip", "deflate", "identity"):
        for asynchronous in (False, True):
            try:
                wrong_rows(client, [f"bomb {packing}"], asynchronous=asynchronous)
            except ResponseError as error:
                refused += "larger than" in str(error)
    return {"refused": refused, "grown by MiB": (_peak_bytes() - before) // MIB}


def interrupted(api_base: str) -> dict[str, int]:
    """Wait for an answer that never comes, in the main thread."""
    NovaClient(api_base=api_base).embed(["a"])
    return {}


def interrupted_threads(api_base: str) -> dict[str, int]:
    """Wait for several answers that never come."""
    NovaClient(api_base=api_base, batch_size=1).embed(["a", "b", "c"])
    return {}


def interrupted_loop(api_base: str) -> dict[str, int]:
    """Wait for several answers that never come, in an event loop."""
    asyncio.run(NovaClient(api_base=api_base, batch_size=1).aembed(["a", "b", "c"]))
    return {}


def interrupted_pause(api_base: str) -> dict[str, int]:
    """Wait before another attempt, as a busy server asked."""
    NovaClient(api_base=api_base).embed(["busy"])
    return {}


def leaving(api_base: str) -> dict[str, int]:
    """Come to the end of the program while a thread's calls wait for answers."""
    client = NovaClient(api_base=api_base, batch_size=1)
    threading.Thread(target=client.embed, args=(["a", "b", "c"],), daemon=True).start()
    time.sleep(0.5)
    return {"left": 1}


def leaving_loop(api_base: str) -> dict[str, int]:
    """Come to the end of the event loop while a task's calls wait for answers."""
    client = NovaClient(api_base=api_base, batch_size=1)

    async def leave() -> None:
        task = asyncio.create_task(client.aembed(["a", "b", "c"]))
        await asyncio.sleep(0.5)
        assert not task.done()

    asyncio.run(leave())
    return {"left": 1}


def _peak_bytes(*, afresh: bool = False) -> int:
    """Return the most memory that this process has held, since it was last counted afresh."""
    if afresh:
        Path("/proc/self/clear_refs").write_text("5")  # what importing took would hide what comes
    lines = Path("/proc/self/status").read_text().splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return int(peak) * 1024


SCENARIOS = {
    "forks": forks,
    "forks-beside": forks_beside,
    "bombs": bombs,
    "interrupted": interrupted,
    "interrupted-threads": interrupted_threads,
    "interrupted-loop": interrupted_loop,
    "interrupted-pause": interrupted_pause,
    "leaving": leaving,
    "leaving-loop": leaving_loop,
}

if __name__ == "__main__":
    NovaClient("lexiq_nova/hash").embed(["warm"])
    print(json.dumps(SCENARIOS[sys.argv[1]](sys.argv[2])), flush=True)  # noqa: T201
