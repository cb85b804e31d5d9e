"""What the client costs, as ratios against a hand-written one: `make bench`."""

from __future__ import annotations

import argparse
import contextlib
import os
import platform
import sys
from importlib.metadata import version
from typing import TYPE_CHECKING

from rich.console import Console

from bench import server
from bench.measuring import RowProcess, import_cost, median_of
from bench.routing import seconds_of_routing
from bench.rows import ROWS
from bench.scoring import seconds_of_scoring
from bench.settings import Settings
from bench.showing import table_of_imports, table_of_routing, table_of_rows, table_of_scoring

if TYPE_CHECKING:
    from rich.table import Table

_WIDTH_OF_A_FILE = 110
_IMPORTS = (
    ("nova_embeddings", ""),
    ("langchain_nova", "langchain_core.embeddings"),
    ("llama_index.embeddings.nova", "llama_index.core"),
)
_NOTES = (
    "CPU s and wall s are medians; CPU is user and system time of the client's process.",
    "The server, in a process of its own, answers prebuilt bytes at once.",
    "Every client was warmed up: litellm's import, seconds of CPU at the first call, is left out.",
    '"x raw" compares with the raw row of the same shape: sync -> numpy, async -> numpy, or sync -> lists.',
    '"x product" compares with the faster of the two ways to write one float32 matrix product of all tokens.',
    '"raw threads" has as many calls in flight as the core; against an instant server that only costs CPU.',
)


def main() -> None:
    """Measure and print."""
    options = _options()
    for name in ("NOVA_MODEL", "NOVA_API_KEY"):  # settings for another server
        os.environ.pop(name, None)
    console = Console(width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE, highlight=False)
    console.print(
        f"Python {platform.python_version()}, litellm {version('litellm')}, {os.cpu_count()} cores, load "
        f"{os.getloadavg()[0]:.1f}\n"
    )
    costs = [(name, base, import_cost(name, base, options.rounds)) for name, base in _IMPORTS]
    console.print(table_of_imports(costs), "")
    with server.serving() as api_base:
        settings = Settings(api_base, options.texts, options.dimensions, options.batch_size)
        console.print(_rows(settings, options.rounds, options.only), "")
        console.print(table_of_routing(seconds_of_routing(api_base, options.rounds)), "")
    # last: what this process holds would count in the peak memory of those that it starts
    console.print(table_of_scoring(seconds_of_scoring(options.rounds)), "")
    console.print("\n".join(_NOTES))


def _rows(settings: Settings, rounds: int, only: str) -> Table:
    rows = [row for row in ROWS if only in row.name or row.name.startswith("raw")]
    with contextlib.ExitStack() as stack:
        processes = [stack.enter_context(RowProcess(row.name, settings)) for row in rows]
        before = {one.name: one.before() for one in processes}
        # interleaved, so that whatever else the machine does meanwhile touches every row alike
        seen = [{one.name: one.measure() for one in processes} for _ in range(rounds)]
    figures = {row.name: median_of([one[row.name] for one in seen]) for row in rows}
    return table_of_rows(rows, figures, before, settings)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m bench", description=__doc__)
    parser.add_argument("--texts", type=_positive, default=10_000, help="texts to embed (default: %(default)s)")
    parser.add_argument("--dimensions", type=_positive, default=2048, help="width of a vector (default: %(default)s)")
    parser.add_argument("--batch-size", type=_positive, default=128, help="texts of one call (default: %(default)s)")
    parser.add_argument("--rounds", type=_positive, default=3, help="how often each row runs (default: %(default)s)")
    parser.add_argument("--only", default="", help="part of the names of the rows to run beside the raw ones")
    return parser.parse_args()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


if __name__ == "__main__":
    main()
