"""How do clients compare? Each runs in a process of its own; they take turns, so that noise touches all alike."""

from __future__ import annotations

import contextlib
import json
import math
import os
import subprocess
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryFile
from typing import TYPE_CHECKING, Any, Self

from bench.environments import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from bench.settings import Settings

ROOT = Path(__file__).parents[1]
_LONGEST_REASON = 200
_FOREIGN = ("NOVA_MODEL", "NOVA_API_BASE", "NOVA_API_KEY")  # settings for another server
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")  # everything here is on this machine


@dataclass(frozen=True)
class Row:
    """One client.

    Args:
        name: its label.
        client: module and function that make it: `bench.clients.own:core_sync`.
        against: the label of the hand-written client with the same shape of result.
        environment: gives the interpreter that has the client; None is this one.
        slow: takes so long that it runs in the first round only.
    """

    name: str
    client: str
    against: str
    environment: Callable[[], Path] | None = None
    slow: bool = False


@dataclass(frozen=True)
class Figures:
    """What one turn of one client cost.

    Args:
        cpu: seconds of user and system time of its process.
        wall: seconds.
        before: resident memory before, in bytes.
        peak: most resident memory meanwhile, in bytes.
        stall: seconds for which its event loop stood still, at most.
    """

    cpu: float
    wall: float
    before: int
    peak: int
    stall: float

    @property
    def growth(self) -> int:
        """Return the bytes by which memory grew, at most."""
        return self.peak - self.before


@dataclass
class Race:
    """What came of a race: the figures of each client's turns, and why others have none."""

    turns: dict[str, list[Figures]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def median(self, name: str, figure: str) -> float:
        """Return the median of one figure of a client; the growth of memory is that of its first, fresh turn."""
        turns = self.turns[name][:1] if figure in {"growth", "peak"} else self.turns[name]
        return float(median(getattr(turn, figure) for turn in turns))

    def ratio(self, name: str, against: str, figure: str = "cpu") -> float:
        """Return the median ratio of a figure, turn by turn."""
        if figure in {"growth", "peak"}:
            return over(self.median(name, figure), self.median(against, figure))
        pairs = zip(self.turns[name], self.turns[against], strict=False)
        return float(median(over(getattr(mine, figure), getattr(other, figure)) for mine, other in pairs))


def over(mine: float, other: float) -> float:
    """Return a ratio; of a tiny run, whose memory or time may not have grown by a measurable amount, infinity or 1."""
    return mine / other if other else math.inf if mine else 1.0


class Racer:
    """A fresh process with one client."""

    def __init__(self, row: Row, settings: Settings) -> None:
        """Start it.

        Raises:
            Unavailable: there is no environment for it.
        """
        python = str(row.environment()) if row.environment else sys.executable
        self._row, self._settings = row, settings
        self._said = TemporaryFile()  # noqa: SIM115 (closed at exit)
        self._process = subprocess.Popen(
            [python, "-m", "bench.worker"],
            cwd=ROOT,
            env=_environment(own=row.environment is None),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._said,
            text=True,
        )

    def make(self) -> dict[str, Any]:
        """Import and make the client."""
        self.begin_making()
        return self.answer()

    def begin_making(self) -> None:
        """Have the client imported and made, and do not wait for it."""
        module, function = self._row.client.split(":")
        self._order({"do": "make", "module": module, "function": function, "settings": asdict(self._settings)})

    def measure(self, count: int, repeats: int = 1, *, watched: bool = False) -> Figures:
        """Embed as many inputs as often; return what it cost each time."""
        self._order({"do": "measure", "count": count, "repeats": repeats, "watched": watched})
        return Figures(**self.answer())

    def answer(self) -> dict[str, Any]:
        """Wait for the next answer.

        Raises:
            Unavailable: the client failed, or its process ended.
        """
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            self._said.seek(0)
            said = self._said.read().decode(errors="replace").strip().splitlines() or ["without a word"]
            raise Unavailable(f"its process ended: {said[-1][:_LONGEST_REASON]}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise Unavailable(answer["error"].splitlines()[0][:_LONGEST_REASON])
        return answer

    def _order(self, order: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # the answer, or that there is none, says why
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self._process.kill()
        self._process.communicate()
        self._said.close()


class Field:
    """Clients that are ready to race, as often as is asked."""

    def __init__(self) -> None:
        """Hold none yet."""
        self.racers: dict[str, Racer] = {}
        self.failures: dict[str, str] = {}
        self.slow: set[str] = set()

    def race(
        self,
        settings: Settings,
        rounds: int,
        count: int,
        *,
        repeats: int = 1,
        watched: bool = False,
        only: Collection[str] | None = None,
    ) -> Race:
        """Have clients embed `count` inputs, in turns, `rounds` times, after each embedded a few batches.

        Args:
            settings: those that they were made with.
            rounds: how often.
            count: inputs.
            repeats: how often they are embedded in one turn, for a mean.
            watched: whether stalls of the event loop are looked for.
            only: the clients that take part; default: all.
        """
        names = [name for name in self.racers if only is None or name in only]
        turns: dict[str, list[Figures]] = {name: [] for name in names}
        for name in names:
            with self.noting(name):
                self.racers[name].measure(warming(count, settings.batch_size))
        for number in range(rounds):
            for name in [each for each in names if each in self.racers and not (number and each in self.slow)]:
                with self.noting(name):
                    turns[name].append(self.racers[name].measure(count, repeats, watched=watched))
        return Race({name: turns[name] for name in names if name in self.racers}, dict(self.failures))

    @contextlib.contextmanager
    def noting(self, name: str) -> Iterator[None]:
        """Do without a client from now on if it fails in the block."""
        try:
            yield
        except Unavailable as error:
            self.failures[name] = str(error)
            self.racers.pop(name, None)


@contextlib.contextmanager
def started(rows: Sequence[Row], settings: Settings) -> Iterator[Field]:
    """Yield clients whose processes end with the block; they are made at the same time."""
    field = Field()
    field.slow = {row.name for row in rows if row.slow}
    with contextlib.ExitStack() as stack:
        for row in rows:
            with field.noting(row.name):
                field.racers[row.name] = stack.enter_context(Racer(row, settings))
                field.racers[row.name].begin_making()
        for name in list(field.racers):
            with field.noting(name):
                field.racers[name].answer()
        yield field


def race(rows: Sequence[Row], settings: Settings, rounds: int, count: int, *, watched: bool = False) -> Race:
    """Start clients and have them race once."""
    with started(rows, settings) as ready:
        return ready.race(settings, rounds, count, watched=watched)


def warming(count: int, batch_size: int) -> int:
    """Return how many inputs warm a client and the server up: so that the last batch has the size it will have."""
    return min(count, 2 * batch_size + count % batch_size)


def _environment(*, own: bool) -> dict[str, str]:
    """Return the environment of a client's process: no settings for other servers, no way out of the machine."""
    left_out = {*_FOREIGN, *_PROXIES, *(name.upper() for name in _PROXIES), *(() if own else ("PYTHONPATH",))}
    kept = {name: value for name, value in os.environ.items() if name not in left_out}
    # litellm would otherwise fetch a price list at import
    return {**kept, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "*", "PYTHONWARNINGS": "ignore"}
