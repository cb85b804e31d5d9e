"""Is what a store is given fit for it? Every store asks here, so that all refuse alike."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError, SpaceMismatchError
from nova_embeddings._space import MULTIVECTOR_WIDTH
from nova_embeddings.stores._protocol import Record

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nova_embeddings._results import FloatArray
    from nova_embeddings.stores._protocol import Filter

    Value = str | int | float | bool
    Wanted = dict[str, list[Value]]
    """Field -> the values of which one must match."""

_MULTIVECTOR_RANK = 2


def fit_records(records: Sequence[Record], dimensions: int | None) -> list[Record]:
    """Return the records as they are kept: float32, the payload a copy as JSON has it, the last of equal ids.

    Args:
        records: as given.
        dimensions: of the dense vectors; 0 for none, None where the first record decides.

    Raises:
        ConfigurationError: one does not fit; the message says which, and why.
    """
    kept: dict[str, Record] = {}
    for index, record in enumerate(records):
        who = f"record {index}"
        if not isinstance(record.id, str) or not record.id:
            raise ConfigurationError(f"{who} needs an id, a str that is not empty")
        dense = None if record.dense is None else fit_dense(record.dense, dimensions, f"{who}: dense")
        if dense is None and dimensions:
            raise ConfigurationError(f"{who} has no dense vector; this store keeps one of {dimensions} with each")
        dimensions = 0 if dense is None else len(dense)
        multivector = fit_multivector(record.multivector, f"{who}: multivector")
        kept.pop(record.id, None)
        kept[record.id] = Record(record.id, multivector, dense, _fit_payload(record.payload, who))
    return list(kept.values())


def fit_multivector(rows: FloatArray, what: str) -> FloatArray:
    """Return float32 `(T, 128)`.

    Raises:
        ConfigurationError: it has another shape, no token, or a number that is not finite.
    """
    return _finite(rows, what, "(tokens, 128)", lambda shape: len(shape) == _MULTIVECTOR_RANK and _is_wide(shape))


def fit_dense(vector: FloatArray, dimensions: int | None, what: str) -> FloatArray:
    """Return float32 `(D,)` of unit length; zeros stay zeros.

    Raises:
        ConfigurationError: it has another shape, or a number that is not finite, or there are no dense vectors.
    """
    import numpy as np  # noqa: PLC0415 (not needed to import the package)

    if dimensions == 0:
        raise ConfigurationError(f"{what} was given, but this store keeps no dense vectors")
    wanted = f"({dimensions or 'dimensions'},)"
    row = _finite(vector, what, wanted, lambda shape: len(shape) == 1 and shape[0] == (dimensions or shape[0]) > 0)
    return row / max(np.linalg.norm(row), np.finfo(np.float32).tiny)


def fit_search(k: int, prefetch: int | None) -> None:
    """Check how many are asked for.

    Raises:
        ConfigurationError: none, or fewer.
    """
    for name, number in (("k", k), ("prefetch", prefetch)):
        if number is not None and number < 1:
            raise ConfigurationError(f"{name} is {number}; ask for one at least")


def fit_filter(filter: Filter | None) -> Wanted | None:  # noqa: A002 (the protocol's word)
    """Return for each field the values of which one must match; None where every document does.

    Raises:
        ConfigurationError: a field has no name, or a value is no str, number or bool.
    """
    if not filter:
        return None
    wanted = {}
    for field, value in filter.items():
        values = list(value) if isinstance(value, list | tuple | set | frozenset) else [value]
        if not isinstance(field, str) or not all(field.split(".")) or '"' in field:
            raise ConfigurationError(f"filter: {field!r} is no field; name it as in 'metadata.author'")
        wanted[field] = [_plain(field, one) for one in values]
    return wanted


def fit_deletion(ids: Sequence[str], filter: Filter | None) -> Wanted | None:  # noqa: A002
    """Return the filter's fields, as `fit_filter` does.

    Raises:
        ConfigurationError: as `fit_filter`; the filter is empty; the ids are one str.
    """
    if isinstance(ids, str):
        raise ConfigurationError("ids is one str; give a list of them")
    if filter is not None and not filter:
        raise ConfigurationError("filter is empty, which would remove every document; name a field")
    return fit_filter(filter)


def fit_marks(space: str | None, dimensions: int | None) -> None:
    """Check what a store is made with.

    Raises:
        ConfigurationError: the space is no id, or the dimensions are no number.
    """
    if space is not None and (not isinstance(space, str) or not space):
        raise ConfigurationError(f"space is a {type(space).__name__}; give the id, as result.space.id has it")
    if dimensions is not None and (not isinstance(dimensions, int) or dimensions < 0):
        raise ConfigurationError(f"dimensions is {dimensions!r}; give the width of the dense vectors, or 0 for none")


def agree(where: str, name: str, found: object, wanted: object) -> None:
    """Check that what lies there is what was asked for; None asks for nothing.

    Raises:
        ConfigurationError: it is something else.
    """
    if wanted is not None and found != wanted:
        raise ConfigurationError(
            f"{where} has {name} {found!r}, but {wanted!r} was asked for; open it as it was made, or make another"
        )


def agree_on_space(where: str, found: str | None, wanted: str | None) -> None:
    """Check that what lies there is of the space that was asked for; None asks for nothing.

    Raises:
        SpaceMismatchError: it is of another one, or of none that is known.
    """
    try:
        agree(where, "the space", found, wanted)
    except ConfigurationError as error:
        raise SpaceMismatchError(str(error), differences={"space_id": (found, wanted)}) from None


def _plain(field: str, value: object) -> Value:
    """Return a value of one of JSON's own types, also where it is of a class that inherits from one."""
    if isinstance(value, bool):
        return value
    for kind in (str, int, float):
        if isinstance(value, kind) and not (isinstance(value, float) and not math.isfinite(value)):
            return kind(json.loads(json.dumps(value)))
    raise ConfigurationError(f"filter: {field} has a {type(value).__name__}; give str, finite numbers or bool")


def _is_wide(shape: tuple[int, ...]) -> bool:
    return shape[0] > 0 and shape[1] == MULTIVECTOR_WIDTH


def _finite(numbers: FloatArray, what: str, wanted: str, fits: Callable[[tuple[int, ...]], bool]) -> FloatArray:
    import numpy as np  # noqa: PLC0415 (as above)

    try:
        array = np.asarray(numbers, dtype=np.float32)
    except (TypeError, ValueError):
        raise ConfigurationError(f"{what} is not an array of numbers {wanted}") from None
    if not fits(array.shape):
        raise ConfigurationError(f"{what} has the shape {array.shape}; this store takes {wanted}")
    if not np.isfinite(array).all():
        raise ConfigurationError(f"{what} has a number that is not finite")
    return array


def _fit_payload(payload: Mapping[str, Any], who: str) -> dict[str, Any]:
    try:
        copied = json.loads(json.dumps(dict(payload), allow_nan=False))
    except (TypeError, ValueError, RecursionError) as error:
        raise ConfigurationError(f"{who}: its payload is not JSON ({type(error).__name__})") from None
    return dict(copied)
