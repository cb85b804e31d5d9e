"""Guards for stores: vectors of different spaces never meet in one index."""

from nova_embeddings.guard._chroma import ChromaCollection
from nova_embeddings.guard._guarding import guard, stamp, verify
from nova_embeddings.guard._qdrant import QdrantCollection
from nova_embeddings.guard._stamp import Encoder, Role, Stamp, parse_role, stamp_of
from nova_embeddings.guard._stampable import Stampable

__all__ = [
    "ChromaCollection",
    "Encoder",
    "QdrantCollection",
    "Role",
    "Stamp",
    "Stampable",
    "guard",
    "parse_role",
    "stamp",
    "stamp_of",
    "verify",
]
