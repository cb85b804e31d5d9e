"""Nova embeddings for retrieval: text and code, tasks and instructions, through LiteLLM."""

from nova_embeddings._client import NovaClient
from nova_embeddings._comparing import Comparison, compare
from nova_embeddings._errors import (
    AuthenticationError,
    ConfigurationError,
    DeploymentTimeoutError,
    DeploymentUnavailableError,
    InputError,
    NovaError,
    RateLimitError,
    ResponseError,
    RoutingError,
    RoutingWarning,
    SimilarityWarning,
    SpaceMismatchError,
    StandInWarning,
    UnsupportedWarning,
)
from nova_embeddings._fallbacks import aembed_with_any, embed_with_any
from nova_embeddings._images import Image
from nova_embeddings._inputs import EmbeddingInput, check_texts
from nova_embeddings._pictures import ImageFetching
from nova_embeddings._results import EmbeddingResult, Usage
from nova_embeddings._scoring import maxsim
from nova_embeddings._space import EmbeddingSpace
from nova_embeddings._tasks import Family, Task, passage_task, query_task

__all__ = [
    "AuthenticationError",
    "Comparison",
    "ConfigurationError",
    "DeploymentTimeoutError",
    "DeploymentUnavailableError",
    "EmbeddingInput",
    "EmbeddingResult",
    "EmbeddingSpace",
    "Family",
    "Image",
    "ImageFetching",
    "InputError",
    "NovaClient",
    "NovaError",
    "RateLimitError",
    "ResponseError",
    "RoutingError",
    "RoutingWarning",
    "SimilarityWarning",
    "SpaceMismatchError",
    "StandInWarning",
    "Task",
    "UnsupportedWarning",
    "Usage",
    "aembed_with_any",
    "check_texts",
    "compare",
    "embed_with_any",
    "maxsim",
    "passage_task",
    "query_task",
]
