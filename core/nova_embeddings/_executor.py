"""Run the calls of a plan, a few at a time: the only sync/async twin. What each call needs, `_delivery` says.

One call's failure ends the request: what has not started is cancelled and the error is raised once.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import queue
import random
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nova_embeddings._breaker import Breaker
from nova_embeddings._delivery import Evidence, Over, Send, Terms, Turn, deliver
from nova_embeddings._errors import NovaError
from nova_embeddings._gates import async_gate_of, gate_of
from nova_embeddings._pace import Pace
from nova_embeddings._retry import Quota

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Generator, Iterator, Sequence

    from nova_embeddings._calls import Call, Reply
    from nova_embeddings._delivery import Delivered
    from nova_embeddings._gates import AsyncGate, Gate
    from nova_embeddings._options import Limits

    Done = Callable[[Call, Reply], None]
    Failed = Callable[[int, NovaError], None]


class _Line:
    """Calls that wait for a thread, and what became of those that had one."""

    def __init__(self, waiting: Iterator[Call]) -> None:
        self.stopped = threading.Event()
        self.finished: queue.SimpleQueue[Delivered | BaseException] = queue.SimpleQueue()
        self._waiting = waiting
        self._lock = threading.Lock()

    def work(self, deliver_one: Callable[[Call], Delivered]) -> None:
        """Take one call after another, until there is none or an error has ended the request."""
        while (call := self._next()) is not None:
            try:
                self.finished.put(deliver_one(call))
            except BaseException as error:  # noqa: BLE001 (raised in the caller's thread)
                self.finished.put(error)

    def _next(self) -> Call | None:
        with self._lock:
            return None if self.stopped.is_set() else next(self._waiting, None)


@dataclass(frozen=True, slots=True)
class Executor:
    """How calls are run: limits, and what all calls of a client share."""

    limits: Limits
    pace: Pace
    breaker: Breaker | None
    quota: Quota = field(default_factory=Quota)

    @classmethod
    def of(cls, limits: Limits, *, routed: bool) -> Executor:
        """Return an executor that starts at full speed; a Router looks after its deployments itself."""
        return cls(limits, Pace(limits.max_concurrency), None if routed else Breaker())

    def run(
        self, calls: Sequence[Call], send: Callable[[Call, float], Reply], done: Done, failed: Failed | None
    ) -> None:
        """Send every call, in threads; `done` and `failed` run in the caller's thread, in any order.

        Args:
            calls: the plan's.
            send: makes one attempt.
            done: takes each answer.
            failed: takes each input that is left out; None raises instead.

        Raises:
            NovaError: the first call that failed for good.
        """
        terms, gate = self._terms(failed), gate_of(self.pace)
        drive = functools.partial(self._drive, terms=terms, send=send, gate=gate)
        for some in _rounds(calls, terms):
            with contextlib.closing(self._outcomes(some.calls, drive, gate)) as outcomes:
                for outcome in outcomes:
                    some.take(outcome, done, failed)

    async def arun(
        self, calls: Sequence[Call], send: Callable[[Call, float], Awaitable[Reply]], done: Done, failed: Failed | None
    ) -> None:
        """Send every call, as tasks of the running loop; arguments and errors are those of `run`.

        Raises:
            NovaError: the first call that failed for good; its siblings are cancelled.
        """
        terms, gate = self._terms(failed), async_gate_of(self.pace)
        for some in _rounds(calls, terms):
            waiting = iter(some.calls)

            async def work(waiting: Iterator[Call] = waiting, some: _Round = some) -> None:
                for call in waiting:
                    some.take(await self._adrive(call, terms, send, gate), done, failed)

            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(len(some.calls), self.limits.max_concurrency)):
                        group.create_task(work())
            except BaseExceptionGroup as several:
                raise several.exceptions[0] from None

    def _outcomes(self, calls: Sequence[Call], drive: Callable[[Call], Delivered], gate: Gate) -> Generator[Delivered]:
        if len(calls) <= 1 or self.limits.max_concurrency == 1:
            yield from map(drive, calls)
            return
        line = _Line(iter(calls))
        for _ in range(min(len(calls), self.limits.max_concurrency)):
            work = functools.partial(line.work, drive)
            # daemons: a call that still runs after an error or Ctrl-C must not keep the process from ending
            threading.Thread(
                target=contextvars.copy_context().run, args=(work,), name="nova-embed", daemon=True
            ).start()
        remaining = len(calls)
        try:
            while remaining:
                outcome = line.finished.get()
                if isinstance(outcome, BaseException):
                    raise outcome
                remaining -= 1
                yield outcome
        finally:
            if remaining:
                line.stopped.set()
                gate.stop()

    def _terms(self, failed: Failed | None) -> Terms:
        skip = failed is not None
        return Terms(self.limits, self.quota, self.pace, self.breaker, skip, Evidence(), random.uniform)

    def _drive(self, call: Call, terms: Terms, send: Callable[[Call, float], Reply], gate: Gate) -> Delivered:
        steps = deliver(call, terms)
        answer: Reply | NovaError | None = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as ended:
                outcome: Delivered = ended.value
                return outcome
            answer = None
            if isinstance(step, Turn):
                gate.enter()
            elif isinstance(step, Send):
                try:
                    answer = send(step.call, step.seconds)
                except NovaError as error:
                    answer = error
            elif isinstance(step, Over):
                gate.leave()
            else:
                gate.wait(step.seconds)

    async def _adrive(
        self, call: Call, terms: Terms, send: Callable[[Call, float], Awaitable[Reply]], gate: AsyncGate
    ) -> Delivered:
        steps = deliver(call, terms)
        answer: Reply | NovaError | None = None
        while True:
            try:
                step = steps.send(answer)
            except StopIteration as ended:
                outcome: Delivered = ended.value
                return outcome
            answer = None
            if isinstance(step, Turn):
                await gate.enter()
            elif isinstance(step, Send):
                try:
                    answer = await send(step.call, step.seconds)
                except NovaError as error:
                    answer = error
            elif isinstance(step, Over):
                await gate.leave()
            else:
                await asyncio.sleep(step.seconds)


@dataclass(frozen=True, slots=True)
class _Round:
    """Calls that run together, and those that could not be decided by themselves."""

    calls: Sequence[Call]
    undecided: list[tuple[Call, NovaError]] = field(default_factory=list)

    def take(self, outcome: Delivered, done: Done, failed: Failed | None) -> None:
        for call, reply in outcome.parts:
            done(call, reply)
        for index, error in outcome.failures:
            if failed is not None:
                failed(index, error)
        self.undecided.extend(outcome.undecided)


def _rounds(calls: Sequence[Call], terms: Terms) -> Iterator[_Round]:
    """Yield all calls, and once more those that were undecided, if others have shown that the request is sound.

    Raises:
        NovaError: nothing was answered, so the refusal is the request's.
    """
    first = _Round(calls)
    yield first
    if first.undecided:
        if not terms.evidence.answered:
            raise first.undecided[0][1]
        yield _Round([call for call, _ in first.undecided])
