"""What LlamaIndex calls an image -> the core's `Image`; nothing is opened or fetched here."""

from __future__ import annotations

import contextlib
import os
from io import BytesIO
from typing import TYPE_CHECKING, TypeAlias

from nova_embeddings import ConfigurationError, Image, InputError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

ImageLike: TypeAlias = str | os.PathLike[str] | bytes | BytesIO | Image
"""A str is a `data:` URI, an http(s) address, or else the path of a local file."""


def images_of(given: Iterable[ImageLike]) -> list[Image]:
    """Return images as the core takes them.

    Raises:
        InputError: one is none; its index is given.
        ConfigurationError: it is one image, not a list.
    """
    listed: object = given
    if isinstance(listed, str | bytes | os.PathLike | BytesIO | Image):
        message = f"images are of type {type(listed).__name__}; give a list of images, also for a single one"
        raise ConfigurationError(message)
    images = []
    for index, one in enumerate(given):
        with at(index):
            images.append(image_of(one))
    return images


def image_of(given: ImageLike) -> Image:
    """Return one image as the core takes it.

    Raises:
        InputError: it is none.
    """
    if isinstance(given, Image):
        return given
    if isinstance(given, str):
        return _by_name(given)
    if isinstance(given, os.PathLike):
        return Image.from_path(given)
    if isinstance(given, BytesIO):
        return Image.from_bytes(given.getvalue())
    seen: object = given
    if isinstance(seen, bytes | bytearray | memoryview):
        return Image.from_bytes(seen)
    message = f"the image is of type {type(given).__name__}; give a path, an address or a data: URI as a str, or bytes"
    raise InputError(message)


@contextlib.contextmanager
def at(index: int) -> Iterator[None]:
    """Tell which input an error is about."""
    try:
        yield
    except InputError as error:
        error.index = index
        raise


def _by_name(name: str) -> Image:
    start = name[:8].lower()
    if start.startswith("data:"):
        return Image.from_base64(name)
    return Image.from_url(name) if start.startswith(("http://", "https://")) else Image.from_path(name)
