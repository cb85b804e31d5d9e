"""Where may a key show? On the wire, and nowhere else."""

from __future__ import annotations

import copy
import logging
import pickle
import traceback
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.load import dumpd, dumps

from langchain_nova import NovaEmbeddings
from tests.fake_nova import Scripted

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_nova import FakeNova

CANARY = "sk-canary-0123456789"
HEADERS = {"x-proxy-key": CANARY}
FORMS: dict[str, Callable[[NovaEmbeddings], str]] = {
    "repr": repr,
    "str": str,
    "vars": lambda made: repr(vars(made)),
    "fields": lambda made: repr(list(made)),
    "attributes": lambda made: repr(made.api_key) + repr(made.headers),
    "client": lambda made: repr(made._client),
    "model_dump": lambda made: repr(made.model_dump()),
    "model_dump of the secrets": lambda made: repr(made.model_dump(mode="json", include={"api_key", "headers"})),
    "model_dump_json": lambda made: made.model_dump_json(),
    "dumpd": lambda made: repr(dumpd(made)),
    "dumps": dumps,
    "pickle": lambda made: repr(pickle.dumps(made)),
    "deepcopy": lambda made: repr(copy.deepcopy(made)),
    "deepcopy, pickled": lambda made: repr(pickle.dumps(copy.deepcopy(made))),
    "model_copy": lambda made: repr(made.model_copy(update={"batch_size": 2})),
}


@pytest.fixture
def embeddings(nova: FakeNova) -> NovaEmbeddings:
    """An object whose key and whose header must not be seen, after its first call."""
    made = NovaEmbeddings(api_base=nova.api_base, api_key=CANARY, headers=HEADERS)
    made.embed_query("a")
    return made


def everything_about(error: BaseException) -> str:
    """Return all that a log may print about an error: its text, its arguments, its causes, what pydantic adds."""
    chain: list[Any] = []
    seen: BaseException | None = error
    while seen is not None:
        chain += [str(seen), repr(seen), seen.args, seen.__dict__]
        chain += seen.errors() if hasattr(seen, "errors") else []
        seen = seen.__cause__ or seen.__context__
    return f"{chain} {''.join(traceback.format_exception(error))}"


@pytest.mark.parametrize("form", FORMS)
def test_no_form_shows_a_secret(embeddings: NovaEmbeddings, form: str) -> None:
    """Whatever writes the object down writes neither key nor header, and does write something."""
    written = FORMS[form](embeddings)
    assert written
    assert CANARY not in written


@pytest.mark.parametrize(
    "options",
    [
        {"apikey": CANARY},
        {"nova_api_key": CANARY},
        {"api_key": f"{CANARY}\n"},
        {"api_key": [CANARY]},
        {"api_key": CANARY, "dimensions": 300},
        {"api_key": CANARY, "show_progress_bar": "perhaps"},
        {"api_key": CANARY, "api_base": "nowhere"},
        {"api_base": f"http://user:{CANARY}@127.0.0.1/v1"},
        {"headers": {"authorization": CANARY}},
        {"headers": {"x-proxy-key": f"{CANARY}\r\n"}},
        {"headers": {"x-proxy-key": [CANARY]}},
        {"header": HEADERS},
    ],
)
def test_no_refusal_shows_a_secret(options: dict[str, Any]) -> None:
    """An option that is misspelt or wrong is refused without its value, however deep one looks."""
    with pytest.raises(Exception, match=r".") as caught:
        NovaEmbeddings(**options)
    assert CANARY not in everything_about(caught.value)


@pytest.mark.parametrize("name", ["api_key", "apikey", "headers"])
def test_no_refused_assignment_shows_a_secret(embeddings: NovaEmbeddings, name: str) -> None:
    """Setting a key on an object is refused without showing it."""
    with pytest.raises(AttributeError, match=name) as caught:
        setattr(embeddings, name, CANARY)
    assert CANARY not in everything_about(caught.value)


@pytest.mark.parametrize("status", [400, 401, 500])
def test_no_failed_call_shows_a_secret(
    embeddings: NovaEmbeddings, nova: FakeNova, caplog: pytest.LogCaptureFixture, status: int
) -> None:
    """A server that repeats the key in its complaint does not get it into the error, nor into a log."""
    nova.answering = lambda _: Scripted(status, {"error": {"message": f"bad key {CANARY}"}})
    caplog.set_level(logging.DEBUG)
    with pytest.raises(Exception, match=r"bad key \*\*\*") as caught:
        embeddings.model_copy(update={"max_retries": 0}).embed_query("a")
    assert nova.seen[-1].headers["authorization"] == f"Bearer {CANARY}"
    assert CANARY not in everything_about(caught.value)
    assert CANARY not in caplog.text
