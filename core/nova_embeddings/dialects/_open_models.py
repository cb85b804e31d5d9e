"""Which models with open weights are known, and what was each of them trained to see? Data; a row has its source.

A prefix stands here to the letter, spaces included. What a source does not say is left out, and then refused.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nova_embeddings._models import Model, cells

if TYPE_CHECKING:
    from nova_embeddings._tasks import Task

_WEB = "Given a web search query, retrieve relevant passages that answer the query"
_BGE = "Represent this sentence for searching relevant passages: "
_BGE_ZH = "为这个句子生成表示以用于检索相关文章："  # noqa: RUF001 (the colon is the one it was trained with)
GEMMA = cells(
    query="task: search result | query: ",
    document="title: none | text: ",
    similarity="task: sentence similarity | query: ",
    classification="task: classification | query: ",
    clustering="task: clustering | query: ",
    code_query="task: code retrieval | query: ",
    code_document="title: none | text: ",
)


def _query_only(prefix: str) -> dict[Task, str | None]:
    return cells(
        query=prefix, document="", similarity="", classification="", clustering="", code_query=prefix, code_document=""
    )


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


def _nomic(name: str, names: str, widths: tuple[int, ...] = ()) -> Model:
    return Model(
        name,
        names,
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
        widths=widths,
    )


def _qwen3(size: str, width: int) -> Model:
    spelt = size.lower().replace(".", "[.p]")
    return replace(
        _QWEN3,
        name=f"Qwen3-Embedding {size}",
        names=rf"qwen3-embedding[-:]{spelt}([-:].*)?",
        width=width,
        widths=range(32, width + 1),
    )


_QWEN3 = Model(
    "Qwen3-Embedding",
    r"qwen3-embedding(-.*|:.*)?",
    "the model card; mteb's qwen3_models.py",
    prompts=cells(query=f"Instruct: {_WEB}\nQuery:", document="", code_document=""),
    instruct="Instruct: {instructions}\nQuery:",
    widths=range(32, 1025),  # where the name does not say the size: what all sizes can be narrowed to
)

OPEN_MODELS = [
    Model(
        "EmbeddingGemma",
        r"embedding-?gemma.*",
        "the EmbeddingGemma model card; its config_sentence_transformers.json",
        prompts=GEMMA,
        width=768,
        widths=(128, 256, 512, 768),
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
    _nomic("Nomic", r"nomic-embed-text(-v1\.5)?(:.*)?", (64, 128, 256, 512, 768)),
    _nomic("Nomic v1", r"nomic-embed-text-v1"),
    _nomic("Nomic v2", r"nomic-embed-text-v2-moe(:.*)?", (256, 768)),
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
    *(_qwen3(size, width) for size, width in (("0.6B", 1024), ("4B", 2560), ("8B", 4096))),
    _QWEN3,
    Model("gte", r"gte-(multilingual-base|modernbert-base)", "mteb passes no prompt", width=768),
    Model("all-MiniLM", r"all-minilm(-l6-v2|-l12-v2)?(:.*)?", "the model card shows none", width=384),
    Model("all-mpnet", r"all-mpnet-base-v2", "the model card shows none", width=768),
]
