"""What is measured in a fresh process of its own: start-up, the event loop's stalls, and a stream without end."""

from __future__ import annotations

import asyncio
import json
import resource
import subprocess
import sys
import time
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.report import Goal, Part
from bench.settings import text_of

if TYPE_CHECKING:
    from collections.abc import Sequence

_TICK = 0.001
_MEGABYTE = 2**20
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


def start_up(api_base: str, rounds: int) -> Part:
    """From the interpreter's start to the first vector."""
    runs = [run("first", api_base) for _ in range(rounds)]
    names = list(runs[0])
    cells = [(name, f"{median(one[name] for one in runs):.2f}") for name in names]
    notes = [
        "litellm is imported by the first call, not by the package: whoever only imports pays for the first line alone."
    ]
    return Part("Start-up, in fresh processes", ("from there to there", "wall s"), cells, notes)


def stalls(api_base: str, rounds: int, texts: int) -> Part:
    """For how long an event loop has to wait while it embeds."""
    longest = [run("stall", api_base, texts)["longest stall"] for _ in range(rounds)]
    milliseconds = 1000 * median(longest)
    goal = Goal(f"longest stall of the event loop in `aembed` of {texts:,}", "at most 20 ms", 20, milliseconds, "ms")
    cells = [
        (
            "longest stall of the event loop, ms",
            f"{milliseconds:.1f}",
            ", ".join(f"{1000 * one:.1f}" for one in longest),
        )
    ]
    return Part(f"Event loop, `aembed` of {texts:,} x 2048", ("", "median", "each run"), cells, (), [goal])


def streams(api_base: str, most: int) -> Part:
    """A stream of any length through a window."""
    few = run("stream", api_base, most // 10)
    many = run("stream", api_base, most)
    cells = [
        (f"{texts:,}", f"{one['peak']:,.1f}", f"{one['seconds']:.1f}", f"{1e6 * one['cpu'] / texts:.1f}")
        for texts, one in ((most // 10, few), (most, many))
    ]
    goal = Goal(
        f"`embed_iter` of {most:,} short texts, 128 dimensions: peak memory",
        f"within 1.1 x that of {most // 10:,}",
        1.1,
        many["peak"] / few["peak"],
    )
    return Part("Streaming, 128 dimensions", ("texts", "peak MB", "wall s", "CPU µs a text"), cells, (), [goal])


def run(what: str, api_base: str, texts: int = 0) -> dict[str, float]:
    """Return what a fresh process measured."""
    command = [sys.executable, "-m", "bench.alone", what, api_base, str(texts), repr(time.time())]
    said = subprocess.run(command, check=True, capture_output=True, text=True, timeout=900)
    found: dict[str, float] = json.loads(said.stdout.splitlines()[-1])
    return found


def _first(api_base: str, started: float) -> dict[str, float]:
    at = [started, time.time()]
    from nova_embeddings import NovaClient  # noqa: PLC0415 (what is measured)

    at.append(time.time())
    client = NovaClient(api_base=api_base, dimensions=128)
    client.embed(["a"])
    at.append(time.time())
    client.embed(["a"])
    at.append(time.time())
    names = (
        "interpreter and bench",
        "import nova_embeddings",
        "first vector, litellm's import included",
        "second vector",
    )
    return {name: later - earlier for name, earlier, later in zip(names, at, at[1:], strict=False)}


def _stall(api_base: str, texts: int) -> dict[str, float]:
    from nova_embeddings import NovaClient  # noqa: PLC0415 (this process measures one thing)

    async def main() -> float:
        client = NovaClient(api_base=api_base)
        corpus = [text_of(number) for number in range(texts)]
        await client.aembed(corpus[:256])
        embedding = asyncio.create_task(client.aembed(corpus))
        longest, before = 0.0, time.perf_counter()
        while not embedding.done():
            await asyncio.sleep(_TICK)
            now = time.perf_counter()
            longest, before = max(longest, now - before - _TICK), now
        await embedding
        return longest

    return {"longest stall": asyncio.run(main())}


def _stream(api_base: str, texts: int) -> dict[str, float]:
    from nova_embeddings import NovaClient  # noqa: PLC0415 (this process measures one thing)

    client = NovaClient(api_base=api_base, dimensions=128)
    client.embed(["a"])
    start, done = time.perf_counter(), 0
    for result in client.embed_iter(text_of(number) for number in range(texts)):
        done += len(result.vectors)
    if done != texts:
        message = f"{done} vectors for {texts} texts"
        raise RuntimeError(message)
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "peak": used.ru_maxrss * _RSS_UNIT / _MEGABYTE,
        "seconds": time.perf_counter() - start,
        "cpu": used.ru_utime + used.ru_stime,
    }


def main(arguments: Sequence[str]) -> None:
    """Measure one thing and print it as JSON."""
    what, api_base, texts, started = arguments
    found: dict[str, Any] = {
        "first": lambda: _first(api_base, float(started)),
        "stall": lambda: _stall(api_base, int(texts)),
        "stream": lambda: _stream(api_base, int(texts)),
    }[what]()
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1:])
