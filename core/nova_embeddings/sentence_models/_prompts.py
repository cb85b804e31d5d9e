"""Which of a model's own prompts belongs to a task? Data: no prompt is invented.

Source: sentence-transformers 5 (`query`; `document`, `passage`, `corpus`, in that order), the task types of MTEB that
model files use as names (`STS`, `Retrieval-query`, …), and the files of jina-embeddings-v3 (`retrieval.query`, …),
e5-mistral (`web_search_query`, `sts_query`), stella (`s2p_query`, `s2s_query`) and EmbeddingGemma, whose code prompt
is called `InstructionRetrieval`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_QUERY = ("query", "retrieval.query", "Retrieval-query", "web_search_query", "s2p_query")
_PASSAGE = ("document", "passage", "corpus", "retrieval.passage", "Retrieval-document")
PROMPT_NAMES: dict[str, tuple[str, ...]] = {
    "retrieval": ("retrieval", "Retrieval"),
    "retrieval.query": _QUERY,
    "retrieval.passage": _PASSAGE,
    "text-matching": ("text-matching", "STS", "similarity", "sts_query", "s2s_query"),
    "code": ("code",),
    "code.query": ("code.query", *_QUERY),
    "code.passage": ("code.passage", *_PASSAGE),
    "classification": ("classification", "Classification"),
    "clustering": ("clustering", "Clustering", "separation"),
}
"""The names under which models keep a task's prompt, the likeliest first; code falls back on the same side's."""
OWN_NAMES: dict[str, dict[str, tuple[str, ...]]] = {"embeddinggemma": {"code.query": ("InstructionRetrieval",)}}
"""What a model calls otherwise, by a part of its name in lower case."""
INSTRUCT_MODELS = {"e5-large-instruct": "Instruct: {instructions}\nQuery: "}
"""Templates of Instruct-style models whose files hold no prompt to read one from. Source: their model cards."""
_INSTRUCT = re.compile(r"Instruct: .+\nQuery:( ?)", re.DOTALL)


def prompt_name(task: str, prompts: Mapping[str, str], model: str) -> str | None:
    """Return the name of the model's prompt for a task; None where it has none.

    A prompt that is empty counts only where no other is there: sentence-transformers gives every model an empty
    `document`, also one that calls its own `passage`.
    """
    own = next((names for part, names in OWN_NAMES.items() if part in model.lower()), {})
    names = [name for name in (*own.get(task, ()), *PROMPT_NAMES.get(task, ())) if name in prompts]
    return next((name for name in names if prompts[name]), names[0] if names else None)


def instructed(instructions: str, prompts: Mapping[str, str], model: str) -> str | None:
    """Return the prompt with the caller's instructions in the model's own form; None where it takes none.

    Args:
        instructions: the caller's.
        prompts: the model's.
        model: its name.
    """
    found = next((match for text in prompts.values() if (match := _INSTRUCT.fullmatch(text))), None)
    if found:
        return f"Instruct: {instructions}\nQuery:{found[1]}"
    template = next((form for part, form in INSTRUCT_MODELS.items() if part in model.lower()), None)
    return template and template.format(instructions=instructions)
