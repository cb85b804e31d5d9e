"""Work on a stream of any length, a few pieces at a time, results in order: the second sync/async twin.

No more than a window of pieces is read ahead, so a stream that is larger than memory passes through.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import functools
import threading
from collections import deque
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar

from nova_embeddings._cutting import Cutting
from nova_embeddings._errors import InputError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from nova_embeddings._options import Limits
    from nova_embeddings._results import EmbeddingResult

T = TypeVar("T")
R = TypeVar("R")


def stream(
    embed: Callable[[list[T]], EmbeddingResult], inputs: Iterable[T], limits: Limits, *, whole: bool = False
) -> Generator[EmbeddingResult]:
    """Yield the result of each batch of the inputs, in order, with a window of batches in flight.

    Args:
        embed: embeds one batch.
        inputs: any iterable.
        limits: how many inputs a batch has, and how many batches are in flight.
        whole: cut between documents only.
    """

    def one(piece: tuple[int, list[T]]) -> EmbeddingResult:
        start, batch = piece
        with _counted_from(start):
            return _placed(embed(batch), start)

    return _in_order(one, _pieces(inputs, Cutting(limits.batch_size, whole=whole)), limits.max_concurrency)


def astream(
    embed: Callable[[list[T]], Awaitable[EmbeddingResult]],
    inputs: AsyncIterable[T] | Iterable[T],
    limits: Limits,
    *,
    whole: bool = False,
) -> AsyncGenerator[EmbeddingResult, None]:
    """Do what `stream` does, from an event loop, for what may be an asynchronous iterable."""

    async def one(piece: tuple[int, list[T]]) -> EmbeddingResult:
        start, batch = piece
        with _counted_from(start):
            return _placed(await embed(batch), start)

    return _ain_order(one, _apieces(inputs, Cutting(limits.batch_size, whole=whole)), limits.max_concurrency)


def _pieces(inputs: Iterable[T], cutting: Cutting[T]) -> Iterator[tuple[int, list[T]]]:
    """Yield the inputs in pieces, each with the place of its first."""
    try:
        for value in inputs:
            piece = cutting.add(value)
            if piece is not None:
                yield piece
    except Exception:
        piece = cutting.rest(broken=True)
        if piece is not None:
            yield piece  # what was read before the source broke is embedded
        raise
    piece = cutting.rest()
    if piece is not None:
        yield piece


async def _apieces(inputs: AsyncIterable[T] | Iterable[T], cutting: Cutting[T]) -> AsyncIterator[tuple[int, list[T]]]:
    """Do what `_pieces` does, for what may be an asynchronous iterable."""
    if not isinstance(inputs, AsyncIterable):
        for one in _pieces(inputs, cutting):
            yield one
            await asyncio.sleep(0)  # a source that never waits would keep the calls of what was read from starting
        return
    try:
        async for value in inputs:
            piece = cutting.add(value)
            if piece is not None:
                yield piece
    except Exception:
        piece = cutting.rest(broken=True)
        if piece is not None:
            yield piece
        raise
    piece = cutting.rest()
    if piece is not None:
        yield piece


@contextlib.contextmanager
def _counted_from(start: int) -> Iterator[None]:
    """Have an error's index count from the beginning of the stream."""
    try:
        yield
    except InputError as error:
        if error.index is not None:
            error.move_to(start + error.index)
        raise


def _placed(result: EmbeddingResult, start: int) -> EmbeddingResult:
    """Return a batch's result with its place in the stream, from whose beginning its errors' own indices count."""
    for error in result.errors.values():
        if isinstance(error, InputError) and error.index is not None:
            error.move_to(start + error.index)
    return replace(result, start=start)


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
        while running and (len(running) >= window or running[0].done()):
            yield running.popleft().result()
    while running:
        yield running.popleft().result()
    if broken is not None:
        raise broken


async def _ain_order(
    work: Callable[[T], Awaitable[R]], waiting: AsyncIterable[T], window: int
) -> AsyncGenerator[R, None]:
    """Do what `_in_order` does, with tasks of the running loop; what is still worked on at the end is cancelled.

    The source is read by one task from beginning to end, so that a result need not wait for the source.
    """
    places = asyncio.Semaphore(window)
    begun: asyncio.Queue[asyncio.Future[R] | Exception | None] = asyncio.Queue()
    running: set[asyncio.Future[R]] = set()

    async def read() -> None:
        source = aiter(waiting)
        try:
            while True:
                await places.acquire()
                task = asyncio.ensure_future(work(await anext(source)))
                running.add(task)
                begun.put_nowait(task)
        except StopAsyncIteration:
            begun.put_nowait(None)
        except Exception as error:  # noqa: BLE001 (raised once what was read before is delivered)
            begun.put_nowait(error)

    reader = asyncio.ensure_future(read())
    try:
        while (head := await begun.get()) is not None:
            if isinstance(head, Exception):
                raise head
            yield await head
            running.discard(head)
            places.release()
    finally:
        left: list[asyncio.Future[Any]] = [reader, *running]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)


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
