"""The ids of spaces: different for different spaces, the same in every process and release."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import asdict, fields, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_embeddings import EmbeddingSpace, NovaClient
from nova_embeddings._tasks import FAMILIES, TASKS
from nova_embeddings.guard import Stamp

GOLDEN = Path(__file__).parent / "golden" / "spaces.json"
PINNED: list[dict[str, Any]] = json.loads(GOLDEN.read_text(encoding="utf-8"))
WORDS = st.text(max_size=4) | st.sampled_from(["nova", "null", "None", '"', "retrieval", "é", "e\u0301"])
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "model": WORDS,
    "dialect": WORDS,
    "family": st.sampled_from(FAMILIES),
    "adapter": st.none() | WORDS,
    "kind": st.sampled_from(["dense", "multi-vector"]),
    "dimensions": st.integers(1, 4096),
}
SPACES = st.builds(EmbeddingSpace, **VALUES)
WAYS = st.tuples(SPACES, st.sampled_from(TASKS), st.none() | WORDS)
SECOND_PROCESS = """
import json, sys
from nova_embeddings import NovaClient
print(json.dumps([
    [client.space_of(**one["request"]).id, client.encode_id(**one["request"])]
    for one in json.load(open(sys.argv[1], encoding="utf-8"))
    for client in [NovaClient(**one["client"])]
]))
"""


def test_every_field_is_tested() -> None:
    """A field that a space gains has values below, so that the properties hold for it too."""
    assert set(VALUES) == {field.name for field in fields(EmbeddingSpace)}


@given(SPACES, SPACES)
def test_two_spaces_share_an_id_only_if_all_fields_are_equal(one: EmbeddingSpace, other: EmbeddingSpace) -> None:
    """An id stands for the fields, all of them."""
    assert (one.id == other.id) == (asdict(one) == asdict(other))


@given(SPACES, st.sampled_from(list(VALUES)), st.data())
def test_one_field_makes_another_id(space: EmbeddingSpace, name: str, data: st.DataObject) -> None:
    """Neighbours, which differ in one field, have two ids, and stamps that differ in that field."""
    neighbour = replace(space, **{name: data.draw(VALUES[name])})
    assert (space.id == neighbour.id) == (getattr(space, name) == getattr(neighbour, name))
    one, other = Stamp.of(space, "a"), Stamp.of(neighbour, "a")
    assert (one == other) == (space == neighbour)
    assert Stamp.from_json(one.to_json()) == one


@given(WAYS, WAYS)
def test_two_ways_to_embed_share_an_id_only_if_they_are_one(one: Any, other: Any) -> None:
    """The space, the task and the instructions make an `encode_id`; no instructions and empty ones are the same."""
    same = (*one[:2], one[2] or None) == (*other[:2], other[2] or None)
    assert (one[0].encode_id(*one[1:]) == other[0].encode_id(*other[1:])) == same
    assert re.fullmatch("ne1-[0-9a-f]{32}", one[0].encode_id(*one[1:]))


@pytest.mark.parametrize("pinned", PINNED, ids=lambda one: one["why"])
def test_ids_are_those_of_every_release(pinned: dict[str, Any]) -> None:
    """What stamps and caches hold is still found: an id changes only with the version in its prefix."""
    client = NovaClient(**pinned["client"])
    space = client.space_of(**pinned["request"])
    assert (asdict(space), space.id) == (pinned["space"], pinned["space_id"])
    assert client.encode_id(**pinned["request"]) == pinned["encode_id"]


def test_no_two_pinned_configurations_share_an_id() -> None:
    """The golden file holds different ways to embed."""
    assert len({pinned["encode_id"] for pinned in PINNED}) == len(PINNED)


def test_ids_are_the_same_in_another_process() -> None:
    """Nothing in an id depends on the process, such as the order of a set."""
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    command = [sys.executable, "-c", SECOND_PROCESS, str(GOLDEN)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60, env=environment)
    assert json.loads(done.stdout) == [[pinned["space_id"], pinned["encode_id"]] for pinned in PINNED]
