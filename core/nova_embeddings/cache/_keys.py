"""Which inputs are the same, and under which name is the vector of one kept?

The same is what looks the same to the server: the text to the letter, the bytes of an image's file, the numbers of
`image_embeds` with their type and nesting; together with all that changes the vector, which `encode_id` names. An image
at an address has no name: what stands at an address may change, so its vector is never kept.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from nova_embeddings._images import Image
    from nova_embeddings._inputs import EmbeddingInput
    from nova_embeddings._options import Request
    from nova_embeddings._space import EmbeddingSpace

_VERSION = b"nova-content-1"


def keys_of(inputs: Sequence[EmbeddingInput], spaces: Sequence[EmbeddingSpace], request: Request) -> list[str | None]:
    """Return the key of each input; None for one whose vector is not kept.

    Args:
        inputs: checked, each with its task and adapter; files are read.
        spaces: the space of each, its width as expected.
        request: what inputs inherit.
    """
    encode_ids: dict[tuple[object, ...], str] = {}
    keys: list[str | None] = []
    for value, space in zip(inputs, spaces, strict=True):
        content = content_of(value)
        if content is None:
            keys.append(None)
            continue
        task = value.task or request.task
        instructions = request.instructions if value.instructions is None else value.instructions
        if (space, task, instructions) not in encode_ids:
            encode_ids[space, task, instructions] = space.encode_id(task, instructions, truncate=request.truncate)
        keys.append(f"{encode_ids[space, task, instructions]}-{content}")
    return keys


def content_of(value: EmbeddingInput) -> str | None:
    """Return a hash of what is to be embedded, in hex; None where its content is not known, or cannot be read."""
    parts = [_VERSION]
    if value.text is not None:
        parts += [b"text", value.text.encode()]
    if value.image is not None:
        picture = _content_of_image(value.image)
        if picture is None:
            return None
        parts += [b"image", picture]
    if value.image_embeds is not None:
        parts += [b"image_embeds", *_content_of_numbers(value.image_embeds)]
    whole = hashlib.sha256()
    for part in parts:
        whole.update(len(part).to_bytes(8, "little"))
        whole.update(part)
    return whole.hexdigest()


def may_change(value: EmbeddingInput) -> bool:
    """Tell whether the input could be another by the time it is sent: a file, or an array that others write."""
    return value.image_embeds is not None or (value.image is not None and not isinstance(value.image.source, bytes))


def _content_of_image(image: Image) -> bytes | None:
    if isinstance(image.source, str):
        return None
    return hashlib.sha256(image.source).digest() if isinstance(image.source, bytes) else _content_of_file(image.source)


def _content_of_file(path: Path) -> bytes | None:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").digest()
    except OSError:
        return None  # whoever sends it says what is wrong


def _content_of_numbers(numbers: Sequence[Any] | NDArray[Any]) -> list[bytes]:
    import numpy as np  # noqa: PLC0415 (not needed to import the package)

    array = np.ascontiguousarray(numbers)
    return [f"{array.dtype.str} {np.shape(numbers)}".encode(), array.tobytes()]
