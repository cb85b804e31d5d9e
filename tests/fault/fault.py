"""What is one fault: what the server does, what must come of it, and how many requests that may take."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.ways_in import WAYS

if TYPE_CHECKING:
    from tests.fault.server import Behaviour

    Must = tuple[type[Exception], ...]

RIGHT: Must = ()
WIDTH = 128
CORE = ("core", "core-async")


@dataclass(frozen=True)
class Fault:
    """One row of the matrix.

    Args:
        name: what is wrong, as the documentation says it.
        does: what the server does with every request.
        must: the errors of which one is raised; none where the right vectors are returned.
        requests: how many the server sees: exactly, or at least and at most.
        options: of the client, beside those that every fault has.
        says: what the error's message must hold, as a regular expression.
        texts: what is embedded.
        peer: the row of `peers.PEERS` that was measured for it.
        tls: the server speaks TLS with a certificate that nobody trusts.
        address: replaces the server's address.
        ways: the ways in that have what is asked for.
        multivector: ask for multi-vectors; of `CORE` only.
        heals: the server answers rightly after the fault, and the same client must then get the right vectors.
    """

    name: str
    does: Behaviour
    must: Must
    requests: int | tuple[int, int]
    options: dict[str, Any] = field(default_factory=dict)
    says: str = ""
    texts: Any = ("one", "two words", "three words now", "four")
    peer: str = ""
    tls: bool = False
    address: str = ""
    ways: tuple[str, ...] = tuple(WAYS)
    multivector: bool = False
    heals: bool = True

    @property
    def bounds(self) -> tuple[int, int]:
        """How many requests at least and at most."""
        return self.requests if isinstance(self.requests, tuple) else (self.requests, self.requests)

    @property
    def client_options(self) -> dict[str, Any]:
        """The client's options: one further attempt, and a deadline that a healthy server is far from."""
        return {"dimensions": WIDTH, "max_retries": 1, "timeout": 5.0, "api_key": "canary-key", **self.options}

    @property
    def deadline(self) -> float:
        """Seconds in which every batch of the call must have ended."""
        return float(self.client_options["timeout"])
