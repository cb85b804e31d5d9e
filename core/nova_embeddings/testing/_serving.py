"""The reference server on a free port of this machine, for as long as a `with` block lasts."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._names import CANONICAL
from nova_embeddings._options import HOSTED
from nova_embeddings._tasks import FAMILIES
from nova_embeddings.engines import MAX_TOKENS
from nova_embeddings.server import Running, Settings, create_app

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that is running.

    Args:
        api_base: its address, for `api_base=` or `NOVA_API_BASE`; it ends in `/v1`.
        model: what a client calls the model there, for `model=` where `NOVA_MODEL` may name another.
        requests: the JSON objects that were posted to `/v1/embeddings` so far, refused ones too, oldest first.
    """

    api_base: str
    model: str = field(default=f"{HOSTED}/{CANONICAL}", init=False)
    requests: list[dict[str, Any]] = field(default_factory=list)


@contextlib.contextmanager
def serving(
    engine: str = "hash",
    *,
    api_key: str | None = None,
    multivector: bool = False,
    any_dimensions: bool = False,
    adapters: Iterable[str] = FAMILIES,
    max_tokens: int = MAX_TOKENS,
    allow_hosts: Iterable[str] = (),
    allow_private_networks: bool = False,
) -> Iterator[RunningServer]:
    """Run the reference server in a thread, on a free port of 127.0.0.1, and stop it at the end of the block.

        with serving() as server:
            client = NovaClient(api_base=server.api_base)
            client.embed(["a text"])
            assert server.requests[0]["task"] == "retrieval.passage"

    Args:
        engine: `hash` (instant, deterministic, no meaning) or `wordllama` (real meaning, extra `local`).
        api_key: asked of every client; None for none.
        multivector: what a request that does not say gets.
        any_dimensions: also serve the engine's own widths.
        adapters: the LoRA adapters that are loaded.
        max_tokens: of one input; a longer one is refused.
        allow_hosts: hosts, as `host` or `host:port`, whose image URLs the server fetches.
        allow_private_networks: also where they are on this machine or in a private network, and over plain http.

    Raises:
        ConfigurationError: an option is wrong, or the engine's packages are not installed.
        ModuleNotFoundError: the extra `server` is not installed.
    """
    for option, given in (("adapters", adapters), ("allow_hosts", allow_hosts)):
        if isinstance(given, str):
            message = f"{option}={given!r} is one name; give a list of names"
            raise ConfigurationError(message)
    settings = Settings(
        engine=engine,
        api_key=api_key,
        multivector=multivector,
        any_dimensions=any_dimensions,
        adapters=tuple(adapters),
        max_tokens=max_tokens,
        allow_hosts=tuple(allow_hosts),
        allow_private_networks=allow_private_networks,
    )
    requests: list[dict[str, Any]] = []
    with Running(create_app(settings, seen=requests.append)) as running:
        yield RunningServer(running.api_base, requests)
