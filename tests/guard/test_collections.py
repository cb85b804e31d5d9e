"""What a guarded collection of Chroma or Qdrant lets in, and what it refuses."""

from __future__ import annotations

import pickle
import subprocess
import sys
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, get_args

import chromadb
import pytest
from chromadb.config import Settings
from qdrant_client import AsyncQdrantClient, QdrantClient
from qdrant_client.http.exceptions import UnexpectedResponse
from qdrant_client.models import Distance, VectorParams

from nova_embeddings import ConfigurationError, EmbeddingSpace, NovaClient, SpaceMismatchError
from nova_embeddings._space import Kind as SpaceKind
from nova_embeddings.guard import QdrantCollection, Stamp, guard, stamp, stamp_of, verify
from nova_embeddings.stores import NumpyStore
from tests.guard.conftest import WIDTH
from tests.stores.test_qdrant import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.guard.conftest import Kind

OWN = NovaClient(dimensions=WIDTH, instructions="Find the law.")
OTHER_MODEL = NovaClient("another", dimensions=WIDTH)
OTHER_INSTRUCTIONS = NovaClient(dimensions=WIDTH, instructions="Find the recipe.")
FIELDS = [field.name for field in fields(EmbeddingSpace)]


def changed(space: EmbeddingSpace, name: str) -> EmbeddingSpace:
    """Return another space, which differs in one field."""
    value = getattr(space, name)
    others: dict[str, Any] = {"kind": next(one for one in get_args(SpaceKind) if one != value), "family": "code"}
    other = others.get(name, value + 1 if isinstance(value, int) else f"{value}-other")
    return replace(space, **{name: other})


def test_an_empty_collection_is_stamped_once_and_verified_ever_after(kind: Kind) -> None:
    """The first guard stamps, the next find the same; the owner's metadata stays, and no search finds the stamp."""
    given = guard(kind.collection, OWN)
    kind.add(WIDTH)
    assert guard(kind.again(), OWN) == verify(kind.again(), OWN) == given == stamp_of(OWN)
    assert given.space_id == OWN.space.id
    assert given.encode_id == OWN.encode_id()
    assert kind.metadata()["owner"] == "library"
    assert len(kind.found()) == 1


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_that_differs_is_named(kind: Kind, name: str) -> None:
    """The error names that field alone, with what the index says and what is asked for; it survives pickling."""
    space = OWN.space
    other = changed(space, name)
    guard(kind.collection, Stamp.of(space, "ne1-a"))
    with pytest.raises(SpaceMismatchError, match=rf"docs.*\({name}: the index says ") as refused:
        guard(kind.again(), Stamp.of(other, "ne1-a"))
    assert refused.value.differences == {name: (getattr(space, name), getattr(other, name))}
    travelled = pickle.loads(pickle.dumps(refused.value))
    assert (str(travelled), travelled.differences) == (str(refused.value), refused.value.differences)


def test_two_fields_that_differ_are_both_named(kind: Kind) -> None:
    """All differences are in one error, so that nobody mends them one by one."""
    guard(kind.collection, OWN)
    with pytest.raises(SpaceMismatchError) as refused:
        verify(kind.collection, NovaClient("another", dimensions=256), role="query")
    assert list(refused.value.differences) == ["model", "dimensions"]


def test_other_instructions_may_ask_but_not_write(kind: Kind) -> None:
    """In the same space, a query with other instructions is let in, a passage is refused; the text is not shown."""
    guard(kind.collection, OWN)
    verify(kind.collection, OTHER_INSTRUCTIONS, role="query")
    for refusing in (guard, verify):
        with pytest.raises(SpaceMismatchError, match="task or instructions") as refused:
            refusing(kind.collection, OTHER_INSTRUCTIONS)
        assert list(refused.value.differences) == ["encode_id"]
        assert "recipe" not in str(refused.value)


def test_a_collection_without_a_stamp_is_refused_unless_adopted(kind: Kind) -> None:
    """Vectors of unknown make are left alone; who knows them adopts them once, and it is verified from then on."""
    kind.add(WIDTH)
    for refusing in (guard, stamp, verify):
        with pytest.raises(ConfigurationError, match="adopt=True"):
            refusing(kind.collection, OWN)
    assert "nova_stamp" not in kind.metadata()
    guard(kind.collection, OWN, adopt=True)
    guard(kind.again(), OWN)
    with pytest.raises(SpaceMismatchError):
        guard(kind.again(), OTHER_MODEL, adopt=True)


def test_verifying_changes_nothing(kind: Kind) -> None:
    """An empty collection is not stamped by a check."""
    with pytest.raises(ConfigurationError, match="has no stamp"):
        verify(kind.collection, OWN)
    assert "nova_stamp" not in kind.metadata()


def test_vectors_of_another_width_cannot_be_adopted(kind: Kind) -> None:
    """What the collection already takes is looked at before it is stamped."""
    kind.add(WIDTH)
    with pytest.raises(SpaceMismatchError, match="width 128, you have dimensions=256") as refused:
        guard(kind.collection, NovaClient(dimensions=256), adopt=True)
    assert refused.value.differences == {"dimensions": (WIDTH, 256)}


def test_a_collection_that_was_indexed_anew_in_place_is_stamped_anew(kind: Kind) -> None:
    """A stamp replaces another one only where there is nothing, or where the caller vouches for all that is there."""
    guard(kind.collection, OWN)
    stamp(kind.collection, OTHER_MODEL)
    kind.add(WIDTH)
    with pytest.raises(ConfigurationError, match="holds 1 vectors"):
        stamp(kind.collection, OWN)
    stamp(kind.collection, OWN, adopt=True)
    assert guard(kind.again(), OWN).space_id == OWN.space.id


def test_two_handles_see_each_others_stamp() -> None:
    """A Chroma collection object that was opened before another stamped it is not fooled by what it remembers."""
    client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
    first = client.create_collection("handles", embedding_function=None)
    second = client.get_collection("handles", embedding_function=None)
    guard(first, OWN)
    with pytest.raises(SpaceMismatchError):
        guard(second, OTHER_MODEL)


def test_chroma_keeps_its_distance() -> None:
    """Stamping takes the graph's settings out of the metadata, not out of force."""
    client = chromadb.EphemeralClient(Settings(anonymized_telemetry=False))
    collection = client.create_collection("distance", metadata={"hnsw:space": "cosine"}, embedding_function=None)
    guard(collection, OWN)
    again: Any = client.get_collection("distance", embedding_function=None)
    again.add(ids=["a"], embeddings=[[2.0] + [0.0] * (WIDTH - 1)])
    found = again.query(query_embeddings=[[9.0] + [0.0] * (WIDTH - 1)], n_results=1)
    assert found["distances"] == [[pytest.approx(0.0, abs=1e-6)]]


def test_an_alias_of_qdrant_is_its_collection() -> None:
    """A stamp that was written under the alias is that of the collection."""
    from qdrant_client.models import CreateAlias, CreateAliasOperation  # noqa: PLC0415

    client = QdrantClient(":memory:")
    client.create_collection("docs", vectors_config=VectorParams(size=WIDTH, distance=Distance.COSINE))
    alias = CreateAlias(collection_name="docs", alias_name="live")
    client.update_collection_aliases([CreateAliasOperation(create_alias=alias)])
    assert guard(QdrantCollection(client, "live"), OWN) == verify(QdrantCollection(client, "docs"), OWN)


def test_named_vectors_of_qdrant() -> None:
    """One of several named vectors must have the width."""
    client = QdrantClient(":memory:")
    vectors = {name: VectorParams(size=size, distance=Distance.COSINE) for name, size in (("a", 64), ("b", WIDTH))}
    client.create_collection("named", vectors_config=vectors)
    guard(QdrantCollection(client, "named"), OWN)
    client.create_collection("other", vectors_config={"a": vectors["a"]})
    with pytest.raises(SpaceMismatchError, match="width 64"):
        guard(QdrantCollection(client, "other"), OWN)


@pytest.mark.parametrize(
    ("status", "error"), [(404, ConfigurationError), (500, UnexpectedResponse)], ids=["missing", "failing"]
)
def test_a_server_of_qdrant(status: int, error: type[Exception]) -> None:
    """A collection that a server does not have is named; what else the server says comes through."""
    answers: dict[str, tuple[int, Any]] = {"GET /collections/docs": (status, "no")}
    with serving(answers) as (url, _), pytest.raises(error):
        guard(QdrantCollection(QdrantClient(url=url, check_compatibility=False), "docs"), OWN)


@pytest.mark.parametrize("text", ["{}", "no json", "[]", '{"version": 9}', OWN.space.id])
def test_a_damaged_stamp_is_no_stamp_to_replace(text: str) -> None:
    """What cannot be read is refused by every call but an explicit new stamp."""
    client = QdrantClient(":memory:")
    params = VectorParams(size=WIDTH, distance=Distance.COSINE)
    client.create_collection("docs", vectors_config=params, metadata={"nova_stamp": text})
    for refusing in (guard, verify):
        with pytest.raises(ConfigurationError, match="cannot be read"):
            refusing(QdrantCollection(client, "docs"), OWN)
    stamp(QdrantCollection(client, "docs"), OWN)
    verify(QdrantCollection(client, "docs"), OWN)


def test_what_cannot_be_guarded_is_named() -> None:
    """A store that keeps no stamp, embeddings that know no space, a missing collection and a wrong role say so."""
    client = QdrantClient(":memory:")
    client.create_collection("docs", vectors_config=VectorParams(size=WIDTH, distance=Distance.COSINE))
    docs = QdrantCollection(client, "docs")
    guard(docs, OWN)
    with pytest.raises(ConfigurationError, match="a NumpyStore is no store that can be stamped"):
        guard(NumpyStore(), OWN)
    with pytest.raises(ConfigurationError, match="a dict does not say in which space"):
        guard(docs, {})  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="'missing' is not there"):
        guard(QdrantCollection(client, "missing"), OWN)
    with pytest.raises(ConfigurationError, match="'document'"):
        verify(docs, OWN, role="document")  # type: ignore[arg-type]


def test_clients_for_event_loops_are_refused() -> None:
    """An asynchronous client is named, instead of a coroutine being taken for an answer."""

    class Store:
        client = AsyncQdrantClient(":memory:")
        collection_name = "docs"

    with pytest.raises(ConfigurationError, match="AsyncQdrantClient works from an event loop only"):
        guard(Store(), OWN)


def test_an_index_of_the_users_own() -> None:
    """Whatever keeps a text can be guarded; one that loses it is found out."""

    class Own:
        where = "the index of my own"

        def __init__(self, *, keeps: bool) -> None:
            self.text: str | None = None
            self.keeps = keeps

        def read_stamp(self) -> str | None:
            return self.text

        def write_stamp(self, text: str) -> None:
            self.text = text if self.keeps else None

        def count(self) -> int:
            return 0

        def widths(self) -> set[int]:
            return set()

    index = Own(keeps=True)
    guard(index, OWN)
    with pytest.raises(SpaceMismatchError, match="the index of my own"):
        guard(index, OTHER_MODEL)
    with pytest.raises(ConfigurationError, match="does not keep the stamp"):
        guard(Own(keeps=False), OWN)


SECOND_PROCESS = """
import sys
from nova_embeddings import NovaClient, SpaceMismatchError
from nova_embeddings.guard import QdrantCollection, guard
if sys.argv[1] == "chroma":
    import chromadb
    from chromadb.config import Settings
    client = chromadb.PersistentClient(sys.argv[2], Settings(anonymized_telemetry=False))
    collection = client.get_collection("docs", embedding_function=None)
else:
    from qdrant_client import QdrantClient
    collection = QdrantCollection(QdrantClient(path=sys.argv[2]), "docs")
guard(collection, NovaClient(dimensions=128, instructions="Find the law."))
try:
    guard(collection, NovaClient("another", dimensions=128))
except SpaceMismatchError as error:
    print(error.differences)
"""


@pytest.mark.parametrize("database", ["chroma", "qdrant"])
def test_another_process_is_refused_too(tmp_path: Path, database: str) -> None:
    """A folder that one process stamped tells another one what it holds."""
    if database == "chroma":
        chroma = chromadb.PersistentClient(str(tmp_path), Settings(anonymized_telemetry=False))
        guard(chroma.create_collection("docs", embedding_function=None), OWN)
    else:
        qdrant = QdrantClient(path=str(tmp_path))
        qdrant.create_collection("docs", vectors_config=VectorParams(size=WIDTH, distance=Distance.COSINE))
        guard(QdrantCollection(qdrant, "docs"), OWN)
        qdrant.close()
    command = [sys.executable, "-c", SECOND_PROCESS, database, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "{'model': ('remodlai/nova-embeddings-v1', 'another')}\n", done.stderr
