"""Models by name, from a YAML file or from code: one file for both frameworks and the command line."""

from nova_embeddings.registry._entries import Entry
from nova_embeddings.registry._registry import ModelHealth, Registry

__all__ = ["Entry", "ModelHealth", "Registry"]
