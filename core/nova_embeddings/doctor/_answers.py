"""What does an answer hold? Read as it came: nothing is put in order, and little is refused."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from nova_embeddings._refusals import words_of

if TYPE_CHECKING:
    from nova_embeddings._http import Answer
    from nova_embeddings._results import FloatArray

SUCCESS, REDIRECTS = range(200, 300), range(300, 400)
_KEYS = ("embedding", "embeddings", "data")
_FLOAT_BYTES = 4
_WORDS = 160
_HOST = re.compile(r"^(\w+://)?(?:[^/@]*@)?([^/?#]*).*$", re.DOTALL)  # the rest of an address may hold a secret
_ONE_VECTOR, _ROWS = 1, 2


class UnreadableError(Exception):
    """An answer holds no vectors, or others than were asked for; the message says what was seen."""


class RefusedError(Exception):
    """The server answered a status that is no success."""

    def __init__(self, answer: Answer) -> None:
        """Keep the answer."""
        super().__init__(said(answer))
        self.answer = answer


def said(answer: Answer) -> str:
    """Return the status with the host of a redirect, and the server's words if it has any."""
    words = " ".join(words_of(answer.body)[0].split())
    cut = words if len(words) <= _WORDS else words[:_WORDS] + "..."
    to = _HOST.sub(r"\1\2", answer.headers.get("location", "")) if answer.status in REDIRECTS else ""
    return f"{answer.status}{f' to {to}' if to else ''}{f': {cut}' if cut else ''}"


def parsed(answer: Answer) -> dict[str, Any]:
    """Return the JSON object of an answer.

    Raises:
        RefusedError: the status is no success.
        UnreadableError: it is no JSON object.
    """
    if answer.status not in SUCCESS:
        raise RefusedError(answer)
    try:
        value = orjson.loads(answer.body)
    except orjson.JSONDecodeError:
        value = None
    if not isinstance(value, dict):
        page = " (a web page)" if answer.body.lstrip()[:1] == b"<" else ""
        message = f"{answer.status}, and no JSON object{page}"
        raise UnreadableError(message)
    return value


def rows(answer: Answer, count: int) -> list[dict[str, Any]]:
    """Return the rows of an answer, in the order in which they came.

    Raises:
        RefusedError: the status is no success.
        UnreadableError: there are not so many.
    """
    found = parsed(answer).get("data")
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        words = words_of(answer.body)[0]
        message = f"{answer.status}, but no list `data` of objects{f': {words[:_WORDS]}' if words else ''}"
        raise UnreadableError(message)
    if len(found) != count:
        message = f"{len(found)} vectors for {count} texts"
        raise UnreadableError(message)
    return found


def value(row: dict[str, Any]) -> Any:  # noqa: ANN401 (whatever a server sends)
    """Return a row's vector as JSON has it: a list, or base64.

    Raises:
        UnreadableError: it has none.
    """
    for key in _KEYS:
        if row.get(key) is not None:
            return row[key]
    message = f"a row without {', '.join(_KEYS)}"
    raise UnreadableError(message)


def only(answer: Answer) -> Any:  # noqa: ANN401 (whatever a server sends)
    """Return the one vector of an answer as JSON has it.

    Raises:
        RefusedError: the status is no success.
        UnreadableError: there is not one vector.
    """
    return value(rows(answer, 1)[0])


def dense(given: object) -> FloatArray:
    """Return one vector, float32 `(D,)`.

    Raises:
        UnreadableError: it is none.
    """
    return _checked(_array(given), _ONE_VECTOR)


def multi(given: object) -> FloatArray:
    """Return one multi-vector, float32 `(T, D)`.

    Raises:
        UnreadableError: it is none.
    """
    if isinstance(given, list) and given and all(isinstance(token, str) for token in given):
        given = [_array(token).tolist() for token in given]
    return _checked(_array(given), _ROWS)


def _array(given: object) -> FloatArray:
    try:
        if isinstance(given, str):
            raw = base64.b64decode(given, validate=True)
            return np.frombuffer(raw[: len(raw) // _FLOAT_BYTES * _FLOAT_BYTES], dtype="<f4")
        with np.errstate(over="ignore"):  # too large a number becomes infinite, which is refused
            return np.array(given, dtype=np.float64).astype(np.float32)
    except (binascii.Error, ValueError, TypeError, OverflowError):
        message = "a vector that is neither a list of numbers nor base64"
        raise UnreadableError(message) from None


def _checked(array: FloatArray, ndim: int) -> FloatArray:
    if array.ndim != ndim or not array.size:
        kinds = {_ONE_VECTOR: f"one dense vector, {array.size} wide", _ROWS: "a multi-vector"}
        kind = kinds.get(array.ndim, "no vector") if array.size else "an empty vector"
        raise UnreadableError(kind)
    if not np.isfinite(array).all() or not array.any(axis=-1).all():
        message = "a vector of zeros, or with NaN or infinity"
        raise UnreadableError(message)
    return array
