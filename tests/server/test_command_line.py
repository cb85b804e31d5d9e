"""`nova-embeddings` as its users run it: a process, its output, its exit code."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from nova_embeddings import AuthenticationError, NovaClient
from tests.server.asking import CLIENT, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

COMMAND = str(Path(sys.executable).with_name("nova-embeddings"))
_SECONDS = 30


@dataclass(frozen=True)
class Serving:
    """A server in a process of its own: the process, what it said first, and its address."""

    process: subprocess.Popen[str]
    said: str
    api_base: str

    def ended(self, number: signal.Signals = signal.SIGTERM) -> str:
        """End it with a signal, and return all that it said."""
        self.process.send_signal(number)
        self.process.wait(_SECONDS)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        return self.said + self.process.stdout.read() + self.process.stderr.read()


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command that ends by itself."""
    return subprocess.run([COMMAND, *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False)


@contextmanager
def serve(*arguments: str, **environment: str) -> Iterator[Serving]:
    """Run `serve` on a free port until the block ends."""
    process = subprocess.Popen(
        [COMMAND, "serve", "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
    )
    try:
        assert process.stdout is not None
        lines = [process.stdout.readline(), process.stdout.readline()]
        found = re.search(r"export NOVA_API_BASE=(\S+)", "".join(lines))
        assert found, lines
        yield Serving(process, "".join(lines), found[1])
    finally:
        process.kill()
        process.communicate(timeout=_SECONDS)


def test_the_address_it_prints_answers() -> None:
    """Port 0 becomes a real port, and the line to copy is the client's address."""
    with serve() as server, NovaClient(api_base=server.api_base) as client:
        assert "Ctrl-C" in server.said
        assert client.embed(["a text"]).vectors.shape == (1, 2048)
        answer = CLIENT.get(server.api_base.removesuffix("/v1") + "/health")
        assert answer.json()["engine"] == "wordllama"


@pytest.mark.parametrize(("number", "codes"), [(signal.SIGINT, {0}), (signal.SIGTERM, {0, -signal.SIGTERM})])
def test_it_ends_when_asked(number: signal.Signals, codes: set[int]) -> None:
    """Ctrl-C and a supervisor's signal end it without a traceback, though a client is still connected."""
    with serve("--engine", "hash") as server:
        assert CLIENT.get(f"{server.api_base}/models").status_code == 200
        said = server.ended(number)
        assert server.process.returncode in codes
        assert "NOT the Nova model" in said
        assert len(said.splitlines()) == 3


def test_options_reach_the_server(tmp_path: Path) -> None:
    """Engine, multi-vectors, widths, tokens, adapters, folders and hosts are those of the command line."""
    options = ["--engine", "hash", "--multivector", "--max-tokens", "20", "--adapter", "code", "--adapter", "medical"]
    places = ["--max-inputs", "3", "--any-dimensions", "--allow-path", str(tmp_path), "--allow-host", "example.org"]
    pictures = ["--allow-private-networks", "--max-image-bytes", "40", "--max-image-pixels", "90"]
    asked = {"model": "nova-embeddings-v1", "task": "code", "input": "one two"}
    with serve(*options, *places, *pictures) as server:

        def post(path: str = "embeddings", **fields: object) -> httpx.Response:
            return CLIENT.post(f"{server.api_base}/{path}", json={**asked, **fields})

        assert len(post().json()["data"][0]["embedding"]) == 2
        sized = post(return_multivector=False, dimensions=40, adapter="medical").json()
        assert len(sized["data"][0]["embedding"]) == 40
        assert "more than the 20" in refused(post(input="word " * 20), 400)["message"]
        assert "more than the 3" in refused(post(input=["a"] * 4), 400)["message"]
        refused(post(task="retrieval"), 404)
        for url, says in (("ftp://example.org/a", "no base64"), ("http://example.com/a", "none of example.org")):
            assert says in refused(post(input={"image": url}), 400)["message"]
        assert "more than max_image_bytes=40" in refused(post(input={"image": "aGkh" * 20}), 400)["message"]
        tiny = "R0lGODlhDgANAIAAAP///wAAACwAAAAADgANAAACAkQBADs="
        assert "more than max_image_pixels=90" in refused(post(input={"image": tiny}), 400)["message"]
        load = CLIENT.post(f"{server.api_base}/internal/lora/load", json={"lora_name": "a", "lora_path": "/"})
        assert "--allow-path" in refused(load, 403)["message"]


@pytest.mark.parametrize("how", ["option", "environment"])
def test_the_key_comes_from_the_option_or_the_environment(how: str) -> None:
    """Either way it is asked for, told about, and never printed."""
    options = ["--api-key", "right-key"] if how == "option" else []
    environment = {"NOVA_API_KEY": "right-key"} if how == "environment" else {}
    with serve("--engine", "hash", *options, **environment) as server:
        with NovaClient(api_base=server.api_base, api_key="right-key") as client:
            assert len(client.embed(["a"])) == 1
        with NovaClient(api_base=server.api_base) as stranger, pytest.raises(AuthenticationError):
            stranger.embed(["a"])
        said = server.ended()
        assert "export NOVA_API_KEY=<the key>" in said
        assert "right-key" not in said


@pytest.mark.parametrize(("host", "warned"), [("127.0.0.1", False), ("localhost", False), ("0.0.0.0", True)])
def test_an_open_server_on_a_network_is_warned_about(host: str, warned: bool) -> None:  # noqa: FBT001
    """Listening beyond this machine without a key says so, and gives an address that a client can use."""
    with serve("--engine", "hash", "--host", host) as server:
        assert CLIENT.get(f"{server.api_base}/models").status_code == 200
        assert ("warning" in server.ended()) is warned


def test_a_taken_port_is_one_line() -> None:
    """Whoever starts a second server learns why it cannot, without a traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("serve", "--engine", "hash", "--port", port)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
    assert f"127.0.0.1:{port}: Address already in use; --port 0" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "<command>"),
        (["serve", "--engine", "nova"], "'hash', 'wordllama'"),
        (["serve", "--port", "70000"], "0 to 65535"),
        (["serve", "--api-key", " "], "api_key is blank"),
        (["serve", "--allow-path", "no/such/folder"], "not a folder"),
        (["serve", "--max-tokens", "0"], "max_tokens=0"),
        (["serve", "--max-image-bytes", "0"], "max_image_bytes=0"),
        (["serve", "--allow-host", "https://example.org/"], "no list of host names"),
        (["serve", "--allow-private-networks"], "name the hosts"),
    ],
)
def test_a_wrong_option_is_told(arguments: list[str], says: str) -> None:
    """A mistake on the command line is exit code 2 and no traceback."""
    done = run(*arguments)
    assert done.returncode == 2
    assert says in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("missing", "extra"),
    [("fastapi", "local,server"), ("uvicorn", "local,server"), ("tokenizers", "local"), ("wordllama", "local")],
)
def test_a_missing_package_is_one_line(missing: str, extra: str) -> None:
    """Without an extra's packages, the line says what to install."""
    script = (
        f"import sys; sys.modules[{missing!r}] = None\nfrom nova_embeddings._cli import main; sys.exit(main(['serve']))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=_SECONDS, check=False)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [done.stderr.strip()]
    assert missing in done.stderr
    assert f"pip install 'nova-embeddings[{extra}]'" in done.stderr


def test_the_version_is_told() -> None:
    """`--version` is the installed distribution's."""
    assert run("--version").stdout == f"nova-embeddings {version('nova-embeddings')}\n"
