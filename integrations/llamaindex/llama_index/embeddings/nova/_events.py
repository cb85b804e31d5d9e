"""What do observers see of a batch? One start and one end, whatever happens in between."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from llama_index.core.base.embeddings.base import dispatcher
from llama_index.core.callbacks.schema import CBEventType, EventPayload
from llama_index.core.instrumentation.events.embedding import EmbeddingEndEvent, EmbeddingStartEvent

from nova_embeddings import EmbeddingInput

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from llama_index.core.base.embeddings.base import BaseEmbedding, Embedding

    from llama_index.embeddings.nova._nodes import Item


@contextlib.contextmanager
def watched(model: BaseEmbedding, items: Sequence[Item]) -> Iterator[list[Embedding]]:
    """Tell both of LlamaIndex's event systems of a batch; the block fills the list that is yielded.

    A batch that fails or is cancelled ends too: without vectors. An image is told of as `[image]`: a path or an address
    may be confidential, and LlamaIndex's token counter takes nothing but str.
    """
    payload, chunks = model.to_payload(), [_chunk(item) for item in items]
    vectors: list[Embedding] = []
    dispatcher.event(EmbeddingStartEvent(model_dict=payload))
    try:
        with model.callback_manager.event(CBEventType.EMBEDDING, {EventPayload.SERIALIZED: payload}) as event:
            yield vectors
            event.on_end({EventPayload.CHUNKS: chunks, EventPayload.EMBEDDINGS: vectors})
    finally:
        # not validated: that walks every number of every vector, even if nobody listens
        dispatcher.event(EmbeddingEndEvent.model_construct(chunks=chunks, embeddings=vectors))


def _chunk(item: Item) -> str:
    if isinstance(item, str):
        return item
    text = item.text if isinstance(item, EmbeddingInput) else None
    return f"{text} [image]" if text else "[image]"
