"""What does a sentence-transformers model in this process do with a request? Names, weights, prompts and refusals."""

from nova_embeddings.sentence_models._fitting import fitting_of, space_names
from nova_embeddings.sentence_models._loading import Loaded, loaded

__all__ = ["Loaded", "fitting_of", "loaded", "space_names"]
