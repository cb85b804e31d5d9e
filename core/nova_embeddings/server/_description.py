"""What does the server's OpenAPI description say? Made of the constants that the server itself reads."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from nova_embeddings._options import NOVA_DIMENSIONS
from nova_embeddings._space import MULTIVECTOR_WIDTH
from nova_embeddings._tasks import TASKS
from nova_embeddings.server._refusal import BAD_REQUEST, FORBIDDEN, NOT_FOUND, TOO_LARGE, UNAUTHORIZED

if TYPE_CHECKING:
    from nova_embeddings.server._settings import Settings

_NOT_BLANK = {"type": "string", "pattern": r"\S"}
_TASK = {"type": ["string", "null"], "enum": [*TASKS, None]}
_NAME = {"type": ["string", "null"], "pattern": r"\S"}
_INSTRUCTIONS = {"type": ["string", "null"], "description": "The system turn; empty for none."}
_REASONS = {
    BAD_REQUEST: "the request breaks a rule; `param` names the field",
    UNAUTHORIZED: "the key is missing or wrong",
    FORBIDDEN: "the path is in no folder that is allowed",
    NOT_FOUND: "there is no such model, adapter or path",
    TOO_LARGE: "the body is too large",
}


def description(settings: Settings) -> dict[str, Any]:
    """Return the description of a server with these settings."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "nova-embeddings reference server", "version": version("nova-embeddings")},
        "paths": {
            "/health": {"get": _operation("Tell that it runs", _object({"status": {"const": "ok"}}))},
            "/v1/models": {"get": _operation("List the models", _models(), UNAUTHORIZED)},
            "/v1/embeddings": {"post": _embeddings(settings)},
            "/v1/internal/lora/load": {"post": _lora("Serve an adapter", ("lora_name", "lora_path"), FORBIDDEN)},
            "/v1/internal/lora/unload": {"post": _lora("Serve an adapter no more", ("lora_name",), NOT_FOUND)},
        },
        "components": {
            "schemas": {"Error": _error()},
            "securitySchemes": {"key": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{"key": []}] if settings.api_key else [],
    }


def _embeddings(settings: Settings) -> dict[str, Any]:
    answer = _operation(
        "Embed texts and images",
        _object(
            {
                "object": {"const": "list"},
                "data": {"type": "array", "items": _vector()},
                "model": {"type": "string"},
                "usage": _object(
                    {name: {"type": "integer", "minimum": 0} for name in ("prompt_tokens", "total_tokens")}
                ),
            }
        ),
        BAD_REQUEST,
        UNAUTHORIZED,
        NOT_FOUND,
        TOO_LARGE,
    )
    return {**answer, "requestBody": _body(_request(settings))}


def _request(settings: Settings) -> dict[str, Any]:
    one = {"anyOf": [_NOT_BLANK, _item()]}
    options = {
        "model": _NOT_BLANK,
        "input": {
            "anyOf": [*one["anyOf"], {"type": "array", "items": one, "minItems": 1, "maxItems": settings.max_inputs}]
        },
        "task": _TASK,
        "adapter": _NAME,
        "instructions": _INSTRUCTIONS,
        "dimensions": {"enum": [*NOVA_DIMENSIONS, None]}
        if not settings.any_dimensions
        else {"type": ["integer", "null"]},
        "return_multivector": {"type": ["boolean", "null"]},
        "encoding_format": {"enum": ["float", "base64", None]},
        "user": _NAME,
    }
    return {"type": "object", "properties": options, "required": ["model", "input"], "additionalProperties": False}


def _item() -> dict[str, Any]:
    options = {
        "task": _TASK,
        "adapter": _NAME,
        "text": {"type": ["string", "null"], "pattern": r"\S"},
        "image": {"type": ["string", "null"], "description": "An http(s) address, a data URI, or bare base64."},
        "image_embeds": {"type": ["array", "null"], "description": "Numbers of any nesting."},
        "instructions": _INSTRUCTIONS,
    }
    return {"type": "object", "properties": options, "additionalProperties": False, "minProperties": 1}


def _vector() -> dict[str, Any]:
    numbers = {"type": "array", "items": {"type": "number"}, "minItems": 1}
    tokens = {"type": "array", "items": {**numbers, "minItems": MULTIVECTOR_WIDTH, "maxItems": MULTIVECTOR_WIDTH}}
    shape = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
    known = {
        "object": {"const": "embedding"},
        "index": {"type": "integer", "minimum": 0},
        "embedding": {"anyOf": [numbers, tokens, {"type": "string", "contentEncoding": "base64"}]},
    }
    return {**_object(known), "properties": {**known, "shape": shape}}


def _lora(summary: str, names: tuple[str, ...], *statuses: int) -> dict[str, Any]:
    fields = dict.fromkeys(names, _NOT_BLANK)
    wanted = {"type": "object", "properties": fields, "required": [*names], "additionalProperties": False}
    said = _object({"status": {"type": "string"}, "lora_name": {"type": "string"}})
    answer = _operation(summary, said, BAD_REQUEST, UNAUTHORIZED, TOO_LARGE, *statuses)
    return {**answer, "requestBody": _body(wanted)}


def _models() -> dict[str, Any]:
    return _object(
        {"object": {"const": "list"}, "data": {"type": "array", "items": _object({"id": {"type": "string"}})}}
    )


def _error() -> dict[str, Any]:
    error = {
        "message": {"type": "string"},
        "type": {"type": "string"},
        "param": {"type": ["string", "null"]},
        "code": {"type": "integer"},
    }
    return _object({"error": _object(error)})


def _operation(summary: str, schema: dict[str, Any], *statuses: int) -> dict[str, Any]:
    refused = {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}
    answers: dict[str, Any] = {"200": {"description": "done", "content": {"application/json": {"schema": schema}}}}
    answers |= {str(status): {"description": _REASONS[status], "content": refused} for status in statuses}
    return {"summary": summary, "responses": answers}


def _body(schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [*properties]}
