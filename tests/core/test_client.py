"""What `NovaClient` promises beyond what every way in does."""

from __future__ import annotations

import asyncio
import copy
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nova_embeddings import ConfigurationError, EmbeddingInput, InputError, NovaClient, ResponseError
from tests.fake_nova import Scripted, expected, good_answer

if TYPE_CHECKING:
    from tests.fake_nova import FakeNova


def test_an_input_s_own_options_win(nova: FakeNova) -> None:
    """Task, instructions and adapter of an input replace those of the request; "" switches instructions off."""
    client = NovaClient(api_base=nova.api_base, instructions="client")
    inputs: list[Any] = [
        "plain",
        EmbeddingInput("own", task="retrieval.query", instructions="mine", adapter="legal"),
        {"text": "off", "instructions": ""},
    ]
    vectors = client.embed(inputs, "retrieval.passage", instructions="request", adapter="general").vectors
    wanted = [
        expected("plain", "retrieval.passage", instructions="request", adapter="general"),
        expected("own", "retrieval.query", instructions="mine", adapter="legal"),
        expected("off", "retrieval.passage", adapter="general"),
    ]
    np.testing.assert_allclose(vectors, np.stack(wanted), rtol=1e-6)


def test_request_instructions_switch_the_client_s_off(nova: FakeNova) -> None:
    """`instructions=""` for one request sends none."""
    NovaClient(api_base=nova.api_base, instructions="client").embed(["a"], instructions="")
    assert "instructions" not in nova.seen[0].body


def test_families_are_sent_apart_and_come_back_in_order(nova: FakeNova) -> None:
    """Tasks of several families in one request make one call a family, with one result in the order of the inputs."""
    tasks = ["retrieval.query", "code.passage", "retrieval.passage", "text-matching", "code.query"] * 3
    inputs = [EmbeddingInput(f"text {number}", task=task) for number, task in enumerate(tasks)]  # type: ignore[arg-type]
    result = NovaClient(api_base=nova.api_base, batch_size=4).embed(inputs)
    wanted = [expected(value.text, str(value.task)) for value in inputs]
    np.testing.assert_allclose(result.vectors, np.stack(wanted), rtol=1e-6)
    for seen in nova.seen:
        families = {item["task"].split(".")[0] for item in seen.items}
        assert len(families) == 1
        assert seen.body["task"] in families | {item["task"] for item in seen.items}
    assert [space.family for space in result.spaces] == [task.split(".")[0] for task in tasks]
    with pytest.raises(ConfigurationError, match="3 spaces"):
        _ = result.space


def test_batches_are_cut_by_bytes(nova: FakeNova) -> None:
    """A call holds no more bytes of text than allowed; a larger text goes alone; letters of several bytes count so."""
    texts = ["é" * 20, "b" * 40, "c" * 500, "d" * 40, "e" * 61]
    NovaClient(api_base=nova.api_base, max_batch_bytes=100, max_concurrency=1).embed(texts)
    assert [[str(text)[0] for text in seen.texts] for seen in nova.seen] == [["é", "b"], ["c"], ["d"], ["e"]]


def test_usage_is_summed_and_the_model_named(nova: FakeNova) -> None:
    """Tokens of all calls are added up; the model is the one the server gave."""
    result = NovaClient(api_base=nova.api_base, batch_size=2).embed(["one", "two words", "three more words"])
    assert result.usage.prompt_tokens == result.usage.total_tokens == 6
    assert result.model == "remodlai/nova-embeddings-v1"
    assert len(result) == 3
    assert result.vectors.dtype == np.float32


def test_multivectors_come_ragged(nova: FakeNova) -> None:
    """Multi-vectors are one `(T, 128)` array an input, in order, and never mixed up with dense ones."""
    result = NovaClient(api_base=nova.api_base, batch_size=1, dimensions=256).embed(
        ["one", "two words", "and three words"], return_multivector=True
    )
    assert [rows.shape for rows in result.multivectors] == [(1, 128), (2, 128), (3, 128)]
    assert {rows.dtype for rows in result.multivectors} == {np.dtype(np.float32)}
    assert all(seen.body["return_multivector"] and "dimensions" not in seen.body for seen in nova.seen)
    assert result.space.kind == "multi-vector"
    with pytest.raises(ConfigurationError, match=r"read \.multivectors"):
        _ = result.vectors


def test_dimensions_of_a_request_exclude_multivectors(nova: FakeNova) -> None:
    """Asking for a width and for multi-vectors at once is refused before anything is sent."""
    with pytest.raises(ConfigurationError, match="dimensions=256 cannot be combined with return_multivector"):
        NovaClient(api_base=nova.api_base).embed(["a"], dimensions=256, return_multivector=True)
    assert nova.seen == []


@pytest.mark.parametrize("adapter", ["", " ", "half \ud83d", 3])
def test_an_adapter_has_a_name(nova: FakeNova, adapter: Any) -> None:
    """What is no name is refused as an option and in an input; nothing is sent."""
    with pytest.raises(ConfigurationError, match="adapter="):
        NovaClient(api_base=nova.api_base).embed(["a"], adapter=adapter)
    with pytest.raises(InputError, match="adapter="):
        NovaClient(api_base=nova.api_base).embed([EmbeddingInput("a", adapter=adapter)])
    assert nova.seen == []


def test_an_empty_request_has_the_asked_width(nova: FakeNova) -> None:
    """No inputs give `(0, D)`, or no multi-vectors, without a call."""
    client = NovaClient(api_base=nova.api_base)
    assert client.embed([]).vectors.shape == (0, 2048)
    assert client.embed([], dimensions=256).vectors.shape == (0, 256)
    assert client.embed([], return_multivector=True).multivectors == ()
    assert asyncio.run(client.aembed([])).vectors.shape == (0, 2048)
    assert nova.seen == []


def test_other_widths_are_opted_into(nova: FakeNova) -> None:
    """`any_dimensions` lets widths pass that Nova does not have."""
    client = NovaClient(api_base=nova.api_base, dimensions=300, any_dimensions=True)
    assert client.embed(["a"]).vectors.shape == (1, 300)
    assert client.space.dimensions == 300
    with pytest.raises(ConfigurationError, match="dimensions=0"):
        client.embed(["a"], dimensions=0)


def test_any_iterable_will_do(nova: FakeNova) -> None:
    """A generator of texts is taken as a list of them."""
    vectors = NovaClient(api_base=nova.api_base).embed(text for text in ("a", "b")).vectors
    assert vectors.shape == (2, 2048)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"text": "a", "image_url": "x"}, "unknown keys"),
        ({"task": "retrieval"}, "has neither text, image nor"),
        ({"text": "a", "task": "nonsense"}, "task='nonsense'"),
        ({"text": "a", "adapter": ""}, "adapter=''"),
        ({"text": "a", "instructions": 3}, "instructions is of type int"),
        (EmbeddingInput(None), "has neither text, image nor"),
        (EmbeddingInput(3), "text is of type int"),  # type: ignore[arg-type]
    ],
)
def test_a_bad_field_of_an_input_is_named(nova: FakeNova, value: Any, words: str) -> None:
    """A bad field raises InputError with the input's index and the field; nothing is sent."""
    with pytest.raises(InputError, match=words) as caught:
        NovaClient(api_base=nova.api_base).embed(["fine", value])
    assert caught.value.index == 1
    assert nova.seen == []


def test_one_input_is_no_list(nova: FakeNova) -> None:
    """A single EmbeddingInput or dict where a list belongs is refused."""
    for value in (EmbeddingInput("a"), {"text": "a"}, 7):
        with pytest.raises(ConfigurationError, match="give a list"):
            NovaClient(api_base=nova.api_base).embed(value)  # type: ignore[arg-type]
    assert nova.seen == []


def test_calls_of_different_widths_are_refused(nova: FakeNova) -> None:
    """Where no width was asked for, all calls must still answer with the same."""
    nova.answering = lambda body: good_answer({**body, "dimensions": 64 if "passage 1" in str(body) else 128})
    with pytest.raises(ResponseError, match="dimensions"):
        NovaClient(api_base=nova.api_base, batch_size=1).embed(["passage 0", "passage 1"])


def test_a_progress_bar_counts_inputs(nova: FakeNova, capsys: pytest.CaptureFixture[str]) -> None:
    """The bar is drawn on stderr only if asked for, and ends at all inputs."""
    client = NovaClient(api_base=nova.api_base, batch_size=2)
    client.embed(["a"] * 5, show_progress=True)
    assert "5/5" in capsys.readouterr().err
    client.embed(["a"] * 5)
    assert capsys.readouterr() == ("", "")


def test_spaces_and_encode_ids(nova: FakeNova) -> None:
    """Queries and passages share a space but no cache key; families, adapters, widths have spaces of their own."""
    client = NovaClient(api_base=nova.api_base, dimensions=256)
    assert client.space == client.space_of("retrieval.query")
    assert client.space == client.space_of(adapter="retrieval")
    others = [
        client.space_of("code.query"),
        client.space_of(adapter="legal"),
        client.space_of(dimensions=512),
        client.space_of(return_multivector=True),
        NovaClient("other", api_base=nova.api_base, dimensions=256).space,
    ]
    assert len({space.id for space in [client.space, *others]}) == 6
    ids = [
        client.encode_id(),
        client.encode_id("retrieval.query"),
        client.encode_id(instructions="x"),
        client.encode_id(adapter="legal"),
    ]
    assert len(set(ids)) == 4
    assert client.encode_id(instructions="") == client.encode_id()
    assert client.embed(["a"]).space == client.space


def test_ids_never_change() -> None:
    """The ids are stored beside vectors, so a release may not change them."""
    client = NovaClient(api_base="http://127.0.0.1:1/v1", api_key="k")
    assert client.space.id == "ns1-63ca9c70154156b22e9cb3cc45610ca6"
    assert client.encode_id("retrieval.query", "law") == "ne1-f8e88891f3086c31c006afe7432e1342"


def test_a_client_pickles_and_copies_after_use(nova: FakeNova, monkeypatch: pytest.MonkeyPatch) -> None:
    """A used client pickles with its options and without its key; the other side reads the environment."""
    client = NovaClient(
        api_base=nova.api_base, api_key="canary-key", headers={"x-t": "canary-h"}, dimensions=128, batch_size=1
    )
    client.embed(["a"])
    packed = pickle.dumps(client)
    assert b"canary" not in packed
    monkeypatch.setenv("NOVA_API_KEY", "theirs")
    pickle.loads(packed).embed(["b", "c"])
    copy.deepcopy(client).embed(["d"])
    assert [seen.headers["authorization"] for seen in nova.seen] == [
        "Bearer canary-key",
        "Bearer theirs",
        "Bearer theirs",
        "Bearer canary-key",
    ]
    assert {seen.body["dimensions"] for seen in nova.seen} == {128}


def test_a_copy_keeps_the_absence_of_a_key(nova: FakeNova, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client that was told to send no key sends none after copying either."""
    monkeypatch.setenv("NOVA_API_KEY", "not-for-this-server")
    client = NovaClient(api_base=nova.api_base, api_key="")
    for one in (client, copy.copy(client), copy.deepcopy(client)):
        one.embed(["a"])
    assert all("authorization" not in seen.headers for seen in nova.seen)


def test_no_repr_shows_a_key_or_a_text(nova: FakeNova) -> None:
    """Whatever is printed of a client, an input or a result holds neither key, header, nor text."""
    client = NovaClient(api_base=nova.api_base, api_key="canary-key", headers={"x-t": "canary-h"})
    result = client.embed([EmbeddingInput("canary-text")])
    one = EmbeddingInput("canary-text", task="code")
    shown = [repr(client), str(client), repr(result), repr(vars(client)), repr(one)]
    assert "canary" not in " ".join(shown)


def test_a_client_half_built_can_be_shown() -> None:
    """Whoever shows the locals of a failed construction gets no second error, and no key."""
    try:
        NovaClient(api_key="canary-key", dimensions=300)
    except ConfigurationError as error:
        lines = traceback.TracebackException.from_exception(error, capture_locals=True).format()
        assert "NovaClient(" in "".join(lines)


def test_whole_numbers_of_numpy_are_whole_numbers(nova: FakeNova) -> None:
    """Options that came out of an array are taken as what they are."""
    options: dict[str, Any] = {"dimensions": np.int64(256), "batch_size": np.int64(1), "timeout": np.float32(9)}
    client = NovaClient(api_base=nova.api_base, **options)
    assert client.embed(["a", "b"]).vectors.shape == (2, 256)
    assert [seen.body["dimensions"] for seen in nova.seen] == [256, 256]


def test_multivectors_are_asked_for_in_small_batches(nova: FakeNova) -> None:
    """A call for multi-vectors asks for about as many tokens as one answer can hold, whatever `batch_size` is."""
    texts = [f"{number} " + "word " * 3000 for number in range(8)]
    NovaClient(api_base=nova.api_base, max_concurrency=1).embed(texts, return_multivector=True)
    assert [len(seen.items) for seen in nova.seen] == [3, 3, 2]


def test_a_closed_client_says_so(nova: FakeNova) -> None:
    """After `close` a client refuses work; a context manager closes."""
    with NovaClient(api_base=nova.api_base) as client:
        client.embed(["a"])
    with pytest.raises(ConfigurationError, match="closed"):
        client.embed(["a"])

    async def use() -> None:
        async with NovaClient(api_base=nova.api_base) as other:
            await other.aembed(["a"])
        with pytest.raises(ConfigurationError, match="closed"):
            await other.aembed(["a"])

    asyncio.run(use())
    assert len(nova.seen) == 2


def test_adapters_are_loaded_and_unloaded(nova: FakeNova) -> None:
    """The model card's LoRA endpoints get its fields, sync and async."""
    nova.answering = lambda _: Scripted(200, b"ok")
    client = NovaClient(api_base=nova.api_base, api_key="key")
    client.load_adapter("legal", "/models/legal")
    asyncio.run(client.aload_adapter("medical", "/models/medical"))
    client.unload_adapter("legal")
    asyncio.run(client.aunload_adapter("medical"))
    assert [(seen.path, seen.body) for seen in nova.seen] == [
        ("/v1/internal/lora/load", {"lora_name": "legal", "lora_path": "/models/legal"}),
        ("/v1/internal/lora/load", {"lora_name": "medical", "lora_path": "/models/medical"}),
        ("/v1/internal/lora/unload", {"lora_name": "legal"}),
        ("/v1/internal/lora/unload", {"lora_name": "medical"}),
    ]
    assert nova.seen[0].headers["authorization"] == "Bearer key"


def test_a_refused_adapter_says_why(nova: FakeNova) -> None:
    """A server that cannot load an adapter is heard; a name or path that is none is refused at once."""
    nova.answering = lambda _: Scripted(404, {"error": {"message": "no such path"}})
    client = NovaClient(api_base=nova.api_base)
    with pytest.raises(ConfigurationError, match="no such path"):
        client.load_adapter("legal", "/nowhere")
    with pytest.raises(ConfigurationError, match="name"):
        client.load_adapter("", "/nowhere")
    with pytest.raises(ConfigurationError, match="path"):
        client.load_adapter("legal", None)  # type: ignore[arg-type]
    assert len(nova.seen) == 1


def test_engines_answer_in_process() -> None:
    """`lexiq_nova/hash` embeds without a server, sync and async alike, with tasks, instructions and adapters."""
    client = NovaClient("lexiq_nova/hash", dimensions=128)
    one = client.embed(["a", "b"]).vectors
    np.testing.assert_array_equal(one, asyncio.run(client.aembed(["a", "b"])).vectors)
    np.testing.assert_allclose(np.linalg.norm(one, axis=1), 1, rtol=1e-5)
    variants = [client.embed(["a"], "code.query"), client.embed(["a"], instructions="x")]
    assert len({one[0].tobytes(), *(variant.vectors[0].tobytes() for variant in variants)}) == 3
    with pytest.raises(ConfigurationError, match="Adapter 'in-process' not loaded"):
        client.embed(["a"], adapter="in-process")
    client.load_adapter("in-process", "/anything")
    assert client.embed(["a"], adapter="in-process").vectors.tobytes() != one[:1].tobytes()
    client.unload_adapter("in-process")
    with pytest.raises(ConfigurationError, match="no engine 'nonsense'"):
        NovaClient("lexiq_nova/nonsense").embed(["a"])
