"""What every kind of server is asked for, and what comes back of it."""

from __future__ import annotations

import asyncio
import functools
import itertools
import json
import pickle
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_embeddings import (
    AuthenticationError,
    ConfigurationError,
    DeploymentUnavailableError,
    EmbeddingInput,
    Image,
    InputError,
    NovaClient,
    RateLimitError,
    ResponseError,
    UnsupportedWarning,
)
from nova_embeddings.cache import MemoryCache
from nova_embeddings.dialects import Dialect, Model, add_dialect, add_model, cells
from nova_embeddings.dialects._servers import DIALECTS
from nova_embeddings.dialects._table import MODELS
from tests.core.pictures import drawn
from tests.dialects import servers
from tests.dialects.cases import CASES, TASKS, Case
from tests.dialects.recorded import GOLDEN, recorded
from tests.fake_nova import FakeNova, Scripted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nova_embeddings import EmbeddingResult

PICTURE = Image.from_bytes(drawn())


@pytest.mark.parametrize("name", CASES)
def test_every_task_is_asked_for_as_pinned(name: str, nova: FakeNova) -> None:
    """Path and body under each task are the golden ones, and what a model does not have is refused in those words."""
    assert recorded(CASES[name], nova) == json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def first_task(name: str) -> Any:
    """Return a task that the case's model has."""
    return "code.query" if name == "vllm-code" else "retrieval.query"


@pytest.mark.parametrize("name", CASES)
def test_sync_is_async(name: str, nova: FakeNova) -> None:
    """Both ways send the same and give the same vectors, unit length, in the order of the inputs."""
    client = CASES[name].client(nova)
    texts = [f"text {number}" for number in range(7)]
    one = client.embed(texts, first_task(name))
    other = asyncio.run(client.aembed(texts, first_task(name)))
    np.testing.assert_array_equal(one.vectors, other.vectors)
    assert one.space == other.space
    np.testing.assert_allclose(np.linalg.norm(one.vectors, axis=1), 1, rtol=1e-5)
    alone = [client.embed([text], first_task(name)).vectors[0] for text in texts]
    np.testing.assert_array_equal(one.vectors, alone)


@pytest.mark.parametrize("name", ["jina", "vllm", "ollama", "sglang", "openai", "gemini", "cohere", "voyage"])
def test_narrower_vectors_are_normalised(name: str, nova: FakeNova) -> None:
    """Whether the server cuts, or this library, the vectors are of unit length and begin like the full ones."""
    client = CASES[name].client(nova)
    narrow = client.embed(["a"], first_task(name), dimensions=256)
    assert narrow.vectors.shape == (1, 256)
    np.testing.assert_allclose(np.linalg.norm(narrow.vectors), 1, rtol=1e-5)
    if name not in {"cohere", "voyage"}:  # whose fakes have a vector for each width
        full = client.embed(["a"], first_task(name)).vectors[0, :256]
        np.testing.assert_allclose(narrow.vectors[0], full / np.linalg.norm(full), rtol=1e-4)
    assert narrow.space.dimensions == 256
    assert narrow.space.id == client.space_of(first_task(name), dimensions=256).id


def test_what_a_provider_does_not_narrow_is_cut_here(nova: FakeNova) -> None:
    """HF Inference is asked for no width; a model that was trained for it is narrowed all the same."""
    case = Case("huggingface/Qwen/Qwen3-Embedding-0.6B", servers.huggingface, base="/models/qwen")
    full = case.client(nova).embed(["a"]).vectors[0, :256]
    narrow = case.client(nova, dimensions=256).embed(["a"])
    np.testing.assert_allclose(narrow.vectors[0], full / np.linalg.norm(full), rtol=1e-4)
    assert [seen.body for seen in nova.seen] == [{"inputs": ["a"]}] * 2


@pytest.mark.parametrize("name", CASES)
def test_the_space_is_known_before_and_after(name: str, nova: FakeNova) -> None:
    """Where the table has the model's width, the space before a call is that of its vectors."""
    client = CASES[name].client(nova)
    before, after = client.space_of(first_task(name)), client.embed(["a"], first_task(name)).space
    assert before == after or before.dimensions == 0
    assert after.dimensions > 0


def test_no_two_cases_share_a_space(nova: FakeNova) -> None:
    """Vectors of different servers or models never look comparable."""
    made = [CASES[name].client(nova).space_of(first_task(name)).id for name in CASES]
    assert len({*made, NovaClient().space.id}) == len(CASES) + 1


def test_images_go_to_jina(nova: FakeNova) -> None:
    """An image is an object of its own; with a text beside it there is no such input."""
    client = CASES["jina"].client(nova)
    result = client.embed([PICTURE, "a"], "retrieval.passage")
    assert sorted(list(item) for seen in nova.seen for item in seen.items) == [["image"], ["text"]]
    assert result.vectors.shape == (2, 2048)
    with pytest.raises(InputError, match="text and image in one input is not supported") as caught:
        client.embed(["a", EmbeddingInput("b", image=PICTURE)])
    assert caught.value.index == 1


def test_images_go_to_vllm_as_conversations(nova: FakeNova) -> None:
    """One a call, with the words that the model was trained to see after it."""
    CASES["vllm"].client(nova).embed([PICTURE, PICTURE])
    for seen in nova.seen:
        [message] = seen.body["messages"]
        image, text = message["content"]
        assert image["image_url"]["url"].startswith("data:image/png;base64,iVBOR")
        assert text == {"type": "text", "text": "Describe the image."}
    assert len(nova.seen) == 2


def test_fused_inputs_go_to_sglang(nova: FakeNova) -> None:
    """It takes text and image in one object, as Nova does."""
    CASES["sglang"].client(nova).embed([EmbeddingInput("b", image=PICTURE)], "retrieval.passage")
    assert sorted(nova.seen[0].items[0]) == ["image", "text"]


@pytest.mark.parametrize("name", ["tei", "ollama", "infinity", "openai"])
def test_images_are_refused_elsewhere(name: str, nova: FakeNova) -> None:
    """Before a call, with the index, whatever on_unsupported says: nothing could stand in for the vector."""
    client = CASES[name].client(nova, on_unsupported="ignore")
    with pytest.raises(InputError, match="images is not supported") as caught:
        client.embed(["a", PICTURE])
    assert caught.value.index == 1
    assert nova.seen == []


@pytest.mark.parametrize("name", ["jina", "vllm"])
def test_multi_vectors(name: str, nova: FakeNova) -> None:
    """Token vectors come from where each server has them."""
    result = CASES[name].client(nova).embed(["a", "b"], return_multivector=True)
    assert [rows.shape[1] for rows in result.multivectors] == [128, 128]
    assert nova.seen[0].path == {"jina": "/v1/embeddings", "vllm": "/pooling"}[name]


def test_multi_vectors_are_refused_elsewhere(nova: FakeNova) -> None:
    """Also where options may be ignored: one vector an input is something else."""
    with pytest.raises(ConfigurationError, match=r"'openai'.*return_multivector is not supported"):
        CASES["openai"].client(nova, on_unsupported="ignore").embed(["a"], return_multivector=True)


@pytest.mark.parametrize("name", ["jina", "tei", "ollama", "vllm"])
def test_long_inputs_are_cut_only_if_asked(name: str, nova: FakeNova) -> None:
    """By default a server is told not to cut; `truncate=True` tells it to, where that can be said."""
    client = CASES[name].client(nova)
    for asked, said in ((None, False), (False, False), (True, True)):
        client.embed(["a"], truncate=asked)
        body = nova.seen[-1].body
        assert body.get("truncate", "truncate_prompt_tokens" in body) == said
    if name in {"tei", "ollama"}:
        with pytest.raises((ConfigurationError, InputError), match=r"length|tokens"):
            client.embed(["x" * 3000])


def test_pieces_of_a_document_stay_together(nova: FakeNova) -> None:
    """With late chunking each document is a call of its own, in order; a vector depends on its neighbours."""
    client = CASES["jina"].client(nova, batch_size=3, cache=MemoryCache())
    pieces = [EmbeddingInput(f"piece {number}", document="ab"[number % 2]) for number in range(6)]
    result = client.embed(pieces, late_chunking=True)
    sent = sorted([item["text"] for item in seen.items] for seen in nova.seen)
    assert sent == [["piece 0", "piece 2", "piece 4"], ["piece 1", "piece 3", "piece 5"]]
    assert all(seen.body["late_chunking"] is True for seen in nova.seen)
    again = client.embed(pieces[::2], late_chunking=True)  # nothing of it is cached: it may have other neighbours
    np.testing.assert_array_equal(again.vectors, result.vectors[::2])
    alone = client.embed([pieces[0]], late_chunking=True)
    assert not np.array_equal(alone.vectors[0], result.vectors[0])
    with pytest.raises(ConfigurationError, match="4 pieces and a call takes 3"):
        client.embed(["a", "b", "c", "d"], late_chunking=True)
    with pytest.raises(ConfigurationError, match="without one of its pieces"):
        client.embed(["a"], late_chunking=True, on_error="skip")


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
@given(sizes=st.lists(st.integers(1, 4), max_size=12), batch_size=st.integers(4, 6))
@settings(max_examples=15, deadline=None)
def test_a_stream_is_cut_between_documents(sizes: list[int], batch_size: int, *, asynchronous: bool) -> None:
    """With late chunking a stream gives what one request gives, whatever the lengths of its documents."""
    pieces = [
        EmbeddingInput(f"piece {number}", document=f"d{place}")
        for place, size in enumerate(sizes)
        for number in range(size)
    ]
    with FakeNova().running() as nova, CASES["jina"].client(nova, batch_size=batch_size) as client:
        streamed = drained(client, pieces, asynchronous=asynchronous)
        lengths = [len(result.vectors) for result in streamed]
        assert [result.start for result in streamed] == list(itertools.accumulate(lengths, initial=0))[:-1]
        if pieces:
            rows = np.concatenate([result.vectors for result in streamed])
            np.testing.assert_array_equal(rows, client.embed(pieces, late_chunking=True).vectors)


def drained(client: NovaClient, pieces: list[EmbeddingInput], *, asynchronous: bool) -> list[EmbeddingResult]:
    """Take a whole stream with late chunking."""

    async def taken() -> list[EmbeddingResult]:
        return [result async for result in client.aembed_iter(pieces, late_chunking=True)]

    return asyncio.run(taken()) if asynchronous else list(client.embed_iter(pieces, late_chunking=True))


def test_a_document_that_cannot_be_whole_is_refused(nova: FakeNova) -> None:
    """Pieces of several tasks, a document that comes again, or one longer than a call: refused before any call."""
    client = CASES["jina"].client(nova, batch_size=3)
    mixed = [EmbeddingInput("a", document="d"), EmbeddingInput("b", document="d", task="code.passage")]
    with pytest.raises(InputError, match="all are texts of one task") as caught:
        client.embed(mixed, late_chunking=True)
    assert caught.value.index == 1
    again = [EmbeddingInput(name, document=name) for name in ("a", "b", "a")]
    with pytest.raises(InputError, match="ended before other inputs") as caught:
        list(client.embed_iter(again, late_chunking=True))
    assert caught.value.index == 2
    with pytest.raises(ConfigurationError, match="more pieces than the 3"):
        list(client.embed_iter(["a", "b", "c", "d"], late_chunking=True))


def test_instructions_reach_instruct_models(nova: FakeNova) -> None:
    """On the query's side, for any task; documents are refused them, and other models are."""
    client = CASES["sglang"].client(nova)
    for task in ("retrieval.query", "text-matching", "code.query"):
        client.embed(["a"], task, instructions="Find the law.")
        assert nova.seen[-1].items == [{"text": "Instruct: Find the law.\nQuery:a"}]
    with pytest.raises(ConfigurationError, match=r"instructions is not supported .on the query's side only"):
        client.embed(["a"], "retrieval.passage", instructions="Find the law.")
    with pytest.raises(InputError, match="instructions is not supported") as caught:
        CASES["tei"].client(nova).embed(["a", EmbeddingInput("b", instructions="Find.")])
    assert caught.value.index == 1


@pytest.mark.parametrize(
    "option", [{"instructions": "Find."}, {"adapter": "mine"}, {"dimensions": 100}, {"late_chunking": True}]
)
def test_what_is_not_supported_is_left_out_only_if_asked(option: dict[str, Any], nova: FakeNova) -> None:
    """By default it is refused before a call; "warn" says what is left out, "ignore" says nothing."""
    tei = CASES["tei"]
    with pytest.raises(ConfigurationError, match=f"'tei'.*{next(iter(option))} is not supported"):
        tei.client(nova).embed(["a"], **option)
    assert nova.seen == []
    with pytest.warns(UnsupportedWarning, match=f"{next(iter(option))} is not supported.*left out"):
        warned = tei.client(nova, on_unsupported="warn").embed(["a"], **option)
    ignored = tei.client(nova, on_unsupported="ignore").embed(["a"], **option)
    plain = tei.client(nova).embed(["a"])
    np.testing.assert_array_equal(warned.vectors, plain.vectors)
    np.testing.assert_array_equal(ignored.vectors, plain.vectors)
    assert warned.space == plain.space


def test_the_nearest_task_is_taken_only_if_asked(nova: FakeNova) -> None:
    """Jina v4 has no classification; the nearest that it has is text-matching."""
    with pytest.warns(UnsupportedWarning, match="nearest that is sent is 'text-matching'"):
        CASES["jina"].client(nova, on_unsupported="warn").embed(["a"], "classification")
    assert nova.seen[-1].body["task"] == "text-matching"


def test_nova_itself_has_seven_tasks(nova: FakeNova) -> None:
    """The two others are refused, or become the nearest by its own name."""
    with pytest.raises(ConfigurationError, match="not a task of Nova"):
        NovaClient(api_base=nova.api_base).embed(["a"], "clustering")
    with pytest.raises(ConfigurationError, match="late_chunking is not supported"):
        NovaClient(api_base=nova.api_base).embed(["a"], late_chunking=True)
    with pytest.warns(UnsupportedWarning, match="clustering"):
        NovaClient(api_base=nova.api_base, on_unsupported="warn").embed(["a"], "clustering")
    assert nova.seen[-1].items[0]["task"] == "text-matching"


def test_an_unknown_model_is_not_guessed(nova: FakeNova) -> None:
    """What it was trained to see is not known: it is refused until a row says it."""
    nova.answering = servers.tei
    options: dict[str, Any] = {"api_base": nova.api_base, "dialect": "tei"}
    with pytest.raises(ConfigurationError, match=r"'my-model'.*describe it with add_model"):
        NovaClient("my-model", **options).embed(["a"])
    ignoring = NovaClient("my-model", on_unsupported="ignore", **options)
    ignoring.embed(["a"], "retrieval.query")
    assert nova.seen[-1].body["inputs"] == ["a"]


@pytest.fixture
def tables() -> Iterator[None]:
    """Take back what a test adds to the tables."""
    models, dialects = list(MODELS), dict(DIALECTS)
    yield
    MODELS[:] = models
    DIALECTS.clear()
    DIALECTS.update(dialects)


@pytest.mark.usefixtures("tables")
def test_rows_of_ones_own(nova: FakeNova) -> None:
    """A model and a dialect that differ in names only are a few lines; another prompt is another space."""
    nova.answering = lambda body: {"vectors": 1, "embeddings": [[0.6, 0.8]] * len(body["texts"])}
    add_dialect(Dialect("mine", "our handbook", path="encode", inputs="texts", answers="embeddings"))
    add_model(Model("ours", "our-model", "our training notes", cells(query="Q: ", document="D: "), width=2))
    client = NovaClient("mine/our-model", api_base=nova.api_base)
    client.embed(["a"], "retrieval.query")
    assert (nova.seen[-1].path, nova.seen[-1].body) == ("/v1/encode", {"model": "our-model", "texts": ["Q: a"]})
    add_model(Model("ours", "our-model", "new notes", cells(query="Query: ", document="D: "), width=2))
    assert NovaClient("mine/our-model", api_base=nova.api_base).space != client.space


@pytest.mark.usefixtures("tables")
def test_a_dialect_takes_the_place_of_litellms(nova: FakeNova) -> None:
    """Added by the name of one of LiteLLM's providers, or by a prefix that is there, it is the one that is asked."""
    nova.answering = lambda body: {"rows": 1, "embeddings": [[0.6, 0.8]] * len(body["texts"])}
    ours = Dialect("cohere", "our gateway", prefixes=("jina_ai",), path="v2", inputs="texts", answers="embeddings")
    add_dialect(ours)
    add_model(Model("ours", "our-model", "our notes", cells(query="q", document="d"), parameter="kind", width=2))
    for prefix in ("cohere", "jina_ai"):
        NovaClient(f"{prefix}/our-model", api_base=nova.api_base).embed(["a"], "retrieval.query")
        assert nova.seen[-1].path == "/v1/v2"
        assert nova.seen[-1].body == {"model": "our-model", "texts": ["a"], "kind": "q"}


@pytest.mark.usefixtures("tables")
def test_rows_mean_what_they_say(nova: FakeNova) -> None:
    """Upper case, an owner, a task's other name and braces beside `{instructions}` are taken as they are meant."""
    nova.answering = servers.openai
    prompts: Any = {"retrieval.query": "Q: ", "retrieval.document": "D: "}
    add_model(Model("Ours", "Us/Our-Model", "notes", prompts, instruct='{"i": "{instructions}"} ', width=1536))
    client = NovaClient("openai-like/Us/Our-Model", api_base=nova.api_base)
    client.embed(["a"], "retrieval.passage")
    assert nova.seen[-1].body["input"] == ["D: a"]
    client.embed(["a"], "retrieval.query", instructions="Find.")
    assert nova.seen[-1].body["input"] == ['{"i": "Find."} a']


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: add_dialect(Dialect("nova", "x")), "library's own"),
        (lambda: add_dialect(Dialect("hosted_lexiq_nova", "x")), "library's own"),
        (lambda: add_dialect(Dialect("mine", "x", prefixes=("lexiq_nova",))), "library's own"),
        (lambda: add_dialect(Dialect("mine", "x", frozenset({"dimension"}))), "did you mean dimensions"),  # type: ignore[arg-type]
        (lambda: add_dialect(Dialect("mine", "x", "dimensions")), "takes has no option"),  # type: ignore[arg-type]
        (lambda: add_dialect(Dialect("mine", "x", frozenset({"images"}))), "how images goes out"),
        (lambda: add_dialect(Dialect("mine", "x", frozenset({"late_chunking"}))), "how late_chunking goes out"),
        (lambda: add_model({"name": "m"}), "takes a Model, not a dict"),  # type: ignore[arg-type]
        (lambda: add_model(Model("m", "m", "x", instruct="Instruct: ")), "has no {instructions}"),
        (lambda: add_model(Model("m", "m", "x", {"retrieval.qurey": ""})), "m: task='retrieval.qurey'"),  # type: ignore[dict-item]
        (lambda: add_model(Model("m", "m", "x", lacks=frozenset({"image"}))), "did you mean images"),
        (lambda: cells(qurey="x"), "did you mean query"),
        (lambda: add_dialect(Dialect("mine", " ")), "source="),
        (lambda: add_model(Model("m", "(", "x")), "no regular expression"),
        (lambda: add_model(Model("m", "m", "")), "source="),
        (lambda: NovaClient(dialect="klingon"), "none of nova, jina"),
        (lambda: NovaClient("tei/bge-m3"), "no default address"),
        (lambda: NovaClient("openai/"), "names a provider but no model"),
        (lambda: NovaClient(on_unsupported="maybe"), "none of raise, warn, ignore"),  # type: ignore[arg-type]
    ],
)
def test_what_cannot_be_meant_is_refused(make: Any, words: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A row or an option that is wrong says so when it is given."""
    monkeypatch.delenv("NOVA_API_BASE", raising=False)
    with pytest.raises(ConfigurationError, match=words):
        make()


def test_keys_go_where_they_belong(nova: FakeNova, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server with variables of its own never gets Nova's key, nor the other way round; a pickle has none."""
    monkeypatch.setenv("NOVA_API_KEY", "of-nova")
    monkeypatch.setenv("JINA_API_KEY", "of-jina")
    nova.answering = servers.jina
    client = NovaClient("jina_ai/jina-embeddings-v4", api_base=nova.api_base)
    client.embed(["a"])
    carried = pickle.dumps(client)
    assert b"of-" not in carried
    pickle.loads(carried).embed(["a"])
    assert {seen.headers["authorization"] for seen in nova.seen} == {"Bearer of-jina"}
    monkeypatch.delenv("JINA_API_KEY")
    NovaClient("jina_ai/jina-embeddings-v4", api_base=nova.api_base).embed(["a"])
    assert "authorization" not in nova.seen[-1].headers
    assert NovaClient("jina_ai/jina-embeddings-v4").api_base == "https://api.jina.ai/v1"


@pytest.mark.parametrize("name", ["openai", "gemini", "cohere", "voyage", "jina", "tei"])
@pytest.mark.parametrize(
    ("status", "kind"),
    [(401, AuthenticationError), (429, RateLimitError), (503, DeploymentUnavailableError), (404, ConfigurationError)],
)
def test_refusals_are_ours(name: str, status: int, kind: type[Exception], nova: FakeNova) -> None:
    """A status becomes the same error over every server; neither key nor text is in it, and nothing is asked twice."""
    client = CASES[name].client(nova)
    nova.answering = lambda _: Scripted(status, b'{"error":{"message":"canary said secret-text"},"message":"canary"}')
    with pytest.raises(kind) as caught:
        client.embed(["secret-text"], "retrieval.query")
    assert not re.search("canary|secret-text", f"{caught.value!r} {caught.value}")
    assert len(nova.seen) == 1


@pytest.mark.parametrize("name", ["openai", "voyage", "mistral"])
def test_wrong_answers_are_not_believed(name: str, nova: FakeNova) -> None:
    """A vector too few, an index twice or a number that is none raises, also through LiteLLM's own providers."""
    client = CASES[name].client(nova)
    good: Any = CASES[name].answering

    def spoilt(body: dict[str, Any], spoil: Any) -> dict[str, Any]:
        answer: dict[str, Any] = good({**body, "encoding_format": None})
        spoil(answer["data"])
        return answer

    for spoil in (
        lambda data: data.pop(),
        lambda data: data[0].update(index=0) or data[1].update(index=0),
        lambda data: data[0].update(embedding=[float("nan")] * len(data[0]["embedding"])),
        lambda data: data[0].update(embedding=data[0]["embedding"][:7]),
    ):
        nova.answering = functools.partial(spoilt, spoil=spoil)
        with pytest.raises(ResponseError):
            client.embed(["a", "b"], "retrieval.query")


def test_batches_are_no_larger_than_a_server_takes(nova: FakeNova) -> None:
    """A batch size that a server would refuse is lowered to what it takes."""
    CASES["tei"].client(nova, batch_size=500).embed([f"text {number}" for number in range(70)])
    assert sorted(len(seen.body["inputs"]) for seen in nova.seen) == [6, 32, 32]
    CASES["cohere"].client(nova, batch_size=500).embed([f"text {number}" for number in range(100)])
    assert sorted(len(seen.body["texts"]) for seen in nova.seen[3:]) == [4, 96]


def test_every_row_says_where_it_is_from() -> None:
    """A row has a source, and its tasks are tasks."""
    for row in MODELS:
        assert row.source
        assert {*row.prompts, *row.closest} <= set(TASKS)
    assert all(row.source for row in DIALECTS.values())
