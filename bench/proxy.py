"""A LiteLLM proxy in front of the bench's server, with this library's provider."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP = "nova-embeddings-v1"
_START_SECONDS = 120.0
_PLUGIN = "nova_embeddings.litellm_plugin"


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs: its address, up to `/v1`, and its key."""

    api_base: str
    api_key: str


@contextlib.contextmanager
def proxying(api_base: str) -> Iterator[Proxy]:
    """Yield a proxy of the server at an address; it stops with the block."""
    program = Path(sys.executable).with_name("litellm")
    proxy = Proxy(f"http://127.0.0.1:{_free_port()}/v1", f"sk-{secrets.token_urlsafe(16)}")
    with TemporaryDirectory() as folder:
        config = Path(folder) / "config.json"  # which is YAML too
        config.write_text(json.dumps(_config(api_base)), encoding="utf-8")
        address = proxy.api_base.removesuffix("/v1")
        listen = ["--host", "127.0.0.1", "--port", address.rpartition(":")[2]]
        environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "LITELLM_MASTER_KEY": proxy.api_key}
        with subprocess.Popen(
            [str(program), "--config", str(config), *listen],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                _wait(process, f"{address}/health/liveliness")
                yield proxy
            finally:
                process.kill()


def _config(api_base: str) -> dict[str, object]:
    deployment = {
        "model_name": GROUP,
        "litellm_params": {"model": "hosted_lexiq_nova/prebuilt", "api_base": api_base, "task": "retrieval"},
    }
    return {
        "model_list": [deployment],
        "litellm_settings": {
            "custom_provider_map": [{"provider": "hosted_lexiq_nova", "custom_handler": f"{_PLUGIN}.provider"}],
            "callbacks": [f"{_PLUGIN}.hooks"],
        },
        "general_settings": {"master_key": "os.environ/LITELLM_MASTER_KEY"},
    }


def _wait(process: subprocess.Popen[bytes], health: str) -> None:
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), opener.open(health, timeout=5):
            return
        time.sleep(0.2)
    raise RuntimeError("the LiteLLM proxy did not start")


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])
