"""Which models of hosted services are known, and what was each of them trained to see? Data; a row has its source."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_embeddings._models import Model, cells
from nova_embeddings.dialects._open_models import GEMMA

if TYPE_CHECKING:
    from nova_embeddings._tasks import Task

_GOOGLE = cells(
    query="RETRIEVAL_QUERY",
    document="RETRIEVAL_DOCUMENT",
    similarity="SEMANTIC_SIMILARITY",
    classification="CLASSIFICATION",
    clustering="CLUSTERING",
    code_query="CODE_RETRIEVAL_QUERY",
    code_document="RETRIEVAL_DOCUMENT",
)
_GOOGLE_PAGE = "Google's embeddings task-types page; LiteLLM's gemini and vertex handlers send it"

_VOYAGE = cells(
    query="query",
    document="document",
    similarity=None,
    classification=None,
    clustering=None,
    code_query="query",
    code_document="document",
)
_VOYAGE_PAGE = "Voyage's OpenAPI description, and its table of models for the widths; the server adds its own prompts"
_JINA_PAGE = "Jina's OpenAPI description, April 2026"
_V4_ALONE = frozenset({"images", "return_multivector"})
_TEXT_ALONE = _V4_ALONE | {"late_chunking"}


def _jina(query: str = "retrieval.query", document: str = "retrieval.passage", **more: str) -> dict[Task, str | None]:
    return cells(query=query, document=document, similarity="text-matching", **more)


def _jina_v5(size: str, width: int) -> Model:
    return Model(
        f"Jina v5 text {size}",
        rf"jina-embeddings-v5-text-{size}",
        f"{_JINA_PAGE}; the model's page for the width",
        prompts=_jina(classification="classification", clustering="clustering"),
        closest=cells(code_query="retrieval.query", code_document="retrieval.passage"),
        parameter="task",
        width=width,
        widths=range(1, width + 1),
        lacks=_TEXT_ALONE,
    )


HOSTED_MODELS = [
    Model(
        "OpenAI text-embedding-3-small",
        r"text-embedding-3-small",
        "OpenAI's embeddings reference",
        width=1536,
        widths=range(1, 1537),
    ),
    Model(
        "OpenAI text-embedding-3-large",
        r"text-embedding-3-large",
        "OpenAI's embeddings reference",
        width=3072,
        widths=range(1, 3073),
    ),
    Model("OpenAI text-embedding-ada-002", r"text-embedding-ada-002", "OpenAI's embeddings reference", width=1536),
    Model(
        "Gemini embedding 001",
        r"gemini-embedding-001",
        _GOOGLE_PAGE,
        prompts=_GOOGLE,
        parameter="task_type",
        width=3072,
        widths=range(1, 3073),
    ),
    Model(
        "Gemini embedding 2",
        r"gemini-embedding-2(-.*)?",
        "mteb's google_gemini.py, which cites Google",
        prompts=GEMMA,
        width=3072,
        widths=(768, 1536, 3072),
    ),
    Model(
        "Vertex text embeddings",
        r"text-(multilingual-embedding-00[2]|embedding-00[5])",
        _GOOGLE_PAGE,
        prompts=_GOOGLE,
        parameter="task_type",
        width=768,
        widths=range(1, 769),
    ),
    Model(
        "Cohere embed v3",
        r"(cohere\.)?embed-(english|multilingual)(-light)?-v3(\.0)?(:0)?",
        "the Cohere SDK's EmbedInputType",
        prompts=cells(
            query="search_query",
            document="search_document",
            classification="classification",
            clustering="clustering",
            code_query="search_query",
            code_document="search_document",
        ),
        closest=cells(similarity="clustering"),
        parameter="input_type",
    ),
    Model(
        "Cohere embed v4",
        r"(cohere\.)?embed-v4(\.0|:0)?",
        "the Cohere SDK's EmbedInputType",
        prompts=cells(
            query="search_query",
            document="search_document",
            classification="classification",
            clustering="clustering",
            code_query="search_query",
            code_document="search_document",
        ),
        closest=cells(similarity="clustering"),
        parameter="input_type",
        width=1536,
        widths=(256, 512, 1024, 1536),
    ),
    Model(
        "Voyage",
        r"voyage-(3-large|3\.5(-lite)?|4(-large|-lite|-nano)?|code-3)",
        _VOYAGE_PAGE,
        prompts=_VOYAGE,
        parameter="input_type",
        width=1024,
        widths=(256, 512, 1024, 2048),
    ),
    Model(
        "Voyage, of one width",
        r"voyage-(3|law-2|finance-2|multilingual-2)",
        _VOYAGE_PAGE,
        prompts=_VOYAGE,
        parameter="input_type",
        width=1024,
    ),
    Model("Voyage 3 lite", r"voyage-3-lite", _VOYAGE_PAGE, prompts=_VOYAGE, parameter="input_type", width=512),
    Model(
        "Mistral embed", r"(mistral|codestral)-embed(-.*)?", "Mistral's embeddings reference has no field for a task"
    ),
    Model(
        "Titan v2", r"amazon\.titan-embed-text-v2(:0)?", "AWS's Titan parameters", width=1024, widths=(256, 512, 1024)
    ),
    Model(
        "Amazon Nova multimodal",
        r"amazon\.nova-.*embeddings?-.*",
        "mteb's bedrock_models.py; not the Nova of this library",
        prompts=cells(
            query="GENERIC_RETRIEVAL",
            document="GENERIC_INDEX",
            classification="CLASSIFICATION",
            clustering="CLUSTERING",
            code_query="GENERIC_RETRIEVAL",
            code_document="GENERIC_INDEX",
        ),
        closest=cells(similarity="GENERIC_INDEX"),
        parameter="embeddingPurpose",
    ),
    Model(
        "Jina v3",
        r"jina-embeddings-v3",
        _JINA_PAGE,
        prompts=_jina(classification="classification", clustering="separation"),
        closest=cells(code_query="retrieval.query", code_document="retrieval.passage"),
        parameter="task",
        width=1024,
        widths=range(1, 1025),
        lacks=_V4_ALONE,
    ),
    Model(
        "Jina v4",
        r"jina-embeddings-v4",
        _JINA_PAGE,
        prompts=_jina(code_query="code.query", code_document="code.passage"),
        closest=cells(classification="text-matching", clustering="text-matching"),
        parameter="task",
        width=2048,
        widths=range(1, 2049),
    ),
    *(_jina_v5(size, width) for size, width in (("small", 1024), ("nano", 768))),
    Model(
        "Jina code embeddings",
        r"jina-code-embeddings-.*",
        _JINA_PAGE,
        prompts=cells(code_query="nl2code.query", code_document="nl2code.passage"),
        parameter="task",
        lacks=_TEXT_ALONE,
    ),
]
