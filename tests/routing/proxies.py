"""The example's proxy with its three reference servers, as real processes."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).parents[2] / "examples" / "litellm-proxy"


@dataclass(frozen=True)
class Proxy:
    """A proxy that is running, and what the example printed when it started."""

    api_base: str
    api_key: str
    printed: str


@contextlib.contextmanager
def running_example() -> Iterator[Proxy]:
    """Run the example on a free port until the block ends."""
    command = [sys.executable, str(EXAMPLE / "run.py"), "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        try:
            assert process.stdout is not None
            printed = ""
            for line in process.stdout:
                printed += line
                if line.startswith("Running"):
                    break
            settings = dict(word.split("=", 1) for word in printed.split() if word.startswith("NOVA_") and "=" in word)
            assert "NOVA_API_BASE" in settings, printed
            yield Proxy(settings["NOVA_API_BASE"], settings["NOVA_API_KEY"], printed)
        finally:
            process.terminate()
            process.wait(30)
