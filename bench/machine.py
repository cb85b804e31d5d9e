"""On what was it measured? No names of hosts or folders."""

from __future__ import annotations

import os
import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from bench.environments import REQUIREMENTS

_PACKAGES = ("litellm", "httpx", "orjson", "numpy", "langchain-core", "llama-index-core")
PEERS = {
    "openai": "openai",
    "litellm": "litellm",
    "langchain-openai": "langchain-openai",
    "langchain-litellm": "langchain-litellm",
    "llamaindex-openai-like": "llama-index-embeddings-openai-like",
    "llamaindex-litellm": "llama-index-embeddings-litellm",
    "llamaindex-jina": "llama-index-embeddings-jinaai",
}
"""Each peer's requirement file, and the package that it is about."""


def machine() -> list[str]:
    """Return what a reader must know of the machine and the versions, a line each."""
    packages = ", ".join(f"{name} {_version(name)}" for name in _PACKAGES)
    peers = ", ".join(f"{package} {pinned(file, package)}" for file, package in PEERS.items())
    return [
        f"{os.cpu_count()} cores ({_processor()}), {platform.system()}, load {os.getloadavg()[0]:.1f} when it began",
        f"Python {platform.python_version()}; {packages}",
        f"peers, each in an environment of its own: {peers}",
    ]


def pinned(file: str, package: str) -> str:
    """Return the version of a package that a peer's requirement file pins."""
    lines = (REQUIREMENTS / f"{file}.txt").read_text(encoding="utf-8").splitlines()
    found = dict(line.split("==") for line in lines if "==" in line)
    return found[package]


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
