"""What importing costs, and which names are public."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

import nova_embeddings

HEAVY = ["litellm", "openai", "httpx", "numpy", "pydantic", "tqdm", "fastapi", "tokenizers"]


def loaded_after(statement: str, modules: list[str]) -> list[str]:
    """Return which modules a fresh interpreter has loaded after a statement."""
    code = f"{statement}\nimport json, sys\nprint(json.dumps([m for m in {modules} if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return list(json.loads(done.stdout))


def test_importing_the_core_loads_nothing_heavy() -> None:
    """Importing the package and making a client load neither litellm nor any of the libraries that calls need."""
    statement = "import nova_embeddings; nova_embeddings.NovaClient(api_base='http://127.0.0.1:1/v1')"
    assert loaded_after(statement, HEAVY) == []


@pytest.mark.parametrize(
    "statement",
    [
        "import langchain_nova; langchain_nova.NovaEmbeddings()",
        "import llama_index.embeddings.nova as nova; nova.NovaEmbedding()",
    ],
)
def test_importing_an_integration_does_not_load_litellm(statement: str) -> None:
    """Importing an integration and making its class load litellm no sooner than a call does."""
    assert loaded_after(statement, ["litellm", "openai"]) == []


def test_the_public_names() -> None:
    """A public name is added or removed on purpose, and each says in its docstring what it is."""
    assert nova_embeddings.__all__ == [
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
    public = [getattr(nova_embeddings, name) for name in nova_embeddings.__all__ if name not in {"Family", "Task"}]
    assert all(value.__doc__ for value in public)
