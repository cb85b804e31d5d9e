"""What the client costs, beside a hand-written one and beside other libraries: `make bench`."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import os
import shlex
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from bench import page, plot
from bench.environments import HOME
from bench.machine import machine
from bench.page import Run
from bench.running import SERVERS, Running
from bench.server import serving
from bench.showing import console, drawn

if TYPE_CHECKING:
    from rich.console import Console

# what imports litellm into this process comes last
PARTS = ("throughput", "shapes", "sizes", "latency", "stalls", "streaming", "hops", "starting", "routing", "scoring")
_DOCS = Path(__file__).parents[1] / "docs"
_FAILED, _INTERRUPTED = 1, 130


def main() -> int:
    """Measure, print and write; return 1 if a part failed, and 130 if it was interrupted."""
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the servers are stopped then, too
    shown, started = console(), time.monotonic()
    run = Run(_command(), machine(), scale=options.scale)
    shown.print("\n".join(run.machine), "")
    with contextlib.ExitStack() as stack:
        servers = {name: stack.enter_context(serving(*how)) for name, how in SERVERS.items()}
        running = Running(options.rounds, options.scale, servers, peers=not options.no_peers)
        interrupted = _run_parts(run, options.parts, running, shown)
    run.seconds = time.monotonic() - started
    shown.print(drawn(page.table_of_goals(run.figures)))
    options.out.mkdir(parents=True, exist_ok=True)
    run.drawn = plot.draw(run.figures, options.out) is not None
    shown.print(f"\nwritten to {page.write(run, options.out)} after {run.seconds / 60:.1f} minutes")
    for part, why in run.failures.items():
        shown.print(f"[bold]failed:[/bold] {part}: {why}", markup=True)
    return _INTERRUPTED if interrupted else _FAILED if run.failures else 0


def _run_parts(run: Run, parts: list[str], running: Running, shown: Console) -> bool:
    """Run one part after another; tell whether that was interrupted."""
    for number, part in enumerate(parts, 1):
        shown.print(f"[{number}/{len(parts)}] {part} …", markup=False)
        try:
            found = importlib.import_module(f"bench.parts.{part}").run(running)
        except KeyboardInterrupt:
            run.failures.update(dict.fromkeys(parts[number - 1 :], "interrupted"))
            return True
        except Exception as error:  # noqa: BLE001 (the page says so, and the other parts go on)
            run.failures[part] = f"{type(error).__name__}: {str(error).partition(chr(10))[0]}"
            continue
        run.findings[part] = found
        for table in found.tables:
            shown.print(drawn(table), "")
    return False


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="part", help=f"what to run: {', '.join(PARTS)} (default: all)")
    parser.add_argument("--quick", action="store_true", help="a tenth of the inputs, and one round; for a look only")
    parser.add_argument("--rounds", type=_positive, help="turns of each client (default: 3)")
    parser.add_argument("--scale", type=_positive, help="divide the numbers of inputs by this (default: 1)")
    parser.add_argument("--no-peers", action="store_true", help="leave other libraries out, and install none")
    parser.add_argument("--out", type=Path, help="folder of performance.md (default: docs for all of it, else .bench)")
    options = parser.parse_args()
    if unknown := sorted(set(options.parts) - set(PARTS)):
        parser.error(f"no part is called {', '.join(unknown)}; there are {', '.join(PARTS)}")
    whole = not (options.parts or options.quick or options.scale or options.no_peers)
    options.parts = options.parts or list(PARTS)
    options.rounds = options.rounds or (1 if options.quick else 3)
    options.scale = options.scale or (10 if options.quick else 1)
    options.out = options.out or (_DOCS if whole else HOME)
    return options


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


def _command() -> str:
    given = shlex.join(sys.argv[1:])
    return f"make bench ARGS='{given}'" if given else "make bench"


if __name__ == "__main__":
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    sys.exit(main())
