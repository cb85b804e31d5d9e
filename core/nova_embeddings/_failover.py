"""Where does a request go on when a deployment is down? With another one of the same space, and only what is left."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nova_embeddings._errors import (
    AuthenticationError,
    DeploymentTimeoutError,
    DeploymentUnavailableError,
    RateLimitError,
    SpaceMismatchError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from nova_embeddings._calls import Call, Plan, Reply
    from nova_embeddings._errors import NovaError
    from nova_embeddings._link import Link
    from nova_embeddings._space import EmbeddingSpace

    Done = Callable[[Call, Reply], None]
    Failed = Callable[[int, NovaError], None]

OUTAGES = (AuthenticationError, DeploymentTimeoutError, DeploymentUnavailableError, RateLimitError)
"""What another deployment may not have: it is about the deployment, not about the request."""


def check_fallbacks(space: EmbeddingSpace, others: Sequence[EmbeddingSpace]) -> None:
    """Refuse fallbacks whose vectors could not be compared with those of the first.

    Raises:
        SpaceMismatchError: naming the fields that differ.
    """
    for number, other in enumerate(others):
        if differences := space.differences(other):
            apart = ", ".join(
                f"{name} is {one!r} here and {there!r} there" for name, (one, there) in differences.items()
            )
            message = (
                f"fallbacks[{number}] gives vectors of another space, which an index must not mix ({apart}); "
                "embed_with_any is for what is bound to none"
            )
            raise SpaceMismatchError(message, differences=differences)


def run(links: Sequence[Link], made: Plan, done: Done, failed: Failed | None) -> None:
    """Send every call over the first link, and what it leaves over the next ones."""
    settled = _Settled(done, failed)
    for link, last in _in_turn(links):
        try:
            link.run(settled.left(made, link, links[0]), settled.done, failed and settled.failed)
        except OUTAGES:
            if last:
                raise
        else:
            return


async def arun(links: Sequence[Link], made: Plan, done: Done, failed: Failed | None) -> None:
    """Do what `run` does, from an event loop."""
    settled = _Settled(done, failed)
    for link, last in _in_turn(links):
        try:
            await link.arun(settled.left(made, link, links[0]), settled.done, failed and settled.failed)
        except OUTAGES:
            if last:
                raise
        else:
            return


class _Settled:
    """Which inputs of a request need no further call."""

    def __init__(self, done: Done, failed: Failed | None) -> None:
        self._done, self._failed = done, failed
        self._indices: set[int] = set()

    def done(self, call: Call, reply: Reply) -> None:
        self._done(call, reply)
        self._indices.update(call.indices)

    def failed(self, index: int, error: NovaError) -> None:
        if self._failed is not None:
            self._failed(index, error)
        self._indices.add(index)

    def left(self, made: Plan, link: Link, first: Link) -> Plan:
        """Return a request with the calls that are left, for this link's deployment."""
        if link is first:
            return made
        return replace(
            made, calls=[_sent_to(link, part) for call in made.calls if (part := self._part(call)) is not None]
        )

    def _part(self, call: Call) -> Call | None:
        places = [place for place, index in enumerate(call.indices) if index not in self._indices]
        if len(places) == len(call):
            return call
        return call.part(places) if places else None


def _sent_to(link: Link, call: Call) -> Call:
    return replace(call, deployment=link.deployment, transport=link.connections)


def _in_turn(links: Sequence[Link]) -> Iterator[tuple[Link, bool]]:
    """Yield each link, loaded, and whether it is the last."""
    for place, link in enumerate(links):
        if place:
            link.load()
        yield link, place == len(links) - 1
