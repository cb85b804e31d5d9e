"""What stands before a text: the model's own prompts, else those of the table of models, else nothing."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import litellm
import numpy as np
import pytest
from sentence_transformers import SentenceTransformer

from nova_embeddings import (
    ConfigurationError,
    EmbeddingInput,
    InputError,
    NovaClient,
    SpaceMismatchError,
    UnsupportedWarning,
)
from nova_embeddings.dialects import Model, add_model, cells
from tests.torch import tiny

if TYPE_CHECKING:
    from pathlib import Path

    from nova_embeddings import Task
    from nova_embeddings._options import OnUnsupported

GEMMA = {
    "query": "search for : ",
    "document": "text : ",
    "Clustering": "alike : ",
    "Classification": "find : ",
    "STS": "what : ",
}
BGE = "Represent this sentence for searching relevant passages: "


def of(folder: Path, **options: object) -> NovaClient:
    """Return a client of a folder's model."""
    return NovaClient(f"sentence_transformers/{folder}?device=cpu", **options)  # type: ignore[arg-type]


def own(folder: Path) -> SentenceTransformer:
    """Return the same model, loaded by its own library."""
    return SentenceTransformer(str(folder), device="cpu", local_files_only=True)


@pytest.fixture(scope="module")
def gemma(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with a prompt for every task."""
    return tiny.whole(tmp_path_factory.mktemp("models") / "embeddinggemma-300m", GEMMA)


@pytest.mark.parametrize(
    ("name", "task", "prefix"),
    [
        ("e5-large-v2", "retrieval.query", "query: "),
        ("e5-large-v2", "retrieval.passage", "passage: "),
        ("bge-large-en-v1.5", "retrieval.query", BGE),
        ("bge-large-en-v1.5", "retrieval.passage", ""),
        ("nomic-embed-text-v1.5", "clustering", "clustering: "),
    ],
)
def test_a_model_without_prompts_has_those_of_its_row(name: str, task: Task, prefix: str, tmp_path: Path) -> None:
    """A model whose files hold no prompts is shown what the table says that it was trained with."""
    folder = tiny.whole(tmp_path / name)
    expected = own(folder).encode(tiny.TEXTS[:2], prompt=prefix)
    result = of(folder).embed(tiny.TEXTS[:2], task)
    np.testing.assert_allclose(result.vectors, expected, atol=1e-6)
    tokenizer = own(folder).tokenizer
    counted = sum(len(tokenizer(prefix + text)["input_ids"]) for text in tiny.TEXTS[:2])
    assert result.usage.total_tokens == counted


def test_what_the_row_says_is_part_of_the_space(tmp_path: Path) -> None:
    """Vectors with a row's prompts lie elsewhere than those without, which the space's id had before."""
    client = of(tiny.whole(tmp_path / "e5-large-v2"))
    assert client.space.dialect.startswith("sentence-transformers+e5-")
    assert client.space.id == client.embed(["sun"]).space.id
    for plain in (tiny.whole(tmp_path / "mine"), tiny.whole(tmp_path / "bge-m3")):
        assert of(plain).space.dialect == "sentence-transformers"


def test_a_row_of_a_users_own_is_another_space(tmp_path: Path) -> None:
    """A client keeps the row that it was made with; one that is made after `add_model` is refused beside it."""
    folder = tiny.whole(tmp_path / "row-of-a-user")
    before = of(folder)
    add_model(Model("mine", "row-of-a-user", "a test", prompts=cells(query="query : ", document="text : ")))
    after = of(folder)
    expected = own(folder).encode(tiny.TEXTS, prompt="text : ")
    np.testing.assert_allclose(after.embed(tiny.TEXTS).vectors, expected, atol=1e-6)
    np.testing.assert_allclose(before.embed(tiny.TEXTS).vectors, own(folder).encode(tiny.TEXTS), atol=1e-6)
    with pytest.raises(
        SpaceMismatchError, match=r"dialect is 'sentence-transformers\+mine-.*'sentence-transformers' there"
    ):
        of(folder, fallbacks=[before])
    assert set(before.space.differences(after.space)) == {"dialect"}


def test_a_models_own_prompts_win(tmp_path: Path) -> None:
    """Files that hold prompts are asked alone; the row of the name is left aside."""
    folder = tiny.whole(tmp_path / "e5-large-v2", tiny.PROMPTS)
    found = of(folder).embed(tiny.TEXTS, "retrieval.query")
    np.testing.assert_allclose(found.vectors, own(folder).encode(tiny.TEXTS, prompt_name="query"), atol=1e-6)
    assert found.space.dialect == "sentence-transformers"


def test_a_row_reads_instructions_too(tmp_path: Path) -> None:
    """An Instruct-style model without prompts gets the caller's instructions in its row's form."""
    folder = tiny.whole(tmp_path / "multilingual-e5-large-instruct")
    client = of(folder)
    found = client.embed(["sun"], "retrieval.query", instructions="find cats").vectors
    np.testing.assert_allclose(found, own(folder).encode(["sun"], prompt="Instruct: find cats\nQuery: "), atol=1e-6)
    with pytest.raises(InputError, match=r"input 0: instructions .*before queries alone"):
        client.embed([EmbeddingInput("sun", task="retrieval.passage")], "retrieval.query", instructions="find cats")


def test_a_task_that_the_row_does_not_have_is_refused(tmp_path: Path) -> None:
    """As over a server: the error names the model, the row's tasks, and where they are from."""
    client = of(tiny.whole(tmp_path / "coderankembed"))
    with pytest.raises(
        ConfigurationError,
        match=r"task='clustering' .*coderankembed: its row 'CodeRankEmbed' has retrieval.passage, code.query",
    ):
        client.embed(["sun"], "clustering")


def test_a_model_of_which_nothing_is_known_is_shown_nothing(tmp_path: Path) -> None:
    """It may be symmetric, so it is no error, but a query of it warns; nothing is said of one that has a row."""
    folder = tiny.whole(tmp_path / "mine")
    client = of(folder)
    with pytest.warns(UnsupportedWarning, match=r"mine: .*no prompts.*add_model"):
        found = client.embed(tiny.TEXTS, "retrieval.query").vectors
    np.testing.assert_allclose(found, own(folder).encode(tiny.TEXTS), atol=1e-6)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UnsupportedWarning)
        client.embed(["sun"])
        of(folder, on_unsupported="ignore").embed(["sun"], "retrieval.query")
        of(tiny.whole(tmp_path / "all-mpnet-base-v2")).embed(["sun"], "retrieval.query")


@pytest.mark.parametrize(
    ("task", "name"),
    [("clustering", "Clustering"), ("classification", "Classification"), ("text-matching", "STS")],
)
@pytest.mark.parametrize("on_unsupported", ["raise", "ignore"])
def test_universal_tasks_take_their_own_prompts(
    task: Task, name: str, on_unsupported: OnUnsupported, gemma: Path
) -> None:
    """A model with a prompt for clustering or classification is shown it, whatever is done with other options."""
    expected = own(gemma).encode(tiny.TEXTS, prompt_name=name)
    client = of(gemma, on_unsupported=on_unsupported)
    np.testing.assert_allclose(client.embed(tiny.TEXTS, task).vectors, expected, atol=1e-6)
    mixed = client.embed([EmbeddingInput(text, task=task) for text in tiny.TEXTS]).vectors
    np.testing.assert_allclose(mixed, expected, atol=1e-6)
    model = f"sentence_transformers/{gemma}"
    plain = litellm.embedding(model, tiny.TEXTS, extra_body={"task": task})
    np.testing.assert_allclose([row["embedding"] for row in plain.data], expected, atol=1e-6)


def test_a_universal_task_without_a_prompt_is_refused(folder: Path) -> None:
    """The error names the model and the prompts that it has; on request the nearest is taken."""
    says = r"task='clustering' .*tiny: it has no prompt for that; its prompts are STS, passage, query.*'alike : '"
    with pytest.raises(ConfigurationError, match=says):
        of(folder).embed(["sun"], "clustering")
    with pytest.raises(InputError, match=f"input 1: {says}"):
        of(folder).embed(["sun", EmbeddingInput("moon", task="clustering")])
    with pytest.warns(UnsupportedWarning, match=says):
        found = of(folder, on_unsupported="warn").embed(tiny.TEXTS, "clustering").vectors
    np.testing.assert_allclose(found, own(folder).encode(tiny.TEXTS, prompt_name="STS"), atol=1e-6)


def test_a_word_that_is_no_task_is_refused(folder: Path) -> None:
    """The error names the tasks that there are, clustering among them."""
    with pytest.raises(ConfigurationError, match=r"task='clusters' is not a task; .*clustering"):
        of(folder).embed(["sun"], "clusters")  # type: ignore[arg-type]


def test_a_refusal_says_what_such_a_model_takes(folder: Path) -> None:
    """Nothing is said of dialects, nor of options that no model in this process has."""
    with pytest.raises(ConfigurationError) as caught:
        of(folder).embed(["sun"], late_chunking=True)
    assert str(caught.value).endswith(
        "tiny: it reads each input by itself; a model in this process takes dimensions, instructions and truncate"
    )


def test_options_that_it_does_not_have_are_left_out_on_request(folder: Path) -> None:
    """`on_unsupported` holds here, too; multi-vectors are refused all the same."""
    options = {"dimensions": 12, "adapter": "law", "instructions": "find cats", "late_chunking": True}
    client = of(folder, on_unsupported="ignore")
    found = client.embed(tiny.TEXTS, **options)  # type: ignore[arg-type]
    np.testing.assert_array_equal(found.vectors, client.embed(tiny.TEXTS).vectors)
    one = client.embed([EmbeddingInput("sun", adapter="law", instructions="find cats")])
    np.testing.assert_allclose(one.vectors, client.embed(["sun"]).vectors, atol=1e-6)
    with pytest.raises(ConfigurationError, match="return_multivector"):
        client.embed(tiny.TEXTS, return_multivector=True)


def test_truncate_is_an_option_of_a_request(folder: Path) -> None:
    """A long input is cut where a request says so, and refused where it says that, whatever the name says."""
    long = "cat " * 40
    cutting = of(folder)
    cut = cutting.embed([long], truncate=True).vectors
    named = NovaClient(f"sentence_transformers/{folder}?device=cpu&truncate=true")
    np.testing.assert_allclose(cut, named.embed([long]).vectors, atol=1e-6)
    for refusing in (cutting.embed, named.embed):
        with pytest.raises(InputError, match=r"input 0: has 44 tokens, more than the 24 .*truncate=True"):
            refusing([long], truncate=False)
