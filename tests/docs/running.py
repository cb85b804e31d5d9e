"""What comes of a page's blocks, run in their order in a process of their own?"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import socket
import sys
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.docs import shell

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from tests.docs.pages import Block

_FILE = re.compile(r"[\w./-]+\.\w+")


@dataclass(frozen=True)
class Surroundings:
    """What a page's reader has.

    Args:
        folder: where the reader works.
        environment: variables.
        hosts: names of servers -> the ports of this machine where they are.
    """

    folder: Path
    environment: dict[str, str]
    hosts: dict[str, int]


def run_page(name: str, shown: list[Block], around: Surroundings, report: Connection) -> None:
    """Run the blocks, and report what went wrong: "" where nothing did."""
    os.chdir(around.folder)
    os.environ.update(around.environment)
    _name_hosts(around.hosts)
    report.send(_complaint(name, shown))
    report.close()


def _name_hosts(hosts: dict[str, int]) -> None:
    """Have this process find servers by their names, as a reader's network does."""
    genuine = socket.getaddrinfo

    def getaddrinfo(host: Any, port: Any, *rest: Any, **named: Any) -> Any:
        known = hosts.get(host.decode() if isinstance(host, bytes) else host)
        return genuine(host, port, *rest, **named) if known is None else genuine("127.0.0.1", known, *rest, **named)

    socket.getaddrinfo = getaddrinfo


def _complaint(name: str, shown: list[Block]) -> str:
    namespace: dict[str, object] = {"__name__": "__main__"}
    printed = ""
    for block in shown:
        where = f"{name}:{block.line}"
        try:
            if block.title == "Output":
                _compare(block.text, printed)
                continue
            if _FILE.fullmatch(block.title):
                _write(block)
            printed = _RUN[block.language](block, where, namespace)
        except BaseException:  # noqa: BLE001 (whatever it is, the test shall say it)
            return f"{where}\n{block.text}\n{traceback.format_exc()}"
    return ""


def _python(block: Block, where: str, namespace: dict[str, object]) -> str:
    if block.title.startswith("test_"):
        return ""  # a file for pytest, which a later line calls
    out = io.StringIO()
    lines = "\n" * block.line  # so that tracebacks name the page's own lines
    with contextlib.redirect_stdout(out):
        exec(compile(lines + block.text, where.rsplit(":", 1)[0], "exec"), namespace)
    return out.getvalue()


def _shell(block: Block, _where: str, _namespace: dict[str, object]) -> str:
    return "".join(map(shell.run, shell.lines(block.text)))


def _yaml(block: Block, _where: str, _namespace: dict[str, object]) -> str:
    """Have a file read by what reads files of that name."""
    if block.title == "models.yaml":
        from nova_embeddings.registry import Registry  # noqa: PLC0415 (only where it is shown)

        list(Registry.from_yaml(block.title))
    else:
        assert block.title == "config.yaml", f"nobody reads {block.title!r}"
        import yaml  # noqa: PLC0415 (as above)

        from nova_embeddings.litellm_plugin import check_config  # noqa: PLC0415 (as above)

        check_config(yaml.safe_load(block.text))
    return ""


def _json_lines(block: Block, _where: str, _namespace: dict[str, object]) -> str:
    for line in block.text.splitlines():
        json.loads(line)
    return ""


def _file(block: Block, _where: str, _namespace: dict[str, object]) -> str:
    assert _FILE.fullmatch(block.title), "a block of text is a file with a name, or an output: nothing checks any other"
    return ""


_RUN: dict[str, Callable[[Block, str, dict[str, object]], str]] = {
    "python": _python,
    "sh": _shell,
    "yaml": _yaml,
    "json": _json_lines,
    "text": _file,
}


def _write(block: Block) -> None:
    path = Path(block.title)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, encoding="utf-8")


def _compare(shown: str, printed: str) -> None:
    """Compare an output with what was printed; "…" stands for anything within."""
    pattern = ".*?".join(map(re.escape, "\n".join(map(str.rstrip, shown.strip().splitlines())).split("…")))
    seen = "\n".join(map(str.rstrip, printed.strip().splitlines()))
    assert re.fullmatch(pattern, seen, re.DOTALL), f"the page shows\n{shown}\nand this was printed\n{printed}"


def preload() -> None:
    """Import what most pages import, once for all of them."""
    import chromadb  # noqa: F401, PLC0415 (these are the slow ones)
    import litellm  # noqa: F401, PLC0415
    import qdrant_client  # noqa: F401, PLC0415
    from llama_index.core import VectorStoreIndex  # noqa: F401, PLC0415

    import langchain_nova  # noqa: F401, PLC0415
    import nova_embeddings.evaluation  # noqa: F401, PLC0415


if os.environ.get("NOVA_DOCS_PRELOAD") and "multiprocessing.forkserver" in sys.modules:
    preload()
