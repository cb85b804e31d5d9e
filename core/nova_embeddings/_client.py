"""The client: embed, aembed, adapters, spaces, close."""

from __future__ import annotations

import asyncio
import weakref
from copy import copy
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack

from nova_embeddings import _adapters, _litellm
from nova_embeddings._config import resolve_deployment, with_environment_key
from nova_embeddings._executor import Executor
from nova_embeddings._images import ImageLimits
from nova_embeddings._options import Limits, Request, check_dimensions, check_instructions
from nova_embeddings._pictures import ImageFetching, Pictures
from nova_embeddings._planning import Assembly, plan, space_of
from nova_embeddings._progress import progress_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nova_embeddings._calls import Plan
    from nova_embeddings._http import Post, Transport
    from nova_embeddings._inputs import InputLike
    from nova_embeddings._options import RequestOptions, SpaceOptions
    from nova_embeddings._results import EmbeddingResult
    from nova_embeddings._secrets import SecretLike
    from nova_embeddings._space import EmbeddingSpace
    from nova_embeddings._tasks import Task

PASSAGE: Task = "retrieval.passage"


class NovaClient:
    """Embeds text and images with the Nova model, or with whatever serves its API.

    One client may be used by many threads and by several event loops, one after another or at once. It survives a
    fork and pickling; its key does not travel: the other process reads `NOVA_API_KEY`.

    Args:
        model: `hosted_lexiq_nova/<model>` over HTTP, which a name without a provider means, or `lexiq_nova/<engine>`
            in this process (`hash`, `wordllama`; neither is the Nova model). Default: `NOVA_MODEL`, else
            `hosted_lexiq_nova/remodlai/nova-embeddings-v1`.
        api_base: the server's address with `/v1`. Default: `NOVA_API_BASE`, else `http://localhost:8000/v1`.
        api_key: sent as a Bearer token. Default: `NOVA_API_KEY`, else none.
        dimensions: width of dense vectors: 128, 256, 512, 1024 or 2048. Default: the model's, 2048.
        instructions: for every request that gives none.
        batch_size: inputs of one call, at most.
        max_batch_bytes: bytes of text of one call, at most; a larger single input goes alone.
        max_concurrency: calls in flight, at most, for one `embed`.
        timeout: seconds for one batch, its retries included; never for a whole corpus. Engines in process have none.
        max_retries: further calls for a batch that failed in a way that may pass (429, 5xx, a broken connection).
        headers: further headers of every call; treated as secrets.
        any_dimensions: also accept widths that Nova is not trained for (another model, the hash engine: 32 to 4096).
        max_image_bytes: size of one image's file, at most.
        max_image_pixels: width by height of one image, at most.
        image_encoding: how images go out: bare base64, or `data:` URIs.
        image_fetching: fetch image addresses of some hosts here. Default: they are passed to the server.

    Raises:
        ConfigurationError: an option is wrong.
    """

    def __init__(
        self,
        model: str | None = None,
        *,
        api_base: str | None = None,
        api_key: str | SecretLike | None = None,
        dimensions: int | None = None,
        instructions: str | None = None,
        batch_size: int = 128,
        max_batch_bytes: int = 4 * 2**20,
        max_concurrency: int = 8,
        timeout: float = 60.0,
        max_retries: int = 5,
        headers: Mapping[str, str | SecretLike] | None = None,
        any_dimensions: bool = False,
        max_image_bytes: int = 10 * 2**20,
        max_image_pixels: int = 50_000_000,
        image_encoding: Literal["base64", "data_uri"] = "base64",
        image_fetching: ImageFetching | None = None,
    ) -> None:
        """Check every option; nothing is imported, opened or sent yet."""
        check_dimensions(dimensions, any_dimensions=any_dimensions)
        self._deployment = resolve_deployment(model, api_base, api_key, headers)
        self._executor = Executor(Limits(batch_size, max_batch_bytes, max_concurrency, timeout, max_retries))
        self._dimensions = dimensions
        self._instructions = check_instructions(instructions)
        self._any_dimensions = any_dimensions
        self._pictures = Pictures(ImageLimits(max_image_bytes, max_image_pixels), image_encoding, image_fetching)
        self._transport: Transport | None = None

    def embed(
        self,
        inputs: Iterable[InputLike],
        task: Task = PASSAGE,
        *,
        instructions: str | None = None,
        dimensions: int | None = None,
        adapter: str | None = None,
        return_multivector: bool = False,
        show_progress: bool = False,
    ) -> EmbeddingResult:
        """Embed the inputs; row i of the result belongs to input i.

        Args:
            inputs: texts, `Image`s, `EmbeddingInput`s (text, image, or both fused), or dicts with the fields of one.
                Empty: no call is made.
            task: of every input that has none of its own.
            instructions: of every input that has none of its own; "" switches the client's off.
            dimensions: width of the dense vectors; default: the client's.
            adapter: LoRA adapter of every input that names none; default: the task family's.
            return_multivector: one vector a token, `(T, 128)`, instead of one an input.
            show_progress: draw a progress bar on stderr.

        Returns:
            `.vectors`, float32 `(N, D)`; or, if asked for, `.multivectors`, N arrays of float32 `(T_n, 128)`.

        Raises:
            InputError: an input is bad; `.index` says which. Nothing was sent, unless it is the server that says so.
            ConfigurationError: an option is wrong, or the server refuses the request.
            AuthenticationError: the server refuses the key.
            RateLimitError, DeploymentTimeoutError, DeploymentUnavailableError: still so after all retries.
            ResponseError: the answer is not what was asked for.
        """
        request = self._request(task, instructions, dimensions, adapter, return_multivector)
        made = self._plan(inputs, request)
        assembly = Assembly(made)
        if made.calls:
            _litellm.load()
            with progress_of(len(made.spaces), assembly.add, shown=show_progress) as done:
                self._executor.run(made.calls, _litellm.embedding, done)
        return assembly.result(self._deployment)

    async def aembed(
        self,
        inputs: Iterable[InputLike],
        task: Task = PASSAGE,
        *,
        instructions: str | None = None,
        dimensions: int | None = None,
        adapter: str | None = None,
        return_multivector: bool = False,
        show_progress: bool = False,
    ) -> EmbeddingResult:
        """Embed the inputs from an event loop; arguments, result and errors are those of `embed`."""
        request = self._request(task, instructions, dimensions, adapter, return_multivector)
        made = await asyncio.to_thread(self._plan, inputs, request)
        assembly = Assembly(made)
        if made.calls:
            await asyncio.to_thread(_litellm.load)
            with progress_of(len(made.spaces), assembly.add, shown=show_progress) as done:
                await self._executor.arun(made.calls, _litellm.aembedding, done)
        return assembly.result(self._deployment)

    def load_adapter(self, name: str, path: str) -> None:
        """Have the server load a LoRA adapter from a path of its own and serve it under a name.

        Raises:
            NovaError: as `embed`; nothing is retried.
        """
        self._administer(_adapters.loading(self._deployment, name, path, self._executor.limits.timeout))

    async def aload_adapter(self, name: str, path: str) -> None:
        """Do what `load_adapter` does, from an event loop."""
        await self._aadminister(_adapters.loading(self._deployment, name, path, self._executor.limits.timeout))

    def unload_adapter(self, name: str) -> None:
        """Have the server serve an adapter no more.

        Raises:
            NovaError: as `embed`; nothing is retried.
        """
        self._administer(_adapters.unloading(self._deployment, name, self._executor.limits.timeout))

    async def aunload_adapter(self, name: str) -> None:
        """Do what `unload_adapter` does, from an event loop."""
        await self._aadminister(_adapters.unloading(self._deployment, name, self._executor.limits.timeout))

    @property
    def model(self) -> str:
        """Return the model with its provider, as LiteLLM names it."""
        return self._deployment.litellm_model

    @property
    def space(self) -> EmbeddingSpace:
        """Return the space of this client's dense retrieval vectors, queries and passages alike."""
        return self.space_of()

    def space_of(self, task: Task = PASSAGE, **options: Unpack[RequestOptions]) -> EmbeddingSpace:
        """Return the space in which the vectors of such a request lie; the options are those of `embed`.

        Raises:
            ConfigurationError: an option is wrong.
        """
        request = self._request(task, **options)
        return space_of(request.task, request.adapter, request, self._deployment)

    def encode_id(self, task: Task = PASSAGE, instructions: str | None = None, **options: Unpack[SpaceOptions]) -> str:
        """Return a stable name of the way such a request turns an input into a vector: the key of a cache.

        Raises:
            ConfigurationError: an option is wrong.
        """
        request = self._request(task, instructions, **options)
        space = space_of(request.task, request.adapter, request, self._deployment)
        return space.encode_id(request.task, request.instructions)

    def close(self) -> None:
        """Close the connections; a client used after that raises ConfigurationError."""
        self._connections().close()

    async def aclose(self) -> None:
        """Close the connections, those of the running event loop included."""
        await self._connections().aclose()

    def __enter__(self) -> Self:
        """Return the client."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.close()

    async def __aenter__(self) -> Self:
        """Return the client."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close it."""
        await self.aclose()

    def __repr__(self) -> str:
        """Show where it points; never a key or a header."""
        deployment = self.__dict__.get("_deployment")  # a debugger may ask before all is there
        if deployment is None:
            return "NovaClient(…)"
        where = f", api_base={deployment.api_base!r}" if deployment.api_base else ""
        return f"NovaClient({deployment.litellm_model!r}{where})"

    def __copy__(self) -> Self:
        """Return a client with the same options and key, and connections of its own."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__, _transport=None, _executor=Executor(self._executor.limits))
        return twin

    def __deepcopy__(self, memo: object) -> Self:
        """Return what `copy` returns: all that a client holds is immutable."""
        return copy(self)

    def __getstate__(self) -> dict[str, Any]:
        """Pickle the options; connections stay, and `Secret`s pickle as none."""
        limits = self._executor.limits
        return {**self.__dict__, "_transport": None, "_executor": None, "_limits": limits}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Start with connections of its own and with the key of this process's environment."""
        limits = state.pop("_limits")
        self.__dict__.update(state)
        self._executor = Executor(limits)
        if not self._deployment.in_process:
            self._deployment = with_environment_key(self._deployment)

    def _administer(self, post: Post | None) -> None:
        if post is not None:
            _adapters.check(self._connections().post(post), self._deployment)

    async def _aadminister(self, post: Post | None) -> None:
        if post is not None:
            _adapters.check(await self._connections().apost(post), self._deployment)

    def _connections(self) -> Transport:
        if self._transport is None:
            from nova_embeddings._http import Transport  # noqa: PLC0415 (httpx is not needed to import the package)

            self._transport = Transport()
            weakref.finalize(self, self._transport.close)
        return self._transport

    def _plan(self, inputs: Iterable[InputLike], request: Request) -> Plan:
        return plan(inputs, request, self._deployment, self._executor.limits, self._connections(), self._pictures)

    def _request(
        self,
        task: Task,
        instructions: str | None = None,
        dimensions: int | None = None,
        adapter: str | None = None,
        return_multivector: bool = False,  # noqa: FBT001, FBT002 (in the order of `embed`)
    ) -> Request:
        inherited = None if return_multivector else self._dimensions
        return Request(
            task=task,
            instructions=self._instructions if instructions is None else instructions,
            dimensions=inherited if dimensions is None else dimensions,
            adapter=adapter,
            return_multivector=return_multivector,
            any_dimensions=self._any_dimensions,
        )
