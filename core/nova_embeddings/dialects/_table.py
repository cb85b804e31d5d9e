"""Which models are known, and what was each of them trained to see? Data; a row has its source.

A prefix stands here to the letter, spaces included. What a source does not say is left out, and then refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._models import Model, cells

if TYPE_CHECKING:
    from nova_embeddings._tasks import Task

_WEB = "Given a web search query, retrieve relevant passages that answer the query"
_BGE = "Represent this sentence for searching relevant passages: "
_BGE_ZH = "为这个句子生成表示以用于检索相关文章："  # noqa: RUF001 (the colon is the one it was trained with)
_GOOGLE = cells(
    query="RETRIEVAL_QUERY",
    document="RETRIEVAL_DOCUMENT",
    similarity="SEMANTIC_SIMILARITY",
    classification="CLASSIFICATION",
    clustering="CLUSTERING",
    code_query="CODE_RETRIEVAL_QUERY",
    code_document="RETRIEVAL_DOCUMENT",
)
_GEMMA = cells(
    query="task: search result | query: ",
    document="title: none | text: ",
    similarity="task: sentence similarity | query: ",
    classification="task: classification | query: ",
    clustering="task: clustering | query: ",
    code_query="task: code retrieval | query: ",
    code_document="title: none | text: ",
)
_GOOGLE_PAGE = "Google's embeddings task-types page; LiteLLM's gemini and vertex handlers send it"


def _query_only(prefix: str) -> dict[Task, str | None]:
    return cells(
        query=prefix, document="", similarity="", classification="", clustering="", code_query=prefix, code_document=""
    )


def _jina(query: str = "retrieval.query", document: str = "retrieval.passage", **more: str) -> dict[Task, str | None]:
    return cells(query=query, document=document, similarity="text-matching", **more)


def _merged(family: str) -> Model:
    """Return the row of a merged checkpoint, which serves one family; the passage prefix is not text-matching's."""
    asked = {
        "retrieval": cells(query="Query: ", document="Passage: "),
        "text-matching": cells(similarity="Query: "),
        "code": cells(code_query="Query: ", code_document="Passage: "),
    }
    return Model(
        f"Jina v4 for vLLM, {family}",
        rf"jina-embeddings-v4-vllm-{family}",
        "the model cards of the merged checkpoints; jina-embeddings-v4's code",
        prompts=asked[family],
        width=2048,
        widths=(128, 256, 512, 1024, 2048),
    )


MODELS = [
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
        prompts=_GEMMA,
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
        "EmbeddingGemma",
        r"embedding-?gemma.*",
        "the EmbeddingGemma model card; its config_sentence_transformers.json",
        prompts=_GEMMA,
        width=768,
        widths=(128, 256, 512, 768),
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
        r"voyage-(3|3\.5|4|code-3|law-2|finance-2|multilingual-2)(-large|-lite|-nano)?",
        "Voyage's OpenAPI description; the server adds its own prompts",
        prompts=cells(
            query="query",
            document="document",
            similarity=None,
            classification=None,
            clustering=None,
            code_query="query",
            code_document="document",
        ),
        parameter="input_type",
        width=1024,
        widths=(256, 512, 1024, 2048),
    ),
    Model("Mistral embed", r"(mistral|codestral)-embed(-.*)?", "LiteLLM's mistral handler"),
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
        "Jina's OpenAPI description, April 2026",
        prompts=_jina(classification="classification", clustering="separation"),
        closest=cells(code_query="retrieval.query", code_document="retrieval.passage"),
        parameter="task",
        width=1024,
        widths=range(1, 1025),
    ),
    Model(
        "Jina v4",
        r"jina-embeddings-v4",
        "Jina's OpenAPI description, April 2026",
        prompts=_jina(code_query="code.query", code_document="code.passage"),
        closest=cells(classification="text-matching", clustering="text-matching"),
        parameter="task",
        width=2048,
        widths=range(1, 2049),
    ),
    Model(
        "Jina v5 text",
        r"jina-embeddings-v5-text-.*",
        "Jina's OpenAPI description, April 2026",
        prompts=_jina(classification="classification", clustering="clustering"),
        closest=cells(code_query="retrieval.query", code_document="retrieval.passage"),
        parameter="task",
        width=1024,
        widths=range(1, 1025),
    ),
    Model(
        "Jina code embeddings",
        r"jina-code-embeddings-.*",
        "Jina's OpenAPI description, April 2026",
        prompts=cells(code_query="nl2code.query", code_document="nl2code.passage"),
        parameter="task",
    ),
    *map(_merged, ("retrieval", "text-matching", "code")),
    Model(
        "Jina v4 as GGUF",
        r"jina-embeddings-v4-.*gguf.*|jina-embeddings-v4:.*",
        "jina-embeddings-v4's code; text only",
        prompts=cells(
            query="Query: ",
            document="Passage: ",
            similarity="Query: ",
            classification="Query: ",
            clustering="Query: ",
            code_query="Query: ",
            code_document="Passage: ",
        ),
        width=2048,
        widths=(128, 256, 512, 1024, 2048),
    ),
    Model(
        "Nomic",
        r"nomic-embed-text(-v1(\.5)?|-v2-moe)?(:.*)?",
        "the model card; config_sentence_transformers.json of v2",
        prompts=cells(
            query="search_query: ",
            document="search_document: ",
            similarity="classification: ",
            classification="classification: ",
            clustering="clustering: ",
            code_query="search_query: ",
            code_document="search_document: ",
        ),
        width=768,
        widths=(64, 128, 256, 512, 768),
    ),
    Model(
        "CodeRankEmbed",
        r"coderankembed|nomic-embed-code",
        "the model card",
        prompts=cells(document="", code_query="Represent this query for searching relevant code: ", code_document=""),
    ),
    Model("BGE-M3", r"bge-m3(:.*)?", "mteb passes no prompt", width=1024),
    Model("BGE English v1.5", r"bge-(small|base|large)-en-v1\.5", "mteb's bge_models.py", prompts=_query_only(_BGE)),
    Model("BGE Chinese v1.5", r"bge-(small|base|large)-zh-v1\.5", "mteb's bge_models.py", prompts=_query_only(_BGE_ZH)),
    Model(
        "mxbai large",
        r"mxbai-embed-large(-v1)?(:.*)?",
        "mteb's mixedbread_ai_models.py",
        prompts=_query_only(_BGE),
        width=1024,
    ),
    Model(
        "Arctic v1",
        r"snowflake-arctic-embed(-(xs|s|m|l|m-long|m-v1\.5))?(:.*)?",
        "mteb's arctic_models.py",
        prompts=_query_only(_BGE),
    ),
    Model(
        "Arctic v2",
        r"snowflake-arctic-embed-(m|l)-v2\.0|snowflake-arctic-embed2(:.*)?",
        "the model card",
        prompts=_query_only("query: "),
    ),
    Model(
        "E5",
        r"(multilingual-)?e5-(small|base|large)(-v2)?",
        "mteb's e5_models.py",
        prompts=cells(
            query="query: ",
            document="passage: ",
            similarity="query: ",
            classification="query: ",
            clustering="query: ",
            code_query="query: ",
            code_document="passage: ",
        ),
    ),
    Model(
        "E5 instruct",
        r"(multilingual-)?e5-.*-instruct",
        "the model card; mteb's e5_instruct.py",
        prompts=cells(query=f"Instruct: {_WEB}\nQuery: ", document="", code_document=""),
        instruct="Instruct: {instructions}\nQuery: ",
    ),
    Model(
        "gte-Qwen2",
        r"gte-qwen2-.*-instruct",
        "mteb's gte_models.py",
        prompts=cells(query=f"Instruct: {_WEB}\nQuery: ", document="", code_document=""),
        instruct="Instruct: {instructions}\nQuery: ",
    ),
    Model(
        "Qwen3-Embedding",
        r"qwen3-embedding(-.*|:.*)?",
        "the model card; mteb's qwen3_models.py",
        prompts=cells(query=f"Instruct: {_WEB}\nQuery:", document="", code_document=""),
        instruct="Instruct: {instructions}\nQuery:",
        widths=range(32, 1025),
    ),
    Model("gte", r"gte-(multilingual-base|modernbert-base)", "mteb passes no prompt", width=768),
    Model("all-MiniLM", r"all-minilm(-l6-v2|-l12-v2)?(:.*)?", "the model card shows none", width=384),
    Model("all-mpnet", r"all-mpnet-base-v2", "the model card shows none", width=768),
]
"""The rows, in the order in which names are looked up; `add_model` puts a user's before them."""


def model_of(name: str) -> Model | None:
    """Return the row of a model's name; None for one that is not known."""
    plain = name.rpartition("/")[2].lower()
    return next((row for row in MODELS if re.fullmatch(row.names, plain)), None)


def add_model(row: Model) -> None:
    """Have clients that are made from now on know a model, also in place of a row that is there.

    Raises:
        ConfigurationError: its `names` is no regular expression, or it has no source.
    """
    try:
        re.compile(row.names)
    except re.error as error:
        raise ConfigurationError(f"{row.name}: names={row.names!r} is no regular expression ({error})") from None
    if not row.source.strip():
        raise ConfigurationError(f"{row.name}: a row says where its facts are from; give source=")
    MODELS.insert(0, row)
