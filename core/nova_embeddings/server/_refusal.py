"""How is a refusal spelled? `{"error": {"message", "type", "param", "code"}}`, as vLLM and OpenAI do."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import orjson
from starlette.responses import Response

from nova_embeddings._errors import NovaError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BAD_REQUEST, UNAUTHORIZED, FORBIDDEN, NOT_FOUND, TOO_LATE, TOO_LARGE, FAULT = 400, 401, 403, 404, 408, 413, 500
_TYPES = {
    BAD_REQUEST: "BadRequestError",
    UNAUTHORIZED: "AuthenticationError",
    FORBIDDEN: "PermissionDeniedError",
    NOT_FOUND: "NotFoundError",
    TOO_LARGE: "RequestTooLargeError",
    TOO_LATE: "RequestTimeoutError",
}
_SHOWN = 600


class Refusal(Exception):  # noqa: N818 (what the server does; the client turns it into an error)
    """The request is not answered.

    Args:
        message: what was seen, and which values are allowed.
        param: the field it is about, such as `input[3].text`.
        status: the HTTP status.
        headers: further headers of the answer.
    """

    def __init__(
        self,
        message: str,
        param: str | None = None,
        status: int = BAD_REQUEST,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Keep all of it for the envelope."""
        super().__init__(message)
        self.param = param
        self.status = status
        self.headers = headers

    def response(self) -> Response:
        """Return the answer; what the caller sent may be long, so the message is cut."""
        message = str(self)
        error = {
            "message": message if len(message) <= _SHOWN else f"{message[:_SHOWN]}…",
            "type": _TYPES.get(self.status, "BadRequestError" if self.status < FAULT else "InternalServerError"),
            "param": self.param,
            "code": self.status,
        }
        body = orjson.dumps({"error": error})
        return Response(body, self.status, self.headers, media_type="application/json")


@contextlib.contextmanager
def about(prefix: str, field: str) -> Iterator[None]:
    """Refuse what the core's own checks refuse, naming the place: their messages begin with the field."""
    try:
        yield
    except NovaError as error:
        raise Refusal(f"{prefix}{error}", f"{prefix}{field}") from None
