"""What of a request was computed before, and how is the rest of it kept?

A cache is asked once before anything is sent, and given each call's vectors as they come: an interrupted request has
kept what was done. A cache that cannot be read ends the request, as nothing is lost by that yet. One that cannot be
written does not: the vectors are there, and right.
"""

from __future__ import annotations

import asyncio
import contextlib
import copy
import math
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._secrets import brief
from nova_embeddings.cache._errors import CacheError, CacheWarning
from nova_embeddings.cache._keys import content_of, keys_of, may_change
from nova_embeddings.cache._packing import pack, unpack
from nova_embeddings.cache._sorting import sort_out

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from nova_embeddings._calls import Call, Reply
    from nova_embeddings._errors import NovaError
    from nova_embeddings._inputs import EmbeddingInput
    from nova_embeddings._options import Request
    from nova_embeddings._results import FloatArray
    from nova_embeddings._space import EmbeddingSpace
    from nova_embeddings.cache._protocol import Cache

    Done = Callable[[Call, Reply], None]
    Failed = Callable[[int, NovaError], None]


@dataclass(frozen=True, slots=True)
class Recall:
    """A client's cache, and how old a vector of it may be.

    Args:
        cache: None: nothing is known, and nothing kept.
        ttl: seconds; None: any age.
        clock: seconds since 1970.

    Raises:
        ConfigurationError: an option is wrong.
    """

    cache: Cache | None = None
    ttl: float | None = None
    clock: Callable[[], float] = time.time

    def __post_init__(self) -> None:
        """Refuse what is no cache, or would keep nothing."""
        given: object = self.cache
        if given is not None and not all(callable(getattr(given, name, None)) for name in ("get_many", "set_many")):
            hint = "give nova_embeddings.cache.SQLiteCache('vectors.db'), or what has get_many and set_many"
            raise ConfigurationError(f"cache is a {type(given).__name__}, which is no cache; {hint}")
        number = isinstance(self.ttl, int | float) and not isinstance(self.ttl, bool)
        if self.ttl is not None and not (number and 0 < self.ttl < math.inf):
            raise ConfigurationError(f"cache_ttl={brief(self.ttl)} is not a positive number of seconds")
        if self.ttl is not None and given is None:
            raise ConfigurationError("cache_ttl without a cache: give cache=, too")

    def recalled(
        self,
        inputs: Sequence[EmbeddingInput],
        indices: Sequence[int],
        spaces: Sequence[EmbeddingSpace],
        request: Request,
    ) -> Recalled:
        """Return what is known of a request; files of images are read.

        Args:
            inputs: checked, each with its task and adapter.
            indices: where each stands in the request.
            spaces: of each, its width as expected.
            request: what the inputs inherit.

        Raises:
            CacheError: the cache cannot be read.
        """
        if self.cache is None:
            return Recalled(self, request, {}, range(len(inputs)))
        keys = keys_of(inputs, spaces, request)
        known = self._known([key for key in dict.fromkeys(keys) if key is not None], request)
        places = sort_out(keys, known)
        # each input has a vector of its own, as the caller may write into it
        found = {indices[place]: known[key].copy() for place in places.found if (key := keys[place]) is not None}
        twins = {indices[place]: [indices[each] for each in others] for place, others in places.twins.items()}
        to_keep = {indices[place]: key for place in places.remaining if (key := keys[place]) is not None}
        return Recalled(self, request, found, places.remaining, twins, to_keep)

    def _known(self, keys: list[str], request: Request) -> dict[str, FloatArray]:
        """Return the vectors of those keys that are kept, whole, young enough and of the shape that is asked for."""
        now, values = self.clock(), self._values(keys)
        kept = {key: found for key in keys if (found := unpack(key, values.get(key)))}
        return {
            key: found.vector
            for key, found in kept.items()
            if found.fresh(now, self.ttl) and _fits(found.vector, request)
        }

    def _values(self, keys: list[str]) -> Mapping[str, bytes]:
        if self.cache is None or not keys:
            return {}
        try:
            values: object = self.cache.get_many(keys)
        except CacheError:
            raise
        except Exception as error:
            raise CacheError(
                f"{_named(self.cache)} cannot be read ({type(error).__name__}); nothing was sent"
            ) from error
        if not isinstance(values, Mapping):
            raise CacheError(
                f"{_named(self.cache)} gave a {type(values).__name__}: get_many returns values by their keys"
            )
        return values


@dataclass(slots=True, eq=False)
class Recalled:
    """What is known of one request, and what is to be kept of it.

    Args:
        recall: the cache.
        request: what was asked.
        found: known vectors by the input's index, float32 `(D,)` or `(T, 128)`.
        remaining: the places of the inputs that are to be embedded, among those that were given.
        twins: for the index of some of those, the indices of the others that are the same.
        keys: of those that are to be kept, by index.
    """

    recall: Recall
    request: Request
    found: Mapping[int, FloatArray]
    remaining: Sequence[int]
    twins: Mapping[int, Sequence[int]] = field(default_factory=dict)
    keys: Mapping[int, str] = field(default_factory=dict)
    _failing: bool = False

    def keeping(self, done: Done) -> Done:
        """Return `done` for a thread: each call's vectors are kept, and given to the twins of its inputs too."""

        def kept(call: Call, reply: Reply) -> None:
            done(*self._with_twins(call, reply))
            self.keep(call, reply)

        return kept

    @contextlib.asynccontextmanager
    async def akeeping(self, done: Done) -> AsyncIterator[Done]:
        """Yield `done` for an event loop: vectors are kept beside it, and all of them by the end of the block."""
        one_at_a_time = asyncio.Lock()
        writes: list[asyncio.Task[None]] = []

        async def write(call: Call, reply: Reply) -> None:
            async with one_at_a_time:
                await asyncio.to_thread(self.keep, call, reply)

        def kept(call: Call, reply: Reply) -> None:
            done(*self._with_twins(call, reply))
            if self.keys:
                writes.append(asyncio.create_task(write(call, reply)))

        try:
            yield kept
        finally:
            await asyncio.gather(*writes)

    def leaving_out(self, failed: Failed) -> Failed:
        """Return `failed`: where an input is left out, its twins are too, each with its own index."""

        def left_out(index: int, error: NovaError) -> None:
            failed(index, error)
            for twin in self.twins.get(index, ()):
                same = copy.copy(error)
                if isinstance(same, InputError):
                    same.move_to(twin)
                failed(twin, same)

        return left_out

    def keep(self, call: Call, reply: Reply) -> None:
        """Keep a call's vectors; a cache that fails is warned of once, and given nothing more of this request."""
        values = {} if self._failing else self._to_keep(call, reply)
        if self.recall.cache is None or not values:
            return
        try:
            self.recall.cache.set_many(values, self.recall.ttl)
        except Exception as error:  # noqa: BLE001 (whatever a user's cache raises)
            self._failing = True
            reason = str(error) if isinstance(error, CacheError) else f"it raised {type(error).__name__}"
            message = f"{_named(self.recall.cache)} keeps nothing of this request: {reason}"
            warnings.warn(message, CacheWarning, stacklevel=2)

    def _to_keep(self, call: Call, reply: Reply) -> dict[str, bytes]:
        """Return what is to be kept of a call: nothing of a stand-in, nor of another width than the key's space has."""
        if reply.engine:
            return {}
        now = self.recall.clock()
        return {
            key: pack(key, row, now)
            for index, value, row in zip(call.indices, call.inputs, reply.rows, strict=True)
            if (key := self.keys.get(index)) is not None and _fits(row, self.request) and not _has_changed(value, key)
        }

    def _with_twins(self, call: Call, reply: Reply) -> tuple[Call, Reply]:
        """Return a call as if its inputs' twins had been sent too, and the reply that it would have had."""
        if not any(index in self.twins for index in call.indices):
            return call, reply
        placed = [
            (place, each) for place, index in enumerate(call.indices) for each in (index, *self.twins.get(index, ()))
        ]
        inputs = [call.inputs[place] for place, _ in placed]
        rows = [reply.rows[place].copy() for place, _ in placed]
        return replace(call, inputs=inputs, indices=[index for _, index in placed]), replace(reply, rows=rows)


def _fits(vector: FloatArray, request: Request) -> bool:
    rank = 2 if request.return_multivector else 1
    return vector.ndim == rank and vector.shape[-1] == (request.expected_width or vector.shape[-1])


def _has_changed(value: EmbeddingInput, key: str) -> bool:
    """Tell whether what was sent may not have been what the key names: its file was written meanwhile."""
    return may_change(value) and not key.endswith(f"-{content_of(value)}")


def _named(cache: Cache) -> str:
    return f"the cache ({type(cache).__name__})"
