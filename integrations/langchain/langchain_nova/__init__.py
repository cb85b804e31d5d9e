"""Nova embeddings for LangChain."""

from langchain_nova.embeddings import NovaEmbeddings

__all__ = ["NovaEmbeddings"]
