"""The client: embed, aembed, adapters, spaces, close."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterable
from copy import copy
from typing import TYPE_CHECKING, Any, Literal, Self, Unpack

from nova_embeddings._administration import aload_adapter, aunload_adapter, load_adapter, unload_adapter
from nova_embeddings._asking import PASSAGE, Asking
from nova_embeddings._failover import arun, clients_of, fallbacks_of, run
from nova_embeddings._gates import asharing, sharing
from nova_embeddings._images import ImageLimits
from nova_embeddings._inputs import require_list
from nova_embeddings._link import link_of, recall_of
from nova_embeddings._options import SENTENCE_TRANSFORMERS, Limits, check_on_error, check_on_unsupported
from nova_embeddings._pictures import ImageFetching, Pictures
from nova_embeddings._planning import Assembly, plan, space_of
from nova_embeddings._progress import progress_of
from nova_embeddings._streaming import astream, stream
from nova_embeddings.sentence_models import fitting_of

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Generator, Iterable, Mapping, Sequence

    from litellm.router import Router

    from nova_embeddings._calls import Plan
    from nova_embeddings._inputs import InputLike
    from nova_embeddings._link import Link
    from nova_embeddings._options import EmbedOptions, OnError, OnUnsupported, RequestOptions, SpaceOptions
    from nova_embeddings._results import EmbeddingResult
    from nova_embeddings._secrets import SecretLike
    from nova_embeddings._space import EmbeddingSpace
    from nova_embeddings._tasks import Task
    from nova_embeddings.cache import Cache


class NovaClient:
    """Embeds text and images with the Nova model, or with whatever serves its API.

    One client may be used by many threads and by several event loops, one after another or at once. It survives a
    fork and pickling; its key does not travel: the other process reads `NOVA_API_KEY`.

    Args:
        model: `hosted_lexiq_nova/<model>` over HTTP, which a name without a provider means, or `lexiq_nova/<engine>`
            in this process (`hash`, `wordllama`; neither is the Nova model), or `sentence_transformers/<model or
            folder>[?device=cpu&backend=onnx]` in this process. Default: `NOVA_MODEL`, else
            `hosted_lexiq_nova/remodlai/nova-embeddings-v1`. With a Router: the group; default: the only one.
        api_base: the server's address with `/v1`. Default: `NOVA_API_BASE`, else `http://localhost:8000/v1`.
        api_key: sent as a Bearer token. Default: `NOVA_API_KEY`, else none.
        dimensions: width of dense vectors: 128, 256, 512, 1024 or 2048. Default: the model's, 2048.
        instructions: for every request that gives none.
        batch_size: inputs of one call, at most.
        max_batch_bytes: bytes of text of one call, at most; a larger single input goes alone.
        max_concurrency: calls in flight, at most, for one `embed`.
        timeout: seconds for one batch, its retries included; never for a whole corpus. Engines in process have none.
        max_retries: further calls for a batch that failed in a way that may pass (429, 5xx, a broken connection).
        max_response_bytes: one answer, unpacked, at most. Default: sized by what was asked.
        headers: further headers of every call; treated as secrets.
        any_dimensions: also accept widths that the model is not trained for (the hash engine has 32 to 4096).
        max_image_bytes: size of one image's file, at most.
        max_image_pixels: width by height of one image, at most.
        image_encoding: how images go out: bare base64, or `data:` URIs.
        image_fetching: fetch image addresses of some hosts here. Default: they are passed to the server.
        router: a `litellm.Router`: each call goes to a deployment of the group that serves its task (`task:
            retrieval | text-matching | code` in `litellm_params`). Its retries and fallbacks are not used.
        model_list: deployments as `litellm.Router` takes them; a Router is made of them.
        cache: keeps vectors, which are then not asked for again: a `nova_embeddings.cache.SQLiteCache`, or your own.
            Those of images at addresses, and of a stand-in, are not kept.
        cache_ttl: seconds after which a vector of the cache is computed anew. Default: never.
        fallbacks: clients of the same space, which take over what is left of a request when this deployment is down or
            refuses the key, in this order, each within its own limits; they are not closed here.
        dialect: how the server spells requests ("jina", "vllm", "tei", …; `docs/providers.md` has them all). Default:
            as the model's prefix says, else Nova's.
        on_unsupported: an option that the provider does not have raises ("raise"), or is left out with a warning
            ("warn") or without ("ignore"); a task becomes the nearest that the model was trained for.

    Raises:
        ConfigurationError: an option is wrong; SpaceMismatchError: a fallback is of another space.
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
        max_response_bytes: int | None = None,
        headers: Mapping[str, str | SecretLike] | None = None,
        any_dimensions: bool = False,
        max_image_bytes: int = 10 * 2**20,
        max_image_pixels: int = 50_000_000,
        image_encoding: Literal["base64", "data_uri"] = "base64",
        image_fetching: ImageFetching | None = None,
        router: Router | None = None,
        model_list: Sequence[Mapping[str, Any]] | None = None,
        cache: Cache | None = None,
        cache_ttl: float | None = None,
        fallbacks: Sequence[NovaClient] = (),
        dialect: str | None = None,
        on_unsupported: OnUnsupported = "raise",
    ) -> None:
        """Check every option; nothing is opened or sent yet."""
        pictures = Pictures(ImageLimits(max_image_bytes, max_image_pixels), image_encoding, image_fetching)
        self._recall = None if cache is None and cache_ttl is None else recall_of(cache, cache_ttl)
        limits = Limits(batch_size, max_batch_bytes, max_concurrency, timeout, max_retries, max_response_bytes)
        self._link = link_of(model, api_base, api_key, headers, router, model_list, limits, dialect)
        fitting = fitting_of(self._link.deployment, check_on_unsupported(on_unsupported))
        own = self._link.deployment.provider == SENTENCE_TRANSFORMERS  # whose models say which widths they have
        self._asking = Asking(dimensions, instructions, any_dimensions or own, pictures, fitting)
        self._fallbacks = fallbacks_of(self, clients_of("fallbacks", fallbacks, NovaClient))

    def embed(
        self,
        inputs: Iterable[InputLike],
        task: Task = PASSAGE,
        *,
        on_error: OnError = "raise",
        show_progress: bool = False,
        **options: Unpack[RequestOptions],
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
            truncate: cut inputs that are too long (True) or refuse them (False), where the deployment can be told.
            late_chunking: inputs are pieces of documents (`EmbeddingInput(document=…)`), read with their neighbours.
            on_error: "skip" leaves out inputs that are bad or that the server refuses, and returns the others:
                `.mask` says which have a vector, `.errors` why others have none. Outages raise all the same.
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
        made = self._plan(inputs, task, on_error, options)
        assembly = Assembly(made)
        if made.calls:
            self._link.load()
            with progress_of(made.to_embed, assembly.add, shown=show_progress) as done:
                run(self._links, made, done, assembly.leave_out if on_error == "skip" else None)
        return self._link.same_width(assembly.result(self._link.deployment), made.request)

    async def aembed(
        self,
        inputs: Iterable[InputLike],
        task: Task = PASSAGE,
        *,
        on_error: OnError = "raise",
        show_progress: bool = False,
        **options: Unpack[RequestOptions],
    ) -> EmbeddingResult:
        """Embed the inputs from an event loop; arguments, result and errors are those of `embed`."""
        made = await asyncio.to_thread(self._plan, inputs, task, on_error, options)
        assembly = Assembly(made)
        if made.calls:
            await asyncio.to_thread(self._link.load)
            with progress_of(made.to_embed, assembly.add, shown=show_progress) as done:
                await arun(self._links, made, done, assembly.leave_out if on_error == "skip" else None)
        return self._link.same_width(assembly.result(self._link.deployment), made.request)

    def embed_iter(
        self, inputs: Iterable[InputLike], task: Task = PASSAGE, **options: Unpack[EmbedOptions]
    ) -> Generator[EmbeddingResult]:
        """Embed a stream of any length: yield a result for each `batch_size` inputs, in order.

        Up to `max_concurrency` batches are read ahead and calls in flight; no more of the stream is held. Arguments
        and errors are those of `embed`; `.start` says where the batch begins, and an error's `.index` counts from the
        beginning of the stream; `.errors` and `.mask` count from `.start`. With `late_chunking` no document is cut.
        """
        embed = sharing(functools.partial(self.embed, task=task, **options))
        return stream(embed, require_list(inputs), self._link.limits, whole=bool(options.get("late_chunking")))

    def aembed_iter(
        self,
        inputs: AsyncIterable[InputLike] | Iterable[InputLike],
        task: Task = PASSAGE,
        **options: Unpack[EmbedOptions],
    ) -> AsyncGenerator[EmbeddingResult, None]:
        """Do what `embed_iter` does, from an event loop; the stream may be an asynchronous one."""
        embed = asharing(functools.partial(self.aembed, task=task, **options))
        given = inputs if isinstance(inputs, AsyncIterable) else require_list(inputs)
        return astream(embed, given, self._link.limits, whole=bool(options.get("late_chunking")))

    load_adapter = load_adapter
    aload_adapter = aload_adapter
    unload_adapter = unload_adapter
    aunload_adapter = aunload_adapter

    @property
    def model(self) -> str:
        """Return the model with its provider, or a Router's group: what `model=` takes."""
        return self._link.deployment.name

    @property
    def api_base(self) -> str | None:
        """Return the server's address; None where there is none, or LiteLLM knows it."""
        return self._link.deployment.api_base or None

    @property
    def api_key(self) -> SecretLike | None:
        """Return the key under seal; None where there is none, or others have it."""
        return self._link.deployment.api_key or None

    @property
    def space(self) -> EmbeddingSpace:
        """Return the space of its dense vectors for `passage_task`; instructions change none."""
        return self.space_of(instructions="")

    @property
    def passage_task(self) -> Task:
        """Return the task of what is searched: `retrieval.passage`, or another family's for a model without it."""
        return self._asking.passage_task

    def space_of(self, task: Task | None = None, **options: Unpack[RequestOptions]) -> EmbeddingSpace:
        """Return the space in which the vectors of such a request lie; default: those for `passage_task`.

        Raises:
            ConfigurationError: an option is wrong.
        """
        request = self._asking.request(self.passage_task if task is None else task, **options)
        return self._link.known(space_of(request.task, request.adapter, request, self._link.deployment), request)

    def encode_id(
        self, task: Task | None = None, instructions: str | None = None, **options: Unpack[SpaceOptions]
    ) -> str:
        """Return a stable name of the way a request embeds, a cache's key; arguments and errors are `space_of`'s."""
        asked = self.passage_task if task is None else task
        request = self._asking.request(asked, instructions=instructions, **options)
        space = space_of(request.task, request.adapter, request, self._link.deployment)
        return space.encode_id(request.task, request.instructions)

    def close(self) -> None:
        """Close the connections; a client used after that raises ConfigurationError."""
        self._link.connections.close()

    async def aclose(self) -> None:
        """Close the connections, those of the running event loop included."""
        await self._link.connections.aclose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        """Show where it points; never a key or a header."""
        link = self.__dict__.get("_link")  # a debugger may ask before all is there
        return "NovaClient(…)" if link is None else f"NovaClient({link.deployment.shown})"

    def __copy__(self) -> Self:
        """Return a client with the same options and key, and connections of its own."""
        twin = object.__new__(type(self))
        twin.__dict__.update(self.__dict__, _link=copy(self._link))
        return twin

    def __deepcopy__(self, memo: object) -> Self:
        """Return what `copy` returns: all that a client holds is immutable."""
        return copy(self)

    @property
    def _links(self) -> list[Link]:
        return [self._link, *(link for one in self._fallbacks for link in one._links)]  # noqa: SLF001 (one of these)

    def _plan(self, inputs: Iterable[InputLike], task: Task, on_error: OnError, options: RequestOptions) -> Plan:
        request = self._asking.request(task, **options)  # which may load a model
        link, skip = self._link, check_on_error(on_error) == "skip"
        fitting = None if self._asking.fitting.of_nova else self._asking.fitting
        way = (link.deployment, link.limits, link.connections, self._asking.pictures)
        return plan(inputs, request, *way, skip=skip, recall=self._recall, fitting=fitting)
