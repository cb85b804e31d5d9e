"""JSON -> an image or an image's numbers: base64, a `data:` URI or an http(s) URL, but never a file of this machine.

Here an image is looked at from the outside; its pixels are decoded, and its URL fetched, when the engine sees it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._images import Image, check_image
from nova_embeddings.server._fields import kind
from nova_embeddings.server._refusal import Refusal

if TYPE_CHECKING:
    from nova_embeddings._pictures import Pictures

_SCHEMES = ("http://", "https://")
_FETCHING = "see --allow-host and --allow-private-networks"


def image_in(fields: dict[str, Any], place: str, pictures: Pictures) -> Image | None:
    """Return an input's image, None if it has none.

    Raises:
        Refusal: it is no image, too large, or at a URL that may not be fetched.
    """
    value, where = fields.get("image"), f"{place}.image"
    if value is None:
        return None
    if "image_embeds" in fields:
        message = f"{place} has both image and image_embeds; give one of them"
        raise Refusal(message, f"{place}.image_embeds")
    if not isinstance(value, str):
        message = f"{where} is {kind(value)}; give base64, a data: URI or an http(s) URL, as a string"
        raise Refusal(message, where)
    try:
        if value[: len(_SCHEMES[-1])].lower().startswith(_SCHEMES):
            return _image_at(value, where, pictures)
        image = _image_of(value, where)
        check_image(image, pictures.limits)
    except InputError as error:
        message = f"{where}: {error.args[0]}"
        raise Refusal(message, where) from None
    except ConfigurationError as error:  # a package is not installed here
        raise Refusal(str(error)) from None
    return image


def numbers_in(fields: dict[str, Any], place: str) -> list[Any] | None:
    """Return an input's `image_embeds` as they are, None if it has none.

    Raises:
        Refusal: they are no list of finite numbers, evenly nested.
    """
    value, where = fields.get("image_embeds"), f"{place}.image_embeds"
    if value is None:
        return None
    if not isinstance(value, list) or not _is_numeric(value):
        seen = f"{kind(value)}, not a list" if not isinstance(value, list) else "not numeric"
        message = f"{where} is {seen}; give a list of finite numbers, evenly nested and not empty"
        raise Refusal(message, where)
    return value


def said_of(error: InputError, image: Image | None) -> str:
    """Return what an engine said of an image; where it lay at a URL, with the options that concern those."""
    return f"{error.args[0]}; {_FETCHING}" if image is not None and image.url else str(error.args[0])


def _image_at(url: str, where: str, pictures: Pictures) -> Image:
    if pictures.fetching is None:
        message = f"{where} is a URL, and this server fetches none: start it with --allow-host, or send base64"
        raise Refusal(message, where)
    try:
        image = Image.from_url(url)
    except InputError:
        message = f"{where} is no valid URL"
        raise Refusal(message, where) from None
    try:
        pictures.check(image)
    except InputError as error:
        message = f"{where}: {error.args[0]}; {_FETCHING}"
        raise Refusal(message, where) from None
    return image


def _image_of(text: str, where: str) -> Image:
    try:
        return Image.from_base64(text)
    except InputError:
        message = f"{where} is no base64, data: URI or http(s) URL; a file's path is never opened"
        raise Refusal(message, where) from None


def _is_numeric(value: list[Any]) -> bool:
    """Tell whether these are numbers; JSON's true and false are none, though numpy would take them."""
    try:
        array = np.asarray(value)
    except ValueError:  # unevenly or too deeply nested
        return False
    return array.dtype.kind in "iuf" and array.size > 0 and not _has_boolean(value)


def _has_boolean(value: Any) -> bool:  # noqa: ANN401 (JSON)
    return any(map(_has_boolean, value)) if isinstance(value, list) else isinstance(value, bool)
