"""The reference server, in a process of its own, for as long as the demo runs."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sysconfig
import tempfile
import threading
from pathlib import Path
from typing import IO, TYPE_CHECKING

from demo.errors import DemoError

if TYPE_CHECKING:
    from collections.abc import Iterator

COMMAND = ("nova-embeddings", "serve", "--engine", "wordllama")
_ADDRESS = re.compile(r"http://\S+/v1")
_SECONDS_TO_START = 60.0
_SECONDS_TO_STOP = 10.0
_SETTINGS_OF_OTHERS = ("NOVA_MODEL", "NOVA_API_KEY")


@contextlib.contextmanager
def serving() -> Iterator[str]:
    """Yield the address of a server on a free port of this machine; it stops with the block.

    What the environment says about another server's model and key is taken out of it.

    Raises:
        DemoError: the server did not start.
    """
    for name in _SETTINGS_OF_OTHERS:
        os.environ.pop(name, None)
    program = Path(sysconfig.get_path("scripts"), COMMAND[0])
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints:
        command = [str(program), *COMMAND[1:], "--port", "0"]
        try:
            process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, text=True)  # noqa: S603 (our own program)
        except OSError as error:
            message = f"cannot start {program}: {error.strerror}; run `make install` first"
            raise DemoError(message) from None
        try:
            yield _address(process, complaints)
        finally:
            _stop(process)


def _address(process: subprocess.Popen[str], complaints: IO[str]) -> str:
    assert process.stdout is not None  # noqa: S101 (it was asked for)
    patience = threading.Timer(_SECONDS_TO_START, process.kill)
    patience.start()
    try:
        for line in process.stdout:
            if found := _ADDRESS.search(line):
                return found[0]
    finally:
        patience.cancel()
    complaints.seek(0)
    said = complaints.read().strip().splitlines()
    message = f"the reference server did not start: {said[-1] if said else 'it said nothing'}"
    raise DemoError(message)


def _stop(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(_SECONDS_TO_STOP)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()
