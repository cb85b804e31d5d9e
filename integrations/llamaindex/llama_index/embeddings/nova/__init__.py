"""Nova embeddings for LlamaIndex."""

from llama_index.embeddings.nova.base import NovaEmbedding

__all__ = ["NovaEmbedding"]
