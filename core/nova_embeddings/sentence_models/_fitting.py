"""Can this model do what is asked? The request as it will be run, or a refusal before a call."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError, InputError, UnsupportedWarning
from nova_embeddings._options import (
    SENTENCE_TRANSFORMERS,
    check_dimensions,
    check_instructions,
    check_name,
    require_bool,
)
from nova_embeddings._sentence_names import parsed
from nova_embeddings._tasks import parse_any_task
from nova_embeddings.dialects._fitting import Fitting
from nova_embeddings.dialects._prompts import instructions_of
from nova_embeddings.dialects._table import model_of
from nova_embeddings.sentence_models._loading import loaded
from nova_embeddings.sentence_models._prompts import OWN, shown_to
from nova_embeddings.sentence_models._weights import fingerprint

if TYPE_CHECKING:
    from collections.abc import Collection

    from nova_embeddings._inputs import EmbeddingInput
    from nova_embeddings._models import Model
    from nova_embeddings._options import Deployment, OnUnsupported, Request
    from nova_embeddings._tasks import Task


DIALECT = "sentence-transformers"
_TAKES = "a model in this process takes dimensions, instructions and truncate"


def fitting_of(deployment: Deployment, on_unsupported: OnUnsupported = "raise") -> Fitting:
    """Return what decides about a request to a deployment; nothing is loaded yet."""
    if deployment.provider != SENTENCE_TRANSFORMERS:
        return Fitting(deployment, on_unsupported)
    row = model_of(_name(deployment))
    return SentenceFitting(deployment, on_unsupported, None if row is None or row.parameter else row)


@dataclass(frozen=True, slots=True)
class SentenceFitting(Fitting):
    """The options of a model that says itself what it can do, and is loaded to be asked.

    Args:
        deployment: whose model.
        on_unsupported: as `Fitting`.
        row: of the table of models, for a model whose files hold no prompts; None where it has none.
    """

    row: Model | None = None

    @property
    def of_nova(self) -> bool:
        """Tell that it is another model than Nova."""
        return False

    def options(self, given: dict[str, Any]) -> dict[str, Any]:
        """Return a request's options without those that the model does not have; it is loaded.

        Raises:
            ConfigurationError: one is refused, or the model is not there.
        """
        kept = _checked(given)
        model = loaded(_weights(self.deployment))
        kept["model"] = row = shown_to(_name(self.deployment), model.prompts, model.default, self.row)
        kept["native_width"] = model.width
        if kept["truncate"] is None and model.model.truncate:
            kept["truncate"] = True  # said in the name: whoever keeps vectors reads requests
        if kept["return_multivector"]:
            raise self._refused("return_multivector", "its vectors are one an input")
        self._check_task(kept["task"], row, kept["instructions"])
        if kept["dimensions"] is not None and kept["dimensions"] not in {model.width, *model.narrower}:
            why = f"it is trained for {_listed(model.narrower, model.width)}, and a cut elsewhere would lose meaning"
            self._leave_out(f"dimensions={kept['dimensions']}", why)
            kept["dimensions"] = None
        if kept["instructions"] and not self._reads_instructions(kept["task"], row):
            kept["instructions"] = None
        if kept["late_chunking"]:
            self._leave_out("late_chunking", f"it reads each input by itself; {_TAKES}")
            kept["late_chunking"] = False
        self._leave_adapter(kept["adapter"])
        return {**kept, "adapter": None}

    def input(self, index: int, value: EmbeddingInput, request: Request) -> EmbeddingInput:
        """Return an input, whose task is set, without options that the model does not have.

        Raises:
            InputError: one is refused.
        """
        name = _name(self.deployment)
        if value.visual or not value.text:
            raise InputError(f"has an image, and {name} reads text alone here; give a text", index=index)
        try:
            return self._text(value, request)
        except ConfigurationError as error:
            raise InputError(str(error), index=index) from None

    def _text(self, value: EmbeddingInput, request: Request) -> EmbeddingInput:
        task, instructions = value.task or request.task, instructions_of(value, request)
        if task != request.task:
            self._check_task(task, request.model, instructions)
        if instructions and not self._reads_instructions(task, request.model):
            value = replace(value, instructions="")
        self._leave_adapter(value.adapter)
        return replace(value, adapter=None)

    def _leave_adapter(self, adapter: str | None) -> None:
        if adapter is not None:
            self._leave_out(f"adapter={adapter!r}", f"it has no adapters to choose from; {_TAKES}")

    def _check_task(self, task: Task, row: Model, instructions: str | None) -> None:
        """Leave out a task that the model was not trained for."""
        if not row.known and task.endswith(".query") and self.on_unsupported != "ignore":
            message = (
                f"{row.name}: its files hold no prompts, and no row of the table of models is its own, so that nothing "
                "stands before a query or a passage; if it was trained with something there, say so with add_model"
            )
            warnings.warn(message, UnsupportedWarning, stacklevel=2)
        if row.indifferent or task in row.prompts or (row.instruct and instructions):
            return
        nearest = f"; the nearest that is sent is {row.closest[task]!r}" if row.closest.get(task) else ""
        self._leave_out(f"task={task!r}", f"{self._tasks(row)}{nearest}")

    def _tasks(self, row: Model) -> str:
        if row.source != OWN:
            return f"its row {row.name!r} has {', '.join(row.tasks)}"
        prompts = loaded(_weights(self.deployment)).prompts
        return (
            f"it has no prompt for that; its prompts are {', '.join(sorted(name for name in prompts if prompts[name]))}"
        )

    def _reads_instructions(self, task: Task, row: Model) -> bool:
        """Tell whether instructions stand before such an input; where they are left out, they do not."""
        if not row.instruct:
            why = "only Instruct-style models (Qwen3-Embedding, gte-Qwen2, e5-instruct) read instructions"
            self._leave_out("instructions", why)
        elif task.endswith(".passage"):
            why = f"it reads them before queries alone, and task={task!r}; leave them out, or give instructions=''"
            self._leave_out("instructions", why)
        else:
            return True
        return False

    def _leave_out(self, option: str, why: str) -> None:
        refused = self._refused(option, why)
        if self.on_unsupported == "raise":
            raise refused
        if self.on_unsupported == "warn":
            warnings.warn(f"{refused}; it is left out", UnsupportedWarning, stacklevel=2)

    def _refused(self, option: str, why: str) -> ConfigurationError:
        return ConfigurationError(f"{option} is not supported by {_name(self.deployment)}: {why}")


def space_names(deployment: Deployment, shown: Model) -> tuple[str, str] | None:
    """Return model and dialect as a space names them; None for another provider.

    A model of the hub is named with its revision, a folder by its base name and its fingerprint, which is also one of
    its own prompts; what a row of the table puts before a text is named by the dialect.
    """
    if deployment.provider != SENTENCE_TRANSFORMERS:
        return None
    model = parsed(_weights(deployment))
    dialect = DIALECT if shown.source == OWN or shown.indifferent else f"{DIALECT}+{shown.mark}"
    if model.folder is not None:
        return f"{model.folder.name}#{fingerprint(model.folder)}", dialect
    return f"{model.name}@{model.revision}" if model.revision else model.name, dialect


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    """Return options that are what they should be, before a model is loaded for them; the model knows its widths."""
    check_dimensions(given["dimensions"], any_dimensions=True)
    check_instructions(given["instructions"])
    check_name("adapter", given["adapter"])
    for option in ("return_multivector", "late_chunking"):
        require_bool(option, given[option])
    return {**given, "task": parse_any_task(given["task"]), "any_dimensions": True}


def _weights(deployment: Deployment) -> str:
    return deployment.weights or deployment.model


def _name(deployment: Deployment) -> str:
    return parsed(_weights(deployment)).name


def _listed(narrower: Collection[int], width: int) -> str:
    if isinstance(narrower, range):
        return f"{narrower.start} to {width}"
    return ", ".join(map(str, [*narrower, width]))
