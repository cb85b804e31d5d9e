"""Which paths are there, and what does each do?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi import FastAPI, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response

from nova_embeddings.engines import Host, engine_of
from nova_embeddings.server import _lora
from nova_embeddings.server._answering import answer
from nova_embeddings.server._body import bytes_of, json_of
from nova_embeddings.server._description import description
from nova_embeddings.server._gate import Gate
from nova_embeddings.server._models import NOT_NOVA, listing
from nova_embeddings.server._reading import read
from nova_embeddings.server._refusal import BAD_REQUEST, FAULT, Refusal
from nova_embeddings.server._settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable

    Seen = Callable[[dict[str, Any]], None]


def create_app(settings: Settings | None = None, *, seen: Seen | None = None) -> FastAPI:
    """Return the server as an ASGI app; its engine is loaded, its adapters are its own.

    Args:
        settings: what it was told; by default, `Settings()`.
        seen: called with each JSON object that is posted to `/v1/embeddings`, from several threads.

    Raises:
        ConfigurationError: there is no such engine, or its packages are not installed.
    """
    settings = settings or Settings()
    host = Host(engine_of(settings.engine), settings.adapters, settings.max_tokens)
    app = FastAPI(
        title="nova-embeddings reference server",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # a redirect is no answer, and the client follows none
        middleware=[Middleware(Gate, key=settings.api_key, engine=settings.engine)],
        exception_handlers={
            Refusal: _refused,
            HTTPException: _refused,
            Exception: _refused,
            ClientDisconnect: _nobody_left,
        },
    )
    _add_reading_paths(app, host, settings)
    _add_embedding_path(app, host, settings, seen)
    _add_adapter_paths(app, host, settings)
    return app


def _add_reading_paths(app: FastAPI, host: Host, settings: Settings) -> None:
    @app.get("/openapi.json")
    async def described() -> Response:
        return JSONResponse(description(settings))

    @app.get("/health")
    async def health() -> Response:
        return JSONResponse({"status": "ok", "engine": host.engine.name, "note": NOT_NOVA})

    @app.get("/v1/models")
    async def models() -> Response:
        return JSONResponse(listing(host))


def _add_embedding_path(app: FastAPI, host: Host, settings: Settings, seen: Seen | None) -> None:
    def embedded(body: bytes) -> bytes:
        value = json_of(body)
        if seen is not None and isinstance(value, dict):
            seen(value)
        return answer(read(value, host, settings), host, settings.pictures)

    @app.post("/v1/embeddings")
    async def embeddings(request: Request) -> Response:
        body = await bytes_of(request, settings.max_body_bytes)
        # beside the loop, which goes on answering /health
        return Response(await run_in_threadpool(embedded, body), media_type="application/json")


def _add_adapter_paths(app: FastAPI, host: Host, settings: Settings) -> None:
    @app.post("/v1/internal/lora/load")
    async def load(request: Request) -> Response:
        body = json_of(await bytes_of(request, settings.max_body_bytes))
        return JSONResponse(await run_in_threadpool(_lora.load, body, host, settings.allow_paths))

    @app.post("/v1/internal/lora/unload")
    async def unload(request: Request) -> Response:
        body = json_of(await bytes_of(request, settings.max_body_bytes))
        return JSONResponse(_lora.unload(body, host))


async def _refused(request: Request, error: Exception) -> Response:
    """Spell every refusal in one way: ours, the framework's (an unknown path, a wrong method), and a failure."""
    if isinstance(error, Refusal):
        return error.response()
    if isinstance(error, HTTPException):
        message = f"{request.method} {request.scope['path']}: {error.detail}"
        return Refusal(message, None, error.status_code, error.headers).response()
    # the log has the traceback, the caller gets only its kind
    return Refusal(f"the server failed ({type(error).__name__}); its log says more", None, FAULT).response()


async def _nobody_left(_: Request, __: Exception) -> Response:
    """Answer a client that hung up while it sent: nobody reads it, and it is no failure of the server."""
    return Response(status_code=BAD_REQUEST)
