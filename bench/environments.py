"""Where do the peers' packages live? In environments of their own, made on demand: they clash with each other."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path

HOME = Path(__file__).parents[1] / ".bench"
REQUIREMENTS = Path(__file__).parent / "peers"
_SECONDS = 900.0
_READY = "ready"


class Unavailable(Exception):  # noqa: N818 (shown in the table, where the figures would stand)
    """A client that cannot be measured, and why."""


def interpreter(peer: str) -> Path:
    """Return the Python that has a peer's packages; install them first, if they are not there yet.

    Raises:
        Unavailable: they cannot be installed; that is tried once.
    """
    found = _installed(peer)
    if isinstance(found, str):
        raise Unavailable(found)
    return found


@cache
def _installed(peer: str) -> Path | str:
    """Return the Python of a peer, or why there is none."""
    wanted = REQUIREMENTS / f"{peer}.txt"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    digest = hashlib.sha256(wanted.read_bytes()).hexdigest()[:8]
    folder = HOME / "peers" / f"{peer}-{version}-{digest}"
    python = folder / "bin" / "python"
    if (folder / _READY).exists():
        return python
    print(f"  installing the peer {peer} …", flush=True)
    try:
        venv.create(folder, with_pip=True, clear=True)
        command = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", str(wanted)]
        subprocess.run(command, check=True, capture_output=True, text=True, timeout=_SECONDS)
    except subprocess.CalledProcessError as error:
        return f"not installed: {_why(error)}"
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"not installed: {type(error).__name__}"
    (folder / _READY).touch()
    return python


def _why(error: subprocess.CalledProcessError) -> str:
    """Return pip's first error, without the addresses that it may name."""
    said = [line for line in str(error.stderr).splitlines() if line.startswith("ERROR")]
    return " ".join(word for word in (said or ["pip failed"])[0].split() if "/" not in word)[:160]
