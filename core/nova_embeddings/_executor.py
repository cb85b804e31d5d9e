"""Run the calls of a plan, a few at a time, each with its retries: the only sync/async twin.

One call's failure ends the request: what has not started is cancelled and the error is raised once.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import queue
import random
import threading
import time
from dataclasses import dataclass, field
from itertools import count
from typing import TYPE_CHECKING

from nova_embeddings._errors import InputError, NovaError
from nova_embeddings._planning import at_index
from nova_embeddings._retry import Attempt, Quota, wait_before_retry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from nova_embeddings._calls import Call, Reply
    from nova_embeddings._options import Limits

    Done = Callable[[Call, Reply], None]


class _Line:
    """Calls that wait for a thread, and what became of those that had one."""

    def __init__(self, waiting: Iterator[Call]) -> None:
        self.stopped = threading.Event()
        self.finished: queue.SimpleQueue[tuple[Call, Reply | BaseException]] = queue.SimpleQueue()
        self._waiting = waiting
        self._lock = threading.Lock()

    def work(self, attempt: Callable[[Call], Reply]) -> None:
        """Take one call after another, until there is none or an error has ended the request."""
        while (call := self._next()) is not None:
            try:
                self.finished.put((call, attempt(call)))
            except BaseException as error:  # noqa: BLE001 (raised in the caller's thread)
                self.finished.put((call, error))

    def _next(self) -> Call | None:
        with self._lock:
            return None if self.stopped.is_set() else next(self._waiting, None)


@dataclass(frozen=True, slots=True)
class Executor:
    """How calls are run: limits, and the retry quota that all of them share."""

    limits: Limits
    quota: Quota = field(default_factory=Quota)

    def run(self, calls: Sequence[Call], send: Callable[[Call, float], Reply], done: Done) -> None:
        """Send every call, in threads; `done` runs in the caller's thread, in any order.

        Raises:
            NovaError: the first call that failed for good.
        """
        if len(calls) <= 1 or self.limits.max_concurrency == 1:
            for call in calls:
                done(call, self._attempt(call, send, threading.Event()))
            return
        line = _Line(iter(calls))
        for _ in range(min(len(calls), self.limits.max_concurrency)):
            work = functools.partial(line.work, functools.partial(self._attempt, send=send, stopped=line.stopped))
            # daemons: a call that still runs after an error or Ctrl-C must not keep the process from ending
            threading.Thread(
                target=contextvars.copy_context().run, args=(work,), name="nova-embed", daemon=True
            ).start()
        try:
            for _ in calls:
                call, outcome = line.finished.get()
                if isinstance(outcome, BaseException):
                    raise outcome
                done(call, outcome)
        finally:
            line.stopped.set()

    async def arun(self, calls: Sequence[Call], send: Callable[[Call, float], Awaitable[Reply]], done: Done) -> None:
        """Send every call, as tasks of the running loop; `done` runs on the loop, in any order.

        Raises:
            NovaError: the first call that failed for good; its siblings are cancelled.
        """
        waiting = iter(calls)

        async def work() -> None:
            for call in waiting:
                done(call, await self._aattempt(call, send))

        try:
            async with asyncio.TaskGroup() as group:
                for _ in range(min(len(calls), self.limits.max_concurrency)):
                    group.create_task(work())
        except BaseExceptionGroup as failed:
            raise failed.exceptions[0] from None

    def _attempt(self, call: Call, send: Callable[[Call, float], Reply], stopped: threading.Event) -> Reply:
        deadline = time.monotonic() + self.limits.timeout
        for number in count(1):
            try:
                reply = send(call, deadline - time.monotonic())
            except NovaError as error:
                if stopped.wait(self._pause(error, number, deadline, call)):
                    raise
            else:
                self.quota.refund(number - 1)
                return reply
        raise AssertionError  # count() never ends

    async def _aattempt(self, call: Call, send: Callable[[Call, float], Awaitable[Reply]]) -> Reply:
        deadline = time.monotonic() + self.limits.timeout
        for number in count(1):
            try:
                reply = await send(call, deadline - time.monotonic())
            except NovaError as error:
                await asyncio.sleep(self._pause(error, number, deadline, call))
            else:
                self.quota.refund(number - 1)
                return reply
        raise AssertionError  # count() never ends

    def _pause(self, error: NovaError, number: int, deadline: float, call: Call) -> float:
        """Return the seconds to wait before the next attempt.

        Raises:
            NovaError: the same error, where it is final.
        """
        failed = Attempt(error, number, deadline - time.monotonic())
        pause = wait_before_retry(failed, self.limits.max_retries, self.quota, random.uniform)
        if pause is None:
            error.attempts, error.seconds = number, self.limits.timeout - failed.left
            raise at_index(error, call) if isinstance(error, InputError) else error
        return pause
