"""Which engines are there, and who hosts them in this process?"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._options import SENTENCE_TRANSFORMERS
from nova_embeddings.engines._hash import HashEngine
from nova_embeddings.engines._host import Host
from nova_embeddings.engines._sentences import embed_sentences
from nova_embeddings.engines._wordllama import WordLlamaEngine

if TYPE_CHECKING:
    from collections.abc import Callable

    from nova_embeddings._calls import Call, Reply
    from nova_embeddings.engines._engine import Engine

ENGINES: dict[str, Callable[[], Engine]] = {"hash": HashEngine, "wordllama": WordLlamaEngine}
_MADE: dict[str, Engine] = {}
_HOSTS: dict[str, Host] = {}
_LOCK = threading.RLock()


def engine_of(name: str) -> Engine:
    """Return this process's engine of that name, made at its first use.

    Raises:
        ConfigurationError: there is no such engine, or its packages are not installed.
    """
    with _LOCK:
        if name not in _MADE:
            if name not in ENGINES:
                message = f"there is no engine {name!r}; choose one of {', '.join(sorted(ENGINES))}"
                raise ConfigurationError(message)
            _MADE[name] = ENGINES[name]()
        return _MADE[name]


def host_of(name: str) -> Host:
    """Return this process's host of an engine, with the adapters that were loaded into it.

    Raises:
        ConfigurationError: as `engine_of`.
    """
    with _LOCK:
        if name not in _HOSTS:
            _HOSTS[name] = Host(engine_of(name))
        return _HOSTS[name]


def embed_in_process(call: Call) -> Reply:
    """Run one call on the engine or the model that its deployment names; images are read here, one after another.

    Raises:
        ConfigurationError: there is no such engine, or it lacks a package, the adapter or the width.
        InputError: an input cannot be embedded; the index is that in the batch.
    """
    if call.deployment.provider == SENTENCE_TRANSFORMERS:
        return embed_sentences(call)
    host = host_of(call.deployment.model)
    return host.embed(host.prompts(call.inputs, call.request, call.pictures), call.request)
