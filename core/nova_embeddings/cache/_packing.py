"""A vector <-> the bytes that are kept of it. Bytes that are not exactly what was kept for the key are no vector.

Version, rank, time, rows, width; the numbers, float32, little-endian; a digest of the key and of all before it. The
digest guards against accidents: bytes that were damaged, cut short, or are another key's. It is no signature: whoever
may write the cache can put there what they like.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nova_embeddings._results import FloatArray

_VERSION = 1
_HEADER = struct.Struct("<BBdII")
_DIGEST_BYTES = 16
_NUMBER_BYTES = 4
_DENSE, _MULTI = 1, 2


@dataclass(frozen=True, slots=True, eq=False)
class Kept:
    """A vector and when it was made.

    Args:
        vector: float32 `(D,)` or `(T, 128)`; its memory is its own.
        created: seconds since 1970.
    """

    vector: FloatArray
    created: float

    def fresh(self, now: float, ttl: float | None) -> bool:
        """Tell whether it is young enough; one from the future, by a clock that was wrong, counts as just as old."""
        return ttl is None or abs(now - self.created) < ttl


def pack(key: str, vector: FloatArray, created: float) -> bytes:
    """Return the bytes to keep for a key: float32 `(D,)` or `(T, 128)`, and the time in seconds since 1970."""
    rows = 1 if vector.ndim == _DENSE else len(vector)
    header = _HEADER.pack(_VERSION, vector.ndim, created, rows, vector.shape[-1])
    body = header + vector.astype("<f4", copy=False).tobytes()
    return body + _digest(key, body)


def unpack(key: str, value: object) -> Kept | None:
    """Return the vector that was kept for the key; None where the bytes are anything else."""
    if not isinstance(value, bytes | bytearray | memoryview):
        return None
    data = bytes(value)
    body = data[:-_DIGEST_BYTES]
    if len(body) < _HEADER.size or _digest(key, body) != data[-_DIGEST_BYTES:]:
        return None
    version, rank, created, rows, width = _HEADER.unpack_from(body)
    if version != _VERSION or rank not in {_DENSE, _MULTI} or len(body) - _HEADER.size != rows * width * _NUMBER_BYTES:
        return None
    import numpy as np  # noqa: PLC0415 (not needed to import the package)

    numbers = np.frombuffer(body, dtype="<f4", offset=_HEADER.size).astype(np.float32)  # a copy, which may be written
    return Kept(numbers if rank == _DENSE else numbers.reshape(rows, width), created)


def _digest(key: str, body: bytes) -> bytes:
    name = key.encode()
    return hashlib.blake2b(len(name).to_bytes(8, "little") + name + body, digest_size=_DIGEST_BYTES).digest()
