"""A status that is no success -> which error, in the server's own words.

Servers spell errors as `{"error": {…}}`, `{"error": "…"}`, `{"message", …}`, or `{"detail": …}`.
"""

from __future__ import annotations

import email.utils
import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from nova_embeddings._errors import (
    AuthenticationError,
    ConfigurationError,
    DeploymentTimeoutError,
    DeploymentUnavailableError,
    InputError,
    NovaError,
    RateLimitError,
    ResponseError,
    Retry,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NOVA_KEYS = ("NOVA_API_KEY",)
_REDIRECTS = range(300, 400)
_LATE = (408, 504)
_BUSY = (409, 425, 500, 502, 503)
_DENIED = (401, 403)
_ABOUT_DATA = (400, 422)
_NOT_FOUND, _TOO_LARGE, _TOO_MANY, _SERVER_FAULT = 404, 413, 429, 500
_INPUT_INDEX = re.compile(r"\binput(?:\[(\d+)\]|\.(\d+)\b)")


@dataclass(frozen=True, slots=True)
class Asked:
    """Who was asked, and for what: an error says what to do about it there.

    Args:
        where: the server's address, or the model's name.
        keys: environment variables that may hold the key; none where a provider's credentials are no key.
        count: inputs of the call.
        cuts: `truncate=True` has the server cut inputs that are too long.
    """

    where: str
    keys: Sequence[str] = NOVA_KEYS
    count: int = 0
    cuts: bool = False

    @property
    def hint_of_key(self) -> str:
        """What to do where the key was not taken."""
        if not self.keys:
            return "check the provider's credentials, which LiteLLM reads, and what they may do"
        return f"set {' or '.join(self.keys)}, or api_key=, to a key that may do this"

    @property
    def hint_of_size(self) -> str:
        """What to do where a call was too large."""
        if self.count != 1:
            return "lower max_batch_bytes or batch_size"
        cut = ", or say truncate=True to have it cut" if self.cuts else ""
        return f"it is a single input: shorten or split it{cut}"


def words_of(body: bytes) -> tuple[str, str]:
    """Return the server's message and the name of the field it is about; both may be empty."""
    try:
        answer = orjson.loads(body)
    except orjson.JSONDecodeError:
        return "", ""
    while isinstance(answer, dict) and isinstance(answer.get("error"), dict | str):
        answer = answer["error"]
    if isinstance(answer, str):
        return answer, ""
    if not isinstance(answer, dict):
        return "", ""
    detail = answer.get("message") or answer.get("detail") or ""
    if isinstance(detail, list):
        return _from_list(detail)
    return str(detail), str(answer.get("param") or "")


def index_named(message: str, field: str) -> int | None:
    """Return the index of the input that the server complains about, if it names one."""
    found = _INPUT_INDEX.search(field) or _INPUT_INDEX.search(message)
    return int(found[1] or found[2]) if found else None


def refusal(status: int, headers: Mapping[str, str], words: str, index: int | None, asked: Asked) -> NovaError:
    """Return the error for a status that is no success.

    Args:
        status: the HTTP status.
        headers: the answer's.
        words: the server's message, already without keys and texts.
        index: the input it is about, in its batch.
        asked: who was asked, and for what.
    """
    said = f": {words}" if words else ""
    seen = f"{asked.where} answered {status}{said}"
    wait = retry_after(headers)
    if status == _TOO_MANY:
        return RateLimitError(seen, status=status, retry_after=wait)
    if status in _LATE:
        return DeploymentTimeoutError(seen, status=status, retry_after=wait)
    if status >= _SERVER_FAULT or status in _BUSY:
        retry = Retry.AGAIN if status in _BUSY else Retry.NEVER
        return DeploymentUnavailableError(seen, status=status, retry_after=wait, retry=retry)
    if index is not None and status in _ABOUT_DATA:
        return InputError(f"refused by {seen}", index=index, status=status)
    return _final(status, headers, seen, asked)


def _final(status: int, headers: Mapping[str, str], seen: str, asked: Asked) -> NovaError:
    if status in _DENIED:
        return AuthenticationError(f"{seen}; {asked.hint_of_key}", status=status)
    if status in _REDIRECTS:
        target = re.sub(r"^(\w+://)?([^/@]*@)?([^/?#]*).*$", r"\1\3", headers.get("location", ""), flags=re.DOTALL)
        message = f"{seen}; the redirect to {target or 'nowhere'} was not followed: name the final address in api_base"
        return ResponseError(message, status=status)
    hint = ""
    if status == _TOO_LARGE:
        hint = f"; {asked.hint_of_size}"
    if status == _NOT_FOUND:
        hint = "; check the model, the adapter, and that api_base ends in /v1"
    return ConfigurationError(seen + hint, status=status)


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that the server asks to wait; what cannot be read, is past, or is no wait is ignored."""
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    value = headers.get("retry-after")
    seconds = _number(value)
    if seconds is None and value:
        try:
            seconds = email.utils.parsedate_to_datetime(value).timestamp() - time.time()
        except (ValueError, OverflowError):
            return None
    return seconds if seconds is not None and 0 < seconds < float("inf") else None


def _number(value: str | None) -> float | None:
    try:
        number = float(value or "")
    except ValueError:
        return None
    return number if 0 <= number < float("inf") else None


def _from_list(detail: list[Any]) -> tuple[str, str]:
    """Read a list of complaints as FastAPI sends them; only place and message, never the value it repeats."""
    parts = [item for item in detail if isinstance(item, dict)]
    places = [".".join(str(step) for step in item.get("loc", ()) if step != "body") for item in parts]
    return "; ".join(f"{place}: {item.get('msg', '')}" for place, item in zip(places, parts, strict=True)), places[
        0
    ] if places else ""
