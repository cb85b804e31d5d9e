"""Start three reference servers, one adapter each, and a LiteLLM proxy that routes to them by task; ask each task.

    python examples/litellm-proxy/run.py [--port 4000] [--once]

Needs `pip install 'nova-embeddings[server]' 'litellm[proxy]'`. All of it listens on this machine only.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

HERE = Path(__file__).parent
FAMILIES = ("retrieval", "text-matching", "code")
TASKS = ("retrieval", "retrieval.query", "retrieval.passage", "text-matching", "code", "code.query", "code.passage")
PATIENCE = 120.0


def main() -> int:
    """Start everything, ask once for each task, and go on until Ctrl-C."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--port", type=int, default=4000, help="of the proxy; 0 takes a free one (%(default)s)")
    parser.add_argument("--once", action="store_true", help="stop after asking, instead of at Ctrl-C")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    try:
        with contextlib.ExitStack() as stack:
            address, key = start(stack, options.port)
            introduce(address, key)
            for task in TASKS:
                print(f"{task:18} -> {answering(address, key, task)}", flush=True)
            if not options.once:
                print("\nRunning; stop with Ctrl-C.", flush=True)
                threading.Event().wait()
    except KeyboardInterrupt:
        print()
    return 0


def start(stack: contextlib.ExitStack, port: int) -> tuple[str, str]:
    """Start servers and proxy, which end with the stack; return the proxy's address and key."""
    key = f"sk-{secrets.token_urlsafe(24)}"
    environment = {
        **os.environ,
        "LITELLM_MASTER_KEY": key,
        "NOVA_SERVER_KEY": secrets.token_urlsafe(24),
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",  # no download of prices at start
        "PYTHONUNBUFFERED": "1",
    }
    for family in FAMILIES:
        base = f"http://127.0.0.1:{free_port()}"
        environment[f"NOVA_{family.upper().replace('-', '_')}_BASE"] = f"{base}/v1"
        command = [program("nova-embeddings"), "serve", "--engine", "hash", "--adapter", family]
        serve = {**environment, "NOVA_API_KEY": environment["NOVA_SERVER_KEY"]}
        stack.enter_context(running([*command, "--port", base.rpartition(":")[2]], f"{base}/health", serve))
    address = f"http://127.0.0.1:{port or free_port()}"
    listen = ["--host", "127.0.0.1", "--port", address.rpartition(":")[2]]
    command = [program("litellm"), "--config", str(HERE / "config.yaml"), *listen]
    stack.enter_context(running(command, f"{address}/health/liveliness", environment))
    return address, key


@contextlib.contextmanager
def running(command: list[str], health: str, environment: dict[str, str]) -> Iterator[None]:
    """Run a program until the block ends; the block begins when it answers."""
    with TemporaryFile() as said:
        process = subprocess.Popen(command, env=environment, stdout=said, stderr=subprocess.STDOUT)
        try:
            wait_for(process, health, said)
            yield
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(10)
            process.kill()
            process.wait()


def wait_for(process: subprocess.Popen[bytes], health: str, said: IO[bytes]) -> None:
    """Return when the program answers; show what it said where it ended instead."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            said.seek(0)
            sys.exit(f"{said.read().decode(errors='replace')}\n{Path(process.args[0]).name} did not start")  # type: ignore[index, arg-type]
        with contextlib.suppress(OSError), urllib.request.urlopen(health, timeout=5):
            return
        time.sleep(0.1)
    sys.exit(f"{health} did not answer within {PATIENCE:g} s")


def introduce(address: str, key: str) -> None:
    """Say how clients find the proxy, with a line that can be pasted."""
    body = json.dumps({"model": "nova-embeddings-v1", "task": "code.query", "input": ["sort a list"]})
    print(f"export NOVA_API_BASE={address}/v1 NOVA_MODEL=nova-embeddings-v1 NOVA_API_KEY={key}")
    print(
        f'curl -si $NOVA_API_BASE/embeddings -H "Authorization: Bearer $NOVA_API_KEY" '
        f"-H 'Content-Type: application/json' -d '{body}' | cut -c 1-120\n",
        flush=True,
    )


def answering(address: str, key: str, task: str) -> str:
    """Embed a text and return the deployment that the proxy names, and what it gave."""
    body: dict[str, Any] = {"model": "nova-embeddings-v1", "task": task, "input": ["sort a list"], "dimensions": 128}
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"{address}/v1/embeddings", json.dumps(body).encode(), headers)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            width = len(json.load(answer)["data"][0]["embedding"])
            return f"{answer.headers['x-litellm-model-id']} ({width} dimensions)"
    except urllib.error.HTTPError as error:
        return f"{error.code}: {error.read().decode(errors='replace')}"


def program(name: str) -> str:
    """Return the path of a program that is installed beside this Python."""
    path = Path(sys.executable).with_name(name)
    if not path.exists():
        sys.exit(f"{name} is not installed: pip install 'nova-embeddings[server]' 'litellm[proxy]'")
    return str(path)


def free_port() -> int:
    """Return a port of this machine that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


if __name__ == "__main__":
    sys.exit(main())
