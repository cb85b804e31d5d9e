"""May this call be tried again, and after how long? The only retry layer.

Source of the numbers: `uniform(0, min(cap, base * 2^n))` (full jitter) and the quota are botocore's;
a server's Retry-After is a floor, with the jitter on top, so that clients do not wake together.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nova_embeddings._errors import DeploymentTimeoutError, Retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from nova_embeddings._errors import NovaError

_BASE = 0.5
_CAP = 8.0
_CAPACITY = 500
_COST = 5
_COST_AFTER_TIMEOUT = 10
_ALLOWED = {Retry.NEVER: 0, Retry.ONCE: 1}


class Quota:
    """A budget of retries that all calls of one client share, so that a failing server is not buried."""

    def __init__(self) -> None:
        """Start full."""
        self._left = _CAPACITY
        self._lock = threading.Lock()

    def take(self, error: NovaError) -> bool:
        """Take what a retry after this error costs; False where too little is left."""
        cost = _COST_AFTER_TIMEOUT if isinstance(error, DeploymentTimeoutError) else _COST
        with self._lock:
            if self._left < cost:
                return False
            self._left -= cost
            return True

    def refund(self, retries: int) -> None:
        """Give back what a call that succeeded in the end had taken, and a little for its success."""
        with self._lock:
            self._left = min(_CAPACITY, self._left + retries * _COST + 1)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt that failed.

    Args:
        error: how it failed.
        number: 1 for the first attempt.
        left: seconds until the call's deadline.
    """

    error: NovaError
    number: int
    left: float


def wait_before_retry(
    failed: Attempt, max_retries: int, quota: Quota, uniform: Callable[[float, float], float]
) -> float | None:
    """Return the seconds to wait before the next attempt; None where the error is final.

    No wait begins that would pass the deadline, and a Retry-After beyond it makes the error final at once.
    """
    retries = failed.number - 1
    if retries >= min(max_retries, _ALLOWED.get(failed.error.retry, max_retries)):
        return None
    wait = (failed.error.retry_after or 0.0) + uniform(0.0, min(_CAP, _BASE * 2**retries))
    if wait >= failed.left or not quota.take(failed.error):
        return None
    return wait
