"""What becomes of an image? It is refused: no engine here reads images, so nothing is fetched or opened."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from nova_embeddings.server._refusal import Refusal

if TYPE_CHECKING:
    from collections.abc import Collection


def refuse_images(fields: dict[str, Any], place: str, engine: str, allow_hosts: Collection[str]) -> None:
    """Refuse an input that has an image or an image's vectors.

    Args:
        fields: the input's.
        place: where the input stands.
        engine: the engine's name.
        allow_hosts: hosts whose URLs the server was told to allow.

    Raises:
        Refusal: it has; the field is named.
    """
    named = [name for name in ("image", "image_embeds") if name in fields]
    if not named:
        return
    if len(named) > 1:
        message = f"{place} has both image and image_embeds; give one of them"
        raise Refusal(message, f"{place}.image_embeds")
    message = f"{place}.{named[0]}: the {engine} engine reads no images; give a text instead"
    raise Refusal(message + _url_note(fields.get("image"), allow_hosts), f"{place}.{named[0]}")


def _url_note(image: object, allow_hosts: Collection[str]) -> str:
    if not isinstance(image, str) or not image.lower().startswith(("http://", "https://")):
        return ""
    try:
        allowed = urlsplit(image).hostname in allow_hosts
    except ValueError:
        allowed = False
    return f" (the URL was not fetched; its host is {'' if allowed else 'not '}among those of --allow-host)"
