"""Which deployments failed just now, so that others of the same task should be tried first?

A failing deployment rests: 1 s after its first failure, doubling up to 30 s, or as long as it asked for. It is
avoided, never excluded: where it is the only one, it is asked, and its own error is seen.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import NovaError, Retry

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterator, Sequence

_FIRST_REST = 1.0
_LONGEST_REST = 30.0
_DOUBLINGS = 5


@dataclass(frozen=True, slots=True)
class _Rest:
    failures: int
    until: float


class Health:
    """What is known of deployments, by any name that two calls to one of them share."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        """Know nothing: everyone is well."""
        self._now = now
        self._rests: dict[Hashable, _Rest] = {}
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def observing(self, where: Hashable) -> Iterator[None]:
        """Watch one call to a deployment."""
        try:
            yield
        except NovaError as error:
            self.failed(where, error)
            raise
        self.answered(where)

    def failed(self, where: Hashable, error: NovaError) -> None:
        """Let a deployment rest, if its failure may pass and is no fault of the request."""
        if error.retry is Retry.NEVER:
            return
        with self._lock:
            failures = self._rests[where].failures + 1 if where in self._rests else 1
            usual = min(_LONGEST_REST, _FIRST_REST * 2 ** min(failures - 1, _DOUBLINGS))
            rest = max(usual, min(error.retry_after or 0.0, _LONGEST_REST))
            self._rests[where] = _Rest(failures, self._now() + rest)

    def answered(self, where: Hashable) -> None:
        """Forget what a deployment did before it answered."""
        if where in self._rests:
            with self._lock:
                self._rests.pop(where, None)

    def preferred(
        self, deployments: Sequence[dict[str, Any]], where: Callable[[dict[str, Any]], Hashable]
    ) -> list[dict[str, Any]]:
        """Return those that do not rest; all of them, where all do."""
        if not self._rests:
            return list(deployments)
        return [each for each in deployments if not self._rests_now(where(each))] or list(deployments)

    def _rests_now(self, where: Hashable) -> bool:
        rest = self._rests.get(where)
        return rest is not None and rest.until > self._now()


HEALTH = Health()
"""What the providers of this process saw, and its task routing reads."""
