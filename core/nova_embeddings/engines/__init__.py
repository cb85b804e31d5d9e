"""What computes vectors in this process: engines by name, each with its adapters."""

from nova_embeddings.engines._host import Host, embed_in_process, host_of

__all__ = ["Host", "embed_in_process", "host_of"]
