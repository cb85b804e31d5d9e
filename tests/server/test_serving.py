"""The public helper for users' own tests."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from urllib.parse import urlsplit

import pytest

from nova_embeddings import NovaClient
from nova_embeddings.testing import serving


def test_requests_are_remembered() -> None:
    """A user's test can say what its code sent, call by call, refused ones too."""
    with serving() as server, NovaClient(api_base=server.api_base, batch_size=2, max_concurrency=1) as client:
        client.embed(["a", "b", "c"], task="code.query")
        assert [len(sent["input"]) for sent in server.requests] == [2, 1]
        assert {sent["task"] for sent in server.requests} == {"code.query"}


def test_servers_do_not_share_adapters() -> None:
    """What one test loads, the next does not see."""
    with serving() as one, serving() as other, NovaClient(api_base=one.api_base) as client:
        client.load_adapter("medical", "x")
        assert one.api_base != other.api_base
        assert client.embed(["a"], adapter="medical")
        with NovaClient(api_base=other.api_base) as stranger, pytest.raises(Exception, match="not loaded"):
            stranger.embed(["a"], adapter="medical")


def test_nothing_is_left_behind() -> None:
    """After the block its port is closed and its thread is gone, also with connections still open."""
    before = set(threading.enumerate())
    client = NovaClient()
    with serving() as server:
        client = NovaClient(api_base=server.api_base)
        client.embed(["a"])
    address = urlsplit(server.api_base)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((str(address.hostname), address.port or 0), timeout=5)
    assert not [thread for thread in set(threading.enumerate()) - before if thread.name == "nova-server"]
    client.close()


def test_an_error_in_the_block_stops_the_server() -> None:
    """A failing test does not leave its server running."""
    with pytest.raises(ZeroDivisionError), serving() as server:
        raise ZeroDivisionError
    address = urlsplit(server.api_base)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((str(address.hostname), address.port or 0), timeout=5)


def test_it_works_without_pytest() -> None:
    """The helper is a plain context manager: a script can use it as it is."""
    script = (
        "import sys; from nova_embeddings.testing import serving\n"
        "with serving() as server: print(server.api_base)\n"
        "assert 'pytest' not in sys.modules and 'litellm' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("http://127.0.0.1:")
    assert done.stdout.strip().endswith("/v1")
