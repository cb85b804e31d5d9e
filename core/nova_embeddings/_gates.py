"""How many calls are let through at a time: of one request, or of all requests of one stream?"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator

    from nova_embeddings._pace import Pace

T = TypeVar("T")
R = TypeVar("R")


class Stopped(Exception):  # noqa: N818 (no failure: another call's error has ended the request)
    """There is nobody any more who waits for this call."""


class _Room:
    """Who is inside, of all that share it."""

    def __init__(self) -> None:
        self.inside = 0
        self.changed = threading.Condition()


class Gate:
    """Lets as many threads send at a time as the pace allows."""

    def __init__(self, pace: Pace, room: _Room) -> None:
        """Open; what is stopped is this gate, and not others to the same room."""
        self.stopped = False
        self._pace, self._room = pace, room

    def enter(self) -> None:
        """Wait for a place.

        Raises:
            Stopped: the request has ended.
        """
        with self._room.changed:
            self._room.changed.wait_for(lambda: self.stopped or self._room.inside < self._pace.limit)
            if self.stopped:
                raise Stopped
            self._room.inside += 1

    def leave(self) -> None:
        """Give the place back."""
        with self._room.changed:
            self._room.inside -= 1
            self._room.changed.notify_all()

    def wait(self, seconds: float) -> None:
        """Sleep, unless the request ends meanwhile.

        Raises:
            Stopped: it has.
        """
        with self._room.changed:
            if self._room.changed.wait_for(lambda: self.stopped, seconds):
                raise Stopped

    def stop(self) -> None:
        """End the request."""
        with self._room.changed:
            self.stopped = True
            self._room.changed.notify_all()


class AsyncGate:
    """The same for the tasks of one event loop, which end by being cancelled."""

    def __init__(self, pace: Pace) -> None:
        """Open."""
        self._pace = pace
        self._inside = 0
        self._changed = asyncio.Condition()
        self._starting = asyncio.Lock()

    async def enter(self) -> None:
        """Wait for a place."""
        async with self._changed:
            await self._changed.wait_for(lambda: self._inside < self._pace.limit)
            self._inside += 1
        # litellm works for milliseconds before it waits: calls that start together would hold the loop together
        async with self._starting:
            await asyncio.sleep(0)

    async def leave(self) -> None:
        """Give the place back."""
        self._inside -= 1
        async with self._changed:
            self._changed.notify_all()


class _Shared:
    """What the requests of one stream share, for each deployment that they ask."""

    def __init__(self) -> None:
        self.rooms: dict[Pace, _Room] = {}
        self.gates: dict[Pace, AsyncGate] = {}


_SHARED: contextvars.ContextVar[_Shared | None] = contextvars.ContextVar("nova_shared_gates", default=None)


def gate_of(pace: Pace) -> Gate:
    """Return the gate of a request: to the room of its stream, else to one of its own."""
    shared = _SHARED.get()
    return Gate(pace, _Room() if shared is None else shared.rooms.setdefault(pace, _Room()))


def async_gate_of(pace: Pace) -> AsyncGate:
    """Return the gate of a request in an event loop: its stream's, else its own."""
    shared = _SHARED.get()
    return AsyncGate(pace) if shared is None else shared.gates.setdefault(pace, AsyncGate(pace))


def sharing(embed: Callable[[T], R]) -> Callable[[T], R]:
    """Return what embeds the batches of one stream, so that all their calls count together."""
    shared = _Shared()

    def within(batch: T) -> R:
        with _set(shared):
            return embed(batch)

    return within


def asharing(embed: Callable[[T], Awaitable[R]]) -> Callable[[T], Awaitable[R]]:
    """Do what `sharing` does, for an event loop."""
    shared = _Shared()

    async def within(batch: T) -> R:
        with _set(shared):
            return await embed(batch)

    return within


@contextlib.contextmanager
def _set(shared: _Shared) -> Iterator[None]:
    token = _SHARED.set(shared)
    try:
        yield
    finally:
        _SHARED.reset(token)
