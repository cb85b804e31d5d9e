"""Fetching image addresses: off unless asked for, and then only what was allowed."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest

from nova_embeddings import ConfigurationError, Image, ImageFetching, InputError, NovaClient
from nova_embeddings._fetching import _is_public
from tests.core.pictures import drawn
from tests.core.raw_server import RawServer, replying, trickling

if TYPE_CHECKING:
    import socket

    from tests.core.raw_server import Behaviour
    from tests.fake_nova import FakeNova

PNG = drawn()


def own_network(server: RawServer, **options: Any) -> ImageFetching:
    """Allow one server of this machine."""
    return ImageFetching(hosts=(f"127.0.0.1:{server.port}",), private_networks=True, **options)


def test_an_allowed_address_is_fetched_and_sent_as_bytes(nova: FakeNova) -> None:
    """The picture behind an allowed address reaches the server as base64; the address server sees no key."""

    def serve(connection: socket.socket, _: Any) -> None:
        head = f"HTTP/1.1 200 OK\r\ncontent-length: {len(PNG)}\r\n\r\n".encode()
        connection.sendall(head + PNG)

    with RawServer(serve).running() as server:
        client = NovaClient(api_base=nova.api_base, api_key="canary-key", image_fetching=own_network(server))
        client.embed([Image.from_url(f"http://127.0.0.1:{server.port}/x.png?size=2")])
        (request,) = server.requests
    assert nova.seen[0].items[0]["image"] == base64.b64encode(PNG).decode()
    assert b"canary" not in request
    assert request.startswith(b"GET /x.png?size=2 HTTP/1.1")


FAILING: dict[str, Behaviour] = {
    "a redirect": replying("302 Found", b"", "location: http://127.0.0.1:1/"),
    "an error": replying("404 Not Found", b"nothing"),
    "no image": replying("200 OK", b"<html>"),
    "packed": replying("200 OK", b"x", "content-encoding: gzip"),
    "too large": replying("200 OK", b"x" * 5000),
    "too slow": trickling(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n", b"x"),
}


@pytest.mark.parametrize("name", FAILING)
def test_what_is_no_picture_is_refused(nova: FakeNova, name: str) -> None:
    """A redirect, an error, another type, too many bytes or too much time raise with the input's index."""
    with RawServer(FAILING[name]).running() as server:
        fetching = own_network(server, timeout=0.5)
        client = NovaClient(api_base=nova.api_base, image_fetching=fetching, max_image_bytes=4000)
        with pytest.raises(InputError) as caught:
            client.embed(["fine", Image.from_url(f"http://127.0.0.1:{server.port}/canary")])
        assert server.connections == 1
    assert caught.value.index == 1
    assert "canary" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "http://images.example.com/x.png",
        "https://other.example.com/x.png",
        "https://images.example.com.evil.org/x.png",
        "https://images.example.com:8443/x.png",
        "https://images.example.com@127.0.0.1/x.png",
        "https://user@images.example.com/x.png",
        "https://127.0.0.1/x.png",
        "https://[::1]/x.png",
        "https://2130706433/x.png",
        "https://images.example.com\\@127.0.0.1/x.png",
        "https://images.example.com:99999/x.png",
    ],
)
def test_an_address_that_is_not_allowed_is_refused_before_anything_is_sent(nova: FakeNova, url: str) -> None:
    """With fetching on, scheme, host and port must be allowed; tricks with users and ports do not help."""
    client = NovaClient(api_base=nova.api_base, image_fetching=ImageFetching(hosts=("images.example.com",)))
    with pytest.raises(InputError, match="not fetched") as caught:
        client.embed(["fine", Image.from_url(url)])
    assert caught.value.index == 1
    assert nova.seen == []


def test_a_name_of_a_private_network_is_refused(nova: FakeNova) -> None:
    """An allowed name that resolves to this machine is not fetched, and its address is not told."""
    client = NovaClient(api_base=nova.api_base, image_fetching=ImageFetching(hosts=("localhost",)))
    with pytest.raises(InputError, match="not of the public internet") as caught:
        client.embed([Image.from_url("https://localhost/x.png")])
    assert "127.0.0.1" not in str(caught.value)
    assert nova.seen == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2001:4860:4860::8888", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:8.8.8.8", True),
    ],
)
def test_what_counts_as_public(address: str, *, public: bool) -> None:
    """Loopback, private, link-local, shared and multicast addresses are not public, also inside IPv6."""
    assert _is_public(address) is public


@pytest.mark.parametrize(
    "hosts", [(), "images.example.com", ("",), ("*",), ("https://images.example.com",), ("a@b",), (None,)]
)
def test_a_policy_must_name_hosts(hosts: Any) -> None:
    """Nothing, everything, an address or one string is no list of hosts."""
    with pytest.raises(ConfigurationError, match="hosts="):
        ImageFetching(hosts=hosts)
    with pytest.raises(ConfigurationError, match="image_fetching is of type list"):
        NovaClient(image_fetching=["images.example.com"])  # type: ignore[arg-type]
