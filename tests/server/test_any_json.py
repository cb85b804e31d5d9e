"""Whatever JSON is posted, the server answers with vectors or with an envelope."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.server.asking import MODEL, post, refused

if TYPE_CHECKING:
    from nova_embeddings.testing import RunningServer

_leaves = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(
        ["retrieval", "code.query", "float", "base64", MODEL, "nova-embeddings-code", "", " ", "http://["]
    )
)
_anything = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=9,
)
_items = st.dictionaries(
    st.sampled_from(["text", "task", "adapter", "instructions", "image", "image_embeds", "title"]),
    _anything,
    max_size=5,
)
_texts = st.text(min_size=1, max_size=20)
_bodies = st.fixed_dictionaries(
    {
        "model": st.sampled_from([MODEL, "nova-embeddings-v1"]) | _anything,
        "input": _texts | st.lists(_texts | _items | _anything, max_size=4) | _items | _anything,
    },
    optional={
        "task": st.sampled_from(["retrieval", "code.query", "text-matching"]) | _anything,
        "adapter": st.just("code") | _anything,
        "instructions": _anything,
        "dimensions": st.sampled_from([128, 2048]) | _anything,
        "return_multivector": st.booleans() | _anything,
        "encoding_format": st.sampled_from(["float", "base64"]) | _anything,
        "user": _anything,
    },
)
_relaxed = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def answered(server: RunningServer, sent: object, path: str) -> None:
    """Hold that the answer is a success or an envelope of status 4xx."""
    response = post(server, sent, path)
    if response.status_code != 200:
        assert 400 <= response.status_code < 500
        refused(response, response.status_code)


@settings(_relaxed, max_examples=80)
@given(sent=_bodies | _anything)
def test_any_json_is_answered(server: RunningServer, sent: Any) -> None:
    """No body makes the server fail."""
    answered(server, sent, "embeddings")


@settings(_relaxed, max_examples=40)
@given(
    sent=_anything | st.fixed_dictionaries({"lora_name": _anything, "lora_path": _anything}),
    path=st.sampled_from(["load", "unload"]),
)
def test_any_adapter_json_is_answered(server: RunningServer, sent: Any, path: str) -> None:
    """No body makes the adapters' paths fail."""
    answered(server, sent, f"internal/lora/{path}")


@pytest.mark.slow
@settings(_relaxed, max_examples=600)
@given(sent=_bodies | _anything)
def test_any_json_is_answered_many(server: RunningServer, sent: Any) -> None:
    """No body makes the server fail, tried at length."""
    answered(server, sent, "embeddings")
