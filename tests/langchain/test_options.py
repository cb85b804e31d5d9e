"""What each option of `NovaEmbeddings` changes, beyond what every way in does."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from langchain_core.embeddings import Embeddings

from langchain_nova import NovaEmbeddings
from nova_embeddings import ConfigurationError, DeploymentTimeoutError, InputError, NovaClient
from tests.fake_nova import Scripted, expected, good_answer

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fake_nova import FakeNova

TEXTS = ["alpha", "beta", "gamma"]


@pytest.fixture
def embeddings(nova: FakeNova) -> NovaEmbeddings:
    """The class with its defaults, pointed at the fake server."""
    return NovaEmbeddings(api_base=nova.api_base)


def test_importing_it_imports_neither_litellm_nor_an_http_client() -> None:
    """`import langchain_nova` stays light: what a call needs is imported by the first call."""
    heavy = ["litellm", "openai", "httpx", "numpy", "PIL", "qdrant_client", "langsmith", "tokenizers", "tiktoken"]
    code = f"import sys, langchain_nova; print([name for name in {heavy} if name in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.strip() == "[]"


def test_it_is_a_real_subclass(embeddings: NovaEmbeddings) -> None:
    """Stores ask with `isinstance` what they were given."""
    assert isinstance(embeddings, Embeddings)


async def test_vectors_are_plain_lists_of_floats(embeddings: NovaEmbeddings) -> None:
    """Every method of LangChain's contract returns lists of Python floats, which any store can take."""
    rows = [embeddings.embed_query("a"), *embeddings.embed_documents(TEXTS)]
    rows += [await embeddings.aembed_query("a"), *await embeddings.aembed_documents(TEXTS)]
    assert {type(row) for row in rows} == {list}
    assert {type(number) for row in rows for number in row} == {float}


async def test_arrays_are_the_same_vectors(embeddings: NovaEmbeddings) -> None:
    """The array methods return what the list methods do, as one float32 array; no texts give no rows."""
    array = embeddings.embed_documents_array(TEXTS)
    assert array.dtype == np.float32
    assert array.tolist() == embeddings.embed_documents(TEXTS)
    np.testing.assert_array_equal(array, await embeddings.aembed_documents_array(TEXTS))
    assert embeddings.embed_documents_array([]).shape == (0, 2048)


async def test_instructions_of_one_call_win(nova: FakeNova) -> None:
    """`instructions=` of a method call replaces what the object has for that side, and "" sends none."""
    own = {"query_instructions": "for queries", "document_instructions": "for documents"}
    made = NovaEmbeddings.model_validate({"api_base": nova.api_base, "instructions": "all", **own})
    for instructions in ("now", ""):
        sent: dict[str, Any] = {"instructions": instructions}
        query, passage = expected("a", "retrieval.query", **sent), expected("a", "retrieval.passage", **sent)
        np.testing.assert_allclose(made.embed_query("a", **sent), query, rtol=1e-6)
        np.testing.assert_allclose(await made.aembed_query("a", **sent), query, rtol=1e-6)
        np.testing.assert_allclose(made.embed_documents(["a"], **sent)[0], passage, rtol=1e-6)
        np.testing.assert_allclose((await made.aembed_documents(["a"], **sent))[0], passage, rtol=1e-6)
    assert ["instructions" in seen.body for seen in nova.seen] == [True] * 4 + [False] * 4


def test_the_adapter_goes_with_both_sides(nova: FakeNova) -> None:
    """A LoRA adapter that was named is asked for with every text."""
    made = NovaEmbeddings(api_base=nova.api_base, adapter="legal")
    made.embed_query("a")
    made.embed_documents(TEXTS)
    assert {item["adapter"] for seen in nova.seen for item in seen.items} == {"legal"}


@pytest.mark.parametrize("options", [{"batch_size": 1}, {"max_batch_bytes": 5}])
def test_both_limits_cut_batches(nova: FakeNova, options: dict[str, Any]) -> None:
    """Texts are spread over calls by number and by bytes."""
    NovaEmbeddings(api_base=nova.api_base, **options).embed_documents(TEXTS)
    assert sorted(seen.texts for seen in nova.seen) == [["alpha"], ["beta"], ["gamma"]]


def test_the_timeout_takes_effect(nova: FakeNova) -> None:
    """A server that is too slow for `timeout` raises, also where retries are left."""
    nova.answering = lambda body: Scripted(body=good_answer(body), delay=1.0)
    with pytest.raises(DeploymentTimeoutError):
        NovaEmbeddings(api_base=nova.api_base, timeout=0.2).embed_query("a")


def test_other_widths_need_asking(nova: FakeNova) -> None:
    """A width that Nova is not trained for is taken only with `any_dimensions`."""
    made = NovaEmbeddings(api_base=nova.api_base, any_dimensions=True, dimensions=300)
    assert len(made.embed_query("a")) == 300


def test_the_progress_bar_arrives(nova: FakeNova, capsys: pytest.CaptureFixture[str]) -> None:
    """The bar counts documents to their number; a single query draws none, nor does the default."""
    NovaEmbeddings(api_base=nova.api_base).embed_documents(TEXTS)
    made = NovaEmbeddings(api_base=nova.api_base, show_progress_bar=True, batch_size=1)
    made.embed_query("a")
    assert capsys.readouterr().err == ""
    made.embed_documents(TEXTS)
    assert "3/3" in capsys.readouterr().err


async def test_the_progress_bar_arrives_async(nova: FakeNova, capsys: pytest.CaptureFixture[str]) -> None:
    """The same from an event loop."""
    await NovaEmbeddings(api_base=nova.api_base, show_progress_bar=True, batch_size=1).aembed_documents(TEXTS)
    assert "3/3" in capsys.readouterr().err


def test_a_path_is_text(embeddings: NovaEmbeddings, nova: FakeNova, tmp_path: Path) -> None:
    """A text that names an existing file is sent as it is: nothing is opened."""
    path = tmp_path / "secret.txt"
    path.write_text("what the file says")
    embeddings.embed_documents([str(path), path.as_uri()])
    embeddings.embed_query(str(path))
    assert [text for seen in nova.seen for text in seen.texts] == [str(path), path.as_uri(), str(path)]


def test_base_url_is_api_base(nova: FakeNova) -> None:
    """The name that other packages use is understood, and giving both is refused."""
    made = NovaEmbeddings(base_url=nova.api_base, api_base=None)  # type: ignore[call-arg]  # known at run time only
    made.embed_query("a")
    assert made.api_base == nova.api_base
    assert len(nova.seen) == 1
    with pytest.raises(ConfigurationError, match="api_base and base_url"):
        NovaEmbeddings(base_url=nova.api_base, api_base="http://127.0.0.1:9/v1")  # type: ignore[call-arg]


def test_the_model_that_is_meant_is_shown() -> None:
    """Without a setting anywhere the object says which model it means, and None means not given."""
    meant = "hosted_lexiq_nova/remodlai/nova-embeddings-v1"
    assert NovaEmbeddings().model == NovaEmbeddings(model=None, api_base=None, api_key=None).model == meant


@pytest.mark.parametrize(
    "option",
    [
        {"dimensions": 300},
        {"dimensions": "256"},
        {"batch_size": 0},
        {"batch_size": None},
        {"batch_size": "8"},
        {"max_batch_bytes": 0},
        {"max_concurrency": 1.5},
        {"timeout": "60"},
        {"max_retries": True},
        {"model": "lexiq_nova/"},
        {"api_base": "localhost"},
        {"api_key": 123},
        {"headers": {"x-a": 1}},
        {"instructions": 5},
    ],
)
def test_a_bad_option_has_the_core_s_error(option: dict[str, Any]) -> None:
    """A value is neither coerced nor refused in other words than the core's, and construction raises."""
    with pytest.raises(ConfigurationError) as core:
        NovaClient(**option)
    with pytest.raises(ConfigurationError) as ours:
        NovaEmbeddings(**option)
    assert str(ours.value) == str(core.value)


@pytest.mark.parametrize("option", [{"task": "retrieval.query"}, {"query_instructions": " "}, {"adapter": ""}])
def test_an_option_of_a_call_is_refused_at_construction(option: dict[str, Any]) -> None:
    """What the core learns only with a call is checked at once all the same."""
    with pytest.raises(ConfigurationError):
        NovaEmbeddings(**option)


@pytest.mark.parametrize("bad", [None, "", " \n", "half \ud83d", 5, ["nested"]])
async def test_a_bad_query_is_an_input_error(embeddings: NovaEmbeddings, nova: FakeNova, bad: Any) -> None:
    """A question that cannot be embedded is refused before anything is sent, sync and async alike."""
    with pytest.raises(InputError) as caught:
        embeddings.embed_query(bad)
    with pytest.raises(InputError) as caught_async:
        await embeddings.aembed_query(bad)
    assert caught.value.index == 0
    assert str(caught_async.value) == str(caught.value)
    assert nova.seen == []


def test_nothing_can_be_set(embeddings: NovaEmbeddings) -> None:
    """An object never differs from what its calls use: to change an option is to make another object."""
    with pytest.raises(AttributeError, match="model_copy"):
        embeddings.dimensions = 256
    assert embeddings.dimensions is None


def test_a_copy_uses_what_was_changed(embeddings: NovaEmbeddings, nova: FakeNova) -> None:
    """`model_copy(update=...)` of a used object asks as changed, keeps the rest, and leaves the original alone."""
    embeddings.embed_query("a")
    changed = embeddings.model_copy(update={"dimensions": 256, "task": "code"})
    np.testing.assert_allclose(changed.embed_query("a"), expected("a", "code.query", width=256), rtol=1e-6)
    np.testing.assert_allclose(embeddings.embed_query("a"), expected("a", "retrieval.query"), rtol=1e-6)
    assert len(nova.seen) == 3


@pytest.mark.parametrize(
    ("update", "error"), [({"dimensions": 300}, ConfigurationError), ({"dimension": 256}, TypeError)]
)
def test_a_copy_is_checked(embeddings: NovaEmbeddings, update: dict[str, Any], error: type[Exception]) -> None:
    """A bad value or a misspelt option raises in copying, as it would at first."""
    with pytest.raises(error):
        embeddings.model_copy(update=update)


def test_what_the_caller_gave_is_not_changed(nova: FakeNova) -> None:
    """Neither keywords, nor headers, nor the list of texts, nor the environment is touched; later changes go unseen."""
    headers, texts = {"x-tenant": "blue"}, list(TEXTS)
    made = NovaEmbeddings(api_base=nova.api_base, headers=headers)
    made.embed_documents(texts)
    assert (headers, texts) == ({"x-tenant": "blue"}, TEXTS)
    headers["x-tenant"] = "red"
    made.embed_query("a")
    assert [seen.headers["x-tenant"] for seen in nova.seen] == ["blue", "blue"]
