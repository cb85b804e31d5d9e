"""What does a model see of a task and of instructions: a prefix, or a parameter beside the inputs?"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nova_embeddings._inputs import EmbeddingInput
    from nova_embeddings._models import Model
    from nova_embeddings._options import Request
    from nova_embeddings._tasks import Task

INSTRUCTIONS = "{instructions}"
"""Where instructions stand in a model's `instruct`."""


def text_of(value: EmbeddingInput, request: Request) -> str:
    """Return an input's text with what the model was trained to see before it."""
    return prefix_of(value.task or request.task, instructions_of(value, request), request.model) + (value.text or "")


def prefix_of(task: Task, instructions: str | None, model: Model) -> str:
    """Return what stands before a text; nothing where a parameter says it."""
    if instructions and model.instruct:
        return model.instruct.replace(INSTRUCTIONS, instructions)
    return "" if model.parameter else sent_for(task, model) or ""


def parameters_of(task: Task, model: Model) -> dict[str, str]:
    """Return what stands beside the inputs: a call's inputs share their task."""
    sent = sent_for(task, model)
    return {model.parameter: sent} if model.parameter and sent else {}


def sent_for(task: Task, model: Model) -> str | None:
    """Return what is sent for a task: the trained value, else the nearest that there is, else nothing."""
    return model.prompts[task] if task in model.prompts else model.closest.get(task)


def instructions_of(value: EmbeddingInput, request: Request) -> str | None:
    """Return the instructions that hold for an input; None or "" for none."""
    return request.instructions if value.instructions is None else value.instructions
