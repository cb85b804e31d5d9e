"""Retrieval with LangChain's own vector store, end to end."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pytest
from langchain_core.documents import Document
from langchain_core.vectorstores import InMemoryVectorStore

from langchain_nova import NovaEmbeddings
from tests.fake_nova import expected

if TYPE_CHECKING:
    from tests.fake_nova import FakeNova

TEXTS = [f"passage {number}" for number in range(10)]


@pytest.fixture
def store(nova: FakeNova) -> InMemoryVectorStore:
    """An empty store whose embeddings need several calls for the texts."""
    return InMemoryVectorStore(NovaEmbeddings(api_base=nova.api_base, dimensions=256, batch_size=3))


def ranked(query: str) -> list[tuple[str, float]]:
    """Return the texts as cosine orders them, computed from what the fake server answers."""
    asked = expected(query, "retrieval.query", width=256)
    scores = [float(expected(text, "retrieval.passage", width=256) @ asked) for text in TEXTS]
    return sorted(zip(TEXTS, scores, strict=True), key=lambda pair: -pair[1])


def scores_of(found: list[tuple[Document, float]]) -> list[float]:
    """Return the scores in their order."""
    return [score for _, score in found]


def test_search_ranks_as_the_vectors_say(store: InMemoryVectorStore, nova: FakeNova) -> None:
    """Texts are stored under their own vectors, and a question finds them in the order of cosine."""
    store.add_documents([Document(page_content=text, id=text) for text in TEXTS])
    found = store.similarity_search_with_score("a question", k=4)
    assert [document.id for document, _ in found] == [text for text, _ in ranked("a question")[:4]]
    np.testing.assert_allclose(scores_of(found), [score for _, score in ranked("a question")[:4]], rtol=1e-5)
    assert sorted(len(seen.items) for seen in nova.seen) == [1, 1, 3, 3, 3]


async def test_async_search_is_the_same(store: InMemoryVectorStore) -> None:
    """Adding and searching from an event loop give what the sync methods give."""
    await store.aadd_texts(TEXTS)
    found = await store.asimilarity_search_with_score("a question", k=4)
    assert [document.page_content for document, _ in found] == [text for text, _ in ranked("a question")[:4]]
    assert scores_of(found) == scores_of(store.similarity_search_with_score("a question", k=4))


async def test_retrievers_answer(store: InMemoryVectorStore) -> None:
    """`as_retriever` works by similarity and by marginal relevance, sync and async."""
    store.add_texts(TEXTS)
    best = ranked("a question")[0][0]
    for kind in ("similarity", "mmr"):
        retriever = store.as_retriever(search_type=kind, search_kwargs={"k": 3})
        for documents in (retriever.invoke("a question"), await retriever.ainvoke("a question")):
            assert len(documents) == 3
            assert documents[0].page_content == best


def test_text_matching_finds_the_text_itself(nova: FakeNova) -> None:
    """Where both sides are the same, a stored text is its own best answer."""
    embeddings = NovaEmbeddings(api_base=nova.api_base, task="text-matching")
    store = InMemoryVectorStore.from_texts(TEXTS, embeddings)
    [(document, score)] = store.similarity_search_with_score("passage 7", k=1)
    assert document.page_content == "passage 7"
    assert score == pytest.approx(1.0)


def test_stores_that_call_sync_methods_in_threads_are_served(store: InMemoryVectorStore) -> None:
    """Many threads may search one store at once: that is how stores without async methods are used."""
    store.add_texts(TEXTS)
    questions = [f"question {number}" for number in range(40)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda question: store.similarity_search(question, k=1), questions))
    assert [documents[0].page_content for documents in found] == [ranked(question)[0][0] for question in questions]
