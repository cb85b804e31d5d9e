"""An input as the model reads it: Nova's prompt for the task, inside its chat template.

Source: the Nova model card's prompt table and template. The server side does this; a Nova client never prefixes text.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nova_embeddings._tasks import Task

PROMPTS: dict[Task, str] = {
    "retrieval": "Represent this sentence for retrieving relevant documents:",
    "retrieval.query": "Represent this query for retrieving relevant documents:",
    "retrieval.passage": "Represent this document for retrieval:",
    "text-matching": "Represent this sentence for semantic similarity:",
    "code": "Represent this code for semantic search:",
    "code.query": "Represent this query for code search:",
    "code.passage": "Represent this code snippet for retrieval:",
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """One input with everything that makes its vector.

    Args:
        text: the input's text.
        task: decides the prompt before it.
        instructions: the system turn; empty for none.
        adapter: the LoRA adapter that serves it.
        seen: what the engine made of its picture; empty for none.
        picture_tokens: what the picture costs.
    """

    text: str
    task: Task
    instructions: str
    adapter: str
    seen: str = ""
    picture_tokens: int = 0

    @property
    def context(self) -> str:
        """Return what stands before the text: instructions and prompt."""
        return f"{self.instructions} {PROMPTS[self.task]}".strip()

    @property
    def rendered(self) -> str:
        """Return the whole input as the model reads it."""
        system = f"<|im_start|>system\n{self.instructions}<|im_end|>\n" if self.instructions else ""
        return f"{system}<|im_start|>user\n{PROMPTS[self.task]} {self.text}<|im_end|>\n"
