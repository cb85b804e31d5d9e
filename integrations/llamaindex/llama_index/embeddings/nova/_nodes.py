"""What of a node is embedded: its text, its image, or both in one vector?

LlamaIndex's own resolvers are not used: they fetch addresses and open paths that stand in metadata.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from llama_index.core.schema import ImageNode, MetadataMode, Node

from llama_index.embeddings.nova._images import at
from nova_embeddings import ConfigurationError, EmbeddingInput, Image, InputError, check_texts

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llama_index.core.base.embeddings.base import Embedding
    from llama_index.core.schema import BaseNode

ImageTextMode: TypeAlias = Literal["fused", "image", "text"]
Item: TypeAlias = str | Image | EmbeddingInput
"""What the core receives: of these only a str is a text, and only texts are cached."""


def check_mode(mode: object) -> None:
    """Refuse a mode that does not exist.

    Raises:
        ConfigurationError: naming those that do.
    """
    known = get_args(ImageTextMode)
    if mode not in known:
        message = f"image_text_mode={mode!r} is not known; choose one of {', '.join(known)}"
        raise ConfigurationError(message)


def items_of(nodes: Sequence[BaseNode], mode: ImageTextMode) -> list[Item]:
    """Return what is embedded of each node.

    Raises:
        InputError: a node has nothing to embed, or its image is none; with its index and, in the message, its id.
    """
    items = []
    with named(nodes):
        for index, node in enumerate(nodes):
            with at(index):
                items.append(_item_of(node, mode))
    return items


@contextlib.contextmanager
def named(nodes: Sequence[BaseNode]) -> Iterator[None]:
    """Say in an error about a node which one it is: an index is of little use where a splitter made the nodes."""
    try:
        yield
    except InputError as error:
        if error.index is not None:
            error.args = (f"node {nodes[error.index].node_id!r}: {error.args[0]}",)
        raise


def texts_of(items: Sequence[Item]) -> list[str] | None:
    """Return the items where all are texts, else None."""
    texts = [item for item in items if isinstance(item, str)]
    return texts if len(texts) == len(items) else None


def image_of_node(node: BaseNode) -> Image | None:
    """Return a node's image, unread; None where it has none.

    Raises:
        InputError: it is no image.
    """
    data, path, url = _sources(node)
    if data:
        return Image.from_base64(data)
    if path:
        return Image.from_path(path)
    if url:  # never a path, whatever it looks like
        return Image.from_base64(url) if url[:5].lower() == "data:" else Image.from_url(url)
    return None


def fill(nodes: Sequence[BaseNode], vectors: Sequence[Embedding]) -> None:
    """Give each node its vector, once all are there."""
    for node, vector in list(zip(nodes, vectors, strict=True)):
        node.embedding = vector


def _item_of(node: BaseNode, mode: ImageTextMode) -> Item:
    if not any(_sources(node)):
        return _text_of(node, "it has neither text nor an image; leave it out, or give it one of them")
    captioned = bool(node.get_content(metadata_mode=MetadataMode.NONE).strip())
    if mode == "image" or (mode == "fused" and not captioned):
        return EmbeddingInput(image=image_of_node(node))
    if not captioned:
        message = "it has an image but no text of its own, and image_text_mode is 'text'; choose 'fused' or 'image'"
        raise InputError(message)
    text = _text_of(node, "its text is empty as LlamaIndex embeds it: see its text_template")
    return text if mode == "text" else EmbeddingInput(text, image=image_of_node(node))


def _text_of(node: BaseNode, missing: str) -> str:
    """Return the text as LlamaIndex embeds it: metadata first, without the excluded fields."""
    text = node.get_content(metadata_mode=MetadataMode.EMBED)
    if not text or text.isspace():
        raise InputError(missing)
    return check_texts([text])[0]


def _sources(node: BaseNode) -> tuple[str | None, str | None, str | None]:
    """Return what a node says about its image: base64, a path, an address."""
    if isinstance(node, ImageNode):
        return node.image, node.image_path, node.image_url
    resource = node.image_resource if isinstance(node, Node) else None
    if resource is None:
        return None, None, None
    data = resource.data.decode("ascii", "replace") if resource.data else None
    return data, str(resource.path) if resource.path else None, str(resource.url) if resource.url else None
