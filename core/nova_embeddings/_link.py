"""How does a client reach its deployments? Door, executor and connections; how these are copied, pickled and closed."""

from __future__ import annotations

import re
import weakref
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from nova_embeddings import _adapters, _litellm
from nova_embeddings._config import resolve_deployment, with_environment_key
from nova_embeddings._errors import ConfigurationError, ResponseError
from nova_embeddings._executor import Executor
from nova_embeddings._tasks import family_of
from nova_embeddings.dialects._litellm_providers import PROVIDERS
from nova_embeddings.dialects._servers import dialect_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from nova_embeddings._calls import Call, Plan, Reply
    from nova_embeddings._errors import NovaError
    from nova_embeddings._http import Post, Transport
    from nova_embeddings._options import Deployment, Limits, Request
    from nova_embeddings._results import EmbeddingResult
    from nova_embeddings._secrets import SecretLike
    from nova_embeddings._space import EmbeddingSpace
    from nova_embeddings._tasks import Task
    from nova_embeddings.cache import Cache
    from nova_embeddings.cache._recalling import Recall

    ModelList = Sequence[Mapping[str, Any]]
    Done = Callable[[Call, Reply], None]
    Failed = Callable[[int, NovaError], None]

_SECRET = re.compile(r"(key|(?<!per_)token|secret|password|credentials?|headers)$")
_REFERENCE = "os.environ/"  # what LiteLLM reads from the environment: no secret itself


class Link:
    """One deployment, or a Router over several, with what it takes to send calls there."""

    def __init__(
        self, deployment: Deployment, limits: Limits, router: object = None, model_list: ModelList | None = None
    ) -> None:
        """Open nothing yet; `model_list` is what the Router was made of, if this library made it."""
        self.deployment = deployment
        self.limits = limits
        self._router, self._model_list = router, model_list
        self._executor = Executor.of(limits, routed=deployment.routed)
        self._transport: Transport | None = None
        self._widths: dict[tuple[Task, str | None], int] = {}

    def run(self, made: Plan, done: Done, failed: Failed | None) -> None:
        """Send every call, from threads; a cache keeps what comes back."""
        recalled = made.recalled
        if recalled is not None:
            done, failed = recalled.keeping(done), failed and recalled.leaving_out(failed)
        self._executor.run(made.calls, self._door().embedding, done, failed)

    async def arun(self, made: Plan, done: Done, failed: Failed | None) -> None:
        """Send every call, from the running event loop; a cache keeps what comes back."""
        recalled = made.recalled
        if recalled is None:
            await self._executor.arun(made.calls, self._door().aembedding, done, failed)
            return
        async with recalled.akeeping(done) as keeping:
            left_out = failed and recalled.leaving_out(failed)
            await self._executor.arun(made.calls, self._door().aembedding, keeping, left_out)

    def same_width(self, result: EmbeddingResult, request: Request) -> EmbeddingResult:
        """Return a result, unless its vectors have another width than those before, where none was asked for.

        Raises:
            ResponseError: they have.
        """
        if request.dimensions is None and not request.return_multivector and len(result):
            width = result.vectors.shape[1]
            before = self._widths.setdefault((request.task, request.adapter), width)
            if width != before:
                message = f"vectors came {width} wide, and {before} wide before: was the model changed? Say dimensions="
                raise ResponseError(message)
        return result

    def known(self, space: EmbeddingSpace, request: Request) -> EmbeddingSpace:
        """Return a space with its width, where only an answer could tell it and one has."""
        own = family_of(request.task), request.adapter
        seen = (width for (task, adapter), width in self._widths.items() if (family_of(task), adapter) == own)
        width = next(seen, 0)
        return space if space.dimensions or request.return_multivector else replace(space, dimensions=width)

    def administer(self, post: Post | None) -> None:
        """Send what loads or unloads an adapter; None is done already."""
        if post is not None:
            _adapters.check(self.connections.post(post), self.deployment)

    async def aadminister(self, post: Post | None) -> None:
        """Do what `administer` does, from an event loop."""
        if post is not None:
            _adapters.check(await self.connections.apost(post), self.deployment)

    def load(self) -> None:
        """Import what the first call needs; it takes seconds."""
        _litellm.load()
        self._door()

    @property
    def connections(self) -> Transport:
        """Return the connections, which open when first used."""
        if self._transport is None:
            from nova_embeddings._http import Transport  # noqa: PLC0415 (httpx is not needed to import the package)

            self._transport = Transport()
            weakref.finalize(self, self._transport.close)
        return self._transport

    def __copy__(self) -> Self:
        """Return a link to the same place, with connections and retries of its own."""
        return type(self)(self.deployment, self.limits, self._router, self._model_list)

    def __deepcopy__(self, memo: object) -> Self:
        """Return what `copy` returns: what is shared is immutable, or the caller's Router."""
        return self.__copy__()

    def __getstate__(self) -> dict[str, Any]:
        """Pickle where it leads; connections stay, keys too, and a Router of the caller's cannot come along."""
        if self._router is not None and self._model_list is None:
            message = "a client with a router= does not pickle: give it model_list= instead, or make it where it runs"
            raise ConfigurationError(message)
        bare = None if self._model_list is None else [_without_key(entry) for entry in self._model_list]
        return {"deployment": self.deployment, "limits": self.limits, "model_list": bare}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start with connections of its own and with the keys of this process's environment."""
        deployment = state["deployment"]
        known = deployment.in_process or deployment.routed
        Link.__init__(self, deployment if known else with_environment_key(deployment), state["limits"])
        self._model_list = state["model_list"]

    def _door(self) -> _litellm.Door:
        if self._router is None and self._model_list is not None:  # unpickled
            self._router = _litellm.router_of(self._model_list)
            _litellm.routed(self._router, self.deployment.model)
        return _litellm.Door(self._router)


def link_of(
    model: str | None,
    api_base: str | None,
    api_key: str | SecretLike | None,
    headers: Mapping[str, str | SecretLike] | None,
    router: object,
    model_list: ModelList | None,
    limits: Limits,
    dialect: str | None = None,
) -> Link:
    """Return the link that a client's options ask for.

    Raises:
        ConfigurationError: an option is wrong, or two contradict each other.
    """
    if router is None and model_list is None:
        return _over(resolve_deployment(model, api_base, api_key, headers, dialect), limits)
    named: dict[str, object] = {"api_base": api_base, "api_key": api_key, "headers": headers, "dialect": dialect}
    named["model_list"] = router and model_list
    spare = [name for name, value in named.items() if value is not None]
    if spare:
        message = f"{', '.join(spare)}: not beside router= or model_list=; it belongs to their deployments"
        raise ConfigurationError(message)
    chosen = router if router is not None else _litellm.router_of(model_list or ())
    return Link(_litellm.routed(chosen, model), limits, chosen, model_list)


def _over(deployment: Deployment, limits: Limits) -> Link:
    """Return a link with calls no larger than the server takes."""
    if deployment.of_litellm:
        most = PROVIDERS[deployment.provider].most(deployment.model)
    else:
        most = dialect_of(deployment.dialect).batch_size or limits.batch_size
    return Link(deployment, replace(limits, batch_size=min(limits.batch_size, most)))


def recall_of(cache: Cache | None, ttl: float | None) -> Recall:
    """Return what a client's cache is asked through.

    Raises:
        ConfigurationError: an option is wrong.
    """
    from nova_embeddings.cache._recalling import Recall  # noqa: PLC0415 (only for those who keep vectors)

    return Recall(cache, ttl)


def _without_key(entry: Mapping[str, Any]) -> dict[str, Any]:
    params = entry["litellm_params"]
    kept = {key: value for key, value in params.items() if not _SECRET.search(key) or _refers(value)}
    return {**entry, "litellm_params": kept}


def _refers(value: object) -> bool:
    return isinstance(value, str) and value.startswith(_REFERENCE)
