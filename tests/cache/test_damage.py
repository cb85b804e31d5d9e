"""Damage is never believed: whatever happens to the bytes, a vector that comes back is the one that was kept."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nova_embeddings.cache import CacheError, SQLiteCache
from nova_embeddings.cache._packing import _HEADER, _digest, pack, unpack
from tests.cache.rows import keys, packed, right, vector_of

SOME = keys(60)


def file_of(count: int) -> bytes:
    """Return the bytes of a cache with so many rows, and with pages that are free."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.db"
        with SQLiteCache(path) as cache:
            cache.set_many(packed(SOME[:count]))
            cache.set_many({key: bytes(3_000) for key in keys(10, start=900)}, ttl=1e-9)
            cache.set_many(packed(SOME[:1]))
        return path.read_bytes()


WHOLE = file_of(len(SOME))
PLACES = st.one_of(st.integers(0, 99), st.integers(0, 5 * 4_096), st.integers(0, len(WHOLE) - 1))
"""Anywhere, and more often in the header and in the pages that say where everything is."""


def use(data: bytes) -> tuple[int, bool]:
    """Read all rows of a file with these bytes, set them again and read again; count those believed at first."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vectors.db"
        path.write_bytes(data)
        believed = 0
        try:
            with SQLiteCache(path) as cache:
                believed = len(right(cache.get_many(SOME)))
                cache.set_many(packed(SOME + keys(20, start=500)))
                right(cache.get_many(SOME))
        except CacheError:
            return believed, True
        return believed, False


def test_an_undamaged_file_is_believed() -> None:
    """The other tests of this module could see a wrong vector: without damage all of them come back."""
    assert use(WHOLE) == (len(SOME), False)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(flips=st.lists(st.tuples(PLACES, st.integers(0, 7)), min_size=1, max_size=20))
def test_flipped_bits_never_make_a_wrong_vector(flips: list[tuple[int, int]]) -> None:
    """With bits flipped anywhere a row is right or absent, or the file is refused; also after it is written again."""
    data = bytearray(WHOLE)
    for place, bit in flips:
        data[place] ^= 1 << bit
    use(bytes(data))


@settings(max_examples=50, deadline=None)
@given(
    cut=st.integers(0, len(WHOLE)),
    filled=st.tuples(st.integers(0, len(WHOLE)), st.integers(1, 8_192), st.integers(0, 255)),
)
def test_lost_pages_never_make_a_wrong_vector(cut: int, filled: tuple[int, int, int]) -> None:
    """The same holds for a file that was cut short, and for one in which a part was overwritten."""
    start, length, byte = filled
    damaged = bytearray(WHOLE)
    damaged[start : start + length] = bytes([byte]) * len(damaged[start : start + length])
    use(bytes(damaged))
    use(WHOLE[:cut])


@settings(deadline=None)
@given(
    flip=st.integers(0, 8 * len(pack(SOME[0], vector_of(SOME[0]), 1.0)) - 1),
    cut=st.integers(0, len(pack(SOME[0], vector_of(SOME[0]), 1.0)) - 1),
)
def test_a_damaged_value_is_no_vector(flip: int, cut: int) -> None:
    """One flipped bit, wherever it is, makes a value worthless; so does every missing byte, and another key."""
    value = pack(SOME[0], vector_of(SOME[0]), 1.0)
    damaged = bytearray(value)
    damaged[flip // 8] ^= 1 << flip % 8
    assert unpack(SOME[0], bytes(damaged)) is None
    assert unpack(SOME[0], value[:cut]) is None
    assert unpack(SOME[0], value[cut + 1 :]) is None
    assert unpack(SOME[0], value + b"\0") is None
    assert unpack(SOME[1], value) is None


@pytest.mark.parametrize("header", [(2, 1, 1.0, 1, 4), (1, 3, 1.0, 1, 4), (1, 1, 1.0, 1, 5), (1, 2, 1.0, 3, 1)])
def test_a_value_that_does_not_fit_its_shape_is_no_vector(header: tuple[float, ...]) -> None:
    """A value of another version, rank or size is not believed, even if its digest is right."""
    body = _HEADER.pack(*header) + bytes(16)
    assert unpack(SOME[0], body + _digest(SOME[0], body)) is None
    body = _HEADER.pack(1, 1, 1.0, 1, 4) + bytes(16)
    assert unpack(SOME[0], body + _digest(SOME[0], body)) is not None


@settings(deadline=None)
@given(st.one_of(st.none(), st.text(), st.integers(), st.binary(), st.lists(st.floats())))
def test_nonsense_is_no_vector(value: object) -> None:
    """Whatever a cache gives instead of what it was given is not believed."""
    assert unpack(SOME[0], value) is None


@settings(deadline=None)
@given(
    shape=st.one_of(st.tuples(st.integers(1, 300)), st.tuples(st.integers(1, 40), st.just(128))),
    created=st.floats(0, 4e9),
    kind=st.sampled_from([bytes, bytearray, memoryview]),
)
def test_what_was_kept_comes_back_as_it_was(shape: tuple[int, ...], created: float, kind: type) -> None:
    """Every number of a dense vector or a multi-vector comes back, in an array that may be written to."""
    vector = np.random.default_rng(shape).standard_normal(shape).astype(np.float32)
    kept = unpack(SOME[0], kind(pack(SOME[0], vector, created)))
    assert kept is not None
    np.testing.assert_array_equal(kept.vector, vector)
    assert (str(kept.vector.dtype), kept.created, kept.vector.flags.writeable) == ("float32", created, True)
