"""Errors: one tree, picklable, and quiet about keys and texts."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import nova_embeddings
from nova_embeddings import InputError, NovaClient, NovaError, SpaceMismatchError
from nova_embeddings._secrets import Secret, shown

ERRORS = [value for value in vars(nova_embeddings).values() if isinstance(value, type) and issubclass(value, NovaError)]
OWN: dict[type[NovaError], dict[str, Any]] = {
    InputError: {"index": 3, "status": 400},
    SpaceMismatchError: {"differences": {"model": ("a", "b")}},
}


@pytest.mark.parametrize("kind", ERRORS)
def test_every_error_pickles_and_copies(kind: type[NovaError]) -> None:
    """An error keeps its words and attributes on the way through a process pool."""
    error = kind("what was seen", **OWN.get(kind, {"status": 503}))
    error.attempts = 4
    for twin in (pickle.loads(pickle.dumps(error)), copy.copy(error), copy.deepcopy(error)):
        assert type(twin) is kind
        assert str(twin) == str(error)
        assert vars(twin) == vars(error)


def _fails() -> None:
    NovaClient("lexiq_nova/hash").embed(["fine", ""])


def test_an_error_survives_a_process_pool() -> None:
    """A worker's error arrives as itself, with the input's index."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool, pytest.raises(InputError) as caught:
        pool.submit(_fails).result(timeout=60)
    assert caught.value.index == 1


def test_a_secret_is_not_shown() -> None:
    """Neither repr, str, format nor pickle give a secret away; copies inside the process keep it."""
    secret = Secret("canary")
    assert "canary" not in f"{secret!r} {secret} {vars(NovaClient(api_key='canary'))}"
    assert pickle.loads(pickle.dumps(secret)) == Secret(None)
    assert copy.deepcopy(secret).reveal() == "canary"
    assert not Secret("")


@given(st.text(min_size=1), st.text(min_size=12, max_size=40), st.text(), st.integers(0, 8))
def test_no_piece_of_a_text_is_shown(before: str, text: str, after: str, cut: int) -> None:
    """Twelve characters of an input in a row never stand in what is shown of a server's words."""
    folded = " ".join(text.split())
    line = shown(f"{before} {folded[cut:]} {after}", [], [text])
    assert not any(folded[start : start + 12] in line for start in range(len(folded) - 11))


@pytest.mark.parametrize("said", ["MY SECRET TEXT, LONG", "\\u006dy secret text, long", "my  secret\ntext, long"])
def test_a_text_is_recognised_in_disguise(said: str) -> None:
    """A text in capitals, escaped, or with other white space is still not shown."""
    assert shown(f"bad: {said}!", [], ["my secret text, long"]) == "bad: [input text]!"


def test_the_server_s_own_words_stay() -> None:
    """What is neither a key nor a text is shown, on one line, cut to a readable length."""
    words = "Key sk-1 may not use\n 'my secret text': dimensions must be 128 " + "x" * 600
    line = shown(words, ["sk-1", None], ["my secret text", "other"])
    assert line.startswith("Key *** may not use '[input text]': dimensions must be 128 xxx")
    assert len(line) <= 301
