"""Work on a stream of any length, a few pieces at a time, results in order: the second sync/async twin.

No more than a window of pieces is read ahead, so a stream that is larger than memory passes through.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import itertools
import threading
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from nova_embeddings._errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from nova_embeddings._options import Limits
    from nova_embeddings._results import EmbeddingResult

T = TypeVar("T")
R = TypeVar("R")


def stream(
    embed: Callable[[list[T]], EmbeddingResult], inputs: Iterable[T], limits: Limits
) -> Generator[EmbeddingResult]:
    """Yield the result of each batch of the inputs, in order, with a window of batches in flight."""

    def one(piece: tuple[int, list[T]]) -> EmbeddingResult:
        start, batch = piece
        with _counted_from(start):
            return replace(embed(batch), start=start)

    return _in_order(one, _pieces(inputs, limits.batch_size), limits.max_concurrency)


def astream(
    embed: Callable[[list[T]], Awaitable[EmbeddingResult]], inputs: AsyncIterable[T] | Iterable[T], limits: Limits
) -> AsyncGenerator[EmbeddingResult, None]:
    """Do what `stream` does, from an event loop, for what may be an asynchronous iterable."""

    async def one(piece: tuple[int, list[T]]) -> EmbeddingResult:
        start, batch = piece
        with _counted_from(start):
            return replace(await embed(batch), start=start)

    return _ain_order(one, _apieces(inputs, limits.batch_size), limits.max_concurrency)


def _pieces(inputs: Iterable[T], size: int) -> Iterator[tuple[int, list[T]]]:
    """Yield up to `size` inputs at a time, each piece with the place of its first."""
    rest = iter(inputs)
    for start in itertools.count(0, size):
        piece: list[T] = []
        try:
            piece.extend(itertools.islice(rest, size))
        except Exception:
            if piece:
                yield start, piece  # what was read before the source broke is embedded
            raise
        if not piece:
            return
        yield start, piece


async def _apieces(inputs: AsyncIterable[T] | Iterable[T], size: int) -> AsyncIterator[tuple[int, list[T]]]:
    """Do what `_pieces` does, for what may be an asynchronous iterable."""
    if not isinstance(inputs, AsyncIterable):
        for one in _pieces(inputs, size):
            yield one
        return
    start, piece = 0, []
    try:
        async for value in inputs:
            piece.append(value)
            if len(piece) == size:
                yield start, piece
                start, piece = start + size, []
    except Exception:
        if piece:
            yield start, piece
        raise
    if piece:
        yield start, piece


@contextlib.contextmanager
def _counted_from(start: int) -> Iterator[None]:
    """Have an error's index count from the beginning of the stream."""
    try:
        yield
    except InputError as error:
        if error.index is not None:
            error.move_to(start + error.index)
        raise


def _in_order(work: Callable[[T], R], waiting: Iterable[T], window: int) -> Generator[R]:
    """Yield the result of each piece, in order; up to `window` are worked on, each in a thread.

    Raises:
        BaseException: what the work on the next piece raised; what is still worked on is let go.
    """
    running: deque[Future[R]] = deque()
    source, broken = iter(waiting), None
    while True:
        try:
            piece = next(source)
        except StopIteration:
            break
        except Exception as error:  # noqa: BLE001 (raised once what was read before is delivered)
            broken = error
            break
        running.append(_started(work, piece))
        if len(running) >= window:
            yield running.popleft().result()
    while running:
        yield running.popleft().result()
    if broken is not None:
        raise broken


async def _ain_order(
    work: Callable[[T], Awaitable[R]], waiting: AsyncIterable[T], window: int
) -> AsyncGenerator[R, None]:
    """Do what `_in_order` does, with tasks of the running loop; what is still worked on at the end is cancelled."""
    running: deque[asyncio.Future[R]] = deque()
    source, broken = aiter(waiting), None
    try:
        while True:
            try:
                piece = await anext(source)
            except StopAsyncIteration:
                break
            except Exception as error:  # noqa: BLE001 (raised once what was read before is delivered)
                broken = error
                break
            running.append(asyncio.ensure_future(work(piece)))
            if len(running) >= window:
                yield await running.popleft()
        while running:
            yield await running.popleft()
        if broken is not None:
            raise broken
    finally:
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)


def _started(work: Callable[[T], R], piece: T) -> Future[R]:
    future: Future[R] = Future()
    run = functools.partial(contextvars.copy_context().run, _settle, future, work, piece)
    # a daemon: a piece that nobody waits for any more must not keep the process from ending
    threading.Thread(target=run, name="nova-embed", daemon=True).start()
    return future


def _settle(future: Future[R], work: Callable[[T], R], piece: T) -> None:
    try:
        future.set_result(work(piece))
    except BaseException as error:  # noqa: BLE001 (raised where the result is taken)
        future.set_exception(error)
