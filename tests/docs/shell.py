"""What comes of a line of a shell on a page?"""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import re
import shlex
import signal
import subprocess
import sys
import tomllib
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any

from packaging.requirements import Requirement

from tests.docs.pages import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

_MEMBERS = ("core", "integrations/langchain", "integrations/llamaindex")
_READ = ("NOVA_API_BASE", "NOVA_API_KEY", "NOVA_MODEL", "SSL_CERT_FILE", "OPENAI_API_KEY", "LITELLM_MASTER_KEY")
_ELSEWHERE = {
    "examples/litellm-proxy/run.py": "tests/routing/test_proxy.py starts it and asks it",
    "litellm": "tests/routing/test_proxy.py starts a proxy with such a file, which was checked where it is shown",
}
_DEFAULT = "http://localhost:8000/v1"
_SECONDS = 60


def lines(text: str) -> list[str]:
    """Return the commands of a block, without comments; a backslash joins two lines."""
    joined = re.sub(r"\\\n\s*", " ", text)
    bare = (re.sub(r"(^|\s+)#.*", "", line).strip() for line in joined.splitlines())
    return [line for line in bare if line]


def run(line: str) -> str:
    """Run a command, or check it where it would change the machine, and return what it prints.

    Raises:
        AssertionError: it fails, or nobody knows how to try it.
    """
    words = shlex.split(line.replace(_DEFAULT, os.environ["NOVA_API_BASE"]))
    assert words[0] in _COMMANDS, f"nobody runs {line!r}: say in tests/docs/shell.py how it is tried"
    return _COMMANDS[words[0]](words[1:], line)


def _install(words: list[str], _line: str) -> str:
    """Check that what is installed is ours with extras that it has, or in the lock."""
    assert words[0] == "install"
    known = _extras()
    locked = set(re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(encoding="utf-8"), re.MULTILINE))
    for word in words[1:]:
        path, _, extras = word.partition("[")
        if path.startswith("./"):
            given, wanted = _name(path.removeprefix("./")), set(filter(None, extras.rstrip("]").split(",")))
        else:
            requirement = Requirement(word)
            given, wanted = requirement.name, requirement.extras
        assert given in known or given in locked, f"{given} is neither ours nor in the lock"
        assert wanted <= known.get(given, wanted), f"{given} has no extras {sorted(wanted - known[given])}"
    return ""


def _extras() -> dict[str, set[str]]:
    projects = [_project(member) for member in _MEMBERS]
    return {project["name"]: set(project.get("optional-dependencies", ())) for project in projects}


def _name(member: str) -> str:
    return str(_project(member)["name"])


def _project(member: str) -> dict[str, Any]:
    return dict(tomllib.loads((ROOT / member / "pyproject.toml").read_text(encoding="utf-8"))["project"])


def _export(words: list[str], _line: str) -> str:
    """Set what is of this machine; addresses and keys of elsewhere are those of the test."""
    for name, value in (word.split("=", 1) for word in words):
        assert name in _READ, f"nothing reads {name}"
        if name == "NOVA_MODEL":
            os.environ[name] = value
    return ""


def _make(words: list[str], _line: str) -> str:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert re.search(rf"^{re.escape(words[0])}:", makefile, re.MULTILINE), f"make knows no {words[0]}"
    return ""


def _nova_embeddings(words: list[str], _line: str) -> str:
    """Run the command that is installed, here; a server is started, and stopped when it listens."""
    (entry,) = entry_points(group="console_scripts", name="nova-embeddings")
    main = entry.load()
    if words[0] == "serve":
        return _serve(main, words)
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    assert code == 0, f"exit code {code}: {err.getvalue()}"
    return out.getvalue()


def _serve(main: Callable[[list[str]], int], words: list[str]) -> str:
    at = words.index("--port") if "--port" in words else len(words)
    free = [*words[:at], "--port", "0", *words[at + 2 :]]
    here, there = multiprocessing.Pipe(duplex=False)
    process = multiprocessing.get_context("fork").Process(target=_served, args=(main, free, there), daemon=True)
    process.start()
    try:
        assert here.poll(_SECONDS), "the server does not listen"
        return str(here.recv())
    finally:
        os.kill(process.pid or 0, signal.SIGINT)
        process.join(_SECONDS)


def _served(main: Callable[[list[str]], int], words: list[str], there: Connection) -> None:
    class Told(io.StringIO):
        def flush(self) -> None:
            there.send(self.getvalue())

    with contextlib.redirect_stdout(Told()):
        main(words)


def _curl(_words: list[str], line: str) -> str:
    done = subprocess.run(["bash", "-c", line], capture_output=True, text=True, check=True, timeout=_SECONDS)
    return done.stdout


def _pytest(words: list[str], _line: str) -> str:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _tried_elsewhere(words: list[str], line: str) -> str:
    assert words[0] in _ELSEWHERE or line.startswith(tuple(_ELSEWHERE)), f"nobody runs {line!r}"
    return ""


_COMMANDS: dict[str, Callable[[list[str], str], str]] = {
    "pip": _install,
    "export": _export,
    "make": _make,
    "nova-embeddings": _nova_embeddings,
    "curl": _curl,
    "pytest": _pytest,
    "python": _tried_elsewhere,
    "litellm": _tried_elsewhere,
}
