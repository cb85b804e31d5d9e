"""What does a model take along, into a copy, a file or another process? Everything but its secrets."""

from __future__ import annotations

import copy
import pickle
import threading
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from llama_index.core.callbacks import CallbackManager
from llama_index.core.storage.kvstore import SimpleKVStore

from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import AuthenticationError, ConfigurationError, NovaError
from tests.fake_nova import Scripted, expected
from tests.llamaindex.observers import Called, observing

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_nova import FakeNova

    Road = Callable[[NovaEmbedding], NovaEmbedding]

CANARY = "canary-4f1d"

WITHIN: list[Road] = [
    copy.copy,
    copy.deepcopy,
    NovaEmbedding.model_copy,
    lambda model: model.model_copy(deep=True),
    lambda model: model.model_copy(update={"num_workers": 2}),
]
OUTWARDS: list[Road] = [
    lambda model: pickle.loads(pickle.dumps(model)),
    lambda model: NovaEmbedding.from_dict(model.to_dict()),
    lambda model: NovaEmbedding.from_json(model.to_json()),
]


@pytest.fixture
async def used(nova: FakeNova) -> NovaEmbedding:
    """A model with many options of its own that was used from a thread and from a loop."""
    model = NovaEmbedding(
        model_name="mine",
        api_base=nova.api_base,
        api_key=CANARY,
        headers={"x-tenant": CANARY},
        task="code",
        instructions="general",
        query_instructions="for queries",
        document_instructions="",
        dimensions=256,
        adapter="legal",
        embed_batch_size=7,
        batch_size=3,
        max_batch_bytes=1000,
        max_concurrency=2,
        timeout=20.0,
        max_retries=1,
        embeddings_cache=SimpleKVStore(),
    )
    model.get_query_embedding("before")
    await model.aget_text_embedding_batch(["before"] * 9)
    nova.seen.clear()
    return model


@pytest.mark.parametrize("road", WITHIN)
def test_a_copy_in_this_process_keeps_everything(used: NovaEmbedding, nova: FakeNova, road: Road) -> None:
    """A copy of a used model asks for the same, with the same key and headers, and the first one still works."""
    other = road(used)
    for model in (other, used):
        vector = model.get_query_embedding(f"from {id(model)}")
        wanted = expected(f"from {id(model)}", "code.query", width=256, adapter="legal", instructions="for queries")
        np.testing.assert_allclose(vector, wanted, rtol=1e-6)
    assert [seen.headers["authorization"] for seen in nova.seen] == [f"Bearer {CANARY}"] * 2
    assert [seen.headers["x-tenant"] for seen in nova.seen] == [CANARY] * 2


@pytest.mark.parametrize("road", OUTWARDS)
async def test_what_leaves_the_process_reads_the_key_there(
    used: NovaEmbedding, nova: FakeNova, monkeypatch: pytest.MonkeyPatch, road: Road
) -> None:
    """Every option arrives; the key is that of the other environment, and headers stay behind."""
    monkeypatch.setenv("NOVA_API_KEY", "key-of-the-other-side")
    monkeypatch.setenv("NOVA_MODEL", "model-of-the-other-side")
    other = road(used)
    assert other.to_dict() == used.to_dict()
    assert (other.api_key, other.headers) == (None, None)
    vectors = [other.get_text_embedding("a"), *await other.aget_text_embedding_batch(["b"])]
    wanted = [expected(text, "code.passage", width=256, adapter="legal") for text in "ab"]
    np.testing.assert_allclose(vectors, wanted, rtol=1e-6)
    assert [seen.headers["authorization"] for seen in nova.seen] == ["Bearer key-of-the-other-side"] * 2
    assert all("x-tenant" not in seen.headers for seen in nova.seen)


def test_pickling_leaves_the_model_whole(used: NovaEmbedding, caplog: pytest.LogCaptureFixture) -> None:
    """What cannot be pickled is left out of the pickle, not out of the model that is pickled."""
    handler = Called()
    handler.lock = threading.Lock()  # type: ignore[attr-defined]  # what makes it impossible to pickle
    used.callback_manager = CallbackManager([handler])
    other = pickle.loads(pickle.dumps(used))
    assert other.callback_manager.handlers == []
    assert "callback_manager" in caplog.text
    used.get_query_embedding("a")
    assert len(handler.ends) == 1


def test_what_a_model_says_about_itself(used: NovaEmbedding) -> None:
    """No form that a model can be written in holds the key or a header, and none fails after use."""
    forms: list[Any] = [
        repr(used),
        str(used),
        used.to_dict(),
        used.to_json(),
        used.to_payload(),
        used.model_dump(),
        used.model_dump_json(),
        used.model_json_schema(),
        list(used),
        vars(used),
        vars(used.model_copy(update={"api_key": CANARY, "headers": {"x": CANARY}})),
        pickle.dumps(used).decode("latin-1"),
        pickle.dumps(copy.deepcopy(used)).decode("latin-1"),
        used.api_key,
        used.headers,
        used._made,
    ]
    assert [form for form in map(repr, forms) if CANARY in form] == []


async def test_no_event_or_error_holds_the_key(
    used: NovaEmbedding, nova: FakeNova, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither events, callbacks, logs nor an error, even if the server repeats the key, hold it."""
    nova.answering = lambda _: Scripted(401, {"error": {"message": f"bad key {CANARY}"}})
    caplog.set_level("DEBUG")
    errors: list[NovaError] = []
    with observing() as observed:
        used.callback_manager = observed.manager
        with pytest.raises(AuthenticationError) as caught:
            used.get_query_embedding("a")
        errors.append(caught.value)
        with pytest.raises(AuthenticationError) as caught:
            await used.aget_text_embedding_batch(["a"])
        errors.append(caught.value)
    heard = [observed.dispatched.starts, observed.dispatched.ends, observed.called.starts, observed.called.ends]
    assert len(observed.called.ends) == 2
    assert CANARY not in f"{heard} {errors} {[vars(error) for error in errors]} {caplog.text}"


def test_no_refused_option_shows_the_key() -> None:
    """A key in the wrong place, or together with a wrong option, is not in the error."""
    for options in (
        {"apikey": CANARY},
        {"api_key": f"{CANARY}\n{CANARY}"},
        {"api_key": [CANARY]},
        {"api_key": CANARY, "dimensions": 300},
        {"headers": {"authorization": CANARY}},
        {"headers": {"x-tenant": f"{CANARY}\n{CANARY}"}},
    ):
        with pytest.raises(ConfigurationError) as caught:
            NovaEmbedding(**options)
        assert CANARY not in f"{caught.value!r} {vars(caught.value)} {caught.value.__context__!r}"
