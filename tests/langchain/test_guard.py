"""Stores that keep to one space, keys of LangChain's index, and namespaces of caches."""

from __future__ import annotations

import datetime as dt
import re
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from langchain_core.documents import Document
from langchain_core.embeddings import DeterministicFakeEmbedding
from langchain_core.indexing import InMemoryRecordManager, index
from langchain_core.vectorstores import InMemoryVectorStore

from langchain_nova import NovaEmbeddings, cache_namespace, guard_store, key_encoder, verify_space
from nova_embeddings import ConfigurationError, SpaceMismatchError
from tests.langchain.database_stores import ChromaStore, QdrantStore

if TYPE_CHECKING:
    from langchain_core.vectorstores import VectorStore

    from tests.fake_nova import FakeNova

Opening = Callable[[NovaEmbeddings], "VectorStore"]
TEXTS = ["Tea grows in Assam.", "Rust has no garbage collector.", "The moon has no air."]
KEY = "5bb5dfc2-ac5c-0fdd-9416-75252db06de3"  # of every release: others would embed a whole corpus anew


@pytest.fixture
def embeddings(nova: FakeNova) -> NovaEmbeddings:
    """Embeddings of narrow vectors."""
    return NovaEmbeddings(api_base=nova.api_base, dimensions=128)


@pytest.fixture(params=["chroma", "qdrant"])
def opening(request: pytest.FixtureRequest, embeddings: NovaEmbeddings) -> Opening:
    """Open one and the same collection with any embeddings."""
    name = f"docs-{uuid.uuid4().hex}"
    if request.param == "chroma":
        return lambda given: ChromaStore(name, given)
    client = QdrantStore(name, embeddings).client
    return lambda given: QdrantStore(name, given, client)


def documents() -> list[Document]:
    """Return the texts as documents."""
    return [Document(text, metadata={"source": str(number)}) for number, text in enumerate(TEXTS)]


def test_a_store_is_stamped_and_refuses_another_space(opening: Opening, embeddings: NovaEmbeddings) -> None:
    """A guarded store works as before; opened with another model or task it is refused, naming the fields."""
    store = opening(embeddings)
    guard_store(store)
    store.add_texts(TEXTS)
    assert len(store.similarity_search("tea", k=2)) == 2
    assert guard_store(opening(embeddings)) == verify_space(store)
    for option, field in ({"model": "another"}, "model"), ({"task": "code"}, "family"), ({"adapter": "a"}, "adapter"):
        other = embeddings.model_copy(update=option)
        for refusing in (guard_store, verify_space):
            with pytest.raises(SpaceMismatchError) as refused:
                refusing(opening(other))
            assert list(refused.value.differences) == [field]


def test_query_instructions_may_change(opening: Opening, embeddings: NovaEmbeddings) -> None:
    """Questions may be asked in other words; documents may not be added with others."""
    guard_store(opening(embeddings))
    asking = embeddings.model_copy(update={"query_instructions": "Find the law."})
    guard_store(opening(asking))
    writing = embeddings.model_copy(update={"document_instructions": "A law."})
    verify_space(opening(writing), role="query")
    with pytest.raises(SpaceMismatchError, match="encode_id"):
        guard_store(opening(writing))


def test_a_store_of_unknown_make_is_adopted_only_if_told(opening: Opening, embeddings: NovaEmbeddings) -> None:
    """A store that was filled without a guard is refused, then adopted."""
    opening(embeddings).add_texts(TEXTS)
    with pytest.raises(ConfigurationError, match="holds 3 vectors"):
        guard_store(opening(embeddings))
    guard_store(opening(embeddings), adopt=True)
    verify_space(opening(embeddings))


def test_a_store_that_cannot_be_guarded_is_named(embeddings: NovaEmbeddings, opening: Opening) -> None:
    """A store without a place for a stamp, and embeddings of someone else, raise; given embeddings win."""
    with pytest.raises(ConfigurationError, match="InMemoryVectorStore"):
        guard_store(InMemoryVectorStore(embeddings))
    foreign: Any = DeterministicFakeEmbedding(size=128)
    with pytest.raises(ConfigurationError, match="DeterministicFakeEmbedding does not say"):
        guard_store(opening(foreign))
    guard_store(opening(foreign), embeddings)


def test_another_model_indexes_anew(embeddings: NovaEmbeddings, nova: FakeNova) -> None:
    """The same documents are skipped by the same embeddings, and all replaced after a change of the model."""
    records = InMemoryRecordManager("docs")
    records.create_schema()
    store = InMemoryVectorStore(embeddings)

    def run(own: NovaEmbeddings) -> tuple[int, int, int]:
        store.embedding = own
        done = index(documents(), records, store, cleanup="full", key_encoder=key_encoder(own))
        return done["num_added"], done["num_skipped"], done["num_deleted"]

    assert run(embeddings) == (3, 0, 0)
    assert run(embeddings.model_copy(update={"timeout": 5.0, "query_instructions": "Find."})) == (0, 3, 0)
    assert run(embeddings.model_copy(update={"document_instructions": "A law."})) == (3, 0, 3)
    assert run(embeddings.model_copy(update={"model": "another"})) == (3, 0, 3)
    assert nova.inputs_seen == 9
    assert len(store.store) == 3


def test_a_key_is_of_content_and_metadata(embeddings: NovaEmbeddings) -> None:
    """Keys differ with either, not with the order of metadata; dates and paths may be among them."""
    key = key_encoder(embeddings)
    meta = {"page": 1, "on": dt.date(2024, 5, 1), "path": Path("a/b")}
    same = [Document("a", metadata=meta), Document("a", metadata=dict(reversed(meta.items())), id="its own")]
    others = [Document("b", metadata=meta), Document("a"), Document("a", metadata={**meta, "page": "1"})]
    keys = [key(one) for one in (*same, *others)]
    assert len(set(keys)) == 4
    assert keys[0] == keys[1]
    assert all(str(uuid.UUID(one)) == one for one in keys)


@pytest.mark.parametrize("value", [{"a", "b"}, object()], ids=["set", "object"])
def test_metadata_without_one_form_is_refused(embeddings: NovaEmbeddings, value: object) -> None:
    """What would give another key in every process is refused, without showing it."""
    with pytest.raises(ConfigurationError, match="cannot be a key"):
        key_encoder(embeddings)(Document("a", metadata={"value": value}))


def test_keys_are_those_of_every_process() -> None:
    """A key is pinned, and computed alike with another seed of hashes."""
    code = (
        "from langchain_core.documents import Document; from langchain_nova import *;"
        "print(key_encoder(NovaEmbeddings(dimensions=128))(Document('a', metadata={'x': 1, 'y': [None, 'é']})))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == KEY


def test_namespaces_of_a_cache(embeddings: NovaEmbeddings) -> None:
    """Each side, model, width and instructions have a namespace, fit for a file's name; where and how fast has none."""
    update = embeddings.model_copy
    makes = [
        embeddings,
        update(update={"model": "another"}),
        update(update={"dimensions": 256}),
        update(update={"task": "code"}),
        update(update={"instructions": "Find."}),
    ]
    names = [cache_namespace(one, role) for one in makes for role in ("query", "passage")]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch("[a-z0-9-]+", name) for name in names)
    elsewhere = update(update={"api_base": "http://127.0.0.1:1/v1", "batch_size": 2})
    assert cache_namespace(elsewhere, "query") == cache_namespace(embeddings, "query") == embeddings.encode_id("query")
    with pytest.raises(ConfigurationError, match="'document'"):
        cache_namespace(embeddings, "document")  # type: ignore[arg-type]
