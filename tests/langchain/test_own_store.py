"""The retriever over the stores that come with the core."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import numpy as np
import pytest

from langchain_nova import NovaEmbeddings, NovaMultiVectorRetriever
from nova_embeddings import ConfigurationError, NovaClient
from nova_embeddings.stores import NumpyStore, QdrantStore
from nova_embeddings.testing import serving

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fake_nova import FakeNova


def test_500_documents_are_ranked_exactly() -> None:
    """Over the reference server the whole order is that of exact MaxSim, token by token."""
    rng = np.random.default_rng(7)
    words = [f"word{number}" for number in range(200)]
    texts = [f"{number} {' '.join(rng.choice(words, rng.integers(3, 12)))}" for number in range(500)]
    with serving("hash") as server:
        embeddings = NovaEmbeddings(api_base=server.api_base)
        made = NovaMultiVectorRetriever.from_texts(texts, embeddings, k=500)
        found = made.invoke("word1 word2 word3")
        asked = embeddings.embed_query_multi("word1 word2 word3")
        kept = embeddings.embed_documents_multi(texts)
    assert isinstance(made.store, NumpyStore)
    wanted = {
        text: sum(max(float(token @ other) for other in rows) for token in asked)
        for text, rows in zip(texts, kept, strict=True)
    }
    assert sorted(document.page_content for document in found) == sorted(texts)
    scores = [document.metadata["relevance_score"] for document in found]
    assert scores == sorted(scores, reverse=True)
    np.testing.assert_allclose(scores, [wanted[document.page_content] for document in found], atol=1e-4)


def test_candidates_come_by_dense_vectors() -> None:
    """With `prefetch` its own store takes dense vectors; with all documents as candidates nothing is lost."""
    texts = [f"passage {number}" for number in range(20)]
    with serving("hash") as server:
        embeddings = NovaEmbeddings(api_base=server.api_base, dimensions=256)
        exact = NovaMultiVectorRetriever.from_texts(texts, embeddings, k=5)
        wide = NovaMultiVectorRetriever.from_texts(texts, embeddings, k=5, prefetch=20)
        narrow = NovaMultiVectorRetriever.from_texts(texts, embeddings, k=5, prefetch=5)
        rows = embeddings.embed_documents_array(texts) @ np.asarray(embeddings.embed_query("passage 3"))
        nearest = {texts[place] for place in np.argsort(-rows)[:5]}
        assert wide.invoke("passage 3") == exact.invoke("passage 3")
        assert {document.page_content for document in narrow.invoke("passage 3")} == nearest


def test_a_store_of_another_space_is_refused(nova: FakeNova, tmp_path: Path) -> None:
    """A folder goes with the embeddings it was made with, whatever width their dense vectors have, and no others."""
    embeddings = NovaEmbeddings(api_base=nova.api_base)
    space = embeddings.space_of(return_multivector=True)
    assert space == NovaClient().space_of(return_multivector=True)
    store = NumpyStore(tmp_path / "index", space=space.id)
    made = NovaMultiVectorRetriever.from_texts(["passage 1", "passage 2"], embeddings, ids=["1", "2"], store=store)
    store.save()
    narrow = embeddings.model_copy(update={"dimensions": 256})
    again = NovaMultiVectorRetriever(embeddings=narrow, store=NumpyStore(tmp_path / "index"))
    assert again.invoke("passage 1") == made.invoke("passage 1")
    for change in ({"task": "code"}, {"adapter": "legal"}, {"model": "another-model"}):
        with pytest.raises(ConfigurationError, match=space.id):
            NovaMultiVectorRetriever(embeddings=embeddings.model_copy(update=change), store=store)


def test_metadata_that_is_not_json_is_refused(nova: FakeNova) -> None:
    """What a store could not give back is an error; nothing of the call is stored."""
    made = NovaMultiVectorRetriever.from_texts(["a"], NovaEmbeddings(api_base=nova.api_base))
    with pytest.raises(ConfigurationError, match="not JSON"):
        made.add_texts(["b", "c"], [{}, {"when": date(2024, 1, 1)}])
    assert len(made.store) == 1


async def test_every_store_answers_alike() -> None:
    """Adding, filtering, deleting and prefetching give the same documents over numpy and over Qdrant."""
    texts = [f"passage number {number}" for number in range(12)]
    rows = [{"kind": "even" if number % 2 == 0 else "odd"} for number in range(12)]
    with serving("hash") as server:
        embeddings = NovaEmbeddings(api_base=server.api_base, dimensions=128)
        space = embeddings.space_of(return_multivector=True).id
        for prefetch in (None, 12):
            answers = []
            for store in (NumpyStore(space=space), QdrantStore("passages", space=space)):
                made = NovaMultiVectorRetriever(embeddings=embeddings, store=store, k=6, prefetch=prefetch)
                made.add_texts(texts, rows, ids=[f"id-{number}" for number in range(12)])
                await made.aadd_texts(["passage number none"], [{"kind": "even"}], ids=["id-0"])
                await made.adelete(["id-2", "unknown"])
                found = [*made.invoke("number 4"), *await made.ainvoke("number 4", filter={"kind": ["odd"]}, k=3)]
                answers.append([str(document.id) for document in found])
                assert len(store) == 11
            assert answers[0] == answers[1]
            assert {int(name[3:]) % 2 for name in answers[0][6:]} == {1}
