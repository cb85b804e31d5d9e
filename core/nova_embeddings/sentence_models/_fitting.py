"""Can this model do what is asked? The request as it will be run, or a refusal before a call."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._options import SENTENCE_TRANSFORMERS
from nova_embeddings._sentence_names import parsed
from nova_embeddings.sentence_models._loading import loaded
from nova_embeddings.sentence_models._prompts import instructed
from nova_embeddings.sentence_models._weights import fingerprint

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from nova_embeddings._inputs import EmbeddingInput
    from nova_embeddings._options import Deployment, Request
    from nova_embeddings.sentence_models._loading import Loaded


DIALECT = "sentence-transformers"


def fitted(request: Request, deployment: Deployment) -> Request:
    """Return the request with the model's own width; that of another provider as it is. The model is loaded.

    Raises:
        ConfigurationError: the model cannot do it, or is not there.
    """
    if deployment.provider != SENTENCE_TRANSFORMERS or request.native_width is not None:
        return request
    model = loaded(deployment.weights or deployment.model)
    if request.return_multivector:
        raise _refused(model, "return_multivector", "its vectors are one an input")
    if request.adapter is not None:
        raise _refused(model, f"adapter={request.adapter!r}", "it has no adapters to choose from")
    if request.dimensions is not None and request.dimensions not in {model.width, *model.narrower}:
        why = f"it is trained for {_listed(model.narrower, model.width)}, and a cut elsewhere would lose meaning"
        raise _refused(model, f"dimensions={request.dimensions}", why)
    if request.instructions:
        check_instructions(model, request.task, request.instructions)
    return replace(request, native_width=model.width)


def check_inputs(inputs: Sequence[EmbeddingInput], model: Loaded) -> None:
    """Refuse inputs of which the model would not read everything.

    Raises:
        InputError: the input's index in the batch is given.
    """
    for index, value in enumerate(inputs):
        if value.visual or not value.text:
            raise InputError(f"has an image, and {model.model.name} reads text alone here; give a text", index=index)
        if value.adapter is not None:
            raise InputError(f"has adapter={value.adapter!r}, and {model.model.name} has no adapters", index=index)


def check_instructions(model: Loaded, task: str, instructions: str) -> None:
    """Refuse instructions that the model was not trained to read.

    Raises:
        ConfigurationError: naming model and option.
    """
    if instructed(instructions, model.prompts, model.model.name) is None:
        why = "only Instruct-style models (Qwen3-Embedding, gte-Qwen2, e5-instruct) read instructions"
        raise _refused(model, "instructions", why)
    if task.endswith(".passage"):
        why = f"it reads them before queries alone, and task={task!r}; leave them out, or give instructions=''"
        raise _refused(model, "instructions", why)


def space_names(deployment: Deployment) -> tuple[str, str] | None:
    """Return model and dialect as a space names them; None for another provider.

    A model of the hub is named with its revision, a folder by its base name and its fingerprint.
    """
    if deployment.provider != SENTENCE_TRANSFORMERS:
        return None
    model = parsed(deployment.weights or deployment.model)
    if model.folder is not None:
        return f"{model.folder.name}#{fingerprint(model.folder)}", DIALECT
    return f"{model.name}@{model.revision}" if model.revision else model.name, DIALECT


def _refused(model: Loaded, option: str, why: str) -> ConfigurationError:
    return ConfigurationError(f"{option} is not supported by {model.model.name}: {why}")


def _listed(narrower: Collection[int], width: int) -> str:
    if isinstance(narrower, range):
        return f"{narrower.start} to {width}"
    return ", ".join(map(str, [*narrower, width]))
