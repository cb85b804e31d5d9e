"""What if any model will do? The first of several clients that works, and the space that it answered in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Unpack

from nova_embeddings._client import NovaClient
from nova_embeddings._errors import ConfigurationError
from nova_embeddings._failover import OUTAGES, clients_of
from nova_embeddings._inputs import require_list

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nova_embeddings._inputs import InputLike
    from nova_embeddings._options import EmbedOptions
    from nova_embeddings._results import EmbeddingResult
    from nova_embeddings._tasks import Task

_PASSAGE: Task = "retrieval.passage"


def embed_with_any(
    clients: Iterable[NovaClient], inputs: Iterable[InputLike], task: Task = _PASSAGE, **options: Unpack[EmbedOptions]
) -> EmbeddingResult:
    """Embed with the first client whose deployment works, whatever its space: take `result.space`.

    For what is compared within one request only: deduplication, clustering, a similarity of two texts. Vectors of an
    index are of one space, so for those give `NovaClient(fallbacks=...)`, which refuses any other.

    Args:
        clients: in the order in which they are asked; a stand-in such as `NovaClient("lexiq_nova/hash")` only if named.
        inputs: as `NovaClient.embed` takes them; they are read once.
        task: of every input that has none of its own.
        options: those of `NovaClient.embed`.

    Raises:
        ConfigurationError: there is no client, or something else among them.
        NovaError: the last client's; what is wrong with the request itself, the first client says.
    """
    *others, last = _clients(clients)
    held = list(require_list(inputs))
    for client in others:
        try:
            return client.embed(held, task, **options)
        except OUTAGES:
            continue
    return last.embed(held, task, **options)


async def aembed_with_any(
    clients: Iterable[NovaClient], inputs: Iterable[InputLike], task: Task = _PASSAGE, **options: Unpack[EmbedOptions]
) -> EmbeddingResult:
    """Do what `embed_with_any` does, from an event loop."""
    *others, last = _clients(clients)
    held = list(require_list(inputs))
    for client in others:
        try:
            return await client.aembed(held, task, **options)
        except OUTAGES:
            continue
    return await last.aembed(held, task, **options)


def _clients(given: Iterable[NovaClient]) -> tuple[NovaClient, ...]:
    held = clients_of("clients", given, NovaClient)
    if not held:
        raise ConfigurationError("clients is empty; give at least one NovaClient")
    return held
