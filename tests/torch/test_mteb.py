"""MTEB's scores of a client are those of its vectors, for text and for images, without a network."""

from __future__ import annotations

import functools
import math
from typing import TYPE_CHECKING, Any

import mteb
import numpy as np
import pytest
from datasets import Dataset
from mteb.abstasks.retrieval import AbsTaskRetrieval
from mteb.abstasks.task_metadata import TaskMetadata
from PIL import Image as Pillow

from nova_embeddings import ConfigurationError, Image, NovaClient
from nova_embeddings.mteb import NovaEncoder
from tests.docs.pages import ROOT, blocks
from tests.torch import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from nova_embeddings import Task

QUERIES = ["a red cat", "old river", "moon"]
COLOURS = [(200, 0, 0), (0, 200, 0), (0, 0, 200), (90, 90, 90), (0, 0, 0)]


def metadata(kind: str, category: str, modalities: list[str], languages: list[str]) -> TaskMetadata:
    """Return what MTEB wants to know of a task."""
    return TaskMetadata(
        name=f"InMemory{category.title()}{len(languages)}",
        description="in memory",
        dataset={"path": "in-memory", "revision": "1"},
        type=kind,
        category=category,
        modalities=modalities,
        eval_splits=["test"],
        eval_langs=languages,
        main_score="ndcg_at_10",
        prompt={"query": "find what is meant"},
    )


class _InMemory(AbsTaskRetrieval):  # type: ignore[misc]
    """A retrieval task: the query's place is that of its document."""

    def load_data(self, *_: Any, **__: Any) -> None:
        """Put together what MTEB would download."""
        queries = Dataset.from_list([{"id": f"q{place}", "text": text} for place, text in enumerate(QUERIES)])
        self.dataset = {
            "default": {
                "test": {
                    "queries": queries,
                    "corpus": self.corpus_of(),
                    "relevant_docs": {f"q{place}": {f"d{place}": 1} for place in range(len(QUERIES))},
                    "top_ranked": None,
                }
            }
        }
        self.data_loaded = True

    def corpus_of(self) -> Dataset:
        """Return the documents, one of them empty."""
        texts = [*tiny.TEXTS, " "]
        return Dataset.from_list([{"id": f"d{place}", "title": "", "text": text} for place, text in enumerate(texts)])


class Texts(_InMemory):
    """Text to text."""

    metadata = metadata("Retrieval", "t2t", ["text"], ["eng-Latn"])


class Code(_InMemory):
    """Text to code."""

    metadata = metadata("Retrieval", "t2t", ["text"], ["eng-Latn", "python-Code"])


class Pictures(_InMemory):
    """Text to images."""

    metadata = metadata("Any2AnyRetrieval", "t2i", ["text", "image"], ["eng-Latn"])

    def corpus_of(self) -> Dataset:
        """Return images of one colour each."""
        return Dataset.from_dict(
            {
                "id": [f"d{place}" for place in range(len(COLOURS))],
                "image": [Pillow.new("RGB", (8, 8), colour) for colour in COLOURS],
                "modality": ["image"] * len(COLOURS),
            }
        )


def score_of(client: NovaClient, documents: list[Any], family: str, instructions: str | None = None) -> float:
    """Return nDCG@10 of one relevant document a query, computed from the client's own vectors."""
    sides: list[Task] = ["code.query", "code.passage"] if family == "code" else ["retrieval.query", "retrieval.passage"]
    asked = client.embed(QUERIES, sides[0], instructions=instructions).vectors
    found = client.embed(documents, sides[1]).vectors
    assert asked is not None
    assert found is not None
    unit = [rows / np.linalg.norm(rows, axis=1, keepdims=True) for rows in (asked, found)]
    scores = np.hstack([unit[0] @ unit[1].T, np.zeros((len(QUERIES), int(documents is tiny.TEXTS)))])  # the empty one
    ranks = [int((row > row[place]).sum()) for place, row in enumerate(scores)]
    return sum(1 / math.log2(rank + 2) for rank in ranks if rank < 10) / len(ranks)


def mteb_score(encoder: NovaEncoder, task: AbsTaskRetrieval, cache: mteb.ResultCache | None = None) -> float:
    """Return MTEB's own nDCG@10."""
    results = mteb.evaluate(encoder, [task], cache=cache, show_progress_bar=False)
    return float(results.task_results[0].scores["test"][0]["ndcg_at_10"])


@pytest.mark.parametrize(("task", "family"), [(Texts, "retrieval"), (Code, "code")])
def test_a_text_task_scores_what_the_vectors_say(task: type[_InMemory], family: str, folder: Path) -> None:
    """Each side has its prompt, code its family, and an empty document disturbs nothing."""
    for client in (NovaClient("lexiq_nova/hash"), NovaClient(f"sentence_transformers/{folder}")):
        expected = score_of(client, tiny.TEXTS, family)
        assert mteb_score(NovaEncoder(client), task()) == pytest.approx(expected, abs=1e-4)


def test_an_image_task_scores_what_the_vectors_say() -> None:
    """Pictures are embedded as passages."""
    client = NovaClient("lexiq_nova/hash")
    pictures = [Image.from_pil(Pillow.new("RGB", (8, 8), colour)) for colour in COLOURS]
    assert mteb_score(NovaEncoder(client), Pictures()) == pytest.approx(
        score_of(client, pictures, "retrieval"), abs=1e-4
    )


def test_instructions_stand_before_queries() -> None:
    """MTEB's prompt is sent only if asked for, and is another model to MTEB's cache of results."""
    client = NovaClient("lexiq_nova/hash")
    expected = score_of(client, tiny.TEXTS, "retrieval", "find what is meant")
    instructed = NovaEncoder(client, instructions=True)
    assert mteb_score(instructed, Texts()) == pytest.approx(expected, abs=1e-4)
    assert instructed.mteb_model_meta.revision != NovaEncoder(client).mteb_model_meta.revision


def test_results_that_mteb_keeps_are_of_the_same_instructions(tmp_path: Path) -> None:
    """A client with other instructions, or of another width, is never given the results of the one before."""
    cache = mteb.ResultCache(cache_path=tmp_path)
    variants: list[dict[str, Any]] = [{}, {"instructions": "cats cats red"}, {"dimensions": 32, "any_dimensions": True}]
    encoders = [NovaEncoder(NovaClient("lexiq_nova/hash", **options)) for options in variants]
    fresh = [mteb_score(encoder, Texts()) for encoder in encoders]
    assert len(set(fresh)) == len(fresh)
    assert [mteb_score(encoder, Texts(), cache) for encoder in encoders] == fresh


def test_the_same_client_is_the_same_model_to_mteb() -> None:
    """Results are found again: neither how it is asked for vectors nor empty instructions make another model."""
    first, second = NovaClient("lexiq_nova/hash"), NovaClient("lexiq_nova/hash", instructions="", batch_size=1)
    assert NovaEncoder(first).mteb_model_meta.revision == NovaEncoder(second).mteb_model_meta.revision


def test_the_page_s_block_evaluates(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What docs/how-to/mteb.md shows runs as it stands, its task in place of one that would be downloaded."""
    (block,) = (block for block in blocks(ROOT / "docs/how-to/mteb.md") if block.language == "python")
    monkeypatch.setattr(mteb, "get_tasks", lambda tasks: [Texts()] if tasks == ["NFCorpus"] else [])
    kept = mteb.ResultCache(cache_path=tmp_path)  # by default MTEB keeps them in the reader's home
    monkeypatch.setattr(mteb, "evaluate", functools.partial(mteb.evaluate, cache=kept))
    monkeypatch.setenv("NOVA_MODEL", "lexiq_nova/hash")
    exec(compile(block.text, "docs/how-to/mteb.md", "exec"), {"__name__": "__main__"})
    assert "InMemoryT2T1" in capsys.readouterr().out
    assert list(tmp_path.rglob("InMemoryT2T1.json"))


def test_an_option_that_is_no_switch_is_refused() -> None:
    """`instructions` is a switch: a text would be lost in silence."""
    with pytest.raises(ConfigurationError, match="instructions"):
        NovaEncoder(NovaClient("lexiq_nova/hash"), instructions="find cats")  # type: ignore[arg-type]


def test_what_is_no_client_is_refused() -> None:
    """The error names what was given."""
    with pytest.raises(ConfigurationError, match="NovaEncoder takes a NovaClient, not a str"):
        NovaEncoder("lexiq_nova/hash")  # type: ignore[arg-type]
