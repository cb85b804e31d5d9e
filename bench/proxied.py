"""Through a real LiteLLM proxy: what the way over it costs, to the client and in all."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bench.parts import measured
from bench.report import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bench.settings import Settings

_PATIENCE = 120.0
_CONFIG = """
model_list:
  - model_name: prebuilt
    litellm_params: {{model: hosted_lexiq_nova/prebuilt, api_base: "{api_base}", task: retrieval}}
litellm_settings:
  custom_provider_map:
    - {{provider: hosted_lexiq_nova, custom_handler: nova_embeddings.litellm_plugin.provider}}
  callbacks: [nova_embeddings.litellm_plugin.hooks]
"""
_ROWS = ("core sync -> numpy", "core async -> numpy")


def proxied(settings: Settings, rounds: int) -> Part:
    """Return the same client, straight to the server and through a proxy."""
    straight = measured(_ROWS, settings, rounds)
    with _proxy(settings.api_base) as address:
        through = measured(_ROWS, replace(settings, api_base=address), rounds)
    cells = [
        (
            name,
            f"{straight[name].figures.cpu:.2f}",
            f"{through[name].figures.cpu:.2f}",
            f"{straight[name].figures.wall:.2f}",
            f"{through[name].figures.wall:.2f}",
        )
        for name in _ROWS
    ]
    columns = ("client", "CPU s, straight", "CPU s, by proxy", "wall s, straight", "wall s, by proxy")
    notes = ["The proxy is one process, and parses every answer: its time is the difference in wall time."]
    return Part(f"Through a LiteLLM proxy: {settings.texts:,} texts", columns, cells, notes)


@contextlib.contextmanager
def _proxy(api_base: str) -> Iterator[str]:
    """Yield the address of a proxy that ends with the block."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as said:
        config = Path(folder) / "config.yaml"
        config.write_text(_CONFIG.format(api_base=api_base), encoding="utf-8")
        command = [str(Path(sys.executable).with_name("litellm")), "--config", str(config)]
        command += ["--host", "127.0.0.1", "--port", str(port)]
        environment = {**os.environ, "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT)
        try:
            _wait(process, f"http://127.0.0.1:{port}/health/liveliness")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=5):
            return
        time.sleep(0.2)
    message = "the proxy did not start"
    raise TimeoutError(message)
