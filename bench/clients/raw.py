"""What one would write by hand for one server and no failures: httpx, orjson, base64, numpy."""

from __future__ import annotations

import asyncio
import base64
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np
import orjson
import pybase64

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from numpy.typing import NDArray

    from bench.settings import Settings

    Matrix = NDArray[np.float32]
    Inputs = Sequence[Any]

_SECONDS = 60.0


def sync(settings: Settings) -> Callable[[Inputs], Matrix]:
    """Make what returns float32 `(N, dimensions)`, one batch after another."""
    http = httpx.Client(**_options(settings))

    def embed(inputs: Inputs) -> Matrix:
        vectors = _empty(inputs, settings)
        for start in settings.starts(inputs):
            for index, row in _rows(http.post(settings.url, content=_body(inputs, start, settings)), start):
                vectors[index] = row
        return vectors

    return embed


def fast(settings: Settings) -> Callable[[Inputs], Matrix]:
    """Make what does the same with pybase64, which this library decodes with."""
    http = httpx.Client(**_options(settings))

    def embed(inputs: Inputs) -> Matrix:
        vectors = _empty(inputs, settings)
        for start in settings.starts(inputs):
            reply = http.post(settings.url, content=_body(inputs, start, settings))
            for row in orjson.loads(reply.raise_for_status().content)["data"]:
                vectors[start + row["index"]] = np.frombuffer(pybase64.b64decode(row["embedding"]), dtype="<f4")
        return vectors

    return embed


def threads(settings: Settings) -> Callable[[Inputs], Matrix]:
    """Make what does the same with several batches at a time."""
    http = httpx.Client(**_options(settings))

    def embed(inputs: Inputs) -> Matrix:
        vectors = _empty(inputs, settings)

        def work(start: int) -> None:
            for index, row in _rows(http.post(settings.url, content=_body(inputs, start, settings)), start):
                vectors[index] = row

        with ThreadPoolExecutor(settings.concurrency) as pool:
            list(pool.map(work, settings.starts(inputs)))
        return vectors

    return embed


def aio(settings: Settings) -> Callable[[Inputs], Awaitable[Matrix]]:
    """Make what does the same on an event loop."""
    http = httpx.AsyncClient(**_options(settings))

    async def embed(inputs: Inputs) -> Matrix:
        vectors = _empty(inputs, settings)
        starts = iter(settings.starts(inputs))

        async def work() -> None:
            for start in starts:
                reply = await http.post(settings.url, content=_body(inputs, start, settings))
                for index, row in _rows(reply, start):
                    vectors[index] = row

        await asyncio.gather(*(work() for _ in range(settings.concurrency)))
        return vectors

    return embed


def idle(_settings: Settings) -> Callable[[Inputs], Awaitable[Inputs]]:
    """Make what leaves the event loop alone for a second: what stalls it then is the machine."""

    async def embed(inputs: Inputs) -> Inputs:
        await asyncio.sleep(1)
        return inputs

    return embed


def lists(settings: Settings) -> Callable[[Inputs], list[list[float]]]:
    """Make what returns N lists of floats, the shape that frameworks want, one batch after another."""
    http = httpx.Client(**_options(settings))

    def embed(inputs: Inputs) -> list[list[float]]:
        rows: list[list[float]] = [[]] * len(inputs)
        for start in settings.starts(inputs):
            for index, row in _rows(http.post(settings.url, content=_body(inputs, start, settings)), start):
                rows[index] = row.tolist()
        return rows

    return embed


def multivectors(settings: Settings) -> Callable[[Inputs], list[Matrix]]:
    """Make what returns N arrays of float32 `(T, 128)`, one batch after another."""
    http = httpx.Client(**_options(settings))

    def embed(inputs: Inputs) -> list[Matrix]:
        rows: list[Matrix] = [np.empty(0, np.float32)] * len(inputs)
        for start in settings.starts(inputs):
            for index, row in _rows(http.post(settings.url, content=_body(inputs, start, settings)), start):
                rows[index] = row
        return rows

    return embed


def _options(settings: Settings) -> dict[str, Any]:
    # as this library asks: a proxy in between would else spend its time on compressing what it sends to one of them
    encoding = {"accept-encoding": "identity"}
    headers = {"content-type": "application/json", "authorization": f"Bearer {settings.api_key}", **encoding}
    return {"timeout": _SECONDS, "headers": headers, "trust_env": False}


def _empty(inputs: Inputs, settings: Settings) -> Matrix:
    return np.empty((len(inputs), settings.dimensions), dtype=np.float32)


def _body(inputs: Inputs, start: int, settings: Settings) -> bytes:
    batch = inputs[start : start + settings.batch_size]
    body: dict[str, Any] = {"model": settings.model, "task": "retrieval.passage"}
    if settings.kind == "image":
        images = ({"image": base64.b64encode(image).decode()} for image in batch)
        body["input"] = [{"task": "retrieval.passage", **image} for image in images]
    else:
        body["input"] = [{"task": "retrieval.passage", "text": text} for text in batch]
    if settings.kind == "multi-vector":
        return orjson.dumps({**body, "return_multivector": True})
    return orjson.dumps({**body, "dimensions": settings.dimensions, "encoding_format": "base64"})


def _rows(reply: httpx.Response, start: int) -> Iterator[tuple[int, Matrix]]:
    reply.raise_for_status()
    for row in orjson.loads(reply.content)["data"]:
        value = row["embedding"]
        if isinstance(value, str):
            yield start + row["index"], np.frombuffer(base64.b64decode(value), dtype="<f4")
        else:
            yield start + row["index"], np.array(value, dtype=np.float32)
