"""What does an item of LangChain mean to the core? Texts, URIs, blobs, content blocks and messages -> inputs."""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from langchain_core.documents.base import Blob
from langchain_core.messages import BaseMessage, HumanMessage

from nova_embeddings import ConfigurationError, EmbeddingInput, Image, InputError

Uri: TypeAlias = str | os.PathLike[str]
Block: TypeAlias = str | Mapping[str, Any]
Item: TypeAlias = str | bytes | os.PathLike[str] | Blob | Block | Sequence[Block] | BaseMessage | Image | EmbeddingInput
Input: TypeAlias = str | Image | EmbeddingInput

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")
_ONE_THING = (str, bytes, bytearray, os.PathLike, Blob, Mapping, BaseMessage, Image, EmbeddingInput)
_ITEMS = "a str, bytes, Path, Blob, content block, list of content blocks, message, Image or EmbeddingInput"


def inputs_of(items: Iterable[Item]) -> list[Input]:
    """Return one input an item.

    A str is text. Bytes and paths are images, and so is a blob, unless it holds text. The blocks of a list or a message
    are fused into one input; its texts are joined by newlines.

    Raises:
        InputError: an item is none of these, or holds what cannot be embedded; its index is given.
        ConfigurationError: `items` is one thing, not a list of things.
    """
    return _each(items, input_of, "items")


def images_of(uris: Iterable[Uri]) -> list[Image]:
    """Return one image a URI: a `data:` URI holds it, an http(s) address goes to the server, the rest are paths.

    Raises:
        InputError: a URI is none of these; its index is given.
        ConfigurationError: `uris` is one thing, not a list of things.
    """
    return _each(uris, _image_at, "uris")


def input_of(item: object) -> Input:
    """Return the input that one item means; errors are those of `inputs_of`, without the index."""
    match item:
        case str() | Image() | EmbeddingInput():
            return item
        case bytes() | bytearray() | memoryview():
            return Image.from_bytes(item)
        case os.PathLike():
            return Image.from_path(item)
        case Blob():
            return _of_blob(item)
        case BaseMessage():
            return _fused(item.content)
        case Mapping() | Sequence():
            return _fused(item)
    message = f"is of type {type(item).__name__}; give {_ITEMS}"
    raise InputError(message)


def _each(given: Iterable[_Given], read: Callable[[_Given], _Made], name: str) -> list[_Made]:
    if isinstance(given, _ONE_THING) or not isinstance(given, Iterable):
        message = f"{name} is of type {type(given).__name__}; give a list, also for a single one"
        raise ConfigurationError(message)
    return [_at(index, value, read) for index, value in enumerate(given)]


def _at(index: int, value: _Given, read: Callable[[_Given], _Made]) -> _Made:
    try:
        return read(value)
    except InputError as error:
        error.index = index
        raise


def _image_at(uri: Uri) -> Image:
    if not isinstance(uri, str):
        return Image.from_path(uri)
    if uri.startswith("data:") or "://" in uri:
        return _image_of_url(uri)
    return Image.from_path(uri)


def _image_of_url(url: object) -> Image:
    """Return the image of a URL that stands in a block or was given as a URI; it never names a file."""
    if isinstance(url, str) and url.startswith("data:"):
        return Image.from_base64(url)
    return Image.from_url(url)  # type: ignore[arg-type]  # it refuses what is no str


def _of_blob(blob: Blob) -> Input:
    if isinstance(blob.data, str) or (blob.mimetype or "").startswith("text/"):
        try:
            return blob.as_string()
        except (OSError, ValueError) as error:
            message = f"is a blob whose text cannot be read ({type(error).__name__})"
            raise InputError(message) from None
    if blob.data is not None:
        return Image.from_bytes(blob.data)
    return Image.from_path(blob.path or "")


def _fused(content: object) -> EmbeddingInput:
    texts: list[str] = []
    images: list[Image] = []
    for block in _blocks(content):
        if block["type"] == "text":
            texts.append(_text_of(block))
        elif block["type"] == "image":
            images.append(_image_of(block))
        else:
            kind = block.get("value", block).get("type")
            message = f"has a block of type {kind!r} that is neither text nor image, or not written as LangChain has it"
            raise InputError(message)
    if len(images) > 1:
        message = f"has {len(images)} images; an input holds one: make an item of each"
        raise InputError(message)
    return EmbeddingInput("\n".join(texts) if texts else None, image=images[0] if images else None)


def _blocks(content: object) -> list[dict[str, Any]]:
    """Return blocks of LangChain's first version, whatever dialect they were written in."""
    blocks = [content] if isinstance(content, str | Mapping) else list(content)  # type: ignore[call-overload]
    for block in blocks:
        if not isinstance(block, str | Mapping):
            message = f"has a block of type {type(block).__name__}; a block is a dict with a type, or a str"
            raise InputError(message)
    plain = [block if isinstance(block, str) else dict(block) for block in blocks]
    return [dict(block) for block in HumanMessage(content=plain).content_blocks]


def _text_of(block: Mapping[str, Any]) -> str:
    text = block.get("text")
    if not isinstance(text, str):
        message = f"has a text block whose text is of type {type(text).__name__}, not a str"
        raise InputError(message)
    return text


def _image_of(block: Mapping[str, Any]) -> Image:
    if "base64" in block:
        return Image.from_base64(block["base64"])
    if "url" in block:
        return _image_of_url(block["url"])
    seen = "a file_id, which only the service that gave it can resolve" if "file_id" in block else "neither"
    message = f"has an image block with {seen}; give url or base64"
    raise InputError(message)
