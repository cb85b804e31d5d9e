"""An input's picture as engines see it: its bytes, upright pixels, and what it costs in tokens."""

from __future__ import annotations

import contextlib
import io
import math
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

from nova_embeddings._errors import InputError
from nova_embeddings._fetching import fetched
from nova_embeddings._images import FORMATS, Image, image_bytes, pillow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray
    from PIL import Image as Pillow

    from nova_embeddings._pictures import Pictures

_PATCH = 28
_FEWEST_PATCHES, _MOST_PATCHES = 4, 1280
_MARKS = 2
_BYTES_OF_A_LEVEL = 256


def picture_bytes(image: Image, pictures: Pictures) -> bytes:
    """Return the bytes of an image, every pixel of which can be decoded; a GIF's first frame as PNG.

    Raises:
        InputError: it is damaged, too large, or at an address that may not be fetched.
        ConfigurationError: Pillow is not installed.
    """
    if image.url is not None:
        if pictures.fetching is None:
            message = (
                "the image's address is not fetched: an engine in this process fetches nothing by itself; "
                "allow its host with image_fetching=ImageFetching([...]), or give the image's bytes"
            )
            raise InputError(message)
        image = Image.from_bytes(fetched(image.url, pictures.fetching, pictures.limits.max_bytes))
    return image_bytes(image, pictures.limits)[0]


def upright(data: bytes) -> Pillow.Image:
    """Return the pixels as they are to be looked at, RGB or RGBA: turned as the camera says."""
    picture = _opened(data)
    with contextlib.suppress(AttributeError, KeyError, OSError, SyntaxError, TypeError, ValueError, struct.error):
        from PIL import ImageOps  # noqa: PLC0415 (only for those who embed images)

        picture = ImageOps.exif_transpose(picture)  # what the camera says may be damaged, and the pixels fine
    if picture.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut at 255
        picture = picture.point(lambda level: level / _BYTES_OF_A_LEVEL).convert("L")
    return picture.convert("RGBA" if picture.has_transparency_data else "RGB")


def tokens_of_picture(data: bytes) -> int:
    """Return what the model would count: a token a patch of 28 by 28 pixels, 4 to 1280 of them, and two marks.

    Source: the image processor of Qwen2.5-VL, on which Nova is built.
    """
    picture = _opened(data)
    patches = math.ceil(picture.width / _PATCH) * math.ceil(picture.height / _PATCH)
    return min(max(patches, _FEWEST_PATCHES), _MOST_PATCHES) + _MARKS


def array_of(numbers: Sequence[Any] | NDArray[Any]) -> NDArray[np.float32]:
    """Return `image_embeds` as float32: the same numbers, whether they came as an array or as JSON."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(numbers, dtype=np.float32)


def tokens_of_array(array: NDArray[np.float32]) -> int:
    """Return a token a row, and two marks."""
    return (array.size // array.shape[-1] if array.ndim else 1) + _MARKS


def _opened(data: bytes) -> Pillow.Image:
    opened: Pillow.Image = pillow().open(io.BytesIO(data), formats=FORMATS)
    return opened
