"""What computes vectors in this process: engines by name, each with its adapters."""

from nova_embeddings.engines._host import MAX_TOKENS, Host
from nova_embeddings.engines._registry import ENGINES, embed_in_process, engine_of, host_of

__all__ = ["ENGINES", "MAX_TOKENS", "Host", "embed_in_process", "engine_of", "host_of"]
