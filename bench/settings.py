"""What is every client told: where to, how wide, how much at a time? Standard library only, as peers read it too."""

from __future__ import annotations

import random
import struct
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

MULTIVECTOR_WIDTH = 128
_SIDE = 258  # of an image of noise, which is what a file of 200 kB has without compression
_DISTINCT_IMAGES = 8
_RGB = 3


@dataclass(frozen=True)
class Settings:
    """Where to, what, how wide, and how much at a time.

    Args:
        api_base: the server's address, up to `/v1`.
        dimensions: width of a vector.
        batch_size: inputs of one call.
        concurrency: calls in flight, for clients that can have several.
        kind: what is embedded, and into what: texts or images into dense vectors, or texts into multi-vectors; of a
            stream, nothing is made before it is taken.
        model: the name of the model, which a proxy looks at.
        api_key: for a server that wants one.
    """

    api_base: str
    dimensions: int = 2048
    batch_size: int = 128
    concurrency: int = 8
    kind: Literal["text", "multi-vector", "image", "stream"] = "text"
    model: str = "prebuilt"
    api_key: str = "none"

    @property
    def url(self) -> str:
        """Return the address that is posted to."""
        return f"{self.api_base}/embeddings"

    def starts(self, inputs: Sequence[object]) -> range:
        """Return where each batch begins."""
        return range(0, len(inputs), self.batch_size)

    def inputs(self, count: int) -> Sequence[Any]:
        """Return short texts, all different; PNG files of 200 kB; or, for a stream, the numbers of its texts."""
        if self.kind == "stream":
            return range(count)
        if self.kind == "image":
            files = [_png(seed) for seed in range(min(count, _DISTINCT_IMAGES))]
            return [files[number % len(files)] for number in range(count)]
        return list(texts(range(count)))


def texts(numbers: Iterable[int]) -> Iterator[str]:
    """Yield short texts, all different, without holding them."""
    return (f"Passage {number}: a short text, about as long as a title." for number in numbers)


def _png(seed: int) -> bytes:
    noise = random.Random(seed)
    rows = b"".join(b"\0" + noise.randbytes(_RGB * _SIDE) for _ in range(_SIDE))
    header = struct.pack(">IIBBBBB", _SIDE, _SIDE, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 0)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_piece(name, data) for name, data in parts)


def _piece(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
