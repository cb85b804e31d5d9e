"""Which dialects are known? A row each; what behaves differently has a module."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._options import OWN_PROVIDERS
from nova_embeddings._secrets import brief
from nova_embeddings._unknown import refuse_unknown
from nova_embeddings.dialects._dialect import OPTIONS, Dialect

if TYPE_CHECKING:
    from nova_embeddings._calls import Call
    from nova_embeddings.dialects._dialect import Spelling, WireImage


def _vllm(call: Call, dialect: Dialect, wire_image: WireImage) -> Spelling:
    from nova_embeddings.dialects import vllm  # noqa: PLC0415 (numpy is not needed to import the package)

    return vllm.spelled(call, dialect, wire_image)


NOVA_DIALECT = Dialect(
    "nova",
    "the Nova model card and the LiteLLM plan; spelt in `nova.py`",
    frozenset(OPTIONS) - {"late_chunking", "truncate"},
)

_BASE64 = {"encoding_format": "base64"}
DIALECTS = {
    row.name: row
    for row in (
        NOVA_DIALECT,
        Dialect(
            "jina",
            "Jina's OpenAPI description, April 2026",
            frozenset({"dimensions", "images", "late_chunking", "return_multivector", "truncate"}),
            prefixes=("jina_ai",),
            api_base="https://api.jina.ai/v1",
            keys=("JINA_API_KEY", "JINA_AI_API_KEY"),
            objects=True,
            asks_base64={"embedding_type": "base64"},
            whole={"truncate": False},
            cut={"truncate": True},
            late_chunking={"late_chunking": True},
        ),
        Dialect(
            "vllm",
            "vLLM 0.33's entrypoints; spelt in `vllm.py`",
            frozenset({"images", "return_multivector", "truncate"}),
            prefixes=("hosted_vllm",),
            asks_base64=_BASE64,
            dimensions="",
            whole={},
            cut={"truncate_prompt_tokens": -1},
            images_alone=True,
            own_body=_vllm,
        ),
        Dialect(
            "infinity",
            "Infinity 0.0.78; it has no /v1 by default, cuts long inputs, and narrows without normalising again",
            asks_base64=_BASE64,
        ),
        Dialect(
            "tei",
            "text-embeddings-inference's /embed, which refuses long inputs when told to, and takes prompts as text",
            frozenset({"truncate"}),
            path="/embed",
            inputs="inputs",
            answers="list",
            whole={"truncate": False},
            cut={"truncate": True},
            batch_size=32,
        ),
        Dialect(
            "ollama",
            "Ollama's /api/embed, which, unlike its /v1/embeddings, refuses long inputs when told to",
            frozenset({"truncate"}),
            api_base="http://localhost:11434",
            path="/api/embed",
            answers="embeddings",
            whole={"truncate": False},
            cut={"truncate": True},
        ),
        Dialect(
            "sglang",
            "SGLang 0.5.23: text and image in one object",
            frozenset({"images"}),
            objects=True,
            asks_base64=_BASE64,
        ),
        Dialect(
            "openai",
            "OpenAI's embeddings reference; not through LiteLLM's own, which asks thrice whatever it is told",
            frozenset({"dimensions"}),
            api_base="https://api.openai.com/v1",
            keys=("OPENAI_API_KEY",),
            asks_base64=_BASE64,
            batch_size=2048,
        ),
        Dialect(
            "mistral",
            "Mistral's embeddings reference; not through LiteLLM's own, which asks thrice whatever it is told",
            api_base="https://api.mistral.ai/v1",
            keys=("MISTRAL_API_KEY",),
            dimensions="",
        ),
        Dialect("openai-like", "OpenAI's embeddings reference, for any server that has the same", asks_base64=_BASE64),
    )
}
"""By name; `add_dialect` adds a user's."""


def dialect_of(name: object) -> Dialect:
    """Return the dialect of this name.

    Raises:
        ConfigurationError: there is none; the known ones are named.
    """
    found = DIALECTS.get(name) if isinstance(name, str) else None
    if found is None:
        raise ConfigurationError(f"dialect={brief(name)} is none of {', '.join(DIALECTS)}; add_dialect adds your own")
    return found


def dialect_named_by(prefix: str) -> Dialect | None:
    """Return the dialect that a model's prefix means; a user's goes before those that are there."""
    others = (row for row in reversed(DIALECTS.values()) if row is not NOVA_DIALECT)
    return next((row for row in others if prefix == row.name or prefix in row.prefixes), None)


def add_dialect(row: Dialect) -> None:
    """Have clients that are made from now on know a dialect, also in place of one that is there.

    With the name of one of LiteLLM's providers, its requests go over this library's own connection, as the row says.

    Raises:
        ConfigurationError: its name is this library's own, it has no source, or it takes options that it cannot say.
    """
    own = {*OWN_PROVIDERS, NOVA_DIALECT.name}.intersection((row.name, *row.prefixes))
    if own:
        raise ConfigurationError(f"{', '.join(map(repr, own))} is this library's own; give your dialect another name")
    if not row.source.strip():
        raise ConfigurationError(f"{row.name}: a dialect says where its facts are from; give source=")
    refuse_unknown(f"{row.name}: takes", row.takes, OPTIONS)
    said = {"images": row.objects, "late_chunking": row.late_chunking, "truncate": row.cut or row.whole}
    said |= {"dimensions": True, "return_multivector": True}
    unsaid = [] if row.own_body else [option for option in OPTIONS if option in row.takes and not said.get(option)]
    if unsaid:
        message = f"{row.name}: nothing says how {', '.join(unsaid)} goes out; own_body= can, and some have a field"
        raise ConfigurationError(message)
    DIALECTS.pop(row.name, None)  # the newest is looked up first
    DIALECTS[row.name] = row
