"""One bad input among many: found, named, or left out, with few further calls."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_embeddings import (
    AuthenticationError,
    ConfigurationError,
    DeploymentUnavailableError,
    EmbeddingResult,
    InputError,
    NovaClient,
)
from tests.fake_nova import FakeNova, Scripted, expected, good_answer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

BOTH = pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])


def embed(client: NovaClient, texts: Iterable[Any], *, asynchronous: bool, **options: Any) -> EmbeddingResult:
    """Embed, in either way."""
    if asynchronous:
        return asyncio.run(client.aembed(list(texts), **options))
    return client.embed(list(texts), **options)


def refusing(poison: set[str], status: int = 400, *, naming: bool = False) -> Callable[[dict[str, Any]], Any]:
    """Return what a server answers that refuses a whole call for one input, by its index or without a word of it."""

    def answer(body: dict[str, Any]) -> Any:
        bad = [index for index, item in enumerate(body["input"]) if item["text"] in poison]
        if not bad:
            return good_answer(body)
        message = f"input[{bad[0]}] cannot be embedded" if naming else "something cannot be embedded"
        return Scripted(status, {"error": {"message": message}})

    return answer


def texts_of(count: int) -> list[str]:
    """Return texts, all different."""
    return [f"text {number}" for number in range(count)]


def check_rows(result: EmbeddingResult, texts: list[str], left_out: set[int]) -> None:
    """Check that every other input has its own vector, and that mask and reasons say so."""
    kept = [index for index in range(len(texts)) if index not in left_out]
    assert set(result.errors) == left_out
    assert np.flatnonzero(result.mask).tolist() == kept
    assert len(result) == len(kept)
    rows = [expected(texts[index], "retrieval.passage", width=128) for index in kept]
    np.testing.assert_allclose(result.vectors, rows, rtol=1e-6)


@BOTH
@pytest.mark.parametrize("status", [400, 422])
@pytest.mark.parametrize("naming", [False, True], ids=["silent", "naming"])
def test_one_of_a_thousand_is_left_out(nova: FakeNova, status: int, *, naming: bool, asynchronous: bool) -> None:
    """999 of 1,000 are delivered, in order, with a bounded number of further calls and the reason for the other."""
    texts = texts_of(1_000)
    nova.answering = refusing({texts[421]}, status, naming=naming)
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=100)
    result = embed(client, texts, asynchronous=asynchronous, on_error="skip")
    check_rows(result, texts, {421})
    assert "cannot be embedded" in str(result.errors[421])
    assert len(nova.seen) <= 10 + (1 if naming else 2 * math.ceil(math.log2(100)) + 4)


@BOTH
@pytest.mark.parametrize("naming", [False, True], ids=["silent", "naming"])
def test_the_error_names_the_input(nova: FakeNova, *, naming: bool, asynchronous: bool) -> None:
    """Where bad inputs raise, the error has the input's index, also where the server says none."""
    texts = texts_of(1_000)
    nova.answering = refusing({texts[777]}, naming=naming)
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=100)
    with pytest.raises(InputError, match="cannot be embedded") as caught:
        embed(client, texts, asynchronous=asynchronous)
    assert caught.value.index == 777
    assert len(nova.seen) <= 10 + 2 * math.ceil(math.log2(100)) + 4


@BOTH
@pytest.mark.parametrize("on_error", ["raise", "skip"])
def test_a_request_that_is_wrong_as_a_whole_blames_no_input(
    nova: FakeNova, on_error: str, *, asynchronous: bool
) -> None:
    """A server that refuses everything gets a few calls, and the error is about the request."""
    nova.answering = lambda _: Scripted(400, {"error": {"message": "no such model"}})
    client = NovaClient(api_base=nova.api_base, dimensions=128, max_concurrency=1)
    with pytest.raises(ConfigurationError, match="no such model"):
        embed(client, texts_of(128), asynchronous=asynchronous, on_error=on_error)
    assert len(nova.seen) <= 7
    for count in (1, 2, 3):
        with pytest.raises(ConfigurationError, match="no such model"):
            embed(client, texts_of(count), asynchronous=asynchronous, on_error=on_error)


@BOTH
def test_a_call_that_is_too_large_is_halved(nova: FakeNova, *, asynchronous: bool) -> None:
    """413 is answered by smaller calls, until they fit; nothing is lost and nothing comes twice."""
    nova.answering = lambda body: good_answer(body) if len(body["input"]) <= 10 else Scripted(413)
    texts = texts_of(128)
    client = NovaClient(api_base=nova.api_base, dimensions=128)
    result = embed(client, texts, asynchronous=asynchronous)
    check_rows(result, texts, set())
    assert len(nova.seen) <= 2 * 16 + 4 + 1


@BOTH
def test_an_input_that_breaks_the_server_is_left_out(nova: FakeNova, *, asynchronous: bool) -> None:
    """An input at which the server fails with 500, or answers with no number, is found and left out."""
    texts = texts_of(64)
    nova.answering = refusing({texts[5]}, 500)
    client = NovaClient(api_base=nova.api_base, dimensions=128, max_retries=1)
    check_rows(embed(client, texts, asynchronous=asynchronous, on_error="skip"), texts, {5})

    def no_number(body: dict[str, Any]) -> dict[str, Any]:
        answer = good_answer({**body, "encoding_format": "float"})
        for row in answer["data"]:
            if body["input"][row["index"]]["text"] == texts[9]:
                row["embedding"] = ["NaN"] * 128
        return answer

    nova.answering = no_number
    check_rows(embed(client, texts, asynchronous=asynchronous, on_error="skip"), texts, {9})


@BOTH
def test_outages_raise_all_the_same(nova: FakeNova, *, asynchronous: bool) -> None:
    """Leaving bad inputs out never hides that a key is wrong or that the server is down."""
    client = NovaClient(api_base=nova.api_base, dimensions=128, max_retries=0)
    for status, error in ((401, AuthenticationError), (503, DeploymentUnavailableError), (404, ConfigurationError)):
        nova.answering = lambda _, status=status: Scripted(status)  # type: ignore[misc]
        with pytest.raises(error):
            embed(client, texts_of(4), asynchronous=asynchronous, on_error="skip")


@BOTH
def test_what_is_bad_before_it_is_sent_is_left_out_too(nova: FakeNova, *, asynchronous: bool) -> None:
    """Inputs that are none, empty, or have an unknown task are left out with their reasons, and are not sent."""
    given_inputs: list[Any] = ["a", None, "", "b", 7, {"text": "c", "task": "nonsense"}, {"txt": "d"}, "e", "\ud800"]
    client = NovaClient(api_base=nova.api_base, dimensions=128)
    result = embed(client, given_inputs, asynchronous=asynchronous, on_error="skip")
    assert np.flatnonzero(result.mask).tolist() == [0, 3, 7]
    assert all(isinstance(error, InputError) and error.index == index for index, error in result.errors.items())
    assert nova.inputs_seen == 3
    np.testing.assert_allclose(
        result.vectors, [expected(text, "retrieval.passage", width=128) for text in "abe"], rtol=1e-6
    )
    assert "left out=6" in repr(result)


@BOTH
def test_nothing_that_can_be_embedded_is_no_error(nova: FakeNova, *, asynchronous: bool) -> None:
    """Where every input is bad before it is sent, the result is empty and says why."""
    client = NovaClient(api_base=nova.api_base, dimensions=128)
    result = embed(client, ["", None], asynchronous=asynchronous, on_error="skip")
    assert (result.vectors.shape, len(result.errors), nova.seen) == ((0, 128), 2, [])


@BOTH
def test_a_batch_of_bad_inputs_among_good_batches(nova: FakeNova, *, asynchronous: bool) -> None:
    """Where all of one call is bad, the answers to the others show that the request is sound."""
    texts = texts_of(60)
    nova.answering = refusing(set(texts[:20]))
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=20, max_concurrency=1)
    check_rows(embed(client, texts, asynchronous=asynchronous, on_error="skip"), texts, set(range(20)))


def test_multivectors_are_left_out_alike(nova: FakeNova) -> None:
    """Multi-vectors of the others come back in order."""
    texts = texts_of(20)
    nova.answering = refusing({texts[3], texts[19]})
    result = NovaClient(api_base=nova.api_base).embed(texts, return_multivector=True, on_error="skip")
    assert set(result.errors) == {3, 19}
    kept = [text for text in texts if text not in (texts[3], texts[19])]
    for rows, text in zip(result.multivectors, kept, strict=True):
        np.testing.assert_allclose(rows[0], expected(text, "retrieval.passage", width=128), rtol=1e-6)


def test_an_unknown_way_to_treat_errors_is_refused(nova: FakeNova) -> None:
    """`on_error` is one of two words."""
    with pytest.raises(ConfigurationError, match="neither 'raise' nor 'skip'"):
        NovaClient(api_base=nova.api_base).embed(["a"], on_error="ignore")  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_any_poison_in_any_batches(data: st.DataObject) -> None:
    """Whichever inputs are bad, and however the request is cut, exactly the others come back, each with its own row."""
    count = data.draw(st.integers(1, 40))
    poison = data.draw(st.sets(st.integers(0, count - 1), max_size=max(0, count - 1)))
    naming, status = data.draw(st.booleans()), data.draw(st.sampled_from([400, 413, 422]))
    batch_size = data.draw(st.integers(1, 40))
    texts = texts_of(count)
    with FakeNova().running() as nova:
        nova.answering = refusing({texts[index] for index in poison}, status, naming=naming)
        client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=batch_size, max_concurrency=2)
        try:
            check_rows(client.embed(texts, on_error="skip"), texts, poison)
        except ConfigurationError:
            # a few inputs spread over a call are tried before a refusal counts as being about the request
            assert len(poison) >= min(4, count)


@BOTH
def test_a_server_that_is_pushed_gets_fewer_calls_at_a_time(nova: FakeNova, *, asynchronous: bool) -> None:
    """A server that takes two calls at a time and refuses others with 429 is not asked eight at a time for long."""
    lock = threading.Lock()
    inside = refused = 0

    def two_at_a_time(body: dict[str, Any]) -> Any:
        nonlocal inside, refused
        with lock:
            inside += 1
            busy = inside > 2
            refused += busy
        try:
            time.sleep(0.01)
            return Scripted(429, headers={"retry-after-ms": "20"}) if busy else good_answer(body)
        finally:
            with lock:
                inside -= 1

    nova.answering = two_at_a_time
    texts = texts_of(120)
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=1, max_concurrency=8, max_retries=8)
    check_rows(embed(client, texts, asynchronous=asynchronous), texts, set())
    assert refused < 60  # one in two at full speed: eight at a time, two of them taken
    nova.answering = good_answer
    for _ in range(2):
        embed(client, texts, asynchronous=asynchronous)
    assert client._link._executor.pace.limit == 8


@pytest.mark.parametrize("asynchronous", [False, True], ids=["sync", "async"])
def test_an_option_that_there_is_not_is_refused_by_name(nova: FakeNova, *, asynchronous: bool) -> None:
    """A misspelt option is named, with what may have been meant and what there is; its value is not shown."""
    client = NovaClient(api_base=nova.api_base)
    with pytest.raises(
        ConfigurationError, match=r"embed has no option 'instruction'; did you mean instructions\? it has"
    ) as caught:
        embed(client, ["a text"], asynchronous=asynchronous, instruction="a secret wish")
    assert "secret" not in str(caught.value)
    assert nova.seen == []
