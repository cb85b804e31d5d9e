"""What a client asks of its server besides vectors: to load and unload adapters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_embeddings import _adapters

if TYPE_CHECKING:
    from nova_embeddings._client import NovaClient
    from nova_embeddings._link import Link


def load_adapter(client: NovaClient, name: str, path: str) -> None:
    """Have the server load a LoRA adapter from a path of its own and serve it under a name.

    Raises:
        NovaError: as `embed`; nothing is retried.
    """
    link = _link_of(client)
    link.administer(_adapters.loading(link.deployment, name, path, link.limits.timeout))


async def aload_adapter(client: NovaClient, name: str, path: str) -> None:
    """Do what `load_adapter` does, from an event loop."""
    link = _link_of(client)
    await link.aadminister(_adapters.loading(link.deployment, name, path, link.limits.timeout))


def unload_adapter(client: NovaClient, name: str) -> None:
    """Have the server serve an adapter no more.

    Raises:
        NovaError: as `embed`; nothing is retried.
    """
    link = _link_of(client)
    link.administer(_adapters.unloading(link.deployment, name, link.limits.timeout))


async def aunload_adapter(client: NovaClient, name: str) -> None:
    """Do what `unload_adapter` does, from an event loop."""
    link = _link_of(client)
    await link.aadminister(_adapters.unloading(link.deployment, name, link.limits.timeout))


def _link_of(client: NovaClient) -> Link:
    return client._link  # noqa: SLF001 (these are the client's own methods)
