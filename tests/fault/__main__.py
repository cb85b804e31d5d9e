"""`python -m tests.fault [PAGE]`: run the fault suite over every way in and write what came of it."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
import warnings
from pathlib import Path

from rich.console import Console
from rich.progress import track

from nova_embeddings import NovaClient
from tests.fake_nova import FakeNova
from tests.fault.behaviours import poisoning
from tests.fault.processes import FORKS, outcome_of
from tests.fault.report import failures, report
from tests.fault.running import run_all
from tests.fault.server import FaultServer
from tests.fault.table import FAULTS
from tests.fault.test_order import EXAMPLES
from tests.fault.wires import bombing_in_every_packing

_PAGE = Path(__file__).parents[2] / "docs" / "faults.md"


def main() -> int:
    """Run everything, write the page, and return 1 where something did not come out as it must."""
    parser = argparse.ArgumentParser(prog="python -m tests.fault", description=__doc__)
    parser.add_argument("page", nargs="?", type=Path, default=_PAGE, help="default: docs/faults.md")
    page, out = parser.parse_args().page, Console(stderr=True)
    logging.disable(logging.WARNING)  # litellm's, about event loops that follow one another
    warnings.simplefilter("ignore")
    run = {
        title: [(fault, run_all(fault)) for fault in track(faults, f"{title:<13}", console=out)]
        for title, faults in FAULTS.items()
    }
    out.print("lifecycles …")
    text = report(run, {**_poison(), **_forks(), **_bombs()}, EXAMPLES)
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text, encoding="utf-8")
    wrong = list(failures(run))
    for line in wrong:
        out.print(line, markup=False, highlight=False)
    out.print(f"{page.name} is written; {len(wrong)} complaints")
    return 1 if wrong else 0


def _poison() -> dict[str, str]:
    """Leave the one bad input of 1,000 out, sync and async."""
    texts, seen = [f"text {number}" for number in range(1_000)], {}
    for asynchronous in (False, True):
        with FaultServer(poisoning(texts[421])).running() as server:
            client = NovaClient(api_base=server.api_base, dimensions=128, batch_size=100)
            if asynchronous:
                result = asyncio.run(client.aembed(texts, on_error="skip"))
            else:
                result = client.embed(texts, on_error="skip")
            way = "async" if asynchronous else "sync"
            left_out = ", ".join(map(str, result.errors))
            seen[f"one poison input in 1,000, unnamed by the server, {way}"] = (
                f"{len(result)} delivered in {server.requests} requests, left out: {left_out} (poison: 421)"
            )
    return seen


def _forks() -> dict[str, str]:
    told = {"forks": "has used its client", "forks-beside": "is using its client in four threads"}
    figures = {}
    with FakeNova().running() as nova:
        for scenario, what in told.items():
            came = outcome_of(scenario, nova.api_base)
            counts = ", ".join(f"{name}: {count}" for name, count in came.items() if name != "forks")
            figures[f"{FORKS} forks of a process that {what}, vectors"] = counts
    return figures


def _bombs() -> dict[str, str]:
    with FaultServer(bombing_in_every_packing).running() as server:
        came = outcome_of("bombs", server.api_base)
    return {
        "200 MiB in answer to one text, as gzip, deflate and plain, sync and async": (
            f"{came['refused']} of 6 refused; the process grew by {came['grown by MiB']} MiB (bound: 1 + 32)"
        )
    }


if __name__ == "__main__":
    sys.exit(main())
