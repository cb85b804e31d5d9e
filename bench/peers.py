"""What do other libraries' classes cost for the same texts? Each in an environment of its own, as they clash."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bench.measuring import Figures
from bench.parts import measured
from bench.report import Goal, Part

if TYPE_CHECKING:
    from bench.settings import Settings

HERE = Path(__file__).parent
FILES = HERE / "peer_files"
ENVIRONMENTS = HERE.parent / ".bench"
_INSTALL_SECONDS = 600
_RUN_SECONDS = 900
_OURS = {"LangChain": "LangChain sync -> lists", "LlamaIndex": "LlamaIndex sync -> lists"}


@dataclass(frozen=True)
class Peer:
    """A class of another library.

    Args:
        label: in the table.
        function: of `peer.py`.
        environment: a file of `peer_files`.
        against: whose integration it is held against.
        least: how many times its CPU ours should be below.
    """

    label: str
    function: str
    environment: str
    against: str
    least: float


PEERS = (
    Peer("OpenAI SDK", "openai_sdk", "openai", "LangChain", 1.4),
    Peer("LangChain OpenAIEmbeddings", "langchain_openai", "openai", "LangChain", 1.4),
    Peer("LlamaIndex OpenAILikeEmbedding", "llamaindex_openai", "llama-openai", "LlamaIndex", 1.4),
    Peer("LlamaIndex JinaEmbedding", "llamaindex_jina", "llama-jina", "LlamaIndex", 1.4),
    Peer("litellm.embedding", "litellm_embedding", "litellm", "LangChain", 30),
    Peer("LangChain LiteLLMEmbeddings", "langchain_litellm", "litellm", "LangChain", 30),
    Peer("LlamaIndex LiteLLMEmbedding", "llamaindex_litellm", "llama-litellm", "LlamaIndex", 30),
)


def peers(settings: Settings, rounds: int) -> Part:
    """Return every peer beside this library's integration of the same framework."""
    ours = {name: seen.figures for name, seen in measured(list(_OURS.values()), settings, rounds).items()}
    cells = [(name, f"{mine.cpu:.2f}", "1", f"{mine.wall:.2f}", f"{mine.peak:,.0f}") for name, mine in ours.items()]
    goals, ratios = [], {}
    for peer in PEERS:
        try:
            seen = _figures(peer, settings)
        except (subprocess.SubprocessError, OSError, ValueError) as error:
            cells.append((peer.label, f"not measured: {_words(error)}", "", "", ""))
            continue
        ratio = seen.cpu / ours[_OURS[peer.against]].cpu
        ratios[peer.label] = ratio
        cells.append((peer.label, f"{seen.cpu:.2f}", f"{ratio:.1f}", f"{seen.wall:.2f}", f"{seen.peak:,.0f}"))
        aim = f"at least {peer.least:g} x the CPU of this library's {peer.against} class"
        goals.append(Goal(f"against {peer.label}", aim, peer.least, ratio, least=True))
    columns = ("class", "CPU s", "x ours", "wall s", "peak MB")
    title = f"Peers: {settings.texts:,} texts, 2048 dimensions, {settings.batch_size} a call, to lists"
    notes = [
        "Each peer ran once after a warm-up, in an environment of its own: `bench/peer_files/` pins the versions.",
        "All have their defaults; the server answers in base64 where it is asked for that, else in floats.",
        "The OpenAI SDK and `litellm.embedding` are held against this library's LangChain class.",
    ]
    return Part(title, columns, cells, notes, goals, {"peers": ratios})


def python_of(environment: str) -> Path:
    """Return the interpreter of a peer's environment, which is made where it is missing."""
    folder = ENVIRONMENTS / environment
    python, ready = folder / "bin" / "python", folder / "ready"
    if not ready.exists():
        _run([sys.executable, "-m", "venv", "--clear", str(folder)], _INSTALL_SECONDS)
        install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r"]
        _run([*install, str(FILES / f"{environment}.txt")], _INSTALL_SECONDS)
        ready.touch()
    return python


def _figures(peer: Peer, settings: Settings) -> Figures:
    given = [peer.function, settings.api_base, str(settings.texts), str(settings.batch_size)]
    said = _run([str(python_of(peer.environment)), str(HERE / "peer.py"), *given], _RUN_SECONDS)
    found = json.loads(said.splitlines()[-1])
    return Figures(found["cpu"], found["wall"], found["peak"])


def _run(command: list[str], seconds: float) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds).stdout


def _words(error: Exception) -> str:
    said = (getattr(error, "stderr", "") or "").strip().splitlines()
    return said[-1][:120] if said else type(error).__name__
