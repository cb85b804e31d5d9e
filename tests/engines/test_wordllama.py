"""The engine of static token embeddings: the package's own vectors, Nova's options, and honest refusals."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nova_embeddings import ConfigurationError, InputError, NovaClient, Task
from nova_embeddings._tasks import TASKS
from nova_embeddings.engines import engine_of
from nova_embeddings.engines._prompts import Prompt

if TYPE_CHECKING:
    from nova_embeddings._results import FloatArray

TEXTS = [
    "The quick brown fox jumps over the lazy dog.",
    "word",
    "  spaces   and\nlines\tand tabs ",
    "Grüße aus Köln, 東京, Москва 🦄",
    "def add(a, b):\n    return a + b\n",
    "long " * 3000,
]
PASSAGES = [
    "The tower is three hundred metres tall and made of iron.",
    "Bees collect nectar and turn it into honey.",
    "The bank raised its interest rates to fight inflation.",
    "A violin has four strings and is played with a bow.",
    "Rain and snow are kinds of precipitation.",
]
QUESTIONS = [
    "What is the height of the tower?",
    "How do bees make honey?",
    "Why did interest rates rise?",
    "How many strings does a violin have?",
    "What is precipitation?",
]


@pytest.fixture(scope="module")
def client() -> NovaClient:
    """A client of the engine in this process."""
    return NovaClient("lexiq_nova/wordllama")


@pytest.fixture(scope="module")
def reference() -> Any:
    """The package's own class, which finds its files only if it is told where they are."""
    from wordllama import WordLlama  # type: ignore[import-untyped]  # noqa: PLC0415 (sets up logging when imported)

    spec = find_spec("wordllama")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    return WordLlama.load(cache_dir=spec.submodule_search_locations[0], disable_download=True)


def prompts(texts: list[str], instructions: str = "", task: Task = "retrieval") -> list[Prompt]:
    """Return inputs as the engine gets them."""
    return [Prompt(text, task, instructions, "retrieval") for text in texts]


def unit(rows: FloatArray) -> FloatArray:
    """Return the rows at length 1."""
    return np.asarray(rows / np.linalg.norm(rows, axis=-1, keepdims=True), dtype=np.float32)


def test_without_what_stands_before_it_a_vector_is_the_packages_own(client: NovaClient, reference: Any) -> None:
    """Reading the two files gives what the package's class gives; Nova's prompt is added at a fifth of its weight."""
    vectors = client.embed(TEXTS, dimensions=256).vectors
    before = unit(reference.embed(["Represent this document for retrieval:"]))
    np.testing.assert_allclose(vectors, unit(unit(reference.embed(TEXTS)) + 0.2 * before), atol=2e-5)


def test_tokens_are_the_packages_own(client: NovaClient, reference: Any) -> None:
    """A multi-vector has a row for each of the package's tokens, of the text alone."""
    tokens = [len(encoding.tokens) for encoding in (reference.tokenize(text)[0] for text in TEXTS)]
    rows = client.embed(TEXTS, return_multivector=True).multivectors
    assert [len(row) for row in rows] == tokens
    assert {row.shape[1] for row in rows} == {128}
    np.testing.assert_allclose(np.linalg.norm(np.concatenate(rows), axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("dimensions", [128, 256, 512, 1024, 2048])
def test_widths_keep_or_slice_the_natural_256(client: NovaClient, dimensions: int) -> None:
    """Wider vectors are filled up with zeros, so that cosine is unchanged; 128 is the beginning, at length 1."""
    natural = client.embed(TEXTS, dimensions=256).vectors
    rows = client.embed(TEXTS, dimensions=dimensions).vectors
    assert rows.shape == (len(TEXTS), dimensions)
    np.testing.assert_allclose(rows[:, :256], unit(natural[:, :dimensions]), atol=1e-6)
    assert not rows[:, 256:].any()


@pytest.mark.parametrize("multivector", [False, True])
def test_every_task_has_vectors_of_its_own(client: NovaClient, multivector: bool) -> None:  # noqa: FBT001
    """Two tasks never give the same vector, so that a mixed-up query and passage are noticed."""
    rows = [_flat(client, task=task, return_multivector=multivector) for task in TASKS]
    for one, other in combinations(rows, 2):
        assert np.abs(one - other).max() > 1e-3


@pytest.mark.parametrize("multivector", [False, True])
def test_instructions_have_an_effect(client: NovaClient, multivector: bool) -> None:  # noqa: FBT001
    """Instructions move a vector clearly, others move it elsewhere, and empty ones do not."""
    plain = _flat(client, return_multivector=multivector)
    one, other = (
        _flat(client, return_multivector=multivector, instructions=text)
        for text in ("Find medical evidence about treatments.", "Find source code that opens files.")
    )
    for moved in (np.abs(one - plain), np.abs(other - plain), np.abs(one - other)):
        assert moved.max() > 1e-2
    np.testing.assert_array_equal(plain, _flat(client, return_multivector=multivector, instructions=""))


@pytest.mark.parametrize("instructions", [None, "Answer questions about nature, money and music."])
@pytest.mark.parametrize("dimensions", [128, 2048])
def test_questions_find_their_passages(client: NovaClient, instructions: str | None, dimensions: int) -> None:
    """The vectors mean something, also where instructions are blended in: each question finds its passage first."""
    asked = client.embed(QUESTIONS, task="retrieval.query", instructions=instructions, dimensions=dimensions).vectors
    found = client.embed(PASSAGES, dimensions=dimensions).vectors
    assert (asked @ found.T).argmax(axis=1).tolist() == [0, 1, 2, 3, 4]


def test_multivectors_find_passages_too(client: NovaClient) -> None:
    """Late interaction over the token rows ranks as it should."""
    asked = client.embed(QUESTIONS, task="retrieval.query", return_multivector=True).multivectors
    found = client.embed(PASSAGES, return_multivector=True).multivectors
    scores = [[(query @ rows.T).max(axis=1).sum() for rows in found] for query in asked]
    assert np.argmax(scores, axis=1).tolist() == [0, 1, 2, 3, 4]


def test_a_vector_does_not_depend_on_its_batch(client: NovaClient) -> None:
    """Alone, among others, or from many threads at once: the same bits."""
    together = client.embed(TEXTS).vectors
    with ThreadPoolExecutor(8) as pool:
        alone = list(pool.map(lambda text: client.embed([text]).vectors[0], TEXTS * 5))
    np.testing.assert_array_equal(np.stack(alone), np.concatenate([together] * 5))


def test_tokens_before_the_text_are_counted() -> None:
    """Prompt and instructions cost tokens, and both count towards the limit."""
    engine = engine_of("wordllama")
    (plain,), (longer,) = engine.tokenize(prompts(["word"])), engine.tokenize(prompts(["word"], "one two three"))
    assert len(plain.tokens) == 1
    assert plain.count > 5
    assert longer.count == plain.count + 3


@pytest.mark.parametrize("multivector", [False, True])
def test_a_text_of_unknown_tokens_is_refused(client: NovaClient, multivector: bool) -> None:  # noqa: FBT001
    """What the engine cannot read is an error that names the input, never a vector of nothing."""
    with pytest.raises(InputError, match="no token that the wordllama engine knows") as caught:
        client.embed(["fine", "<unk><unk>"], return_multivector=multivector)
    assert caught.value.index == 1


def test_a_long_text_is_refused_and_never_cut(client: NovaClient) -> None:
    """One token more than the model takes is an error with the input's index."""
    with pytest.raises(InputError, match="more than the 32768") as caught:
        client.embed(["fine", "word " * 33_000])
    assert caught.value.index == 1


def test_other_widths_are_refused() -> None:
    """The engine has Nova's widths only, also for a client that takes any."""
    with pytest.raises(ConfigurationError, match=r"wordllama engine; choose 128, 256, 512, 1024, 2048$"):
        NovaClient("lexiq_nova/wordllama", any_dimensions=True).embed(["a"], dimensions=300)


def test_the_packages_compiled_parts_are_not_imported() -> None:
    """The engine reads two files of the wheel, and nothing else of it runs."""
    script = (
        "import sys; from nova_embeddings.engines import engine_of; engine_of('wordllama')\n"
        "assert 'wordllama' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], timeout=60, check=True)


@pytest.mark.parametrize("missing", ["wordllama", "tokenizers", "safetensors.numpy"])
def test_a_missing_package_says_what_to_install(missing: str) -> None:
    """Without the extra, the error is one that a user can act on."""
    script = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from nova_embeddings.engines import engine_of; engine_of('wordllama')"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert "ConfigurationError: the wordllama engine needs a package that is not installed" in done.stderr
    assert "pip install 'nova-embeddings[local]'" in done.stderr


def _flat(client: NovaClient, **options: Any) -> FloatArray:
    """Return the numbers of one text, dense or not."""
    result = client.embed(["a tower of iron"], **options)
    return result.multivectors[0].ravel() if options.get("return_multivector") else result.vectors[0]
