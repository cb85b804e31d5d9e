"""An engine and its adapters: the calls of the core and of the reference server end here."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import TYPE_CHECKING

from nova_embeddings._calls import Reply
from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._options import NOVA_DIMENSIONS
from nova_embeddings._results import Usage
from nova_embeddings._tasks import FAMILIES, family_of
from nova_embeddings.engines._prompts import Prompt
from nova_embeddings.engines._seeing import array_of, picture_bytes, tokens_of_array, tokens_of_picture

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nova_embeddings._inputs import EmbeddingInput
    from nova_embeddings._options import Request
    from nova_embeddings._pictures import Pictures
    from nova_embeddings.engines._engine import Engine, Tokenized

MAX_TOKENS = 32_768
"""Tokens of one input, at most. Source: the Nova model card."""
_NOT_FOUND = 404


class Host:
    """An engine, and the adapters it serves.

    Args:
        engine: what computes.
        adapters: names served from the start; by default the three task families.
        max_tokens: of one input; a longer one is refused, never cut.
    """

    def __init__(self, engine: Engine, adapters: Iterable[str] = FAMILIES, max_tokens: int = MAX_TOKENS) -> None:
        """Serve the given adapters."""
        self.engine = engine
        self.max_tokens = max_tokens
        self._adapters = set(adapters)
        self._lock = threading.Lock()

    @property
    def adapters(self) -> tuple[str, ...]:
        """Return the names that are served, sorted."""
        with self._lock:
            return tuple(sorted(self._adapters))

    def load(self, name: str) -> bool:
        """Serve a further adapter; return False if it was served already.

        An embedded engine has no weights to load: it takes the name.
        """
        with self._lock:
            known = name in self._adapters
            self._adapters.add(name)
        return not known

    def unload(self, name: str) -> None:
        """Serve an adapter no more.

        Raises:
            ConfigurationError: it was not served.
        """
        with self._lock:
            known = name in self._adapters
            self._adapters.discard(name)
        if not known:
            raise self._not_loaded(name)

    def check_adapter(self, name: str) -> None:
        """Refuse an adapter that is not served.

        Raises:
            ConfigurationError: naming those that are, with status 404.
        """
        if name not in self.adapters:
            raise self._not_loaded(name)

    def check_width(self, dimensions: int) -> None:
        """Refuse a width that the engine does not have.

        Raises:
            ConfigurationError: naming those that it has.
        """
        others = self.engine.widths
        if dimensions not in NOVA_DIMENSIONS and dimensions not in others:
            known = ", ".join(map(str, NOVA_DIMENSIONS))
            further = f", or any from {others.start} to {others.stop - 1}" if others else ""
            message = f"dimensions={dimensions} is no width of the {self.engine.name} engine; choose {known}{further}"
            raise ConfigurationError(message)

    def prompts(self, inputs: Sequence[EmbeddingInput], request: Request, pictures: Pictures) -> list[Prompt]:
        """Return the inputs as the engine reads them; each picture is looked at, and let go before the next.

        Raises:
            ConfigurationError: an adapter is not served, the width is none of the engine's, or a package is missing.
            InputError: a picture cannot be had, or the engine sees nothing in it; the input's index is given.
        """
        if not request.return_multivector:
            self.check_width(request.expected_width)
        prompts = [self._prompt(value, request) for value in inputs]
        for index, value in enumerate(inputs):
            try:
                prompts[index] = self._seen(prompts[index], value, pictures)
            except InputError as error:
                error.index = index
                raise
        return prompts

    def embed(self, prompts: Sequence[Prompt], request: Request) -> Reply:
        """Return the vectors of the inputs.

        Raises:
            InputError: an input has too many tokens, or none that the engine knows.
        """
        tokenized = self.engine.tokenize(prompts)
        usage = self._counted(tokenized)
        if request.return_multivector:
            return Reply(self.engine.encode_tokens(tokenized), usage, "")
        return Reply(self.engine.encode(tokenized, request.expected_width), usage, "")

    def _counted(self, inputs: Sequence[Tokenized]) -> Usage:
        for index, value in enumerate(inputs):
            if value.count > self.max_tokens:
                message = f"has {value.count} tokens, more than the {self.max_tokens} that one input may have"
                raise InputError(message, index=index)
        total = sum(value.count for value in inputs)
        return Usage(total, total)

    def _prompt(self, value: EmbeddingInput, request: Request) -> Prompt:
        task = value.task or request.task
        adapter = value.adapter or request.adapter or family_of(task)
        self.check_adapter(adapter)
        instructions = request.instructions if value.instructions is None else value.instructions
        return Prompt(value.text or "", task, instructions or "", adapter)

    def _seen(self, prompt: Prompt, value: EmbeddingInput, pictures: Pictures) -> Prompt:
        if value.image_embeds is not None:
            numbers = array_of(value.image_embeds)
            return replace(prompt, seen=self.engine.see_numbers(numbers), picture_tokens=tokens_of_array(numbers))
        if value.image is not None:
            data = picture_bytes(value.image, pictures)
            return replace(prompt, seen=self.engine.see(data), picture_tokens=tokens_of_picture(data))
        return prompt

    def _not_loaded(self, name: str) -> ConfigurationError:
        message = f"Adapter {name!r} not loaded; loaded are {', '.join(self.adapters) or 'none'}"
        return ConfigurationError(message, status=_NOT_FOUND)
