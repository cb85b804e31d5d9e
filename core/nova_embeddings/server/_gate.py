"""What holds for every request and answer: who may ask, and which engine it was."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING

from starlette.datastructures import Headers, MutableHeaders

from nova_embeddings.server._refusal import UNAUTHORIZED, Refusal

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OPEN_PATHS = ("/health",)


class Gate:
    """Lets in whoever has the key, and names the engine in each answer: nobody should take it for the Nova model."""

    def __init__(self, app: ASGIApp, key: str | None, engine: str) -> None:
        """Stand before the app."""
        self._app = app
        self._key = (key or "").strip().encode()
        self._engine = engine

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer 401."""

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["x-nova-engine"] = self._engine
            await send(message)

        if self._may_ask(scope):
            await self._app(scope, receive, named)
        else:
            await _UNAUTHORIZED.response()(scope, receive, named)

    def _may_ask(self, scope: Scope) -> bool:
        if not self._key or scope["type"] != "http" or scope["path"] in _OPEN_PATHS:
            return True
        scheme, _, given = Headers(scope=scope).get("authorization", "").partition(" ")
        # compared in a time that does not tell where the two differ
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._key)


_UNAUTHORIZED = Refusal(
    "the key is missing or wrong; send it as `Authorization: Bearer <key>`",
    status=UNAUTHORIZED,
    headers={"www-authenticate": "Bearer"},
)
