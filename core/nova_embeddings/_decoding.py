"""Body of an answer -> checked arrays, in the order of the inputs. Whatever is not as asked raises.

Servers send vectors in several shapes (a list of floats, base64 of little-endian float32, one base64 string an input
or a token; under `embedding`, `embeddings` or `data`); the shape is read off the value, the rank and the width are
those that were asked for.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

import numpy as np
import orjson
import pybase64

from nova_embeddings._calls import Reply
from nova_embeddings._errors import ResponseError, Retry
from nova_embeddings._results import Usage
from nova_embeddings._space import MULTIVECTOR_WIDTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nova_embeddings._results import FloatArray

Place: TypeAlias = Literal["data", "embeddings", "list"]
"""Where the vectors lie: rows with an index under `data`, or vectors in order under `embeddings` or as the answer."""
_FLOAT_BYTES = 4
_CONTENT_TYPE = re.compile(r"(text|application|image)/[a-z.+-]{1,20}\b")
_KEYS = ("embedding", "embeddings", "data")
_LARGEST = 1e6
_HINT = ": does the server read return_multivector?"


@dataclass(frozen=True, slots=True)
class Expected:
    """What an answer must hold.

    Args:
        count: vectors.
        width: of each vector; None where any is good, as long as all are equal.
        multivector: one row a token; None where the caller did not say.
        place: where the vectors lie.
    """

    count: int
    width: int | None
    multivector: bool | None
    place: Place = "data"


def decode(body: bytes, content_type: str, expected: Expected) -> Reply:
    """Return the vectors of an answer.

    Raises:
        ResponseError: it is not JSON, or its count, index, rank, width or values are not as expected.
    """
    answer = _parse(body, content_type, list if expected.place == "list" else dict)
    values = _values(answer, expected)
    multivector = expected.multivector if expected.multivector is not None else _is_multi(values[0])
    rows = _multi(values) if multivector else _dense(values, expected.width)
    about = answer if isinstance(answer, dict) else {}
    return Reply(rows, _usage(about), model if isinstance(model := about.get("model"), str) else "")


def narrowed(reply: Reply, width: int) -> Reply:
    """Return dense vectors cut to a width and normalised again.

    Raises:
        ResponseError: they are narrower than that.
    """
    rows = np.asarray(reply.rows)
    if rows.shape[1] < width:
        message = f"the vectors have {rows.shape[1]} dimensions where {width} were asked for"
        raise ResponseError(message)
    cut = rows[:, :width]
    lengths = np.linalg.norm(cut, axis=1, keepdims=True)
    return replace(reply, rows=np.ascontiguousarray(cut / np.where(lengths > 0, lengths, 1)))


def in_order(rows: Sequence[Any], count: int) -> list[dict[str, Any]]:
    """Return the rows sorted by `index`, which must be 0 … n-1, each once; one alone may lack it.

    Raises:
        ResponseError: a row is missing, too many, or not told apart.
    """
    if len(rows) != count:
        message = f"{count} inputs were sent and {len(rows)} vectors came back"
        raise ResponseError(message)
    if not all(isinstance(row, dict) for row in rows):
        message = "an item of data is not an object"
        raise ResponseError(message)
    if count == 1 and "index" not in rows[0]:
        return list(rows)
    found: list[dict[str, Any] | None] = [None] * count
    for row in rows:
        index = row.get("index")
        if type(index) is not int or not 0 <= index < count or found[index] is not None:
            message = (
                f"an index ({index if type(index) is int else type(index).__name__}) is missing, doubled, or none of "
                f"0 … {count - 1}: "
                "which vector belongs to which input cannot be told"
            )
            raise ResponseError(message)
        found[index] = row
    return [row for row in found if row is not None]


def _parse(body: bytes, content_type: str, kind: type) -> Any:  # noqa: ANN401 (of that kind)
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        answer = None
    if not isinstance(answer, kind):
        message = (
            f"the answer is no JSON {'object' if kind is dict else 'list'}: {len(body)} bytes of "
            f"{_plain(content_type) or 'no content type'}"
            f"{', a web page' if body.lstrip()[:1] == b'<' else ''}; is something else than Nova at this address?"
        )
        raise ResponseError(message, retry=Retry.AGAIN)
    return answer


def _plain(content_type: str) -> str:
    """Return what a server calls its answer, if it is a type and not any text."""
    found = _CONTENT_TYPE.match(content_type)
    return found[0] if found else ""


def _values(answer: Any, expected: Expected) -> list[Any]:  # noqa: ANN401 (what a server sends)
    """Return the vectors as they came, in the order of the inputs: rows by their index, bare ones as they stand."""
    rows = answer if expected.place == "list" else answer.get(expected.place)
    if not isinstance(rows, list):
        known = [key for key in ("object", "error", "detail", "message", "data", "embeddings") if key in answer]
        message = f"the answer has no list `{expected.place}`; it has {', '.join(known) or 'nothing known here'}"
        raise ResponseError(message)
    if expected.place == "data":
        return [_value(row) for row in in_order(rows, expected.count)]
    if len(rows) != expected.count:
        message = f"{expected.count} inputs were sent and {len(rows)} vectors came back"
        raise ResponseError(message)
    return rows


def _value(row: dict[str, Any]) -> Any:  # noqa: ANN401 (whatever a server sends)
    for key in _KEYS:
        if row.get(key) is not None:
            return row[key]
    message = f"a vector is missing: its row has neither of {', '.join(_KEYS)}"
    raise ResponseError(message).once()


def _is_multi(value: object) -> bool:
    return isinstance(value, list) and bool(value) and isinstance(value[0], list | str)


def _dense(values: Sequence[Any], width: int | None) -> FloatArray:
    first = _vector(values[0], 0)
    width = width or len(first)
    matrix = np.empty((len(values), width), dtype=np.float32)
    for index, value in enumerate(values):
        row = first if index == 0 else _vector(value, index)
        if len(row) != width:
            message = f"vector {index} has {len(row)} dimensions where {width} were expected"
            raise ResponseError(message).about(index).once()
        matrix[index] = row
    _require_sane(matrix)
    return matrix


def _vector(value: object, index: int) -> FloatArray:
    if _is_multi(value):
        message = f"vector {index} is a multi-vector where one dense vector was asked for{_HINT}"
        raise ResponseError(message)
    return _from_base64(value, index) if isinstance(value, str) else _from_floats(value, index)


def _multi(values: Sequence[Any]) -> list[FloatArray]:
    rows = [_tokens(value, index) for index, value in enumerate(values)]
    for index, row in enumerate(rows):
        try:
            _require_sane(row)
        except ResponseError as error:
            error.move_to(index)
            raise
    return rows


def _tokens(value: object, index: int) -> FloatArray:
    if isinstance(value, str):
        flat = _from_base64(value, index)
        if len(flat) % MULTIVECTOR_WIDTH:
            message = f"multi-vector {index} has {len(flat)} numbers, which {MULTIVECTOR_WIDTH} does not divide"
            raise ResponseError(message).once()
        return flat.reshape(-1, MULTIVECTOR_WIDTH)
    if not _is_multi(value):
        message = f"vector {index} is one dense vector where a multi-vector was asked for{_HINT}"
        raise ResponseError(message)
    tokens = [_vector(token, index) for token in value]  # type: ignore[attr-defined]  # a list, as _is_multi says
    if any(len(token) != MULTIVECTOR_WIDTH for token in tokens):
        message = f"a token of multi-vector {index} is not {MULTIVECTOR_WIDTH} wide"
        raise ResponseError(message).once()
    return np.stack(tokens)


def _from_base64(text: str, index: int) -> FloatArray:
    try:
        raw = pybase64.b64decode(text, validate=True)
    except ValueError:
        raw = b""
    if not raw or len(raw) % _FLOAT_BYTES:
        message = f"vector {index} is no base64 of float32 numbers ({len(text)} characters)"
        raise ResponseError(message).about(index).once()
    return np.frombuffer(raw, dtype="<f4")


def _from_floats(value: object, index: int) -> FloatArray:
    if not isinstance(value, list) or not value or not set(map(type, value)) <= {float, int}:
        message = f"vector {index} is not a list of numbers"
        raise ResponseError(message).about(index).once()
    with np.errstate(over="ignore"):  # too large a number becomes infinite, which is refused
        return np.array(value, dtype=np.float64).astype(np.float32)


def _require_sane(rows: FloatArray) -> None:
    """Refuse vectors that no model gives."""
    if not rows.size:
        return
    largest = float(max(rows.max(), -rows.min()))  # NaN comes through
    if largest <= _LARGEST and rows.any(axis=1).all():
        return
    bad = int(np.argmax(~(np.abs(rows).max(axis=1) <= _LARGEST) | ~rows.any(axis=1)))
    worst = float(np.abs(rows[bad]).max())
    if not np.isfinite(worst):
        what = "holds NaN or infinity"
    elif worst > _LARGEST:
        what = f"holds {worst:.2g}, which no model gives; does the server write its bytes big-endian?"
    else:
        what = "is all zeros, which is no direction"
    raise ResponseError(f"vector {bad} {what}").about(bad).once()


def _usage(answer: dict[str, Any]) -> Usage:
    usage = answer.get("usage")
    if not isinstance(usage, dict):
        return Usage()
    total = _tokens_of(usage.get("total_tokens"))
    prompt = usage.get("prompt_tokens")
    return Usage(total if prompt is None else _tokens_of(prompt), total or _tokens_of(prompt))


def _tokens_of(value: object) -> int:
    return value if type(value) is int and value > 0 else 0
