"""A question of text, image or both -> what the core embeds, and what LlamaIndex's retrievers take."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from llama_index.core.schema import QueryBundle

from llama_index.embeddings.nova._images import image_of
from nova_embeddings import EmbeddingInput, InputError

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import Embedding

    from llama_index.embeddings.nova._images import ImageLike
    from llama_index.embeddings.nova._nodes import Item


def query_of(text: str | None, image: ImageLike | None) -> Item:
    """Return what is embedded of a question.

    Raises:
        InputError: there is neither text nor image.
    """
    if image is not None:
        return EmbeddingInput(text, image=image_of(image))
    if text is None:
        message = "the query has neither text nor image; give at least one"
        raise InputError(message)
    return text


def bundle_of(text: str | None, image: ImageLike | None, vector: Embedding) -> QueryBundle:
    """Return a question with its vector; an image that has a name is named, for retrievers that embed it themselves."""
    named = os.fspath(image) if isinstance(image, str | os.PathLike) else None
    return QueryBundle(query_str=text or "", image_path=named, embedding=vector)


def queries_of(bundle: QueryBundle) -> list[Item]:
    """Return what is embedded of a bundle whose vector is of another kind.

    Raises:
        InputError: it has neither text nor a named image.
    """
    if bundle.image_path:
        return [query_of(bundle.query_str or None, bundle.image_path)]
    if not bundle.embedding_strs:
        message = "the query bundle has neither text nor image_path: give an image by its path or address, not as bytes"
        raise InputError(message)
    return list(bundle.embedding_strs)
