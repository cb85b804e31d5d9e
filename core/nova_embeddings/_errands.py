"""One call over HTTP: what to post, and how to read what comes back."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import orjson

from nova_embeddings._decoding import Expected, decode, narrowed
from nova_embeddings._errors import ConfigurationError, InputError, ResponseError, StandInWarning
from nova_embeddings._fetching import wire_image
from nova_embeddings._http import Answer, Post, Transport
from nova_embeddings._inputs import utf8_length
from nova_embeddings._options import check_dimensions
from nova_embeddings._refusals import NOVA_KEYS, Asked, index_named, refusal, words_of
from nova_embeddings._secrets import shown
from nova_embeddings.dialects import nova
from nova_embeddings.dialects._dialect import Spelling
from nova_embeddings.dialects._servers import NOVA_DIALECT, dialect_of
from nova_embeddings.dialects._spelling import spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nova_embeddings._calls import Call, Reply
    from nova_embeddings._errors import NovaError
    from nova_embeddings._images import Image
    from nova_embeddings._options import Deployment
    from nova_embeddings.dialects._dialect import Dialect

_SUCCESS = range(200, 300)
ENGINE_HEADER = "x-nova-engine"
"""In the answers of the reference server: the engine that stands in for the model."""
PASSED_ON = f"llm_provider-{ENGINE_HEADER}"
"""The same through a LiteLLM proxy. Source: litellm 1.106.2, `core_helpers.process_response_headers`."""


@dataclass(frozen=True, slots=True, repr=False)
class Errand:
    """What is sent, over which connections, and what is expected back."""

    post: Post
    transport: Transport
    expected: Expected
    deployment: Deployment
    texts: Sequence[str]
    narrow: int | None = None

    def read(self, answer: Answer) -> Reply:
        """Return the vectors of an answer.

        Raises:
            NovaError: the server refused, or the answer is not what was asked for.
        """
        content_type = answer.headers.get("content-type", "")
        if answer.status in _SUCCESS and not _is_error(answer.body):
            reply = decode(answer.body, content_type, self.expected)
            engine = answer.headers.get(ENGINE_HEADER) or answer.headers.get(PASSED_ON, "")
            _warn_of_stand_in(engine, self.deployment.api_base)
            reply = reply if self.narrow is None else narrowed(reply, self.narrow)
            return replace(reply, engine=engine) if engine else reply
        raise refused(answer, self.deployment, self.texts, self.expected.count)


def refused(answer: Answer, deployment: Deployment, texts: Iterable[str], count: int) -> NovaError:
    """Return the error for an answer that is none, in the server's words, without keys and texts."""
    message, param = words_of(answer.body)
    index = index_named(message, param)
    held = [deployment.api_key, *(value for _, value in deployment.headers)]
    said = shown(message, [secret.reveal() for secret in held], texts)
    if answer.status in _SUCCESS:
        complaint = f"{deployment.api_base} answered {answer.status} with an error: {said or 'it says no more'}"
        return ResponseError(complaint, status=answer.status)
    known = index if index is not None and index < count else None
    row = dialect_of(deployment.dialect)
    asked = Asked(deployment.api_base, row.keys or NOVA_KEYS, count, cuts=bool(row.cut))
    return refusal(answer.status, answer.headers, said, known, asked)


def errand_of(call: Call, transport: Transport, timeout: float) -> Errand:
    """Return the errand of a call of the core."""
    spelling = _spelling(call)
    expected = spelling.expected
    instructions = [call.request.instructions or "", *(value.instructions or "" for value in call.inputs)]
    prompts = len(call) * len(instructions[0]) + sum(map(len, instructions[1:]))
    texts = [*(value.text or "" for value in call.inputs), *instructions]
    sized = nova.most_bytes(expected, call.text_bytes + 4 * prompts, visual=call.visual)
    most_bytes = sized if call.max_response_bytes is None else call.max_response_bytes
    post = _post(call.deployment, spelling.path, spelling.body, timeout, most_bytes)
    return Errand(post, transport, expected, call.deployment, texts, spelling.narrow)


def _spelling(call: Call) -> Spelling:
    """Return a call as its server takes it."""

    def picture(image: Image) -> bytes:
        return wire_image(image, call.pictures)

    if call.deployment.dialect == "nova":
        return Spelling("embeddings", nova.body_of(call, picture), nova.expected_of(call))
    return spelled(call, dialect_of(call.deployment.dialect), picture)


def errand_of_params(
    deployment: Deployment, inputs: Sequence[Any], params: dict[str, Any], transport: Transport, timeout: float
) -> Errand:
    """Return the errand of any other caller of LiteLLM."""
    for index, value in enumerate(inputs):
        if not isinstance(value, str | Mapping):
            message = f"is of type {type(value).__name__}; give a text, or an object with a text or an image"
            raise InputError(message, index=index)
        if isinstance(value, str):
            utf8_length(value, index)
    check_dimensions(params.get("dimensions"), any_dimensions=True)
    expected = nova.expected_of_params(len(inputs), params)
    try:
        body = nova.body_of_params(deployment.model, inputs, params)
    except TypeError as error:
        message = f"an input or an option cannot be written as JSON ({type(error).__name__})"
        raise ConfigurationError(message) from None
    texts = [value if isinstance(value, str) else str(value.get("text") or "") for value in inputs]
    post = _post(deployment, "embeddings", body, timeout, nova.most_bytes(expected, len(body)))
    return Errand(post, transport, expected, deployment, texts)


def post_of(deployment: Deployment, path: str, body: dict[str, str], timeout: float, most_bytes: int) -> Post:
    """Return a post of a JSON object to a path below the deployment's address."""
    return _post(deployment, path, orjson.dumps(body), timeout, most_bytes)


def _post(deployment: Deployment, path: str, body: bytes, timeout: float, most_bytes: int) -> Post:
    headers = {name: value.reveal() or "" for name, value in deployment.headers}
    if deployment.api_key:
        headers["authorization"] = f"Bearer {deployment.api_key.reveal()}"
    root = deployment.api_base.removesuffix("/v1") if path.startswith("/") else f"{deployment.api_base}/"
    post = Post(f"{root}{path}", headers, body, timeout, most_bytes)
    row = dialect_of(deployment.dialect)
    return post if row is NOVA_DIALECT else replace(post, remedy=_remedy(row))


def _remedy(row: Dialect) -> str:
    """Return what to do where no server answers that is not Nova's."""
    variable = "" if row.api_base else "NOVA_API_BASE or "
    return f"Does a server of dialect {row.name!r} run there? Start it, or name another address in {variable}api_base="


def _warn_of_stand_in(engine: str, where: str) -> None:
    """Say once for each address that it is not the Nova model that answers: its vectors must not meet Nova's."""
    if engine.isalnum():
        message = f"{where} computes with the {engine[:20]} engine, which is not the Nova model; index anew for Nova"
        warnings.warn(message, StandInWarning, stacklevel=2)


def _is_error(body: bytes) -> bool:
    """Tell whether a success is none: some gateways answer 200 with an error in the body."""
    return b'"data"' not in body and bool(words_of(body)[0])
