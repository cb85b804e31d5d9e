"""A picture, wherever it comes from -> the bytes that go out; looked at before they are believed.

A file is read when it is sent, not when it is named, so that a corpus of pictures need not fit into memory. Formats are
an allow-list, told from the bytes; a GIF goes out as its first frame.
"""

from __future__ import annotations

import io
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import pybase64

from nova_embeddings._errors import ConfigurationError, InputError

if TYPE_CHECKING:
    from PIL import Image as Pillow

FORMATS = ("PNG", "JPEG", "WEBP", "GIF")
MIME_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "WEBP": "image/webp"}
_HEAD = 32


@dataclass(frozen=True, slots=True, repr=False)
class Image:
    """One picture to embed. Make it with `from_path`, `from_url`, `from_bytes`, `from_base64` or `from_pil`.

    Args:
        source: bytes, a path, or an http(s) address; the constructors fill it.
    """

    source: bytes | Path | str

    @classmethod
    def from_path(cls, path: str | os.PathLike[str]) -> Self:
        """Name a file; it is opened when it is checked and when it is sent.

        Raises:
            InputError: it is no path.
        """
        given: object = path
        if not isinstance(given, str | os.PathLike) or not os.fspath(path):
            message = f"Image.from_path takes a path, not {_kind(path)}"
            raise InputError(message)
        return cls(Path(path))

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Name an http(s) address. It is passed to the server, never fetched here unless the client allows its host.

        Raises:
            InputError: it is no http(s) address.
        """
        try:
            parts = urlsplit(url)
            fine = isinstance(url, str) and parts.scheme in {"http", "https"} and bool(parts.hostname)
        except (ValueError, TypeError, AttributeError):
            fine = False
        if not fine:
            message = "Image.from_url takes an http(s) address, such as https://images.example.com/page.png"
            raise InputError(message)
        return cls(url)

    @classmethod
    def from_bytes(cls, data: bytes | bytearray | memoryview) -> Self:
        """Take the bytes of an image file.

        Raises:
            InputError: they are no bytes.
        """
        given: object = data
        if not isinstance(given, bytes | bytearray | memoryview):
            message = f"Image.from_bytes takes bytes, not {_kind(data)}"
            raise InputError(message)
        return cls(bytes(data))

    @classmethod
    def from_base64(cls, text: str) -> Self:
        """Take the bytes of an image file as base64, bare or in a `data:` URI.

        Raises:
            InputError: it is no base64.
        """
        try:
            bare = text.partition(";base64,")[2] if text.startswith("data:") else text
            data = pybase64.b64decode("".join(bare.split()), validate=True)
        except (AttributeError, ValueError):
            data = b""
        if not data:
            message = "Image.from_base64 takes base64, bare or as data:image/png;base64,…"
            raise InputError(message)
        return cls(data)

    @classmethod
    def from_pil(cls, image: Pillow.Image) -> Self:
        """Take a Pillow image, as PNG.

        Raises:
            InputError: it is no Pillow image, or one that cannot be written.
        """
        try:
            return cls(_as_png(image))
        except (AttributeError, OSError, ValueError) as error:
            message = f"Image.from_pil takes a Pillow image that can be written as PNG ({type(error).__name__})"
            raise InputError(message) from None

    @property
    def url(self) -> str | None:
        """Return the address, where it is one."""
        return self.source if isinstance(self.source, str) else None

    def __repr__(self) -> str:
        """Show what kind it is: a path or an address may be confidential."""
        if isinstance(self.source, bytes):
            return f"Image(<{len(self.source)} bytes>)"
        return "Image(<an address>)" if isinstance(self.source, str) else "Image(<a file>)"


@dataclass(frozen=True, slots=True)
class ImageLimits:
    """How large an image may be.

    Args:
        max_bytes: of its file.
        max_pixels: width by height.
    """

    max_bytes: int = 10 * 2**20
    max_pixels: int = 50_000_000


def check_image(image: Image, limits: ImageLimits) -> int:
    """Look at the beginning of an image and return the size of its file; 0 for an address.

    Raises:
        InputError: it is no image of an allowed format, or too large.
        ConfigurationError: Pillow is not installed.
    """
    if isinstance(image.source, str):
        return 0
    if isinstance(image.source, bytes):
        _opened(io.BytesIO(image.source), image.source[:_HEAD], len(image.source), limits)
        return len(image.source)
    try:
        with image.source.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            head = file.read(_HEAD)
            file.seek(0)
            _opened(file, head, size, limits)
            return size
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        message = f"the image file cannot be read: {reason}"
        raise InputError(message) from None


def image_bytes(image: Image, limits: ImageLimits) -> tuple[bytes, str]:
    """Return the bytes that go out, and their MIME type; every pixel has been decoded once.

    Raises:
        InputError: the file is damaged, cut short, or has changed since it was checked.
    """
    if isinstance(image.source, str):
        message = "an address has no bytes here"
        raise TypeError(message)
    check_image(image, limits)
    data = image.source if isinstance(image.source, bytes) else image.source.read_bytes()
    opened = _opened(io.BytesIO(data), data[:_HEAD], len(data), limits)
    try:
        opened.load()
        if opened.format == "GIF":
            return _as_png(opened), MIME_TYPES["PNG"]
    except (OSError, ValueError, SyntaxError) as error:
        message = f"the {opened.format} image is damaged or cut short ({type(error).__name__})"
        raise InputError(message) from None
    return data, MIME_TYPES[opened.format or ""]


def on_the_wire(data: bytes, mime_type: str, *, data_uri: bool) -> bytes:
    """Return the bytes as base64, bare or as a `data:` URI."""
    prefix = f"data:{mime_type};base64,".encode() if data_uri else b""
    return prefix + pybase64.b64encode(data)


def pillow() -> Any:  # noqa: ANN401 (a module that may be missing)
    """Import Pillow.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        from PIL import Image as Pillow  # noqa: PLC0415 (only for those who embed images)
    except ImportError:
        message = "images need Pillow; install it with: pip install 'nova-embeddings[images]'"
        raise ConfigurationError(message) from None
    return Pillow


def _opened(file: Any, head: bytes, size: int, limits: ImageLimits) -> Pillow.Image:  # noqa: ANN401 (any binary file)
    if size > limits.max_bytes:
        message = f"the image has {size} bytes, more than max_image_bytes={limits.max_bytes}; scale it down"
        raise InputError(message)
    reader = pillow()
    try:
        opened: Pillow.Image = reader.open(file, formats=FORMATS)
    except (reader.DecompressionBombError, reader.DecompressionBombWarning):
        raise _too_many_pixels("far more", limits) from None
    except (OSError, ValueError, SyntaxError):
        seen = "it is empty" if not head else "its bytes are none of them"
        message = f"the image is not PNG, JPEG, WebP or GIF: {seen}, whatever its name says"
        raise InputError(message) from None
    pixels = opened.width * opened.height
    if pixels > limits.max_pixels:
        raise _too_many_pixels(f"{pixels} pixels, more", limits)
    return opened


def _too_many_pixels(seen: str, limits: ImageLimits) -> InputError:
    return InputError(f"the image has {seen} than max_image_pixels={limits.max_pixels}; scale it down")


def _as_png(image: Pillow.Image) -> bytes:
    file = io.BytesIO()
    plain = image if image.mode in {"1", "L", "LA", "RGB", "RGBA"} else image.convert("RGBA")
    plain.save(file, format="PNG")
    return file.getvalue()


def _kind(value: object) -> str:
    return f"a {type(value).__name__}" if value else f"an empty {type(value).__name__}"
