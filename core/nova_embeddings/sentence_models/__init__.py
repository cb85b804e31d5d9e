"""What does a sentence-transformers model in this process do with a request? Names, weights, prompts and refusals."""

from nova_embeddings.sentence_models._fitting import check_inputs, check_instructions, fitted, space_names
from nova_embeddings.sentence_models._loading import Loaded, loaded
from nova_embeddings.sentence_models._prompts import instructed, prompt_name

__all__ = [
    "Loaded",
    "check_inputs",
    "check_instructions",
    "fitted",
    "instructed",
    "loaded",
    "prompt_name",
    "space_names",
]
