"""What of a request does a deployment not have, and what is done about it?

By default it is refused. With `on_unsupported="warn"` or `"ignore"` an option is left out, and a task becomes the
nearest that the model has. What would be missing from the result is always refused: multi-vectors, and images.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError, InputError, UnsupportedWarning
from nova_embeddings._tasks import parse_any_task, parse_task
from nova_embeddings.dialects._servers import dialect_of

if TYPE_CHECKING:
    from nova_embeddings._inputs import EmbeddingInput
    from nova_embeddings._options import Deployment, OnUnsupported, Request
    from nova_embeddings._tasks import Task
    from nova_embeddings.dialects._dialect import Option

_OF_LITELLM: frozenset[Option] = frozenset({"dimensions"})


@dataclass(frozen=True, slots=True)
class Fitting:
    """One deployment's options, and what is done about the others.

    Args:
        deployment: what can be asked for.
        on_unsupported: "raise", "warn" or "ignore".
    """

    deployment: Deployment
    on_unsupported: OnUnsupported = "raise"

    @property
    def of_nova(self) -> bool:
        """Tell whether it is Nova, whose inputs have all options."""
        return self.deployment.dialect == "nova"

    def options(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return a request's options without those that the deployment does not have.

        Raises:
            ConfigurationError: one is refused; it says which ones there are.
        """
        kept = {**given, "task": self._parsed(given["task"]), "model": self.deployment.speaks}
        if kept["return_multivector"] and "return_multivector" not in self._takes:
            raise ConfigurationError(self._refusal("return_multivector"))
        kept["task"] = self._task(kept["task"], kept["instructions"])
        if kept["dimensions"] is not None and not self._narrows(kept["dimensions"], any_width=kept["any_dimensions"]):
            self._left_out("dimensions", self._widths())
            kept["dimensions"] = None
        if kept["instructions"] and not self._instructed(kept["task"]):
            self._left_out("instructions", self._hint_of_instructions())
            kept["instructions"] = None
        for option in ("adapter", "late_chunking", "truncate"):
            if kept[option] not in (None, False) or (option == "truncate" and kept[option] is False):
                kept[option] = self._kept(option, kept[option])
        return kept

    def input(self, index: int, value: EmbeddingInput, request: Request) -> EmbeddingInput:
        """Return an input, whose task is set, without options that the deployment does not have.

        Raises:
            InputError: one is refused.
        """
        try:
            return self._input(value, request)
        except ConfigurationError as error:
            raise InputError(str(error), index=index) from None

    @property
    def images_alone(self) -> bool:
        """Tell whether an image goes out in a call of its own."""
        return not self.deployment.of_litellm and dialect_of(self.deployment.dialect).images_alone

    def _input(self, value: EmbeddingInput, request: Request) -> EmbeddingInput:
        task = value.task or request.task
        if value.visual and ("images" not in self._takes or value.image_embeds is not None or self._fused(value)):
            raise ConfigurationError(self._refusal("image_embeds" if value.image is None else self._image(value)))
        instructions, adapter = value.instructions, value.adapter
        if instructions and not self._instructed(task):
            self._left_out("instructions", self._hint_of_instructions())
            instructions = None
        if adapter is not None:
            adapter = self._kept("adapter", adapter)
        self._task(task, request.instructions if instructions is None else instructions)
        return replace(value, instructions=instructions, adapter=adapter)

    @property
    def _takes(self) -> frozenset[Option]:
        row = _OF_LITELLM if self.deployment.of_litellm else dialect_of(self.deployment.dialect).takes
        return row - self.deployment.speaks.lacks

    def _parsed(self, task: object) -> Task:
        strict = self.of_nova and self.on_unsupported == "raise"  # then only its own names are worth listing
        return parse_task(task) if strict else parse_any_task(task)

    def _task(self, task: Task, instructions: str | None) -> Task:
        """Return the task that is asked for; Nova's nearest goes by its own name on the wire."""
        model = self.deployment.speaks
        if model.indifferent or task in model.prompts or (model.instruct and instructions):
            return task
        if not model.known:
            self._left_out("task", "what the model was trained to see is not known: describe it with add_model")
            return task
        nearest = f"; the nearest that is sent is {model.closest[task]!r}" if model.closest.get(task) else ""
        self._left_out(f"task={task!r}", f"its tasks are {', '.join(model.tasks)}{nearest}")
        return parse_task(model.closest[task]) if self.of_nova else task

    def _instructed(self, task: Task) -> bool:
        """Tell whether instructions reach the model; those of Instruct models stand before queries only."""
        model = self.deployment.speaks
        return "instructions" in self._takes or bool(model.instruct and task.rpartition(".")[2] != "passage")

    def _hint_of_instructions(self) -> str:
        return "on the query's side only" if self.deployment.speaks.instruct else ""

    def _narrows(self, width: object, *, any_width: bool) -> bool:
        model = self.deployment.speaks
        return self.of_nova or any_width or width in model.widths or (width == model.width and bool(model.width))

    def _widths(self) -> str:
        model = self.deployment.speaks
        own = f"it is {model.width} wide" if model.width else "its width is not known"
        if not model.widths:
            return f"{own}, and not trained for narrower vectors; any_dimensions=True asks for a width all the same"
        shown = (
            f"{model.widths.start} to {model.widths.stop - 1}"
            if isinstance(model.widths, range)
            else ", ".join(map(str, model.widths))
        )
        return f"{own}, and can be narrowed to {shown}"

    def _fused(self, value: EmbeddingInput) -> bool:
        return value.image is not None and value.text is not None and self.deployment.dialect not in {"nova", "sglang"}

    def _image(self, value: EmbeddingInput) -> str:
        return "text and image in one input" if self._fused(value) and "images" in self._takes else "images"

    def _kept(self, option: Option, value: Any) -> Any:  # noqa: ANN401 (any option's value)
        if option in self._takes:
            return value
        self._left_out(option)
        return False if option == "late_chunking" else None

    def _left_out(self, option: str, hint: str = "") -> None:
        message = self._refusal(option, hint)
        if self.on_unsupported == "raise":
            raise ConfigurationError(message)
        if self.on_unsupported == "warn":
            warnings.warn(f"{message}; it is left out", UnsupportedWarning, stacklevel=2)

    def _refusal(self, option: str, hint: str = "") -> str:
        who = f"{self._where()}, model {self.deployment.model!r}"
        takes = ", ".join(sorted(self._takes | ({"instructions"} if self.deployment.speaks.instruct else set())))
        return f"{who}: {option} is not supported ({hint or 'it takes ' + (takes or 'no options')})"

    def _where(self) -> str:
        return (
            f"provider {self.deployment.provider!r}"
            if self.deployment.of_litellm
            else (f"dialect {self.deployment.dialect!r}")
        )
