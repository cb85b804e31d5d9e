"""Which of LiteLLM's own providers are used, and how does each take a batch? LiteLLM spells the requests."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Provider:
    """One of LiteLLM's providers.

    Args:
        name: its prefix of models.
        source: where the row's facts are from.
        batch_size: inputs of one call, at most.
        keys: environment variables that may hold its key, of those that LiteLLM reads; none where it takes no key.
        dimensions: LiteLLM passes the width on, under the provider's own name; else vectors are cut here.
        always: what LiteLLM is told with every call.
        single: a regular expression for the names of models of which a call takes one input; "" for none.
    """

    name: str
    source: str
    batch_size: int
    keys: tuple[str, ...] = ()
    dimensions: bool = True
    always: Mapping[str, str] = field(default_factory=dict, hash=False)
    single: str = ""

    def most(self, model: str) -> int:
        """Return how many inputs a call for a model takes, at most."""
        return 1 if re.fullmatch(self.single, model.rpartition("/")[2].lower()) else self.batch_size


PROVIDERS = {
    row.name: row
    for row in (
        Provider("azure", "as OpenAI's embeddings reference", 2048, ("AZURE_API_KEY",)),
        Provider(
            "gemini",
            "LiteLLM's gemini handler: batchEmbedContents takes 100",
            100,
            ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        ),
        Provider(
            "vertex_ai",
            "Google Cloud's page about text embeddings: 250 a request, and one of gemini-embedding-001",
            250,
            single=r"gemini-embedding-.*",
        ),
        Provider("cohere", "Cohere's embed reference: 96", 96, ("COHERE_API_KEY", "CO_API_KEY")),
        Provider("voyage", "Voyage's OpenAPI description: 1000", 1000, ("VOYAGE_API_KEY",)),
        Provider("bedrock", "AWS's invoke API: one input a call for Titan; LiteLLM loops", 64),
        Provider(
            "huggingface",
            "HF Inference, through LiteLLM, which else asks the hub what the model is for",
            32,
            ("HUGGINGFACE_API_KEY",),
            dimensions=False,
            always={"input_type": "feature-extraction"},
        ),
    )
}
"""By prefix."""
