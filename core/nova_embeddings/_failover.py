"""Where does a request go on when a deployment is down? With another one of the same space, and only what is left."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypeVar

from nova_embeddings._batching import cut
from nova_embeddings._errors import (
    AuthenticationError,
    ConfigurationError,
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

C = TypeVar("C")
S = TypeVar("S", bound="HasSpace")


class HasSpace(Protocol):
    """A client, as far as its space goes."""

    @property
    def space(self) -> EmbeddingSpace:
        """Return the space of its vectors."""


OUTAGES = (AuthenticationError, DeploymentTimeoutError, DeploymentUnavailableError, RateLimitError)
"""What another deployment may not have: it is about the deployment, not about the request."""


def clients_of(option: str, given: object, kind: type[C]) -> tuple[C, ...]:
    """Return the clients that an option holds.

    Raises:
        ConfigurationError: it is no list of clients.
    """
    wrong = f"{option} is of type {type(given).__name__}; give a list of {kind.__name__}s"
    if isinstance(given, str | Mapping) or not isinstance(given, Iterable):
        raise ConfigurationError(wrong)
    held = tuple(given)
    for place, one in enumerate(held):
        if not isinstance(one, kind):
            raise ConfigurationError(f"{option}[{place}] is of type {type(one).__name__}; give a {kind.__name__}")
    return held


def fallbacks_of(first: HasSpace, others: tuple[S, ...]) -> tuple[S, ...]:
    """Return fallbacks, unless their vectors could not be compared with those of the first.

    Raises:
        SpaceMismatchError: naming the fields that differ.
    """
    for number, other in enumerate(others):
        if differences := first.space.differences(other.space):
            apart = ", ".join(
                f"{name} is {one!r} here and {there!r} there" for name, (one, there) in differences.items()
            )
            message = (
                f"fallbacks[{number}] gives vectors of another space, which an index must not mix ({apart}); "
                "embed_with_any is for what is bound to none"
            )
            raise SpaceMismatchError(message, differences=differences)
    return others


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
        parts = (part for call in made.calls if (part := self._part(call)) is not None)
        return replace(made, calls=[sent for part in parts for sent in _sent_to(link, part)])

    def _part(self, call: Call) -> Call | None:
        places = [place for place, index in enumerate(call.indices) if index not in self._indices]
        if len(places) == len(call):
            return call
        return call.part(places) if places else None


def _sent_to(link: Link, call: Call) -> Iterator[Call]:
    """Yield a call again for this link's deployment, cut to its limits; a document is read as one and stays whole."""
    limits = link.limits
    moved = replace(
        call,
        deployment=link.deployment,
        transport=link.connections,
        max_response_bytes=limits.max_response_bytes,
    )
    if call.request.late_chunking or (len(call) <= limits.batch_size and call.text_bytes <= limits.max_batch_bytes):
        yield moved
        return
    sizes = [len((value.text or "").encode()) for value in call.inputs]
    for places in cut([None] * len(call), sizes, limits.batch_size, limits.max_batch_bytes):
        yield moved.part(places)


def _in_turn(links: Sequence[Link]) -> Iterator[tuple[Link, bool]]:
    """Yield each link, loaded, and whether it is the last."""
    for place, link in enumerate(links):
        if place:
            link.load()
        yield link, place == len(links) - 1
