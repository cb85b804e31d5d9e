"""What is a model shown for a task? One of its own prompts, else what the table of models says: none is invented.

Source: sentence-transformers 5 (`query`; `document`, `passage`, `corpus`, in that order), the task types of MTEB that
model files use as names (`STS`, `Retrieval-query`, …), and the files of jina-embeddings-v3 (`retrieval.query`, …),
e5-mistral (`web_search_query`, `sts_query`), stella (`s2p_query`, `s2s_query`) and EmbeddingGemma, whose code prompt
is called `InstructionRetrieval`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nova_embeddings._models import Model
from nova_embeddings._tasks import ALL_TASKS, TASKS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nova_embeddings._tasks import Task

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
OWN = "the model's own files"
"""The source of what a model's files say, as a row of the table has its source."""
_INSTRUCT = re.compile(r"Instruct: .+\nQuery:( ?)", re.DOTALL)


def shown_to(name: str, prompts: Mapping[str, str], default: str, row: Model | None) -> Model:
    """Return what a model is shown: its own prompts, else those of its row in the table, else nothing for any task.

    Of a model with prompts Nova's tasks can be asked for, with its default prompt where it has none for one; the
    others only where it has one. Of a model of which nothing is known all can be: it may be a symmetric one.

    Args:
        name: of the model.
        prompts: its own, by their names.
        default: the prompt that it has before a text of no task.
        row: its row.
    """
    if not any(prompts.values()):
        return row or Model(name, "", OWN, prompts=dict.fromkeys(ALL_TASKS, ""), known=False)
    names = {task: prompt_name(task, prompts, name) for task in ALL_TASKS}
    own: dict[Task, str | None] = {task: prompts[found] for task, found in names.items() if found is not None}
    alike = own.get("text-matching")
    return Model(
        name,
        "",
        OWN,
        prompts=dict.fromkeys(TASKS, default) | own,
        closest={} if alike is None else {task: alike for task in ALL_TASKS if task not in TASKS},
        instruct=_template(prompts),
    )


def prompt_name(task: str, prompts: Mapping[str, str], model: str) -> str | None:
    """Return the name of the model's prompt for a task; None where it has none.

    A prompt that is empty counts only where no other is there: sentence-transformers gives every model an empty
    `document`, also one that calls its own `passage`.
    """
    own = next((names for part, names in OWN_NAMES.items() if part in model.lower()), {})
    names = [name for name in (*own.get(task, ()), *PROMPT_NAMES.get(task, ())) if name in prompts]
    return next((name for name in names if prompts[name]), names[0] if names else None)


def _template(prompts: Mapping[str, str]) -> str:
    """Return the form of an Instruct-style model's prompts; empty for any other model."""
    found = next((match for text in prompts.values() if (match := _INSTRUCT.fullmatch(text))), None)
    return f"Instruct: {{instructions}}\nQuery:{found[1]}" if found else ""
