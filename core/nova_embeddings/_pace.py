"""How many calls may be in flight? Fewer after the server asks for fewer, more again as it answers.

Additive increase, multiplicative decrease, as TCP has it: a server that is pushed back by one client in eight halves
what that client sends, and full speed returns after about as many answers as the square of the limit.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from nova_embeddings._errors import DeploymentTimeoutError, DeploymentUnavailableError, RateLimitError

if TYPE_CHECKING:
    from nova_embeddings._errors import NovaError

_OVERLOADED = 503


class Pace:
    """A number of calls in flight that adapts; shared by all requests of a client."""

    def __init__(self, most: int) -> None:
        """Start at full speed."""
        self._most = float(most)
        self._limit = float(most)
        self._slowed_at = float("-inf")
        self._lock = threading.Lock()

    @property
    def limit(self) -> int:
        """Return how many calls may be in flight now; at least one."""
        return int(self._limit)

    def answered(self) -> None:
        """Allow a little more after an answer."""
        if self._limit < self._most:
            with self._lock:
                self._limit = min(self._most, self._limit + 1.0 / self._limit)

    def failed(self, error: NovaError, started: float, now: float) -> None:
        """Halve the limit where the error means too much; once for all calls that were in flight together.

        Args:
            error: how the call failed.
            started: when it was sent, in seconds.
            now: when it failed, by the same clock.
        """
        with self._lock:
            if started >= self._slowed_at and _means_too_much(error):
                self._limit = max(1.0, self._limit / 2.0)
                self._slowed_at = now


def _means_too_much(error: NovaError) -> bool:
    if isinstance(error, DeploymentUnavailableError):
        return error.status == _OVERLOADED
    return isinstance(error, RateLimitError | DeploymentTimeoutError)
