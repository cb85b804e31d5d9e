"""Run an app on a port of this machine: bind first, so that the port is known and a taken one is an error at once."""

from __future__ import annotations

import socket
import threading
import time
from typing import TYPE_CHECKING

import uvicorn

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from starlette.types import ASGIApp

_BACKLOG = 2048
_SECONDS_KEPT_ALIVE = 75  # longer than a client pauses between two batches
_SECONDS_TO_START, _SECONDS_TO_STOP = 10.0, 5.0
_WILDCARDS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 (what is bound is the caller's choice)


class Running:
    """An app on a socket, in the foreground (`run`) or, as a context manager, in a thread.

    Args:
        app: the ASGI app.
        host: the address to bind.
        port: the port; 0 for a free one.

    Raises:
        OSError: the address cannot be bound.
    """

    def __init__(self, app: ASGIApp, host: str = "127.0.0.1", port: int = 0) -> None:
        """Bind the socket; whoever connects from now on is answered once the server runs."""
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, port), family=family, backlog=_BACKLOG)
        # asyncio does this only for sockets that name their protocol; without it an answer may wait 40 ms for an ACK
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._server = uvicorn.Server(
            uvicorn.Config(
                app,
                loop="asyncio",
                lifespan="off",
                ws="none",
                log_config=None,  # logging is set up by whoever runs this process
                access_log=False,
                timeout_keep_alive=_SECONDS_KEPT_ALIVE,
                timeout_graceful_shutdown=int(_SECONDS_TO_STOP),
            )
        )
        self._thread = threading.Thread(target=self.run, name="nova-server", daemon=True)

    @property
    def address(self) -> str:
        """Return the server's address, as a client on this machine reaches it."""
        host, port = self._socket.getsockname()[:2]
        host = _WILDCARDS.get(host, host)
        return f"http://{f'[{host}]' if ':' in host else host}:{port}"

    @property
    def api_base(self) -> str:
        """Return what a client takes as `api_base`."""
        return f"{self.address}/v1"

    def run(self) -> None:
        """Serve until a signal, in the main thread; then close the socket."""
        try:
            self._server.run(sockets=[self._socket])
        finally:
            self._socket.close()

    def __enter__(self) -> Self:
        """Serve in a thread; return once it runs."""
        self._thread.start()
        deadline = time.monotonic() + _SECONDS_TO_START
        while not self._server.started:
            if not self._thread.is_alive() or time.monotonic() > deadline:
                self._server.should_exit = True
                message = f"the server did not start within {_SECONDS_TO_START:g} s; its log says more"
                raise RuntimeError(message)
            time.sleep(0.005)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop: what is being answered may finish, for a few seconds."""
        self._server.should_exit = True
        self._thread.join(2 * _SECONDS_TO_STOP)
