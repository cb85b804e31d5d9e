"""Who may ask, how much, and how the server says no to everything else."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from nova_embeddings import ConfigurationError
from nova_embeddings.server import Running, Settings, create_app
from nova_embeddings.testing import RunningServer, serving
from tests.server.asking import CLIENT, body, get, post, refused

if TYPE_CHECKING:
    from collections.abc import Iterator

_HEAD = b"POST /v1/embeddings HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
_ANSWER_STARTS = b"HTTP/1.1 413"


@pytest.mark.parametrize("given", [None, "right-key", "Bearer wrong-key", "Basic right-key", "Bearer", "Bearer ü"])
@pytest.mark.parametrize("path", ["embeddings", "internal/lora/load", "internal/lora/unload", "nothing"])
def test_without_the_key_nothing_is_answered(keyed_server: RunningServer, path: str, given: str | None) -> None:
    """No key, a wrong one or another scheme is a 401, whatever is asked, and the key is not in it."""
    headers = {} if given is None else {"authorization": given.encode("latin-1")}
    response = post(keyed_server, body(), path, headers)
    assert "right-key" not in refused(response, 401)["message"]
    assert response.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("given", ["Bearer right-key", "bearer right-key", "Bearer  right-key"])
def test_with_the_key_all_is_answered(keyed_server: RunningServer, given: str) -> None:
    """The key opens; the scheme's case does not matter."""
    assert post(keyed_server, body(), headers={"authorization": given}).status_code == 200


def test_health_needs_no_key(keyed_server: RunningServer) -> None:
    """Whoever watches the server needs no secret; the list of models is no such thing."""
    assert get(keyed_server, "/health").status_code == 200
    refused(get(keyed_server, "/v1/models"), 401)


@pytest.mark.parametrize("key", ["", "  ", "schlüssel", "two\nlines"])
def test_a_key_that_could_not_protect_is_refused(key: str) -> None:
    """A blank key would let everybody in, and one that no header can carry nobody."""
    with pytest.raises(ConfigurationError, match="api_key"), serving(api_key=key):
        pass


def test_settings_never_show_the_key() -> None:
    """Settings end up in logs."""
    assert "right-key" not in repr(Settings(api_key="right-key"))


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/v1/nothing", 404),
        ("POST", "/v1/embeddings/", 404),
        ("GET", "/v1/embeddings", 405),
        ("PUT", "/health", 405),
    ],
)
def test_the_frameworks_refusals_have_the_envelope(server: RunningServer, method: str, path: str, status: int) -> None:
    """Unknown paths and wrong methods look like every other error, and nothing is redirected."""
    url = server.api_base.removesuffix("/v1") + path
    assert path in refused(CLIENT.request(method, url), status)["message"]


@pytest.fixture(scope="module")
def small() -> Iterator[RunningServer]:
    """A server that takes a thousand bytes and three inputs."""
    with Running(create_app(Settings(engine="hash", max_body_bytes=1000, max_inputs=3))) as running:
        yield RunningServer(running.api_base)


@pytest.mark.parametrize("size", [1001, 3999])
def test_a_large_body_is_refused(small: RunningServer, size: int) -> None:
    """Too many bytes are a 413 that reaches the client."""
    assert "1000 bytes" in refused(post(small, b"x" * size), 413)["message"]


def test_a_body_without_end_is_not_read_to_its_end(small: RunningServer) -> None:
    """A body that says no size is cut off too, however long the client goes on sending."""
    address = urlsplit(small.api_base)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=10) as connection:
        connection.sendall(_HEAD + b"transfer-encoding: chunked\r\n\r\n")
        for _ in range(5):
            connection.sendall(b"3e8\r\n" + b"x" * 1000 + b"\r\n")
        assert connection.recv(len(_ANSWER_STARTS)) == _ANSWER_STARTS


def test_a_body_that_announces_its_size_is_not_read(small: RunningServer) -> None:
    """What says that it is far too large is refused before a byte of it came."""
    address = urlsplit(small.api_base)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=10) as connection:
        connection.sendall(_HEAD + b"content-length: 99999999999\r\n\r\n")
        assert connection.recv(len(_ANSWER_STARTS)) == _ANSWER_STARTS


def test_the_number_of_inputs_is_limited(small: RunningServer) -> None:
    """An option says how many inputs one request may have."""
    assert post(small, body(input=["a"] * 3)).status_code == 200
    assert "more than the 3" in refused(post(small, body(input=["a"] * 4)), 400)["message"]


def test_a_client_that_hangs_up_harms_nobody(small: RunningServer) -> None:
    """A body that never comes ends with its connection; the server answers the next."""
    address = urlsplit(small.api_base)
    with socket.create_connection((str(address.hostname), address.port or 0), timeout=10) as connection:
        head = (
            "POST /v1/embeddings HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"
        )
        connection.sendall(head.encode())
    assert post(small, body()).status_code == 200


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"engine": "nova"}, "choose one of hash, wordllama"),
        ({"adapters": ("", "code")}, "adapter"),
        ({"adapters": "code"}, "give a list"),
        ({"max_tokens": 0}, "max_tokens=0"),
    ],
)
def test_a_wrong_setting_is_refused_before_anything_listens(options: dict[str, object], says: str) -> None:
    """A server that could answer nothing does not start."""
    with pytest.raises(ConfigurationError, match=says), serving(**options):  # type: ignore[arg-type]
        pass


def test_a_failure_of_the_server_tells_no_more_than_its_kind() -> None:
    """What breaks inside is an envelope too, without the words of the error, which may hold a text."""

    def breaking(_: dict[str, Any]) -> None:
        raise RuntimeError("private words")

    with Running(create_app(Settings(engine="hash"), seen=breaking)) as running:
        error = refused(post(RunningServer(running.api_base), body()), 500)
    assert "RuntimeError" in error["message"]
    assert "private" not in error["message"]
