"""Is it worth asking a deployment that keeps failing? Not for a while; then one call finds out for all.

Closed until it has failed eight times in a row, each after the one before; then open for 2 s, doubling up to 30 s;
then half-open: one call may pass, and its answer closes the circuit.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from nova_embeddings._errors import DeploymentTimeoutError, DeploymentUnavailableError, Retry

if TYPE_CHECKING:
    from nova_embeddings._errors import NovaError

_SUSTAINED = 8
_FIRST_BREAK = 2.0
_LONGEST_BREAK = 30.0
_DOUBLINGS = 4


class Breaker:
    """The circuit to one deployment, shared by all requests of a client."""

    def __init__(self) -> None:
        """Start closed."""
        self._failures = 0
        self._counted_at = float("-inf")
        self._open_until = float("-inf")
        self._last = ""
        self._lock = threading.Lock()

    def refusal(self, now: float) -> NovaError | None:
        """Return why a call must not be sent now; None lets it pass, and when half-open only this one.

        Args:
            now: monotonic seconds.
        """
        if self._failures < _SUSTAINED:
            return None
        with self._lock:
            left = self._open_until - now
            if left <= 0:
                self._open_until = now + _LONGEST_BREAK  # until the one that passes is back
                return None
        message = f"{self._last} (the last of {self._failures} failures in a row; it is asked again in {left:.1f} s)"
        return DeploymentUnavailableError(message, retry_after=left)

    def answered(self) -> None:
        """Close the circuit: whatever was answered, somebody is there."""
        self._failures = 0

    def failed(self, error: NovaError, started: float, now: float) -> None:
        """Count a failure; calls that were in flight together count once.

        Args:
            error: how the call failed.
            started: when it was sent, in seconds.
            now: when it failed, by the same clock.
        """
        outage = isinstance(error, DeploymentUnavailableError | DeploymentTimeoutError) and error.retry is Retry.AGAIN
        if not outage:
            self.answered()
            return
        with self._lock:
            if started >= self._counted_at:
                self._failures, self._counted_at, self._last = self._failures + 1, now, str(error.args[0])
                doublings = min(max(self._failures - _SUSTAINED, 0), _DOUBLINGS)
                self._open_until = now + min(_LONGEST_BREAK, _FIRST_BREAK * 2**doublings)
