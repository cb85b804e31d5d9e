"""An image -> what stands on the wire; the one place where a file is read or an address fetched for a call."""

from __future__ import annotations

import contextlib
import ipaddress
import socket
import time
from typing import TYPE_CHECKING, Any

import httpcore
import httpx
import orjson

from nova_embeddings._errors import InputError
from nova_embeddings._images import Image, image_bytes, on_the_wire
from nova_embeddings._pools import ThreadPool
from nova_embeddings._sockets import Backend, deadline_of_this_thread

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nova_embeddings._pictures import ImageFetching, Pictures

_SUCCESS = 200


def wire_image(image: Image, pictures: Pictures) -> bytes:
    """Return what stands between the quotes of a JSON string: base64, a `data:` URI, or an address.

    Raises:
        InputError: the image is damaged, has changed, or cannot be fetched.
    """
    if image.url is not None:
        if pictures.fetching is None:
            return orjson.dumps(image.url)[1:-1]
        image = Image.from_bytes(fetched(image.url, pictures.fetching, pictures.limits.max_bytes))
    data, mime_type = image_bytes(image, pictures.limits)
    return on_the_wire(data, mime_type, data_uri=pictures.encoding == "data_uri")


def fetched(url: str, policy: ImageFetching, max_bytes: int) -> bytes:
    """Return the body of an address, from a thread.

    Raises:
        InputError: the policy forbids it, or no whole image came in time.
    """
    policy.check(url)
    target = httpx.URL(url)
    try:
        with deadline_of_this_thread(time.monotonic() + policy.timeout):
            backend = _Pinned(_address_of(target, policy))
            with ThreadPool(backend) as transport:
                return _body(transport.handle_request(_get(target)), max_bytes)
    except (
        httpx.HTTPError,
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        OSError,
    ) as error:
        message = f"the image's address could not be fetched ({type(error).__name__})"
        raise InputError(message) from None


def _get(target: httpx.URL) -> httpx.Request:
    headers = {"accept": "image/*", "accept-encoding": "identity", "user-agent": "nova-embeddings"}
    return httpx.Request("GET", target, headers=headers)


def _body(response: httpx.Response, max_bytes: int) -> bytes:
    with contextlib.closing(response):
        if response.status_code != _SUCCESS or response.headers.get("content-encoding", "identity") != "identity":
            message = (
                f"the image's address answered {response.status_code}, not with an image (redirects are not followed)"
            )
            raise InputError(message)
        body = bytearray()
        for chunk in response.iter_raw():
            body += chunk
            if len(body) > max_bytes:
                message = f"the image's address answered with more than max_image_bytes={max_bytes}"
                raise InputError(message)
        return bytes(body)


class _Pinned(Backend):
    """Connects to one address, whatever the name says by now; TLS still checks the name."""

    def __init__(self, address: str) -> None:
        self._address = address

    def connect_tcp(
        self,
        host: str,  # noqa: ARG002 (it was resolved, and checked, before)
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        return super().connect_tcp(self._address, port, timeout, local_address, socket_options)


def _address_of(target: httpx.URL, policy: ImageFetching) -> str:
    """Resolve the host once; unless private networks are allowed, every address must be of the public internet."""
    found = socket.getaddrinfo(target.host, target.port or 0, type=socket.SOCK_STREAM)
    addresses = [str(entry[4][0]) for entry in found]
    if not policy.private_networks and not all(map(_is_public, addresses)):
        message = "the image's address is not fetched: its host is not of the public internet"
        raise InputError(message)
    return addresses[0]


def _is_public(address: str) -> bool:
    parsed = ipaddress.ip_address(address.partition("%")[0])
    mapped = getattr(parsed, "ipv4_mapped", None) or parsed
    return mapped.is_global and not mapped.is_multicast
