"""Late interaction with LangChain: documents in, documents out, in the order of exact MaxSim."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from langchain_core.documents import Document
from langchain_core.load import dumps
from langchain_core.runnables import RunnableLambda

from langchain_nova import NovaEmbeddings, NovaMultiVectorRetriever
from nova_embeddings import ConfigurationError, InputError
from tests.langchain.plain_store import PlainStore
from tests.langchain.test_images import ADDRESS, TEAL, base64_of

if TYPE_CHECKING:
    from tests.fake_nova import FakeNova

TEXTS = [f"passage number {number}" for number in range(8)]
ROWS = [{"year": 2000 + number, "kind": "even" if number % 2 == 0 else "odd"} for number in range(8)]
IDS = [f"id-{number}" for number in range(8)]
QUESTION = "which passage is it"


@pytest.fixture
def embeddings(nova: FakeNova) -> NovaEmbeddings:
    """Embeddings that need several calls for the texts."""
    return NovaEmbeddings(api_base=nova.api_base, dimensions=256, batch_size=3, api_key="canary-key")


@pytest.fixture
def store() -> PlainStore:
    """A store that does nothing clever."""
    return PlainStore()


@pytest.fixture
def retriever(embeddings: NovaEmbeddings, store: PlainStore) -> NovaMultiVectorRetriever:
    """A retriever over the texts."""
    return NovaMultiVectorRetriever.from_texts(TEXTS, embeddings, ROWS, ids=IDS, store=store)


def ranked(embeddings: NovaEmbeddings, texts: list[str] = TEXTS, question: str = QUESTION) -> list[tuple[str, float]]:
    """Return the texts with their scores, best first, by a loop over all pairs of tokens."""
    asked = embeddings.embed_query_multi(question)
    kept = embeddings.embed_documents_multi(texts)
    scores = [sum(max(float(token @ other) for other in rows) for token in asked) for rows in kept]
    return sorted(zip(texts, scores, strict=True), key=lambda pair: -pair[1])


def contents(documents: list[Document]) -> list[str]:
    """Return what the documents say."""
    return [document.page_content for document in documents]


async def test_documents_come_in_the_order_of_maxsim(
    retriever: NovaMultiVectorRetriever, embeddings: NovaEmbeddings
) -> None:
    """The best k are found with their scores, ids and metadata, sync and async alike."""
    found = retriever.invoke(QUESTION)
    wanted = ranked(embeddings)[:4]
    assert contents(found) == [text for text, _ in wanted]
    scores = [document.metadata["relevance_score"] for document in found]
    np.testing.assert_allclose(scores, [score for _, score in wanted], rtol=1e-4)
    for document in found:
        number = TEXTS.index(document.page_content)
        assert document.id == IDS[number]
        assert document.metadata == {**ROWS[number], "relevance_score": document.metadata["relevance_score"]}
    assert await retriever.ainvoke(QUESTION) == found


async def test_k_of_a_call_wins(retriever: NovaMultiVectorRetriever) -> None:
    """`invoke(question, k=...)` finds so many, and leaves the retriever as it was."""
    assert len(retriever.invoke(QUESTION, k=2)) == len(await retriever.ainvoke(QUESTION, k=2)) == 2
    assert len(retriever.invoke(QUESTION, k=100)) == 8
    assert len(retriever.invoke(QUESTION)) == 4


async def test_filters_are_fields_of_the_metadata(retriever: NovaMultiVectorRetriever) -> None:
    """A filter of the retriever holds for each question; one of a call replaces it, and {} lifts it."""
    retriever.filter = {"kind": "odd"}
    assert {document.metadata["kind"] for document in retriever.invoke(QUESTION)} == {"odd"}
    found = await retriever.ainvoke(QUESTION, filter={"year": [2002, 2003]})
    assert {document.metadata["year"] for document in found} == {2002, 2003}
    assert len(retriever.invoke(QUESTION, filter={}, k=8)) == 8
    assert retriever.invoke(QUESTION, filter={"no such field": 1}) == []


async def test_an_added_document_is_found_until_it_is_deleted(
    retriever: NovaMultiVectorRetriever, store: PlainStore
) -> None:
    """Documents are added, replaced under their id, and deleted, sync and async."""
    assert retriever.add_documents([Document(page_content=QUESTION, id="new")]) == ["new"]
    assert await retriever.aadd_texts(["another"], [{"year": 1}], ids=["id-0"]) == ["id-0"]
    assert len(store) == 9
    assert store.records["id-0"].payload == {"page_content": "another", "metadata": {"year": 1}}
    retriever.delete(["new", "id-1", "unknown"])
    await retriever.adelete(["id-2"])
    assert sorted(store.records) == ["id-0", "id-3", "id-4", "id-5", "id-6", "id-7"]


async def test_a_document_without_an_id_gets_one_that_stays(embeddings: NovaEmbeddings, store: PlainStore) -> None:
    """Adding the same again replaces it; another metadata is another document; what the caller gave is unchanged."""
    retriever = NovaMultiVectorRetriever(embeddings=embeddings, store=store)
    documents = [Document(page_content="a", metadata={"page": page}) for page in (1, 2)]
    before = copy.deepcopy(documents)
    first = retriever.add_documents(documents)
    assert retriever.add_texts(["a", "a"], [{"page": 1}, {"page": 2}]) == first
    assert await retriever.aadd_documents(documents) == first
    assert (len(set(first)), len(store)) == (2, 2)
    assert documents == before


def test_from_documents(embeddings: NovaEmbeddings, store: PlainStore) -> None:
    """A retriever is made of documents, with the options it is given."""
    documents = [Document(page_content=text, id=name) for text, name in zip(TEXTS, IDS, strict=True)]
    made = NovaMultiVectorRetriever.from_documents(documents, embeddings, store=store, k=1)
    assert contents(made.invoke(QUESTION)) == [ranked(embeddings)[0][0]]


async def test_images_are_found(embeddings: NovaEmbeddings, store: PlainStore, tmp_path: Path) -> None:
    """Images are stored by what they show; their documents say where they came from, and hold no base64."""
    picture = tmp_path / "picture.png"
    picture.write_bytes(TEAL)
    uris: list[Path | str] = [picture, f"data:image/png;base64,{base64_of(TEAL)}", ADDRESS]
    made = NovaMultiVectorRetriever.from_images(uris, embeddings, [{"page": n} for n in range(3)], store=store, k=3)
    assert await made.aadd_images(uris, [{"page": n} for n in range(3)]) == list(store.records)
    found = sorted(made.invoke("what is shown"), key=lambda document: document.metadata["page"])
    assert [document.metadata.get("source") for document in found] == [str(picture), None, ADDRESS]
    assert contents(found) == ["", "", ""]
    first, second = (store.records[str(document.id)].multivector for document in found[:2])
    np.testing.assert_array_equal(first, second)


async def test_images_are_fused_with_texts(embeddings: NovaEmbeddings, nova: FakeNova, store: PlainStore) -> None:
    """With texts, image and text go out as one input, and the text is the document's content."""
    made = NovaMultiVectorRetriever.from_images([ADDRESS], embeddings, texts=["a chart"], ids=["one"], store=store)
    await made.aadd_images([ADDRESS], [{"source": "page 3"}], texts=["a chart"], ids=["two"])
    assert [seen.items for seen in nova.seen] == [
        [{"task": "retrieval.passage", "text": "a chart", "image": ADDRESS}],
    ] * 2
    assert [record.payload["metadata"] for record in store.records.values()] == [
        {"source": ADDRESS},
        {"source": "page 3"},
    ]
    assert contents(made.invoke("a chart")) == ["a chart", "a chart"]


async def test_an_image_may_be_the_question(retriever: NovaMultiVectorRetriever, nova: FakeNova) -> None:
    """What `embed_content_blocks` takes may be asked with."""
    nova.seen.clear()
    question: Any = [{"type": "text", "text": "like this"}, {"type": "image", "url": ADDRESS}]
    assert retriever.invoke(question) == await retriever.ainvoke(question)
    assert [seen.items for seen in nova.seen] == [
        [{"task": "retrieval.query", "text": "like this", "image": ADDRESS}],
    ] * 2


async def test_candidates_come_by_dense_vectors(embeddings: NovaEmbeddings, store: PlainStore) -> None:
    """With `prefetch`, documents and questions have a dense vector too, which the store is given."""
    made = NovaMultiVectorRetriever.from_texts(TEXTS, embeddings, ids=IDS, store=store, prefetch=5)
    await made.aadd_texts(["late"], ids=["late"])
    wanted = embeddings.embed_documents_array([*TEXTS, "late"])
    dense = [record.dense for record in store.records.values()]
    np.testing.assert_array_equal(np.stack([row for row in dense if row is not None]), wanted)
    made.invoke(QUESTION)
    await made.ainvoke(QUESTION)
    for search in store.searches:
        assert search["prefetch"] == 5
        assert search["dense"].dtype == np.float32
        assert search["dense"].tolist() == embeddings.embed_query(QUESTION)


def test_without_prefetch_nothing_dense_is_asked_for(retriever: NovaMultiVectorRetriever, nova: FakeNova) -> None:
    """One call a batch and one a question, all for multi-vectors."""
    retriever.invoke(QUESTION)
    assert len(nova.seen) == 4
    assert all(seen.body["return_multivector"] for seen in nova.seen)


async def test_a_bad_document_leaves_the_store_alone(retriever: NovaMultiVectorRetriever, store: PlainStore) -> None:
    """A blank text or a bad image is an InputError with its index, and nothing of the call is stored."""
    for bad in ("", " "):
        with pytest.raises(InputError) as caught:
            retriever.add_texts(["fine", bad])
        assert caught.value.index == 1
        with pytest.raises(InputError):
            await retriever.aadd_texts(["fine", bad])
    with pytest.raises(InputError) as caught:
        retriever.add_images([ADDRESS, "no/such/picture.png"])
    assert caught.value.index == 1
    assert len(store) == 8


def test_lists_must_be_lists_of_one_length(retriever: NovaMultiVectorRetriever) -> None:
    """A single str, or ids and metadatas that do not fit, are refused before anything is sent or lost."""
    calls: list[tuple[Any, tuple[Any, ...], dict[str, Any]]] = [
        (retriever.add_texts, ("single",), {}),
        (retriever.add_texts, (["a", "b"], [{}]), {}),
        (retriever.add_texts, (["a"],), {"ids": ["1", "2"]}),
        (retriever.add_texts, (["a"],), {"ids": "1"}),
        (retriever.add_images, (ADDRESS,), {}),
        (retriever.add_images, (Path("picture.png"),), {}),
        (retriever.add_images, ([ADDRESS],), {"texts": []}),
        (retriever.delete, ("id-1",), {}),
    ]
    for call, given, named in calls:
        with pytest.raises(ConfigurationError, match="give"):
            call(*given, **named)


async def test_nothing_to_add_is_no_call(retriever: NovaMultiVectorRetriever, nova: FakeNova) -> None:
    """Empty lists are fine."""
    nova.seen.clear()
    assert retriever.add_texts([]) == await retriever.aadd_documents([]) == retriever.add_images([]) == []
    assert nova.seen == []


@pytest.mark.parametrize("option", [{"k": 0}, {"k": True}, {"k": "3"}, {"prefetch": 0}])
def test_a_bad_option_is_refused(embeddings: NovaEmbeddings, store: PlainStore, option: dict[str, Any]) -> None:
    """What would find nothing, or is no number, raises when the retriever is made; so does a misspelt option."""
    with pytest.raises(ConfigurationError):
        NovaMultiVectorRetriever(embeddings=embeddings, store=store, **option)
    with pytest.raises(ValueError, match="extra"):
        NovaMultiVectorRetriever(embeddings=embeddings, store=store, top_k=3)  # type: ignore[call-arg]


async def test_a_bad_k_of_a_call_is_refused(retriever: NovaMultiVectorRetriever) -> None:
    """So is it with one call, and an option that a call does not have."""
    with pytest.raises(ConfigurationError):
        retriever.invoke(QUESTION, k=0)
    with pytest.raises(ConfigurationError):
        await retriever.ainvoke(QUESTION, k=-1)
    with pytest.raises(TypeError):
        retriever.invoke(QUESTION, top_k=1)


def test_a_foreign_record_is_named(retriever: NovaMultiVectorRetriever, store: PlainStore) -> None:
    """A record that something else stored is an error, not an empty document."""
    record = store.records["id-0"]
    store.records = {"foreign": type(record)("foreign", record.multivector, payload={"text": "a"})}
    with pytest.raises(ConfigurationError, match="foreign"):
        retriever.invoke(QUESTION)


async def test_it_is_a_runnable(retriever: NovaMultiVectorRetriever) -> None:
    """It stands in chains and takes batches."""
    chain = retriever | RunnableLambda(contents)
    assert chain.invoke(QUESTION) == await chain.ainvoke(QUESTION) == contents(retriever.invoke(QUESTION))
    assert retriever.batch([QUESTION, "x"]) == [retriever.invoke(QUESTION), retriever.invoke("x")]


def test_it_shows_no_secret(retriever: NovaMultiVectorRetriever) -> None:
    """Neither repr, nor `model_dump`, nor LangChain's `dumps` holds the key."""
    assert "canary-key" not in repr(retriever) + str(retriever.model_dump()) + dumps(retriever)


def test_a_document_found_is_the_caller_s_own(retriever: NovaMultiVectorRetriever) -> None:
    """Changing a document that was found changes nothing in the store."""
    [document] = retriever.invoke(QUESTION, k=1)
    document.metadata["kind"] = "changed"
    assert retriever.invoke(QUESTION, k=1)[0].metadata["kind"] in {"odd", "even"}
