"""An engine and its adapters: the calls of the core and of the reference server end here."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

from nova_embeddings._calls import Call, Reply
from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._options import NOVA_DIMENSIONS
from nova_embeddings._results import Usage
from nova_embeddings._tasks import FAMILIES, family_of
from nova_embeddings.engines._hash import HashEngine
from nova_embeddings.engines._prompts import Prompt

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from nova_embeddings._inputs import EmbeddingInput
    from nova_embeddings._options import Request
    from nova_embeddings._results import FloatArray

MAX_TOKENS = 32_768
_NOT_FOUND = 404


class Engine(Protocol):
    """What computes vectors."""

    name: str
    widths: range
    """Widths beside Nova's own, for callers who opted in."""

    def encode(self, prompts: Sequence[Prompt], dimensions: int) -> FloatArray:
        """Return float32 `(N, dimensions)`, rows of unit length."""
        ...

    def encode_tokens(self, prompts: Sequence[Prompt]) -> list[FloatArray]:
        """Return N arrays of float32 `(T_n, 128)`, rows of unit length."""
        ...

    def count_tokens(self, prompts: Sequence[Prompt]) -> list[int]:
        """Return the tokens of each input, prompt and instructions included."""
        ...


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

    def load(self, name: str) -> None:
        """Serve a further adapter. An embedded engine has no weights to load: it takes the name."""
        with self._lock:
            self._adapters.add(name)

    def unload(self, name: str) -> None:
        """Serve an adapter no more.

        Raises:
            ConfigurationError: it was not served.
        """
        with self._lock:
            if name not in self._adapters:
                raise _not_loaded(name)
            self._adapters.remove(name)

    def embed(self, inputs: Sequence[EmbeddingInput], request: Request) -> Reply:
        """Return the vectors of the inputs.

        Raises:
            ConfigurationError: an adapter is not served, or the width is none of the engine's.
            InputError: an input has too many tokens.
        """
        prompts = [self._prompt(value, request) for value in inputs]
        tokens = self.engine.count_tokens(prompts)
        for index, count in enumerate(tokens):
            if count > self.max_tokens:
                message = f"has {count} tokens, more than the {self.max_tokens} that one input may have"
                raise InputError(message, index=index)
        usage = Usage(sum(tokens), sum(tokens))
        if request.return_multivector:
            return Reply(self.engine.encode_tokens(prompts), usage, "")
        dimensions = request.expected_width
        if dimensions not in NOVA_DIMENSIONS and dimensions not in self.engine.widths:
            widths = self.engine.widths
            message = f"dimensions={dimensions} is no width of the {self.engine.name} engine ({widths.start} to {widths.stop - 1})"
            raise ConfigurationError(message)
        return Reply(self.engine.encode(prompts, dimensions), usage, "")

    def _prompt(self, value: EmbeddingInput, request: Request) -> Prompt:
        task = value.task or request.task
        adapter = value.adapter or request.adapter or family_of(task)
        if adapter not in self.adapters:
            raise _not_loaded(adapter)
        instructions = request.instructions if value.instructions is None else value.instructions
        return Prompt(value.text, task, instructions or "", adapter)


def _not_loaded(name: str) -> ConfigurationError:
    return ConfigurationError(f"Adapter {name!r} not loaded", status=_NOT_FOUND)


ENGINES: dict[str, Callable[[], Engine]] = {"hash": HashEngine}
_HOSTS: dict[str, Host] = {}
_LOCK = threading.Lock()


def host_of(name: str) -> Host:
    """Return this process's host of an engine, made at its first use.

    Raises:
        ConfigurationError: there is no such engine, or its packages are not installed.
    """
    with _LOCK:
        if name not in _HOSTS:
            if name not in ENGINES:
                message = f"there is no engine {name!r}; choose one of {', '.join(sorted(ENGINES))}"
                raise ConfigurationError(message)
            _HOSTS[name] = Host(ENGINES[name]())
        return _HOSTS[name]


def embed_in_process(call: Call) -> Reply:
    """Run one call on the engine that its deployment names."""
    return host_of(call.deployment.model).embed(call.inputs, call.request)
