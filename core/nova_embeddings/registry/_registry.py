"""Which models are there by name, and are they well? Clients are made when they are first asked for."""

from __future__ import annotations

import functools
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from nova_embeddings._errors import ConfigurationError, NovaError
from nova_embeddings._secrets import brief
from nova_embeddings.registry._entries import Entry, entry_of, unknown_key
from nova_embeddings.registry._names import checked_names, known

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence

    from nova_embeddings._client import NovaClient

_TOP = ("models", "default_model", "fallback_chain")


@dataclass(frozen=True, slots=True)
class ModelHealth:
    """Whether a model answers.

    Args:
        well: it does.
        seconds: for one short text.
        dimensions: of its vector; 0 where there is none.
        reason: why it does not answer, in words; "" where it does.
    """

    well: bool
    seconds: float
    dimensions: int = 0
    reason: str = ""


class Registry:
    """Models by name. Many threads may use it.

    Example:
        ```yaml
        default_model: nova
        models:
          nova:
            model: remodlai/nova-embeddings-v1
            api_base: http://localhost:8000/v1
            api_key: os.environ/NOVA_API_KEY
            dimensions: 1024
            cache: vectors.db
            cache_ttl: 86400
            fallback_chain: [nova-spare]
          nova-spare: {model: remodlai/nova-embeddings-v1, api_base: "http://localhost:8001/v1", dimensions: 1024}
          small: {provider: ollama, model: nomic-embed-text}
        ```

    Args:
        models: what is said of each, by its name: `Entry`s, or dicts with their fields.
        default_model: its name; without one, the only model.
        fallback_chain: names for every model that has none of its own: those of its space take over for it.

    Raises:
        ConfigurationError: an entry is wrong, or names a model that there is not.
    """

    def __init__(
        self,
        models: Mapping[str, Entry | Mapping[str, Any]],
        default_model: str | None = None,
        fallback_chain: Sequence[str] = (),
    ) -> None:
        """Check every entry; no client is made yet."""
        for name in models:
            if not isinstance(name, str) or not name.strip():
                raise ConfigurationError(f"models: {brief(name)} is no name; give a text")
        self._entries = {
            name: given if isinstance(given, Entry) else entry_of(name, given) for name, given in models.items()
        }
        self.default_model, self._chain = checked_names(self._entries, default_model, fallback_chain)
        self._clients: dict[str, NovaClient] = {}
        self._lock = threading.RLock()

    @classmethod
    def from_yaml(cls, path: str | os.PathLike[str]) -> Self:
        """Return the registry of a file.

        Raises:
            ConfigurationError: the file cannot be read; or with its line: a key that nobody reads or that stands there
                twice, a value that its key cannot have, or a name that is no model's.
        """
        from nova_embeddings.registry._yaml import read  # noqa: PLC0415 (only for those who have a file)

        found, where = read(path)
        for key in found:
            if key not in _TOP:
                raise unknown_key(key, _TOP, where(key).removesuffix(": "))
        models = found.get("models")
        if not isinstance(models, dict):
            raise ConfigurationError(f"{where('models')}models is not a mapping of names to what is said of them")
        entries = {}
        for name, given in models.items():
            if not isinstance(given, dict):
                raise ConfigurationError(f"{where('models', name)}model {name!r} is not a mapping")
            entries[name] = entry_of(name, given, functools.partial(where, "models", name))
        default, chain = found.get("default_model"), found.get("fallback_chain")
        checked_names(entries, default, chain or (), where)
        return cls(entries, default, chain or ())

    def client(self, name: str | None = None) -> NovaClient:
        """Return the client of a model, the same one every time.

        Args:
            name: the model's; None for the default.

        Raises:
            ConfigurationError: there is no such model, or its entry is wrong.
            SpaceMismatchError: it is not of the space that its entry says, or a fallback of its entry is of another.
        """
        wanted = known(name or self.default_model, self._entries, "model")
        with self._lock:
            if wanted not in self._clients:
                self._clients[wanted] = self._entries[wanted].client(self._fallbacks(wanted))
            return self._clients[wanted]

    def entry(self, name: str | None = None) -> Entry:
        """Return what is said of a model."""
        return self._entries[known(name or self.default_model, self._entries, "model")]

    def health(self) -> dict[str, ModelHealth]:
        """Ask every model for a vector, one after another, and say what came of it.

        Each is asked for a passage, of a task that it has; without instructions, which some have for queries only.
        """
        return {name: self._asked(name) for name in self}

    def __iter__(self) -> Iterator[str]:
        """Yield the names."""
        return iter(self._entries)

    def __len__(self) -> int:
        """Return the number of models."""
        return len(self._entries)

    def _fallbacks(self, name: str) -> list[NovaClient]:
        """Return the clients that take over: those that the entry names; of the common chain, those of its space."""
        own = self._entries[name].fallback_chain
        if own:
            return [self._entries[other].client(()) for other in own if other != name]
        bare = self._entries[name].client(()) if self._chain else None
        others = [self._entries[other].client(()) for other in self._chain if other != name]
        return [other for other in others if bare is not None and other.space == bare.space]

    def _asked(self, name: str) -> ModelHealth:
        start = time.perf_counter()
        try:
            client = self._entries[name].client(())
            width = client.embed(["well?"], client.passage_task, instructions="").vectors.shape[1]
        except NovaError as error:
            return ModelHealth(well=False, seconds=time.perf_counter() - start, reason=str(error))
        return ModelHealth(well=True, seconds=time.perf_counter() - start, dimensions=int(width))
