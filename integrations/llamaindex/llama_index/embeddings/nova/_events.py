"""What do observers see of a batch? One start and one end, whatever happens in between."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from llama_index.core.base.embeddings.base import dispatcher
from llama_index.core.callbacks.schema import CBEventType, EventPayload
from llama_index.core.instrumentation.events.embedding import EmbeddingEndEvent, EmbeddingStartEvent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llama_index.core.base.embeddings.base import BaseEmbedding, Embedding


@contextlib.contextmanager
def watched(model: BaseEmbedding, texts: list[str]) -> Iterator[list[Embedding]]:
    """Tell both of LlamaIndex's event systems of a batch; the block fills the list that is yielded.

    A batch that fails or is cancelled ends too: without vectors.
    """
    payload = model.to_payload()
    vectors: list[Embedding] = []
    dispatcher.event(EmbeddingStartEvent(model_dict=payload))
    try:
        with model.callback_manager.event(CBEventType.EMBEDDING, {EventPayload.SERIALIZED: payload}) as event:
            yield vectors
            event.on_end({EventPayload.CHUNKS: texts, EventPayload.EMBEDDINGS: vectors})
    finally:
        # not validated: that walks every number of every vector, even if nobody listens
        dispatcher.event(EmbeddingEndEvent.model_construct(chunks=texts, embeddings=vectors))
