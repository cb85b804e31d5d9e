"""What must not be carried across a fork? Locks that another thread holds, and connections to SQLite.

SQLite records in memory which locks its process has on a file. A forked child inherits the record and not the locks, so
even a connection of its own to the same file would work without any. Source: "How To Corrupt An SQLite Database File",
2.6. A parent therefore lets go before it forks.
"""

from __future__ import annotations

import os
import threading
import weakref
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_GUARDS: weakref.WeakSet[Guard] = weakref.WeakSet()
_HELD: list[Guard] = []
_FORKING = threading.RLock()


class Guard:
    """A lock that no other thread holds while the process forks."""

    def __init__(self, let_go: Callable[[], None] = lambda: None) -> None:
        """Call `let_go` before every fork; it must not hold what owns the guard alive."""
        self.lock = threading.RLock()
        self.let_go = let_go
        _GUARDS.add(self)

    def __enter__(self) -> None:
        """Wait for the lock."""
        self.lock.acquire()

    def __exit__(self, *_: object) -> None:
        """Give it back."""
        self.lock.release()


def _before() -> None:
    _FORKING.acquire()
    for guard in list(_GUARDS):
        guard.lock.acquire()
        _HELD.append(guard)
        guard.let_go()


def _after() -> None:
    while _HELD:
        _HELD.pop().lock.release()
    _FORKING.release()


if hasattr(os, "register_at_fork"):  # Windows does not fork
    os.register_at_fork(before=_before, after_in_parent=_after, after_in_child=_after)
