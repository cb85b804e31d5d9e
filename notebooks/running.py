"""What does a notebook say when it runs from the start? Its outputs, without what differs from machine to machine."""

import os
import platform
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from traitlets.config import Config

FOLDER = Path(__file__).parent
_CELL_SECONDS = 300
_MACHINE = re.compile(r"/(?:home|root|tmp|Users|var|opt|work|private)/|site-packages|<[^<>]* at 0x[0-9a-f]+>|:\d{5}/")


def run(path: Path) -> Any:  # noqa: ANN401 -- nbformat's own type is a dict with attributes
    """Return the notebook as it is after running it from the start, in an empty folder and a fresh process.

    Raises:
        CellExecutionError: a cell raised.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as sockets:
        # over TCP, every kernel would warn of its open ports
        client = NotebookClient(
            notebook,
            config=Config(KernelManager={"transport": "ipc", "ip": str(Path(sockets, "kernel"))}),
            kernel_name="python3",
            timeout=_CELL_SECONDS,
            resources={"metadata": {"path": folder}},
            coalesce_streams=True,  # else what is printed in one cell comes in one piece or several, by chance
        )
        client.execute(env=_environment())
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python", "version": platform.python_version()},
    }
    return notebook


def write(notebook: Any, path: Path) -> None:  # noqa: ANN401
    """Write the notebook, with outputs, as one version-controlled file."""
    nbformat.validate(notebook)
    nbformat.write(notebook, path)


def dirt(notebook: Any) -> list[str]:  # noqa: ANN401
    """Return what its outputs must not hold: errors, what was written to stderr, paths and ports of a machine."""
    return [
        f"cell {number}: {said}"
        for number, cell in enumerate(notebook.cells)
        for output in cell.get("outputs", [])
        for said in _dirt_of(output)
    ]


def texts(output: Any) -> Iterator[str]:  # noqa: ANN401
    """Yield what a reader of an output sees as text, in all the forms it has."""
    yield output.get("text", "")
    for kind, value in sorted(output.get("data", {}).items()):  # as nbformat writes them
        if kind.startswith("text/") or kind == "image/svg+xml":
            yield "".join(value)


def _dirt_of(output: Any) -> Iterator[str]:  # noqa: ANN401
    if output.output_type == "error":
        yield f"raised {output.ename}"
    if output.get("name") == "stderr":
        yield f"on stderr: {output.text[:200]}"
    for text in texts(output):
        yield from (
            f"names a machine: …{text[max(0, m.start() - 40) : m.end() + 40]}…" for m in _MACHINE.finditer(text)
        )


def _environment() -> dict[str, str]:
    """Return the environment without what would send a notebook to somebody's server or model."""
    kept = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith(("NOVA_", "OPENAI_", "CHAT_MODEL", "JUPYTER"))
    }
    return {**kept, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "MPLBACKEND": "module://matplotlib_inline.backend_inline"}
