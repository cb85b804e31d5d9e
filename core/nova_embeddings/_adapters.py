"""LoRA administration: load and unload an adapter on a server, or register its name with an embedded engine.

Source: the Nova model card. Any 2xx is success; the reply's body is unspecified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._options import check_name

if TYPE_CHECKING:
    from nova_embeddings._http import Answer, Post, Transport
    from nova_embeddings._options import Deployment

_MOST_BYTES = 2**20
_SUCCESS = range(200, 300)


def load(deployment: Deployment, transport: Transport, name: str, path: str, timeout: float) -> None:
    """Load an adapter, from a thread."""
    _require("path", path)
    if _done_in_process(deployment, name, loads=True):
        return
    _check(transport.post(_post(deployment, "load", {"lora_name": name, "lora_path": path}, timeout)), deployment)


async def aload(deployment: Deployment, transport: Transport, name: str, path: str, timeout: float) -> None:
    """Load an adapter, from an event loop."""
    _require("path", path)
    if _done_in_process(deployment, name, loads=True):
        return
    sent = _post(deployment, "load", {"lora_name": name, "lora_path": path}, timeout)
    _check(await transport.apost(sent), deployment)


def unload(deployment: Deployment, transport: Transport, name: str, timeout: float) -> None:
    """Unload an adapter, from a thread."""
    if _done_in_process(deployment, name, loads=False):
        return
    _check(transport.post(_post(deployment, "unload", {"lora_name": name}, timeout)), deployment)


async def aunload(deployment: Deployment, transport: Transport, name: str, timeout: float) -> None:
    """Unload an adapter, from an event loop."""
    if _done_in_process(deployment, name, loads=False):
        return
    _check(await transport.apost(_post(deployment, "unload", {"lora_name": name}, timeout)), deployment)


def _require(option: str, value: object) -> None:
    check_name(option, value)
    if value is None:
        message = f"{option} is missing; give a non-empty str"
        raise ConfigurationError(message)


def _done_in_process(deployment: Deployment, name: str, *, loads: bool) -> bool:
    _require("name", name)
    if deployment.in_process:
        from nova_embeddings.engines import host_of  # noqa: PLC0415 (an engine's packages may be heavy)

        host = host_of(deployment.model)
        (host.load if loads else host.unload)(name)
    return deployment.in_process


def _post(deployment: Deployment, action: str, body: dict[str, str], timeout: float) -> Post:
    from nova_embeddings._errands import post_of  # noqa: PLC0415 (httpx is not needed to import the package)

    return post_of(deployment, f"internal/lora/{action}", body, timeout, _MOST_BYTES)


def _check(answer: Answer, deployment: Deployment) -> None:
    from nova_embeddings._errands import refused  # noqa: PLC0415 (httpx is not needed to import the package)

    if answer.status not in _SUCCESS:
        raise refused(answer, deployment, texts=(), count=0)
