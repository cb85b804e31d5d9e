"""Two inputs have one key if and only if the same vector belongs to both."""

from __future__ import annotations

import base64
import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nova_embeddings import EmbeddingInput, EmbeddingSpace, Image
from nova_embeddings._options import Request
from nova_embeddings.cache._keys import content_of, keys_of, may_change

if TYPE_CHECKING:
    from pathlib import Path

PNG = b"\x89PNG not looked at here"
SPACE = EmbeddingSpace("m", "nova", "retrieval", None, "dense", 2048)
SECRET = "the merger with Umbrella is on"


def key(value: EmbeddingInput, request: Request | None = None, space: EmbeddingSpace = SPACE) -> str | None:
    """Return one input's key."""
    return keys_of([value], [space], request or Request("retrieval.passage"))[0]


DIFFERENT = {
    "text": EmbeddingInput("a"),
    "blank": EmbeddingInput("a "),
    "case": EmbeddingInput("A"),
    "composed": EmbeddingInput("é"),
    "decomposed": EmbeddingInput("e\u0301"),
    "word": EmbeddingInput("image"),
    "image": EmbeddingInput(image=Image.from_bytes(PNG)),
    "other image": EmbeddingInput(image=Image.from_bytes(PNG + b"\0")),
    "fused": EmbeddingInput("a", image=Image.from_bytes(PNG)),
    "fused otherwise": EmbeddingInput("b", image=Image.from_bytes(PNG)),
    "numbers": EmbeddingInput(image_embeds=[1.0, 2.0, 3.0, 4.0]),
    "nested": EmbeddingInput(image_embeds=[[1.0, 2.0], [3.0, 4.0]]),
    "fused numbers": EmbeddingInput("a", image_embeds=[1.0, 2.0, 3.0, 4.0]),
    "bytes like numbers": EmbeddingInput(image_embeds=np.frombuffer(np.array([1.0, 2.0, 3.0, 4.0]), np.int64)),
    "task": EmbeddingInput("a", task="retrieval.query"),
    "instructions": EmbeddingInput("a", instructions="Be brief."),
}


@pytest.mark.parametrize(("one", "other"), list(combinations(DIFFERENT, 2)))
def test_different_inputs_have_different_keys(one: str, other: str) -> None:
    """Whatever may change the vector is in the key."""
    assert key(DIFFERENT[one]) != key(DIFFERENT[other])


@pytest.mark.parametrize("change", [{"dimensions": 128}, {"family": "code"}, {"adapter": "mine"}, {"model": "n"}])
def test_different_spaces_have_different_keys(change: dict[str, Any]) -> None:
    """One text in two spaces has two keys."""
    fields = {name: getattr(SPACE, name) for name in ("model", "dialect", "family", "adapter", "kind", "dimensions")}
    assert key(EmbeddingInput("a"), space=EmbeddingSpace(**{**fields, **change})) != key(EmbeddingInput("a"))


def test_it_does_not_matter_how_an_input_is_given(tmp_path: Path) -> None:
    """A file and its bytes are the same image; what an input inherits is the same as what it says itself."""
    path = tmp_path / "picture.png"
    path.write_bytes(PNG)
    pictures = [Image.from_path(path), Image.from_bytes(PNG), Image.from_base64(base64.b64encode(PNG).decode())]
    assert len({key(EmbeddingInput(image=picture)) for picture in pictures}) == 1
    asked = Request("retrieval.query", instructions="Be brief.")
    said = EmbeddingInput("a", task="retrieval.query", instructions="Be brief.")
    assert key(EmbeddingInput("a"), asked) == key(said)
    assert key(EmbeddingInput("a", instructions=""), asked) == key(EmbeddingInput("a", task="retrieval.query"))


def test_an_address_has_no_key(tmp_path: Path) -> None:
    """What stands at an address, or in a file that cannot be read, is not known, so it is not kept."""
    assert key(EmbeddingInput("a", image=Image.from_url("https://images.example.com/1.png"))) is None
    assert key(EmbeddingInput(image=Image.from_path(tmp_path / "missing.png"))) is None


def test_what_may_change_is_known(tmp_path: Path) -> None:
    """A file may be another when it is sent, and an array may be written to; bytes and texts stay."""
    changing = [EmbeddingInput(image=Image.from_path(tmp_path / "a.png")), EmbeddingInput(image_embeds=[1.0])]
    staying = [EmbeddingInput("a"), EmbeddingInput(image=Image.from_bytes(PNG))]
    assert [may_change(value) for value in changing + staying] == [True, True, False, False]


def test_a_key_tells_nothing() -> None:
    """A key is letters, digits and dashes of one length, and no part of it is the text."""
    made = key(EmbeddingInput(SECRET, instructions=SECRET))
    assert made is not None
    assert re.fullmatch(r"ne1-[0-9a-f]{32}-[0-9a-f]{64}", made)


@settings(deadline=None)
@given(st.text(min_size=1), st.text(min_size=1))
def test_texts_are_the_same_to_the_letter(one: str, other: str) -> None:
    """Two texts have one content if and only if they are equal."""
    if all(text.isascii() or text.encode(errors="ignore").decode() == text for text in (one, other)):
        assert (content_of(EmbeddingInput(one)) == content_of(EmbeddingInput(other))) == (one == other)
