"""Nova embeddings for retrieval: text and code, tasks and instructions, through LiteLLM."""

from nova_embeddings._client import NovaClient
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
    StandInWarning,
)
from nova_embeddings._images import Image
from nova_embeddings._inputs import EmbeddingInput, check_texts
from nova_embeddings._pictures import ImageFetching
from nova_embeddings._results import EmbeddingResult, Usage
from nova_embeddings._scoring import maxsim
from nova_embeddings._space import EmbeddingSpace
from nova_embeddings._tasks import Family, Task, passage_task, query_task

__all__ = [
    "AuthenticationError",
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
    "StandInWarning",
    "Task",
    "Usage",
    "check_texts",
    "maxsim",
    "passage_task",
    "query_task",
]
