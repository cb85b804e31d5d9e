"""A progress bar that counts inputs."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from nova_embeddings._calls import Call, Reply

    Done = Callable[[Call, Reply], None]


@contextlib.contextmanager
def progress_of(total: int, done: Done, *, shown: bool) -> Iterator[Done]:
    """Yield `done`, drawing each call's inputs if asked for."""
    if not shown:
        yield done
        return
    from tqdm.auto import tqdm  # noqa: PLC0415 (only for those who asked)

    with tqdm(total=total, desc="Nova embeddings", unit="input") as bar:

        def counted(call: Call, reply: Reply) -> None:
            done(call, reply)
            bar.update(len(call))

        yield counted
