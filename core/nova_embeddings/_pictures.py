"""How do images go out, and which addresses may be fetched for it?"""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import urlsplit

from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._images import Image, ImageLimits, check_image

ENCODINGS = ("base64", "data_uri")
_PORTS = {"https": 443, "http": 80}


@dataclass(frozen=True, slots=True)
class ImageFetching:
    """Which image addresses the client fetches itself. Without it, all are passed to the server as they are.

    An address is fetched once, from the one it resolved to, without key or cookie; no redirect is followed.

    Args:
        hosts: allowed, as `host` (port 443, and 80 where private networks are allowed) or `host:port`.
        private_networks: also fetch from addresses that are not of the public internet, and over plain http: for an
            image store of your own network. Never with addresses that strangers give.
        timeout: seconds for one image.

    Raises:
        ConfigurationError: no host, or a value that cannot be one.
    """

    hosts: tuple[str, ...]
    private_networks: bool = False
    timeout: float = 15.0

    def __post_init__(self) -> None:
        """Refuse what would allow nothing, or everything."""
        hosts: object = self.hosts
        if isinstance(hosts, str) or not self.hosts or not all(map(_may_be_host, self.hosts)):
            message = f"hosts={self.hosts!r} is no list of host names, such as ['images.example.com']"
            raise ConfigurationError(message)
        object.__setattr__(self, "hosts", tuple(host.lower() for host in self.hosts))
        if not isinstance(self.timeout, int | float) or not 0 < self.timeout < float("inf"):
            message = f"timeout={self.timeout!r} is not a positive number of seconds"
            raise ConfigurationError(message)

    def check(self, url: str) -> None:
        """Refuse an address that may not be fetched.

        Raises:
            InputError: its scheme, host or port is not allowed, or it holds a user.
        """
        parts = urlsplit(url)
        schemes = ("https", "http") if self.private_networks else ("https",)
        if parts.scheme not in schemes or parts.username is not None or parts.password is not None:
            message = f"the image's address is not fetched: it must be {' or '.join(schemes)}, without a user"
            raise InputError(message)
        host = (parts.hostname or "").lower()
        try:
            port = parts.port or _PORTS[parts.scheme]
        except ValueError:
            port = 0
        usual = port == _PORTS[parts.scheme] and host in self.hosts
        if not usual and f"{host}:{port}" not in self.hosts:
            message = f"the image's address is not fetched: its host is none of {', '.join(self.hosts)}"
            raise InputError(message)


@dataclass(frozen=True, slots=True)
class Pictures:
    """How images go out.

    Args:
        limits: how large one may be.
        encoding: "base64", or "data_uri" for servers that want a `data:` URI.
        fetching: which addresses are fetched here; None: all are passed to the server.
    """

    limits: ImageLimits = field(default_factory=ImageLimits)
    encoding: str = "base64"
    fetching: ImageFetching | None = None

    def __post_init__(self) -> None:
        """Refuse what no image could pass."""
        if self.encoding not in ENCODINGS:
            message = f"image_encoding={self.encoding!r} is not known; choose one of {', '.join(ENCODINGS)}"
            raise ConfigurationError(message)
        for name in ("max_bytes", "max_pixels"):
            value = getattr(self.limits, name)
            if isinstance(value, bool) or not isinstance(value, int) or value < 1:
                message = f"{name.replace('_', '_image_')}={value!r} is not a whole number of at least 1"
                raise ConfigurationError(message)
        fetching: object = self.fetching
        if fetching is not None and not isinstance(fetching, ImageFetching):
            message = f"image_fetching is of type {type(fetching).__name__}; give an ImageFetching"
            raise ConfigurationError(message)

    def check(self, image: Image) -> int:
        """Look at an image before anything is sent, and return its size on the wire in bytes, roughly.

        Raises:
            InputError: it is no image, too large, or may not be fetched.
        """
        if image.url is not None and self.fetching is not None:
            self.fetching.check(image.url)
            return self.limits.max_bytes
        return check_image(image, self.limits) * 4 // 3


def _may_be_host(host: object) -> bool:
    return isinstance(host, str) and bool(host.strip()) and "/" not in host and "*" not in host and "@" not in host
