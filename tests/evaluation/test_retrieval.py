"""What is embedded, under which instructions, and what is found?"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from langchain_core.embeddings import DeterministicFakeEmbedding
from llama_index.core import MockEmbedding
from PIL import Image as Pillow

from langchain_nova import NovaEmbeddings
from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import (
    ConfigurationError,
    DeploymentUnavailableError,
    EmbeddingInput,
    Image,
    InputError,
    NovaClient,
    ResponseError,
    maxsim,
)
from nova_embeddings.cache import SQLiteCache
from nova_embeddings.evaluation import evaluate_retrieval
from nova_embeddings.testing import serving
from tests.evaluation.collections import CORPUS, QRELS, QUERIES
from tests.fake_nova import Scripted, good_answer

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from tests.fake_nova import FakeNova

LEGAL = "Focus on tenancy law and court decisions."
COOKING = "Focus on temperatures and ingredients."


def sent(requests: list[dict[str, Any]]) -> Counter[tuple[str, str]]:
    """Return how many inputs went out under each task and each text of instructions."""
    return Counter(
        (item.get("task", request.get("task")), item.get("instructions", request.get("instructions", "")))
        for request in requests
        for item in request["input"]
    )


@pytest.mark.parametrize("multivector", [False, True])
def test_meaning_is_found(multivector: bool) -> None:  # noqa: FBT001 (a parameter)
    """With the wordllama engine every query finds its document first, dense and by MaxSim."""
    client = NovaClient("lexiq_nova/wordllama")
    report = evaluate_retrieval(client, QUERIES, CORPUS, QRELS, return_multivector=multivector)
    assert (report.p1, report.mrr, report.em1) == (1.0, 1.0, 1.0)
    assert report["none"].found["q-rent"][0] == "deposit"
    assert (list(report), report.documents) == (["none"], 6)


def test_multivectors_are_ranked_by_maxsim() -> None:
    """The order of the documents is that of the core's own scores; equal ones in falling order of their ids."""
    client = NovaClient("lexiq_nova/hash", dimensions=128)
    corpus = {**CORPUS, "twin-1": "the same", "twin-2": "the same"}
    found = evaluate_retrieval(client, QUERIES, corpus, QRELS, k=8, return_multivector=True)["none"].found
    passages = client.embed(corpus.values(), return_multivector=True).multivectors
    for name, text in QUERIES.items():
        (query,) = client.embed([text], "retrieval.query", return_multivector=True).multivectors
        scores = dict(zip(corpus, maxsim(query, passages).tolist(), strict=True))
        assert list(found[name]) == sorted(scores, key=lambda one: (scores[one], one), reverse=True)


def test_both_sides_embed_the_corpus_once_for_each_distinct_text() -> None:
    """Variants of the same words share what they can; the baseline without instructions is added."""
    instructions = {"legal": LEGAL, "again": LEGAL, "cooking": COOKING}
    with serving("wordllama") as server, NovaClient(api_base=server.api_base) as client:
        report = evaluate_retrieval(client, QUERIES, CORPUS, QRELS, instructions)
        counts = sent(server.requests)
    assert list(report) == ["none", "legal", "again", "cooking"]
    passages, queries = len(CORPUS), len(QUERIES)
    assert counts == {
        (task, text): count
        for text in ("", LEGAL, COOKING)
        for task, count in (("retrieval.passage", passages), ("retrieval.query", queries))
    }
    assert report["legal"].values == report["again"].values


def test_the_query_side_alone_embeds_the_corpus_once() -> None:
    """With sides="query" one index serves all variants."""
    with serving("wordllama") as server, NovaClient(api_base=server.api_base) as client:
        evaluate_retrieval(client, QUERIES, CORPUS, QRELS, {"legal": LEGAL, "plain": None}, sides="query")
        counts = sent(server.requests)
    queries = len(QUERIES)
    assert counts == {
        ("retrieval.passage", ""): len(CORPUS),
        ("retrieval.query", ""): queries,
        ("retrieval.query", LEGAL): queries,
    }


def test_none_is_the_client_as_it_is_and_a_mapping_switches_it_off() -> None:
    """A client's own instructions are measured by None; in a mapping the variant without a text has none at all."""
    with serving("wordllama") as server, NovaClient(api_base=server.api_base, instructions=LEGAL) as client:
        assert list(evaluate_retrieval(client, QUERIES, CORPUS, QRELS)) == ["none"]
        assert set(sent(server.requests)) == {("retrieval.passage", LEGAL), ("retrieval.query", LEGAL)}
        server.requests.clear()
        report = evaluate_retrieval(client, QUERIES, CORPUS, QRELS, {"cooking": COOKING, "off": ""})
        assert list(report) == ["off", "cooking"]
        assert {text for _, text in sent(server.requests)} == {"", COOKING}


def test_an_interrupted_run_goes_on_where_the_cache_ends(nova: FakeNova, tmp_path: Path) -> None:
    """What was embedded before a server failed is not asked for again, also by another client."""

    def evaluated() -> float:
        cache = SQLiteCache(tmp_path / "vectors.db")
        with NovaClient(api_base=nova.api_base, cache=cache, batch_size=2, max_concurrency=1, max_retries=0) as client:
            return evaluate_retrieval(client, QUERIES, CORPUS, QRELS, {"legal": LEGAL})["legal"].ndcg10

    nova.answering = lambda body: good_answer(body) if len(nova.seen) < 8 else Scripted(503)
    with pytest.raises(DeploymentUnavailableError):
        evaluated()
    done = [item for seen in nova.seen[:-1] for item in seen.items]
    nova.seen.clear()
    nova.answering = good_answer
    evaluated()
    both = 2 * (len(CORPUS) + len(QUERIES))
    assert 0 < nova.inputs_seen == both - len(done)
    nova.seen.clear()
    evaluated()
    assert nova.seen == []


def test_the_task_family_is_chosen() -> None:
    """Code goes out as code.query and code.passage."""
    code = {"area": "def area(radius): return 3.14 * radius ** 2", "greet": "def greet(name): print('hello', name)"}
    with serving("wordllama") as server, NovaClient(api_base=server.api_base) as client:
        report = evaluate_retrieval(
            client, {"q": "area of a circle from its radius"}, code, {"q": ["area"]}, task="code", k=1
        )
        assert {task for task, _ in sent(server.requests)} == {"code.query", "code.passage"}
    assert report.p1 == 1.0


def test_pictures_are_searched() -> None:
    """Corpus and queries may hold whatever a client embeds: here a picture finds itself among others."""
    colours = {name: Image.from_pil(Pillow.new("RGB", (32, 32), name)) for name in ("red", "green", "blue")}
    fused = EmbeddingInput("red", image=colours["red"])
    corpus: dict[str, Image | EmbeddingInput] = {**colours, "fused": fused}
    client = NovaClient("lexiq_nova/hash", instructions="")
    report = evaluate_retrieval(
        client, {"q-red": colours["red"]}, corpus, {"q-red": ["red"]}, k=(1, 4), task="text-matching"
    )
    assert report.p1 == 1.0


def test_what_cannot_be_embedded_may_be_left_out() -> None:
    """With on_error="skip" a bad document is found by nobody, a bad query counts as 0, and the report says so."""
    client = NovaClient("lexiq_nova/wordllama")
    corpus, queries = {**CORPUS, "blank": " "}, {**QUERIES, "q-blank": " "}
    qrels = {**QRELS, "q-blank": ["blank"]}
    with pytest.raises(InputError, match="corpus 'blank': text is only white space") as refused:
        evaluate_retrieval(client, queries, corpus, qrels)
    assert refused.value.index == len(CORPUS)
    report = evaluate_retrieval(client, queries, corpus, qrels, on_error="skip")
    assert report["none"].left_out == ("blank", "q-blank")
    assert report.p1 == pytest.approx(5 / 6)
    assert "Left out, because they could not be embedded: none: 2 inputs." in report.to_markdown()


def test_what_the_judgements_lack_may_be_left_out() -> None:
    """With "skip" a query without a relevant document is not counted, and a document that is not there is a miss."""
    client = NovaClient("lexiq_nova/wordllama")
    qrels: dict[str, Any] = {**QRELS, "q-rent": {"tea": 0}, "q-war": [], "q-bread": {"oven": 1, "lost": 1, "gone": 0}}
    with pytest.raises(InputError, match=r"'q-rent', 'q-war'; leave them out, or give on_error='skip' \(--on-error"):
        evaluate_retrieval(client, QUERIES, CORPUS, qrels)
    report = evaluate_retrieval(client, QUERIES, CORPUS, qrels, k=(1, 5), on_error="skip")
    assert (report.no_relevant, report.not_in_corpus) == (("q-rent", "q-war"), ("lost", "gone"))
    assert report.queries == ("q-bread", "q-court", "q-memory")
    assert report["none"].values["recall5"] == {"q-bread": 0.5, "q-court": 1.0, "q-memory": 1.0}
    text = report.to_markdown()
    assert "Not counted, because no document is relevant: 2 queries." in text
    assert "Judged, but not in the corpus, so found by nobody: 2 documents." in text
    assert report.as_dict()["no_relevant"] == ["q-rent", "q-war"]


class Given:
    """Embeddings whose vectors are given by text."""

    def __init__(self, vectors: dict[str, list[float]]) -> None:
        """Keep them."""
        self.vectors = vectors

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Return a row for each text."""
        return [self.embed_query(text) for text in texts]

    def embed_query(self, text: str) -> list[float]:
        """Return the text's row."""
        return self.vectors[text]


@pytest.mark.parametrize("scale", [1e300, 1e30, 1e-30, 1e-300])
def test_only_the_directions_of_vectors_count(scale: float) -> None:
    """However long they are, also beyond the squares of float32, and its range."""
    vectors = {"q": [scale, 0.0], "near": [1.0 * scale, 0.1 * scale], "far": [0.1 * scale, 1.0 * scale]}
    for corpus in ({"a": "near", "z": "far"}, {"a": "far", "z": "near"}):
        found = evaluate_retrieval(Given(vectors), {"q": "q"}, corpus, {"q": ["a"]})["none"].found["q"]
        assert corpus[found[0]] == "near"


@pytest.mark.parametrize(
    ("row", "says"), [([0.0, 0.0], "all zeros"), ([1.0, np.inf], "not finite"), ([np.nan, 0.0], "not finite")]
)
def test_a_vector_without_a_direction_is_named(row: list[float], says: str) -> None:
    """It would be compared with nothing: its rank would be that of its id."""
    good = [1.0, 0.0]
    with pytest.raises(ResponseError, match=f"corpus 'd2': the vector that Given returned is {says}"):
        evaluate_retrieval(Given({"q": good, "a": good, "b": row}), {"q": "q"}, {"d1": "a", "d2": "b"}, {"q": ["d1"]})
    with pytest.raises(ResponseError, match=f"query 'q': the vector that Given returned is {says}"):
        evaluate_retrieval(Given({"q": row, "a": good}), {"q": "q"}, {"d1": "a"}, {"q": ["d1"]})


@pytest.mark.parametrize("kind", [NovaEmbeddings, NovaEmbedding])
def test_both_frameworks_nova_classes_take_instructions(kind: type[Any]) -> None:
    """A LangChain or LlamaIndex object gives what the client gives, under each variant's instructions."""
    variants = {"legal": LEGAL}
    with serving("wordllama") as server:
        model = kind(api_base=server.api_base)
        report = evaluate_retrieval(model, QUERIES, CORPUS, QRELS, variants)
        texts = {text for _, text in sent(server.requests)}
        with NovaClient(api_base=server.api_base) as client:
            wanted = evaluate_retrieval(client, QUERIES, CORPUS, QRELS, variants)
    assert texts == {"", LEGAL}
    assert report.to_markdown() == wanted.to_markdown()


@pytest.mark.parametrize("model", [DeterministicFakeEmbedding(size=32), MockEmbedding(embed_dim=8)])
def test_any_embeddings_of_a_framework_are_evaluated(model: Any) -> None:
    """Others' classes are measured without instructions, and refuse what they cannot do."""
    report = evaluate_retrieval(model, QUERIES, CORPUS, QRELS)
    assert 0 <= report.ndcg10 <= 1
    with pytest.raises(ConfigurationError, match="takes no instructions"):
        evaluate_retrieval(model, QUERIES, CORPUS, QRELS, LEGAL)
    with pytest.raises(ConfigurationError, match="need a NovaClient"):
        evaluate_retrieval(model, QUERIES, CORPUS, QRELS, return_multivector=True)
    with pytest.raises(ConfigurationError, match="corpus 'fused' is no text"):
        evaluate_retrieval(model, QUERIES, [*CORPUS.items(), ("fused", EmbeddingInput("a text"))], QRELS)


def test_equal_scores_are_cut_as_trec_eval_sorts_them() -> None:
    """Of 1,100 equal documents the 1,000 of the highest ids are kept, in falling order."""

    class Alike:
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[1.0, 1.0]] * len(texts)

        def embed_query(self, text: str) -> list[float]:
            return [float(len(text)), 0.0]

    corpus = {f"d{number:04}": "a text" for number in range(1_100)}
    qrels = {"first": ["d1099"], "last": ["d0100"], "cut": ["d0099"]}
    scores = evaluate_retrieval(Alike(), dict.fromkeys(qrels, "a text"), corpus, qrels)["none"]
    assert scores.values["mrr"] == pytest.approx({"first": 1.0, "last": 1 / 1_000, "cut": 0.0})
    assert scores.found["cut"][:2] == ("d1099", "d1098")


def test_a_model_that_answers_nonsense_is_found_out() -> None:
    """Too few rows, or numbers that are none, are no vectors."""

    class Broken:
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            return [[1.0, 0.0]] * (len(texts) - 1)

        def embed_query(self, text: str) -> list[float]:
            return [float(len(text)), np.nan]

    with pytest.raises(ResponseError, match="Broken did not return 6 rows"):
        evaluate_retrieval(Broken(), QUERIES, CORPUS, QRELS)
    with pytest.raises(ConfigurationError, match="a str cannot be evaluated"):
        evaluate_retrieval("nova", QUERIES, CORPUS, QRELS)


TWICE = [*CORPUS.items(), ("oven", "again")]


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"qrels": {"q-nobody": ["oven"]}}, "qrels name queries that are not in queries: 'q-nobody'"),
        ({"qrels": {"q-rent": ["lost", "gone"]}}, "documents that are not in the corpus: 'lost', 'gone'"),
        ({"qrels": {"q-rent": {"oven": 0}}}, "no relevant document .* for some queries: 'q-rent'; leave them out"),
        ({"qrels": {"q-rent": []}}, "no relevant document .* for some queries: 'q-rent'; leave them out"),
        ({"qrels": {"q-rent": []}, "on_error": "skip"}, "for some queries: 'q-rent'; leave them out"),
        ({"qrels": [("q-rent", "oven", 1), ("q-rent", "oven", 2)]}, "judge a document twice .*: 'q-rent oven'"),
        ({"qrels": {"q-rent": {"oven": 0.5}}}, "the grade 0.5: no whole number"),
        ({"qrels": {}}, "qrels are empty"),
        ({"qrels": "q-rent"}, "qrels is of type str"),
        ({"corpus": {}}, "corpus is empty: there is nothing to search"),
        ({"corpus": TWICE}, "corpus has ids that stand twice: 'oven'"),
        ({"corpus": {1: "a text"}}, "corpus has the id 1; ids are str"),
        ({"corpus": ["a text"]}, "corpus is no dict by id"),
        ({"queries": {}}, "queries is empty: there is nothing to ask"),
        ({"queries": [(["q"], "a text")]}, "queries has the id <a list>; ids are str"),
        ({"qrels": [("q-rent", ["oven"], 1)]}, "qrels has the id <a list>; ids are str"),
        ({"on_error": "ignore"}, "on_error='ignore'"),
        ({"k": 0}, "k=0 is no cutoff"),
        ({"k": ()}, r"k=\(\) is no cutoff"),
        ({"k": (1, True)}, "k=True is no cutoff"),
        ({"task": "cooking"}, "task='cooking' is not a task family"),
        ({"sides": "passage"}, "sides='passage'"),
        ({"instructions": {}}, "instructions is no text and no dict"),
        ({"instructions": {"none": LEGAL}}, "that name is the baseline's"),
        ({"instructions": " "}, "only white space"),
    ],
)
def test_bad_input_is_named_before_anything_is_sent(changed: Mapping[str, Any], says: str) -> None:
    """Each mistake raises its own words, and no server is asked (none is there)."""
    client = NovaClient(api_base="http://127.0.0.1:9/v1", timeout=1, max_retries=0)
    given: dict[str, Any] = {"queries": QUERIES, "corpus": CORPUS, "qrels": QRELS, **changed}
    with pytest.raises((ConfigurationError, InputError), match=says):
        evaluate_retrieval(client, **given)
