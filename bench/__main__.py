"""What the client costs, as ratios against a hand-written one and against others' classes: `make bench`."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markdown import Markdown

from bench import alone, lasting, parts, peers, proxied, server
from bench.plot import draw
from bench.report import Part, failed, markdown_of, markdown_of_goals
from bench.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

DOCS = Path(__file__).parents[1] / "docs"
_INTRODUCTION = """# Performance

All figures are of one run of `make bench`, of clients against a server on the same machine that answers prebuilt
bytes; ratios are what counts. Rounds are interleaved, figures are medians, CPU is user and system time of the client's
process.
"""


def main() -> None:
    """Measure what is asked for, print it, and write the page."""
    options = _options()
    for name in ("NOVA_MODEL", "NOVA_API_BASE", "NOVA_API_KEY"):  # settings for another server
        os.environ.pop(name, None)
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    measured: list[Part] = []
    with server.serving() as api_base:
        settings = Settings(api_base, options.texts, options.dimensions, options.batch_size)
        for name, measure in _parts(settings, options).items():
            if options.only and name not in options.only.split(","):
                continue
            console.print(f"[dim]{name} …[/dim]")
            measured.append(_part(name, measure))
            console.print(Markdown(markdown_of(measured[-1])), "")
    page = _page(measured, options)
    console.print(Markdown(markdown_of_goals([goal for part in measured for goal in part.goals])))
    if options.write:
        draw({name: each for part in measured for name, each in part.figures.items()}, DOCS / "performance.png")
        (DOCS / "performance.md").write_text(page, encoding="utf-8")
        console.print("\nwritten: docs/performance.md, docs/performance.png")


def _parts(settings: Settings, options: argparse.Namespace) -> dict[str, Callable[[], Part]]:
    rounds = options.rounds
    at_once = settings.api_base
    return {
        "clients": lambda: parts.clients(settings, rounds),
        "peers": lambda: peers.peers(settings, rounds),
        "latencies": lambda: parts.latencies(settings, max(rounds - 2, 1)),
        "stalls": lambda: alone.stalls(at_once, rounds, settings.texts),
        "shapes": lambda: parts.shapes(settings, rounds),
        "sizes": lambda: parts.sizes(settings, rounds),
        "streams": lambda: alone.streams(at_once, 100 * settings.texts),
        "proxy": lambda: proxied.proxied(settings, max(rounds - 2, 1)),
        "routing": lambda: lasting.routing(at_once, rounds),
        "start-up": lambda: alone.start_up(at_once, rounds),
        # last: what this process holds would count in the peak memory of those that it starts
        "scoring": lambda: lasting.scoring(rounds),
    }


def _part(name: str, measure: Callable[[], Part]) -> Part:
    start = time.perf_counter()
    try:
        return measure()
    except Exception as error:  # noqa: BLE001 (the others are worth having, and the page says what is missing)
        return failed(name, error)
    finally:
        print(f"({time.perf_counter() - start:.0f} s)", flush=True)


def _page(measured: list[Part], options: argparse.Namespace) -> str:
    given = " ".join(sys.argv[1:])
    command = f"make bench{f' ARGS={given!r}' if given else ''}"
    machine = (
        f"`{command}` on {os.cpu_count()} cores ({platform.machine()}, {platform.system()}), Python "
        f"{platform.python_version()}, litellm {version('litellm')}, numpy {version('numpy')}, "
        f"{options.rounds} rounds, load {os.getloadavg()[0]:.1f} at the end."
    )
    goals = [goal for part in measured for goal in part.goals]
    missed = [goal.path for goal in goals if not goal.met]
    told = f"{len(goals) - len(missed)} of {len(goals)} aims are met."
    told += f" Missed: {'; '.join(missed)}." if missed else ""
    summary = ["## What was aimed at", "", markdown_of_goals(goals), "", told, "", "![The figures](performance.png)"]
    return "\n".join([_INTRODUCTION, machine, "", *summary, "", *(f"{markdown_of(part)}\n" for part in measured)])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("--texts", type=_positive, default=10_000, help="texts to embed (default: %(default)s)")
    parser.add_argument("--dimensions", type=_positive, default=2048, help="width of a vector (default: %(default)s)")
    parser.add_argument("--batch-size", type=_positive, default=128, help="texts of one call (default: %(default)s)")
    parser.add_argument("--rounds", type=_positive, default=3, help="how often each row runs (default: %(default)s)")
    parser.add_argument("--only", default="", help="parts, with commas: clients, peers, latencies, stalls, shapes, …")
    parser.add_argument("--write", action="store_true", help="write docs/performance.md and its picture")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


if __name__ == "__main__":
    main()
