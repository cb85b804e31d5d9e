"""Vectors -> the JSON of an answer, rows in the order of the inputs."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson

from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings.server._images import said_of
from nova_embeddings.server._refusal import BAD_REQUEST, Refusal

if TYPE_CHECKING:
    from nova_embeddings._calls import Reply
    from nova_embeddings._pictures import Pictures
    from nova_embeddings._results import FloatArray
    from nova_embeddings.engines import Host
    from nova_embeddings.engines._prompts import Prompt
    from nova_embeddings.server._reading import Asked


def answer(asked: Asked, host: Host, pictures: Pictures) -> bytes:
    """Return the JSON of the vectors that were asked for.

    Raises:
        Refusal: an image cannot be had, or the engine sees nothing in it; an input has too many tokens, or none that
            the engine knows; an adapter is gone.
    """
    prompts = _prompts(asked, host, pictures)
    try:
        reply = host.embed(prompts, asked.request)
    except InputError as error:
        place = asked.places[error.index or 0].read
        raise Refusal(f"{place} {error.args[0]}", place) from None
    return _json(asked, reply)


def _prompts(asked: Asked, host: Host, pictures: Pictures) -> list[Prompt]:
    try:
        return host.prompts(asked.inputs, asked.request, pictures)
    except InputError as error:
        place = asked.places[error.index or 0]
        said = said_of(error, asked.inputs[error.index or 0].image)
        raise Refusal(f"{place.input}: {said}", place.seen) from None
    except ConfigurationError as error:  # an adapter that was unloaded since the request was read; a missing package
        raise Refusal(str(error), "adapter" if error.status else None, error.status or BAD_REQUEST) from None


def _json(asked: Asked, reply: Reply) -> bytes:
    spelled = _as_base64 if asked.base64 else _as_floats
    data = [{"object": "embedding", "index": index, **spelled(rows)} for index, rows in enumerate(reply.rows)]
    usage = {"prompt_tokens": reply.usage.prompt_tokens, "total_tokens": reply.usage.total_tokens}
    body = {"object": "list", "data": data, "model": asked.model, "usage": usage}
    return orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY)


def _as_floats(rows: FloatArray) -> dict[str, Any]:
    return {"embedding": np.ascontiguousarray(rows)}


def _as_base64(rows: FloatArray) -> dict[str, Any]:
    """Spell one string an input; a multi-vector's number of rows cannot be read off it, so its shape goes along."""
    shape = {"shape": list(rows.shape)} if rows.ndim > 1 else {}
    return {"embedding": base64.b64encode(rows.astype("<f4").tobytes()).decode("ascii"), **shape}
