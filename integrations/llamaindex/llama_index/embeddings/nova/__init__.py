"""Nova embeddings for LlamaIndex."""

from llama_index.embeddings.nova._index import NovaMultiVectorIndex
from llama_index.embeddings.nova._maxsim import NovaMaxSimPostprocessor
from llama_index.embeddings.nova._pipeline import NovaIngestionPipeline
from llama_index.embeddings.nova._retriever import NovaMultiVectorRetriever
from llama_index.embeddings.nova._storage import guard_storage, verify_storage
from llama_index.embeddings.nova.base import NovaEmbedding

__all__ = [
    "NovaEmbedding",
    "NovaIngestionPipeline",
    "NovaMaxSimPostprocessor",
    "NovaMultiVectorIndex",
    "NovaMultiVectorRetriever",
    "guard_storage",
    "verify_storage",
]
