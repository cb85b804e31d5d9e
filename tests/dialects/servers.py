"""What each server answers, written from its documentation: it refuses what that refuses; vectors say whose they are.

A vector depends on all that a model would see: the text with its prefix, and the task where a parameter carries it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.fake_nova import Scripted

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Answering = Callable[[dict[str, Any]], Scripted | dict[str, Any]]


def vector(seen: object, width: int, *, full: int | None = None, normal: bool = True) -> NDArray[np.float32]:
    """Return the vector of what a model has seen: the beginning of its full one, as Matryoshka vectors are."""
    seed = int.from_bytes(hashlib.sha256(json.dumps(seen).encode()).digest()[:8], "big")
    row = np.random.default_rng(seed).standard_normal(full or width).astype(np.float32)
    row = (row / np.linalg.norm(row))[:width]
    return np.asarray(row / np.linalg.norm(row) if normal else row, dtype=np.float32)


def packed(row: NDArray[np.float32]) -> str:
    """Return base64 of little-endian float32."""
    return base64.b64encode(row.astype("<f4").tobytes()).decode()


def refused(status: int, body: dict[str, Any] | list[Any]) -> Scripted:
    """Return a refusal."""
    return Scripted(status, json.dumps(body).encode())


def listed(rows: list[Any], model: str, key: str = "embedding") -> dict[str, Any]:
    """Return rows as OpenAI's reference has them, backwards: only the index says whose a vector is."""
    data = [{"object": key, "index": index, key: row} for index, row in enumerate(rows)]
    return {"object": "list", "data": data[::-1], "model": model, "usage": {"prompt_tokens": 3, "total_tokens": 3}}


JINA_TASKS = ("retrieval.query", "retrieval.passage", "text-matching", "code.query", "code.passage")


def jina(body: dict[str, Any]) -> Scripted | dict[str, Any]:
    """Answer as api.jina.ai does for v4."""
    known = {
        "model",
        "input",
        "task",
        "dimensions",
        "embedding_type",
        "late_chunking",
        "truncate",
        "return_multivector",
    }
    bad = sorted(set(body) - known) or [key for key in ("task",) if body.get(key) not in JINA_TASKS]
    items = body["input"]
    bad += [str(item) for item in items if not isinstance(item, dict) or set(item) not in ({"text"}, {"image"})]
    multi = body.get("return_multivector", False)
    if bad or (multi and "dimensions" in body) or (body.get("late_chunking") and any("image" in one for one in items)):
        return refused(422, {"detail": f"Validation error: {bad}"})
    neighbours = items if body.get("late_chunking") else None
    if multi:
        rows: list[Any] = [[vector([one, place], 128).tolist() for place in range(3)] for one in items]
        return listed(rows, body["model"], "embeddings")
    width = body.get("dimensions", 2048)
    made = [vector([one, body["task"], neighbours], width, full=2048) for one in items]
    if body.get("embedding_type") == "base64":
        return listed([packed(row) for row in made], body["model"])
    return listed([row.tolist() for row in made], body["model"])


def vllm(body: dict[str, Any]) -> Scripted | dict[str, Any]:
    """Answer as vLLM does for a checkpoint that does not say that it is Matryoshka."""
    if "dimensions" in body:
        return refused(400, {"error": {"message": "Model does not support matryoshka representation", "code": 400}})
    shown = body.get("input") or [body["messages"]]
    if "input" in body and not all(isinstance(text, str) for text in shown):
        return refused(400, {"error": {"message": "input must be text", "code": 400}})
    if body.get("task") == "token_embed":
        data = [
            {"object": "pooling", "index": place, "data": [vector([one, token], 128).tolist() for token in range(2)]}
            for place, one in enumerate(shown)
        ]
        return {"id": "pool-1", "object": "list", "data": data, "model": body["model"], "usage": {}}
    rows = [vector(one, 2048) for one in shown]
    plain = [packed(row) if body.get("encoding_format") == "base64" else row.tolist() for row in rows]
    return listed(plain, body["model"])


def infinity(body: dict[str, Any]) -> Scripted | dict[str, Any]:
    """Answer as Infinity does, which cuts vectors without normalising them again."""
    if not all(isinstance(text, str) for text in body["input"]):
        return refused(422, {"detail": [{"loc": ["body", "input"], "msg": "str type expected"}]})
    width = body.get("dimensions") or 1024
    rows = [vector(text, width, full=1024, normal=False) for text in body["input"]]
    return listed([packed(row) if body.get("encoding_format") == "base64" else row.tolist() for row in rows], "m")


def tei(body: dict[str, Any]) -> Scripted:
    """Answer as text-embeddings-inference does at /embed: a bare list of vectors."""
    if sorted(set(body) - {"inputs", "truncate", "normalize", "prompt_name", "dimensions", "model"}):
        return refused(422, {"error": "unknown field", "error_type": "Validation"})
    if len(body["inputs"]) > 32:
        return refused(413, {"error": "batch size > maximum allowed batch size 32", "error_type": "Validation"})
    if not body.get("truncate", True) and any(len(text) > 2000 for text in body["inputs"]):
        return refused(413, {"error": "Input validation error: inputs must have less than 512 tokens"})
    rows = [vector(text, body.get("dimensions", 1024), full=1024).tolist() for text in body["inputs"]]
    return Scripted(200, json.dumps(rows).encode())


def ollama(body: dict[str, Any]) -> Scripted | dict[str, Any]:
    """Answer as Ollama does at /api/embed, which cuts inputs unless told not to."""
    if not body.get("truncate", True) and any(len(text) > 2000 for text in body["input"]):
        return refused(400, {"error": "the input length exceeds the context length"})
    rows = [vector(text, body.get("dimensions", 768), full=768).tolist() for text in body["input"]]
    return {"model": body["model"], "embeddings": rows, "total_duration": 1, "prompt_eval_count": 5}


def sglang(body: dict[str, Any]) -> Scripted | dict[str, Any]:
    """Answer as SGLang does: objects with text, image, or both."""
    if not all(isinstance(one, dict) and set(one) <= {"text", "image"} for one in body["input"]):
        return refused(400, {"object": "error", "message": "input is not valid", "type": "BadRequest", "code": 400})
    rows = [vector(one, body.get("dimensions", 1024), full=1024) for one in body["input"]]
    return listed([packed(row) if body.get("encoding_format") == "base64" else row.tolist() for row in rows], "/m")


def openai(body: dict[str, Any]) -> Scripted | dict[str, Any]:
    """Answer as OpenAI does."""
    unknown = sorted(set(body) - {"input", "model", "dimensions", "encoding_format", "user"})
    if unknown or not all(isinstance(text, str) for text in body["input"]):
        return refused(400, {"error": {"message": f"Unrecognized request arguments: {unknown}", "type": "invalid"}})
    rows = [vector(text, body.get("dimensions", 1536), full=1536) for text in body["input"]]
    return listed([packed(row) if body.get("encoding_format") == "base64" else row.tolist() for row in rows], "m")


def gemini(body: dict[str, Any]) -> Scripted | dict[str, Any]:
    """Answer as Gemini's batchEmbedContents does; what is narrower than 3072 is not normalised."""
    rows = []
    for one in body["requests"]:
        width = one.get("outputDimensionality", 3072)
        shown = [one["content"]["parts"][0]["text"], one.get("taskType")]
        rows.append({"values": vector(shown, width, full=3072, normal=False).tolist()})
    return {"embeddings": rows}


def cohere(body: dict[str, Any]) -> Scripted | dict[str, Any]:
    """Answer as Cohere's embed does; it wants an input_type, and takes 96 texts."""
    types = ("search_query", "search_document", "classification", "clustering", "image")
    if body.get("input_type") not in types or len(body["texts"]) > 96:
        return refused(400, {"message": "invalid request: valid input_type must be provided, with up to 96 texts"})
    rows = [vector([text, body["input_type"]], body.get("output_dimension", 1536)).tolist() for text in body["texts"]]
    return {
        "id": "1",
        "embeddings": {"float": rows},
        "texts": body["texts"],
        "meta": {"billed_units": {"input_tokens": 3}},
    }


VOYAGE_OF_ONE_WIDTH = ("voyage-3", "voyage-3-lite", "voyage-law-2", "voyage-finance-2", "voyage-multilingual-2")


def voyage(body: dict[str, Any]) -> Scripted | dict[str, Any]:
    """Answer as Voyage does; "float" is no encoding of its."""
    known = {"input", "model", "input_type", "truncation", "output_dimension", "output_dtype", "encoding_format"}
    if set(body) - known or body.get("input_type") not in (None, "query", "document"):
        return refused(400, {"detail": f"Argument not valid: {sorted(set(body) - known)}"})
    if body.get("encoding_format") not in (None, "base64"):
        return refused(400, {"detail": "encoding_format must be null or base64"})
    own = 512 if body["model"] == "voyage-3-lite" else 1024
    if "output_dimension" in body and body["model"] in VOYAGE_OF_ONE_WIDTH:
        return refused(400, {"detail": f"The model {body['model']} does not support output_dimension"})
    width = body.get("output_dimension", own)
    rows = [vector([text, body.get("input_type")], width, full=2048).tolist() for text in body["input"]]
    return {**listed(rows, body["model"]), "usage": {"total_tokens": 3}}


def mistral(body: dict[str, Any]) -> Scripted | dict[str, Any]:
    """Answer as Mistral does."""
    if sorted(set(body) - {"input", "model", "encoding_format"}):
        return refused(422, {"object": "error", "message": {"detail": [{"type": "extra_forbidden"}]}})
    return listed([vector(text, 1024).tolist() for text in body["input"]], body["model"])


def huggingface(body: dict[str, Any]) -> Scripted:
    """Answer as HF Inference does for feature extraction: a bare list of vectors."""
    return Scripted(200, json.dumps([vector(text, 1024).tolist() for text in body["inputs"]]).encode())


def vertex(body: dict[str, Any]) -> Scripted | dict[str, Any]:
    """Answer as Vertex AI's predict does for text embeddings."""
    if sorted(set(body) - {"instances", "parameters"}) or len(body["instances"]) > 250:
        return refused(400, {"error": {"code": 400, "message": "invalid argument", "status": "INVALID_ARGUMENT"}})
    width = body.get("parameters", {}).get("outputDimensionality", 768)
    rows = [vector([one["content"], one.get("task_type")], width, full=768).tolist() for one in body["instances"]]
    return {"predictions": [{"embeddings": {"values": row, "statistics": {"token_count": 3}}} for row in rows]}


def titan(body: dict[str, Any]) -> Scripted | dict[str, Any]:
    """Answer as Bedrock does for Titan v2, which takes one text."""
    if set(body) - {"inputText", "dimensions", "normalize", "embeddingTypes"}:
        return refused(400, {"message": "Malformed input request: extraneous key is not permitted"})
    row = vector(body["inputText"], body.get("dimensions", 1024), full=1024).tolist()
    return {"embedding": row, "embeddingsByType": {"float": row}, "inputTextTokenCount": 3}
