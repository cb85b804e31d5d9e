"""What does a node's image add to its content, as LlamaIndex's ingestion cache sees it? A digest, in its metadata.

That cache's key is the text and metadata of the nodes: without this, two images without a text are one. Where metadata
is shown to a language model or embedded, the digest is left out.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

from llama_index.core.schema import MediaResource, MetadataMode, Node

from llama_index.embeddings.nova._images import at
from llama_index.embeddings.nova._nodes import image_of_node, named
from nova_embeddings import ConfigurationError, InputError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llama_index.core.schema import BaseNode

    from nova_embeddings import Image

STAMP = "image_sha256"


def stamp(nodes: Sequence[BaseNode]) -> None:
    """Write the digest of each node's image into its metadata; files are read for it, addresses never fetched.

    Raises:
        InputError: an image is none, or its file cannot be read; its index is given.
        ConfigurationError: a node's templates hide its metadata from the cache.
    """
    with named(nodes):
        for index, node in enumerate(nodes):
            with at(index):
                _stamp(node)


def _stamp(node: BaseNode) -> None:
    image = image_of_node(node)
    if image is None:
        node.metadata.pop(STAMP, None)
        return
    digest = _digest(image)
    node.metadata[STAMP] = digest
    for hidden in (node.excluded_embed_metadata_keys, node.excluded_llm_metadata_keys):
        if STAMP not in hidden:
            hidden.append(STAMP)
    if isinstance(node, Node) and node.text_resource is None:
        node.text_resource = MediaResource(text="")  # a Node shows its metadata only beside a text, even an empty one
    if digest not in node.get_content(metadata_mode=MetadataMode.ALL):
        message = (
            f"node {node.node_id!r}: its text_template or metadata_template leaves out its metadata, so the cache "
            "cannot tell its image from another; put them back, or set disable_cache=True"
        )
        raise ConfigurationError(message)


def _digest(image: Image) -> str:
    source = image.source
    if isinstance(source, str):
        return hashlib.sha256(source.encode()).hexdigest()
    if not isinstance(source, Path):
        return hashlib.sha256(source).hexdigest()
    try:
        with source.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        message = f"the image file cannot be read: {reason}"
        raise InputError(message) from None
