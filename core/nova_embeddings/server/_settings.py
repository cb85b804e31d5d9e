"""What may a server be told when it starts?"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._images import ImageLimits
from nova_embeddings._options import check_name
from nova_embeddings._pictures import ImageFetching, Pictures
from nova_embeddings._tasks import FAMILIES
from nova_embeddings.engines import MAX_TOKENS

if TYPE_CHECKING:
    from pathlib import Path

MAX_BODY_BYTES = 64 * 2**20
_IMAGE = ImageLimits()


@dataclass(frozen=True, slots=True)
class Settings:
    """What a server serves, to whom, and how much of it.

    Args:
        engine: what computes: `wordllama`, or `hash`.
        api_key: who sends it as a Bearer token may ask; None lets everybody.
        multivector: what a request that does not say gets: one vector a token instead of one an input.
        any_dimensions: also serve the engine's own widths, which Nova does not have.
        adapters: LoRA adapters served from the start.
        allow_paths: folders in which the path of an adapter to load must exist; with none, no path is looked at.
        allow_hosts: hosts, as `host` or `host:port`, whose image URLs are fetched; with none, no URL is.
        allow_private_networks: also fetch from them where they are not of the public internet, and over plain http.
        max_tokens: of one input; a longer one is refused.
        max_inputs: of one request.
        max_image_bytes: of one image's file.
        max_image_pixels: of one image, width by height.
        max_body_bytes: of one request; images are a third larger there, as base64.

    Raises:
        ConfigurationError: a value is wrong.
    """

    engine: str = "wordllama"
    api_key: str | None = field(default=None, repr=False)
    multivector: bool = False
    any_dimensions: bool = False
    adapters: tuple[str, ...] = FAMILIES
    allow_paths: tuple[Path, ...] = ()
    allow_hosts: tuple[str, ...] = ()
    allow_private_networks: bool = False
    max_tokens: int = MAX_TOKENS
    max_inputs: int = 2048
    max_image_bytes: int = _IMAGE.max_bytes
    max_image_pixels: int = _IMAGE.max_pixels
    max_body_bytes: int = MAX_BODY_BYTES

    def __post_init__(self) -> None:
        """Refuse what would serve nothing, or would not protect."""
        key = self.api_key
        if key is not None and (not key.strip() or not key.isascii() or not key.isprintable()):
            message = "api_key is blank or not printable ASCII text; leave it out to serve everybody"
            raise ConfigurationError(message)
        for name in self.adapters:
            check_name("adapter", name)
        for option in ("max_tokens", "max_inputs", "max_image_bytes", "max_image_pixels", "max_body_bytes"):
            if getattr(self, option) < 1:
                message = f"{option}={getattr(self, option)} lets nothing in; give at least 1"
                raise ConfigurationError(message)
        for folder in self.allow_paths:
            if not folder.is_dir():
                message = f"allow_path={str(folder)!r} is not a folder"
                raise ConfigurationError(message)
        if self.allow_private_networks and not self.allow_hosts:
            message = "allow_private_networks allows nothing by itself; name the hosts with allow_hosts"
            raise ConfigurationError(message)
        _ = self.pictures  # a host that cannot be one is refused now

    @property
    def pictures(self) -> Pictures:
        """Return how large an image may be, and from where it may be fetched."""
        limits = ImageLimits(self.max_image_bytes, self.max_image_pixels)
        private = self.allow_private_networks
        fetching = ImageFetching(self.allow_hosts, private_networks=private) if self.allow_hosts else None
        return Pictures(limits, fetching=fetching)
