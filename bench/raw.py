"""What one would write by hand for one server and no failures: httpx, orjson, base64, numpy."""

from __future__ import annotations

import asyncio
import base64
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx
import numpy as np
import orjson
import pybase64

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from bench.settings import Settings

    Matrix = NDArray[np.float32]

_HEADERS = {"content-type": "application/json"}
_SECONDS = 60.0
_NOTHING = np.empty((0, 128), dtype=np.float32)


class RawClient:
    """Over connections that stay open."""

    def __init__(self, settings: Settings) -> None:
        """Open nothing yet."""
        self._settings = settings
        self._http = httpx.Client(timeout=_SECONDS, headers=_HEADERS, trust_env=False)

    def embed(self, texts: Sequence[str]) -> Matrix:
        """Return float32 `(N, dimensions)`, one batch after another."""
        vectors = _empty(texts, self._settings)
        for start in self._settings.starts(texts):
            for index, row in self._post(texts, start):
                vectors[index] = row
        return vectors

    def embed_fast(self, texts: Sequence[str]) -> Matrix:
        """Do the same with pybase64, which this library decodes with."""
        vectors = _empty(texts, self._settings)
        for start in self._settings.starts(texts):
            reply = self._http.post(self._settings.url, content=_body(texts, start, self._settings))
            for row in orjson.loads(reply.content)["data"]:
                vectors[start + row["index"]] = np.frombuffer(pybase64.b64decode(row["embedding"]), dtype="<f4")
        return vectors

    def embed_threaded(self, texts: Sequence[str]) -> Matrix:
        """Return float32 `(N, dimensions)`, several batches at a time."""
        vectors = _empty(texts, self._settings)

        def work(start: int) -> None:
            for index, row in self._post(texts, start):
                vectors[index] = row

        with ThreadPoolExecutor(self._settings.concurrency) as pool:
            list(pool.map(work, self._settings.starts(texts)))
        return vectors

    def embed_multi(self, texts: Sequence[str]) -> list[Matrix]:
        """Return N arrays of float32 `(T, 128)`, one batch after another."""
        found: list[Matrix] = [_NOTHING] * len(texts)
        for start in self._settings.starts(texts):
            reply = self._http.post(self._settings.url, content=_body(texts, start, self._settings))
            for row in orjson.loads(reply.content)["data"]:
                found[start + row["index"]] = np.array(row["embedding"], dtype=np.float32)
        return found

    def embed_lists(self, texts: Sequence[str]) -> list[list[float]]:
        """Return N lists of floats, the shape that frameworks want, one batch after another."""
        lists: list[list[float]] = [[]] * len(texts)
        for start in self._settings.starts(texts):
            for index, row in self._post(texts, start):
                lists[index] = row.tolist()
        return lists

    def _post(self, texts: Sequence[str], start: int) -> Iterator[tuple[int, Matrix]]:
        return _rows(self._http.post(self._settings.url, content=_body(texts, start, self._settings)), start)


async def aembed(texts: Sequence[str], settings: Settings) -> Matrix:
    """Return float32 `(N, dimensions)`, several batches at a time."""
    vectors = _empty(texts, settings)
    starts = iter(settings.starts(texts))
    async with httpx.AsyncClient(timeout=_SECONDS, headers=_HEADERS, trust_env=False) as http:

        async def work() -> None:
            for start in starts:
                reply = await http.post(settings.url, content=_body(texts, start, settings))
                for index, row in _rows(reply, start):
                    vectors[index] = row

        await asyncio.gather(*(work() for _ in range(settings.concurrency)))
    return vectors


def _empty(texts: Sequence[str], settings: Settings) -> Matrix:
    return np.empty((len(texts), settings.dimensions), dtype=np.float32)


def _body(texts: Sequence[str], start: int, settings: Settings) -> bytes:
    batch = texts[start : start + settings.batch_size]
    what = "image" if settings.kind == "images" else "text"
    items = [{"task": "retrieval.passage", what: text} for text in batch]
    if settings.kind == "multi-vectors":
        return orjson.dumps({"model": "prebuilt", "input": items, "return_multivector": True})
    return orjson.dumps(
        {"model": "prebuilt", "input": items, "dimensions": settings.dimensions, "encoding_format": "base64"}
    )


def _rows(reply: httpx.Response, start: int) -> Iterator[tuple[int, Matrix]]:
    reply.raise_for_status()
    for row in orjson.loads(reply.content)["data"]:
        yield start + row["index"], np.frombuffer(base64.b64decode(row["embedding"]), dtype="<f4")
