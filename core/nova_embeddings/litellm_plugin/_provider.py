"""What LiteLLM calls: one attempt at one call, over HTTP or in this process.

Two kinds of callers: this library's core, which passes a `Call` as the only item of `input` and takes arrays, and
anyone else (a Router, a proxy, user code), who passes plain inputs and takes plain lists or base64.
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import litellm
from litellm.llms.custom_llm import CustomLLM
from litellm.types.utils import EmbeddingResponse
from litellm.types.utils import Usage as LiteLLMUsage

from nova_embeddings._calls import Call, Reply
from nova_embeddings._config import resolve_deployment
from nova_embeddings._errands import PASSED_ON, Errand, errand_of, errand_of_params
from nova_embeddings._errors import ConfigurationError
from nova_embeddings._http import Transport
from nova_embeddings._images import Image
from nova_embeddings._options import HOSTED, OWN_PROVIDERS, SENTENCE_TRANSFORMERS, Deployment, Limits, Request
from nova_embeddings._pictures import Pictures
from nova_embeddings._planning import plan
from nova_embeddings._tasks import TASKS, parse_task
from nova_embeddings.dialects._fitting import Fitting
from nova_embeddings.dialects._servers import NOVA_DIALECT
from nova_embeddings.engines import ENGINES, embed_in_process
from nova_embeddings.litellm_plugin._deployments import place
from nova_embeddings.litellm_plugin._failures import as_litellm
from nova_embeddings.litellm_plugin._health import HEALTH
from nova_embeddings.litellm_plugin._taught import check_route
from nova_embeddings.sentence_models import fitting_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nova_embeddings._tasks import Task

_ALL_AT_ONCE = Limits(batch_size=2**31, max_batch_bytes=2**62)


class NovaProvider(CustomLLM):
    """All our providers: LiteLLM has taken the prefix off the model, so the address tells which one is meant."""

    def __init__(self) -> None:
        """Open nothing yet."""
        super().__init__()
        self._transport = Transport()

    def embedding(
        self,
        model: str,
        input: list[Any],  # noqa: A002 (LiteLLM's name)
        model_response: EmbeddingResponse,
        print_verbose: object,
        logging_obj: object,
        optional_params: dict[str, Any],
        api_key: str | None = None,
        api_base: str | None = None,
        timeout: object = None,
        litellm_params: object = None,
    ) -> EmbeddingResponse:
        """Embed, from a thread."""
        provider = _provider_of(input, logging_obj)
        with as_litellm(model, provider), HEALTH.observing(place(model, api_base)):
            params = _merged(optional_params)
            check_route(litellm_params, _task_of(input, params))
            if provider != HOSTED:
                call = _engine_call(provider, model, input, params)
                return _filled(model_response, input, params, embed_in_process(call), model)
            errand = self._errand(model, input, params, api_key, api_base, timeout)
            return _filled(model_response, input, params, errand.read(errand.transport.post(errand.post)), model)

    async def aembedding(
        self,
        model: str,
        input: list[Any],  # noqa: A002 (LiteLLM's name)
        model_response: EmbeddingResponse,
        print_verbose: object,
        logging_obj: object,
        optional_params: dict[str, Any],
        api_key: str | None = None,
        api_base: str | None = None,
        timeout: object = None,
        litellm_params: object = None,
    ) -> EmbeddingResponse:
        """Embed, from an event loop: the engine and the decoding run beside it."""
        provider = _provider_of(input, logging_obj)
        with as_litellm(model, provider), HEALTH.observing(place(model, api_base)):
            params = _merged(optional_params)
            check_route(litellm_params, _task_of(input, params))
            if provider != HOSTED:
                call = _engine_call(provider, model, input, params)
                reply = await asyncio.to_thread(embed_in_process, call)
            else:
                # files are read and images looked at beside the loop
                errand = await asyncio.to_thread(self._errand, model, input, params, api_key, api_base, timeout)
                answer = await errand.transport.apost(errand.post)
                reply = await asyncio.to_thread(errand.read, answer)
            return _filled(model_response, input, params, reply, model)

    def _errand(
        self,
        model: str,
        inputs: list[Any],
        params: dict[str, Any],
        api_key: str | None,
        api_base: str | None,
        timeout: object,
    ) -> Errand:
        seconds = _seconds(timeout)
        call = _call_in(inputs)
        if call is not None and not call.deployment.routed:
            return errand_of(call, call.transport or self._transport, seconds)
        spoken = resolve_deployment(f"{HOSTED}/{model}", api_base, api_key, dialect=params.get("dialect"))
        deployment = replace(spoken, model=model)
        if call is None and deployment.dialect != NOVA_DIALECT.name:
            call = _call_of(deployment, inputs, params, Fitting(deployment))
        if call is not None:
            return errand_of(replace(call, deployment=deployment), call.transport or self._transport, seconds)
        return errand_of_params(deployment, _listed(inputs), params, self._transport, seconds)


provider = NovaProvider()


def register() -> None:
    """Make LiteLLM know our providers, beside whatever the user registered."""
    known = {entry["provider"]: entry["custom_handler"] for entry in litellm.custom_provider_map}
    taken = [name for name in OWN_PROVIDERS if not isinstance(known.get(name, provider), NovaProvider)]
    if taken:
        message = f"litellm.custom_provider_map gives {' and '.join(taken)} to another handler; name that one otherwise"
        raise ConfigurationError(message)
    fresh: list[Any] = [{"provider": name, "custom_handler": provider} for name in OWN_PROVIDERS if name not in known]
    if fresh:
        litellm.custom_provider_map = [*litellm.custom_provider_map, *fresh]
    litellm.utils.custom_llm_setup()  # type: ignore[no-untyped-call]


def _call_in(inputs: Sequence[Any]) -> Call | None:
    return inputs[0] if isinstance(inputs, list) and len(inputs) == 1 and isinstance(inputs[0], Call) else None


def _provider_of(inputs: list[Any], logging_obj: object) -> str:
    call = _call_in(inputs)
    if call is not None and not call.deployment.routed:
        return call.deployment.provider
    details = getattr(logging_obj, "model_call_details", {})
    return str(details.get("custom_llm_provider") or HOSTED)


def _task_of(inputs: list[Any], params: dict[str, Any]) -> Task | None:
    """Return the task that routing has read: on top of the call."""
    call = _call_in(inputs)
    named = params.get("task") if call is None else call.task
    return parse_task(named) if named in TASKS else None


def _merged(optional_params: dict[str, Any]) -> dict[str, Any]:
    return {**optional_params, **(optional_params.get("extra_body") or {})}


def _listed(inputs: object) -> list[Any]:
    if isinstance(inputs, list) and inputs:
        return inputs
    if isinstance(inputs, str | dict):
        return [inputs]
    message = f"input is {'an empty list' if inputs == [] else 'a ' + type(inputs).__name__}; give a non-empty list"
    raise ConfigurationError(message)


def _seconds(timeout: object) -> float:
    seconds = getattr(timeout, "read", timeout)  # an httpx.Timeout, or a number
    return float(seconds) if isinstance(seconds, int | float) else Limits().timeout


def _engine_call(provider: str, model: str, inputs: list[Any], params: dict[str, Any]) -> Call:
    call = _call_in(inputs)
    if call is not None:
        return replace(call, deployment=Deployment(provider, model, "")) if call.deployment.routed else call
    deployment = Deployment(provider, model, "")
    return _call_of(deployment, inputs, params, fitting_of(deployment) if provider == SENTENCE_TRANSFORMERS else None)


def _call_of(deployment: Deployment, inputs: list[Any], params: dict[str, Any], fitting: Fitting | None = None) -> Call:
    """Return what another caller of LiteLLM asks of a deployment as one of our calls."""
    first = inputs[0].get("task") if isinstance(inputs, list) and inputs and isinstance(inputs[0], dict) else None
    given = {
        "task": params.get("task") or first,
        "instructions": params.get("instructions"),
        "dimensions": params.get("dimensions"),
        "adapter": params.get("adapter"),
        "return_multivector": bool(params.get("return_multivector")),
        "truncate": None,
        "late_chunking": False,
        "any_dimensions": False,
    }
    request = Request(**(given | {"task": parse_task(given["task"])} if fitting is None else fitting.options(given)))
    listed = map(_with_image, _listed(inputs))
    calls = plan(listed, request, deployment, _ALL_AT_ONCE, None, Pictures(), fitting=fitting).calls
    if len(calls) > 1:
        message = "the inputs have tasks of several families, or are text and images mixed; send one kind a call"
        raise ConfigurationError(message)
    return calls[0]


def _with_image(value: Any) -> Any:  # noqa: ANN401 (whatever LiteLLM was given; the plan judges it)
    """Return an input whose image, which the wire has as a string, is an `Image`; never a path."""
    if not isinstance(value, dict) or not isinstance(value.get("image"), str):
        return value
    text = value["image"]
    make = Image.from_url if text.startswith(("http://", "https://")) else Image.from_base64
    return {**value, "image": make(text)}


def _filled(
    response: EmbeddingResponse, inputs: list[Any], params: dict[str, Any], reply: Reply, model: str
) -> EmbeddingResponse:
    """Fill LiteLLM's response; arrays only for our own core, since a proxy can put only lists and strings into JSON."""
    if _call_in(inputs) is not None:
        response.data = [{"object": "embedding", "index": 0, "embedding": reply.rows, "engine": reply.engine}]
    else:
        plain = _as_base64 if params.get("encoding_format") == "base64" else _as_list
        vectors = map(plain, reply.rows)
        response.data = [{"object": "embedding", "index": index, "embedding": row} for index, row in enumerate(vectors)]
        engine = reply.engine or (model if model in ENGINES else "")
        if engine:  # a proxy passes such headers on
            response._hidden_params["additional_headers"] = {PASSED_ON: engine}  # noqa: SLF001 (LiteLLM has no other way)
    response.object = "list"
    response.model = reply.model or model
    response.usage = LiteLLMUsage(
        prompt_tokens=reply.usage.prompt_tokens, completion_tokens=0, total_tokens=reply.usage.total_tokens
    )
    return response


def _as_base64(row: Any) -> str:  # noqa: ANN401 (an array of either rank)
    return base64.b64encode(row.astype("<f4").tobytes()).decode("ascii")


def _as_list(row: Any) -> list[Any]:  # noqa: ANN401 (an array of either rank)
    return list(row.tolist())
