"""Found documents in the order of late interaction."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from langchain_core.documents import Document
from langchain_core.documents.compressor import BaseDocumentCompressor

from langchain_nova import NovaEmbeddings, NovaMaxSimReranker
from nova_embeddings import ConfigurationError, InputError
from nova_embeddings.testing import serving

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fake_nova import FakeNova

QUESTION = "who grows tea"
DOCUMENTS = [
    Document(page_content=text, metadata={"place": place}, id=f"id-{place}")
    for place, text in enumerate(["rust frees memory", "tea grows here", "who grows tea", "tea", "nobody knows"])
]


@pytest.fixture(scope="module")
def embeddings() -> Iterator[NovaEmbeddings]:
    """Embeddings of the reference server, where every word has a vector of its own."""
    with serving("hash") as server:
        yield NovaEmbeddings(api_base=server.api_base)


def ranked(embeddings: NovaEmbeddings) -> list[tuple[str | None, float]]:
    """Return ids and scores, best first, by a loop over all pairs of tokens."""
    asked = embeddings.embed_query_multi(QUESTION)
    kept = embeddings.embed_documents_multi([document.page_content for document in DOCUMENTS])
    scores = [sum(max(float(token @ other) for other in rows) for token in asked) for rows in kept]
    pairs = [(document.id, score) for document, score in zip(DOCUMENTS, scores, strict=True)]
    return sorted(pairs, key=lambda pair: -pair[1])


async def test_the_order_is_that_of_exact_maxsim(embeddings: NovaEmbeddings) -> None:
    """Documents come back best first with their scores, sync and async alike."""
    reranker = NovaMaxSimReranker(embeddings=embeddings)
    assert isinstance(reranker, BaseDocumentCompressor)
    found = reranker.compress_documents(DOCUMENTS, QUESTION)
    wanted = ranked(embeddings)
    assert [document.id for document in found] == [name for name, _ in wanted]
    scores = [document.metadata["relevance_score"] for document in found]
    np.testing.assert_allclose(scores, [score for _, score in wanted], atol=1e-4)
    assert await reranker.acompress_documents(DOCUMENTS, QUESTION, callbacks=None) == found


async def test_the_best_are_kept(embeddings: NovaEmbeddings) -> None:
    """`top_n` cuts the list; more than there are is all."""
    for count in (1, 3, 99):
        found = NovaMaxSimReranker(embeddings=embeddings, top_n=count).compress_documents(DOCUMENTS, QUESTION)
        assert [document.id for document in found] == [name for name, _ in ranked(embeddings)[:count]]


def test_the_documents_given_stay_as_they_were(embeddings: NovaEmbeddings) -> None:
    """What comes back are copies with all they had."""
    before = copy.deepcopy(DOCUMENTS)
    found = NovaMaxSimReranker(embeddings=embeddings).compress_documents(DOCUMENTS, QUESTION)
    assert before == DOCUMENTS
    for document in found:
        original = DOCUMENTS[document.metadata["place"]]
        assert (document.id, document.page_content) == (original.id, original.page_content)


def test_equal_documents_keep_their_order(embeddings: NovaEmbeddings) -> None:
    """Ties stay as the first search had them."""
    twins = [Document(page_content="tea", id=str(number)) for number in range(5)]
    found = NovaMaxSimReranker(embeddings=embeddings).compress_documents(twins, QUESTION)
    assert [document.id for document in found] == ["0", "1", "2", "3", "4"]


async def test_nothing_found_is_no_call(nova: FakeNova) -> None:
    """An empty list is an empty answer, without a request."""
    reranker = NovaMaxSimReranker(embeddings=NovaEmbeddings(api_base=nova.api_base))
    assert reranker.compress_documents([], QUESTION) == await reranker.acompress_documents([], QUESTION) == []
    assert nova.seen == []


async def test_sides_and_instructions_are_those_of_the_embeddings(nova: FakeNova) -> None:
    """The question goes out as a query, documents as passages, each with its own instructions."""
    embeddings = NovaEmbeddings(api_base=nova.api_base, query_instructions="Ask.", document_instructions="Tell.")
    reranker = NovaMaxSimReranker(embeddings=embeddings)
    reranker.compress_documents(DOCUMENTS[:1], QUESTION)
    await reranker.acompress_documents(DOCUMENTS[:1], QUESTION)
    sent = {(seen.items[0]["task"], seen.body["instructions"], seen.body["return_multivector"]) for seen in nova.seen}
    assert sent == {("retrieval.query", "Ask.", True), ("retrieval.passage", "Tell.", True)}


async def test_a_document_without_content_is_named(embeddings: NovaEmbeddings) -> None:
    """A document that stands for an image is an InputError with its place: no path of its metadata is opened."""
    found = [DOCUMENTS[0], Document(page_content="", metadata={"source": "/etc/hostname"})]
    reranker = NovaMaxSimReranker(embeddings=embeddings)
    with pytest.raises(InputError) as caught:
        reranker.compress_documents(found, QUESTION)
    assert caught.value.index == 1
    with pytest.raises(InputError):
        await reranker.acompress_documents(found, QUESTION)


@pytest.mark.parametrize("top_n", [0, -1, True, "3"])
def test_a_bad_option_is_refused(embeddings: NovaEmbeddings, top_n: Any) -> None:
    """A number that would keep nothing raises when the reranker is made."""
    with pytest.raises(ConfigurationError, match="top_n"):
        NovaMaxSimReranker(embeddings=embeddings, top_n=top_n)
