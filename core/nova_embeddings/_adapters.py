"""LoRA administration: load and unload an adapter on a server, or register its name with an embedded engine.

Source: the Nova model card. Any 2xx is success; the reply's body is unspecified.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._options import SENTENCE_TRANSFORMERS, check_name

if TYPE_CHECKING:
    from nova_embeddings._http import Answer, Post
    from nova_embeddings._options import Deployment

_MOST_BYTES = 2**20
_SUCCESS = range(200, 300)


def loading(deployment: Deployment, name: str, path: str, timeout: float) -> Post | None:
    """Return what asks a server to load an adapter; None where an engine in process has taken its name.

    Raises:
        ConfigurationError: a name or a path that is none.
    """
    _require("path", path)
    return _asked(deployment, "load", {"lora_name": name, "lora_path": path}, timeout)


def unloading(deployment: Deployment, name: str, timeout: float) -> Post | None:
    """Return what asks a server to unload an adapter; None where an engine in process has dropped its name.

    Raises:
        ConfigurationError: a name that is none, or that the engine does not know.
    """
    return _asked(deployment, "unload", {"lora_name": name}, timeout)


def check(answer: Answer, deployment: Deployment) -> None:
    """Refuse an answer that is no success.

    Raises:
        NovaError: in the server's words.
    """
    from nova_embeddings._errands import refused  # noqa: PLC0415 (httpx is not needed to import the package)

    if answer.status not in _SUCCESS:
        raise refused(answer, deployment, texts=(), count=0)


def _asked(deployment: Deployment, action: str, body: dict[str, str], timeout: float) -> Post | None:
    name = body["lora_name"]
    _require("name", name)
    if deployment.routed:
        message = f"adapters are {action}ed at one server; make a client with its api_base, not over a Router"
        raise ConfigurationError(message)
    if not deployment.in_process:
        from nova_embeddings._errands import post_of  # noqa: PLC0415 (httpx is not needed to import the package)

        return post_of(deployment, f"internal/lora/{action}", body, timeout, _MOST_BYTES)
    if deployment.provider == SENTENCE_TRANSFORMERS:
        raise ConfigurationError(f"{deployment.litellm_model} has no adapters to {action}")
    from nova_embeddings.engines import host_of  # noqa: PLC0415 (an engine's packages may be heavy)

    host = host_of(deployment.model)
    (host.load if action == "load" else host.unload)(name)
    return None


def _require(option: str, value: object) -> None:
    check_name(option, value)
    if value is None:
        message = f"{option} is missing; give a non-empty str"
        raise ConfigurationError(message)
