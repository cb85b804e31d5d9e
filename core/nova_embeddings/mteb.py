"""How does MTEB evaluate what a client embeds? As one of its models, each of its tasks with the right task of ours.

For `mteb.evaluate(NovaEncoder(client), tasks)`; needs the extra `mteb`. Source: the model interface of mteb 2.26.
"""

from __future__ import annotations

import hashlib
import itertools
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from nova_embeddings._client import NovaClient
from nova_embeddings._errors import ConfigurationError
from nova_embeddings._images import Image
from nova_embeddings._inputs import EmbeddingInput
from nova_embeddings._options import SENTENCE_TRANSFORMERS, require_bool
from nova_embeddings._tasks import TASKS, passage_task, query_task

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from mteb.abstasks.task_metadata import TaskMetadata
    from mteb.models import ModelMeta
    from mteb.types import PromptType

    from nova_embeddings._results import FloatArray
    from nova_embeddings._tasks import Task

__all__ = ["NovaEncoder"]

_DIGITS = 32


class NovaEncoder:
    """A client as MTEB's encoder: text, images, or both, dense vectors, cosine.

    Queries and documents get the retrieval tasks, or the code tasks where MTEB says that a programming language is
    among the task's; everything else (STS, classification, clustering, …) is text-matching.

    Args:
        client: what embeds; it decides batches, retries and concurrency, whatever MTEB's `encode_kwargs` say.
        instructions: send MTEB's prompt for a task, or a query's own, as instructions before queries.

    Raises:
        ConfigurationError: mteb is not installed, or an argument is wrong.
    """

    def __init__(self, client: NovaClient, *, instructions: bool = False) -> None:
        """Ask the client how it embeds; results of another way are never mistaken for these."""
        if not isinstance(client, NovaClient):
            raise ConfigurationError(f"NovaEncoder takes a NovaClient, not a {type(client).__name__}")
        require_bool("instructions", instructions)
        self._client, self._instructions = client, instructions
        self.mteb_model_meta = _described(client, instructions=instructions)

    def encode(
        self,
        inputs: Iterable[Mapping[str, Any]],
        *,
        task_metadata: TaskMetadata,
        hf_split: str,  # noqa: ARG002 (MTEB's signature)
        hf_subset: str,  # noqa: ARG002 (MTEB's signature)
        prompt_type: PromptType | None = None,
        **_: object,
    ) -> FloatArray:
        """Return float32 `(N, D)`; a text of nothing but white space has a row of zeros, whose cosine with all is 0.

        Args:
            inputs: batches of `text` and `image`, lists of equal length.
            task_metadata: of MTEB's task.
            hf_split: not used.
            hf_subset: not used.
            prompt_type: which side of a search; None for neither.

        Raises:
            NovaError: as `NovaClient.embed`.
        """
        import numpy as np  # noqa: PLC0415 (not needed to import the package)

        side = None if prompt_type is None else str(prompt_type.value)
        given = list(self._inputs(inputs, _prompt(task_metadata, side) if self._instructions else None, side))
        kept = [place for place, value in enumerate(given) if value is not None]
        found = self._client.embed((value for value in given if value is not None), _task(task_metadata, side))
        rows = np.zeros((len(given), self._client.space.dimensions), dtype=np.float32)
        if kept:
            rows[kept] = found.vectors
        return rows

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Any:  # noqa: ANN401 (torch's)
        """Return the cosines `(N, M)`."""
        from mteb.similarity_functions import cos_sim  # noqa: PLC0415 (of an extra)

        return cos_sim(embeddings1, embeddings2)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Any:  # noqa: ANN401 (torch's)
        """Return the cosines `(N,)` of the pairs."""
        from mteb.similarity_functions import pairwise_cos_sim  # noqa: PLC0415 (of an extra)

        return pairwise_cos_sim(embeddings1, embeddings2)

    def _inputs(
        self, batches: Iterable[Mapping[str, Any]], prompt: str | None, side: str | None
    ) -> Iterator[EmbeddingInput | None]:
        for batch in batches:
            own = batch.get("instruction") if self._instructions and side == "query" else None
            texts = batch.get("text") if own is None else batch.get("query", batch.get("text"))
            images = batch.get("image")
            for place in range(len(texts if texts is not None else images or ())):
                text = None if texts is None else texts[place]
                image = None if images is None else images[place]
                yield _input(text, image, prompt if own is None else own[place])


def _input(text: str | None, image: Any, instructions: str | None) -> EmbeddingInput | None:  # noqa: ANN401 (Pillow's)
    said = text if text and text.strip() else None
    if said is None and image is None:
        return None
    shown = None if image is None else Image.from_pil(image)
    return EmbeddingInput(said, image=shown, instructions=instructions or None)


def _task(metadata: TaskMetadata, side: str | None) -> Task:
    if side is None:
        return "text-matching"
    given = metadata.eval_langs  # a list, or one for each subset
    languages = itertools.chain(*given.values()) if isinstance(given, dict) else given
    family = "code" if any(language.endswith("-Code") for language in languages) else "retrieval"
    return query_task(family) if side == "query" else passage_task(family)


def _prompt(metadata: TaskMetadata, side: str | None) -> str | None:
    """Return what MTEB says of the task to whoever reads instructions; documents have none."""
    if side != "query":
        return None
    prompt = metadata.prompt
    return prompt.get("query") if isinstance(prompt, dict) else prompt


def _revision(client: NovaClient, *, instructed: bool) -> str:
    """Return what MTEB keeps results by: it changes with whatever changes a vector, the client's instructions too."""
    ways = []
    for task in TASKS:
        with suppress(ConfigurationError):  # no task of this model, so nothing is embedded for it either
            ways.append(client.encode_id(task))
    return f"nm1-{hashlib.sha256(' '.join(ways).encode()).hexdigest()[:_DIGITS]}{'-instructed' * instructed}"


def _described(client: NovaClient, *, instructions: bool) -> ModelMeta:
    try:
        from mteb.models.model_meta import ModelMeta, ScoringFunction  # noqa: PLC0415 (of an extra)
    except ImportError as error:
        message = (
            f"NovaEncoder needs a package that is not installed ({error.name}): pip install 'nova-embeddings[mteb]'"
        )
        raise ConfigurationError(message) from None
    space = client.space
    name = space.model if space.model.count("/") == 1 else f"nova-embeddings/{space.model.replace('/', '-')}"
    fields = {
        "name": name,
        "revision": _revision(client, instructed=instructions),
        "embed_dim": space.dimensions,
        "similarity_fn_name": ScoringFunction.COSINE,
        "use_instructions": instructions,
        "modalities": ["text"] if client.model.startswith(f"{SENTENCE_TRANSFORMERS}/") else ["text", "image"],
    }
    return ModelMeta.create_empty(overwrites=fields)
