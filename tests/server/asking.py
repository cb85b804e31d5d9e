"""Ask a reference server over its socket, as any HTTP client would."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

import httpx
import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from nova_embeddings.testing import RunningServer

CLIENT = httpx.Client(trust_env=False, timeout=30)
MODEL = "remodlai/nova-embeddings-v1"
FAMILIES = ["code", "retrieval", "text-matching"]


def body(**fields: Any) -> dict[str, Any]:
    """Return a request that keeps every rule, with these fields changed; None leaves a field out."""
    whole = {"model": MODEL, "task": "retrieval.passage", "input": ["a text"], **fields}
    return {name: value for name, value in whole.items() if value is not None}


def post(
    server: RunningServer, sent: object, path: str = "embeddings", headers: Mapping[str, str | bytes] | None = None
) -> httpx.Response:
    """Post a value as JSON, or bytes as they are."""
    content = sent if isinstance(sent, bytes) else json.dumps(sent)
    given: Any = {"content-type": "application/json", **(headers or {})}
    return CLIENT.post(f"{server.api_base}/{path}", headers=given, content=content)


def get(server: RunningServer, path: str) -> httpx.Response:
    """Get a path of the server's root."""
    return CLIENT.get(server.api_base.removesuffix("/v1") + path)


def embedded(server: RunningServer, **fields: Any) -> dict[str, Any]:
    """Return the answer to a request that must succeed."""
    response = post(server, body(**fields))
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def vectors(server: RunningServer, **fields: Any) -> NDArray[np.float64]:
    """Return the dense vectors of a request that must succeed, in the order of the answer."""
    return np.array([row["embedding"] for row in embedded(server, **fields)["data"]])


def floats(text: str) -> NDArray[np.float32]:
    """Decode base64 as the wire has it."""
    return np.frombuffer(base64.b64decode(text, validate=True), dtype="<f4")


def refused(response: httpx.Response, status: int) -> dict[str, Any]:
    """Return the error of a refusal, which has the envelope and nothing else."""
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/json"
    answer = response.json()
    assert set(answer) == {"error"}
    error: dict[str, Any] = answer["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["code"] == status
    assert error["message"]
    return error
