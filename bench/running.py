"""What does a part of the bench run with: how much of it, over which servers?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bench.server import Serving

SERVERS: Mapping[str, tuple[float, float]] = {
    "0 ms": (0.0, 0.0),
    "20 ms": (0.02, 0.0),
    "100 ms": (0.1, 0.0),
    "20 ms, jitter": (0.02, 0.9),
}
"""The servers that run beside each other: seconds before an answer, and the share by which they vary."""


@dataclass(frozen=True)
class Running:
    """How much is run, and over what.

    Args:
        rounds: how often each client has its turn.
        scale: by how much the numbers of inputs are divided; 1 is the whole.
        servers: those of `SERVERS`, running.
        peers: whether the peers take part.
    """

    rounds: int
    scale: int
    servers: Mapping[str, Serving]
    peers: bool

    @property
    def api_base(self) -> str:
        """Return the address of the server that answers at once."""
        return self.servers["0 ms"].api_base

    def count(self, whole: int) -> int:
        """Return a number of inputs, divided by the scale; at least one."""
        return max(1, whole // self.scale)
