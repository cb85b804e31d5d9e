"""Content blocks, messages and blobs: what LangChain has for text and images together."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from langchain_core.documents.base import Blob
from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.messages.content import create_image_block, create_text_block

from langchain_nova import NovaEmbeddings
from nova_embeddings import ConfigurationError, EmbeddingInput, Image, InputError
from tests.fake_nova import expected
from tests.langchain.test_images import ADDRESS, TEAL, base64_of

if TYPE_CHECKING:
    from tests.fake_nova import FakeNova

CODED = base64_of(TEAL)
TEXT: dict[str, Any] = {**create_text_block("Revenue by year")}
IMAGE: dict[str, Any] = {"type": "image", "base64": CODED, "mime_type": "image/png"}

ITEMS: dict[str, tuple[Any, dict[str, Any]]] = {
    "str": ("Revenue by year", {"text": "Revenue by year"}),
    "str like a path": ("/etc/hostname", {"text": "/etc/hostname"}),
    "str like an address": (ADDRESS, {"text": ADDRESS}),
    "bytes": (TEAL, {"image": CODED}),
    "bytearray": (bytearray(TEAL), {"image": CODED}),
    "blob of bytes": (Blob.from_data(TEAL, mime_type="image/png"), {"image": CODED}),
    "blob of text": (Blob.from_data("Revenue by year"), {"text": "Revenue by year"}),
    "blob of text's bytes": (Blob.from_data(b"Revenue", mime_type="text/plain"), {"text": "Revenue"}),
    "text block": (TEXT, {"text": "Revenue by year"}),
    "image block": (IMAGE, {"image": CODED}),
    "image block without a type": (create_image_block(base64=CODED, mime_type=None), {"image": CODED}),
    "image block by address": (create_image_block(url=ADDRESS), {"image": ADDRESS}),
    "image block by data": (create_image_block(url=f"data:image/png;base64,{CODED}"), {"image": CODED}),
    "OpenAI's image block": ({"type": "image_url", "image_url": {"url": ADDRESS}}, {"image": ADDRESS}),
    "OpenAI's image block with data": (
        {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{CODED}"}},
        {"image": CODED},
    ),
    "old image block": (
        {"type": "image", "source_type": "base64", "data": CODED, "mime_type": "image/png"},
        {"image": CODED},
    ),
    "blocks fused": ([TEXT, IMAGE], {"text": "Revenue by year", "image": CODED}),
    "image first": ([IMAGE, "one", {"type": "text", "text": "two"}], {"text": "one\ntwo", "image": CODED}),
    "message of text": (HumanMessage("Revenue by year"), {"text": "Revenue by year"}),
    "message fused": (HumanMessage([TEXT, IMAGE]), {"text": "Revenue by year", "image": CODED}),
    "another's message": (AIMessage([TEXT]), {"text": "Revenue by year"}),
    "core image": (Image.from_bytes(TEAL), {"image": CODED}),
    "core input": (EmbeddingInput("a", image=Image.from_bytes(TEAL)), {"text": "a", "image": CODED}),
}


@pytest.fixture
def embeddings(nova: FakeNova) -> NovaEmbeddings:
    """The class with its defaults, pointed at the fake server."""
    return NovaEmbeddings(api_base=nova.api_base, dimensions=128)


def row_of(shown: dict[str, Any], task: str) -> np.ndarray:
    """Return the vector that the fake server gives to an input."""
    return expected(shown.get("text"), task, width=128, image=shown.get("image"))


@pytest.mark.parametrize(("item", "shown"), ITEMS.values(), ids=ITEMS)
async def test_every_kind_of_item(embeddings: NovaEmbeddings, item: Any, shown: dict[str, Any]) -> None:
    """Each kind means the same as a document and as a question, dense and multi-vector, sync and async."""
    before = copy.deepcopy(item) if isinstance(item, list | dict) else item
    passage, query = row_of(shown, "retrieval.passage"), row_of(shown, "retrieval.query")
    for rows in (embeddings.embed_content_blocks([item]), await embeddings.aembed_content_blocks([item])):
        np.testing.assert_allclose(rows, [passage], rtol=1e-6)
    for row in (embeddings.embed_content_blocks_query(item), await embeddings.aembed_content_blocks_query(item)):
        np.testing.assert_allclose(row, query, rtol=1e-6)
    for [tokens] in (embeddings.embed_documents_multi([item]), await embeddings.aembed_documents_multi([item])):
        np.testing.assert_allclose(tokens, np.stack([passage] * len(tokens)), rtol=1e-6)
    for tokens in (embeddings.embed_query_multi(item), await embeddings.aembed_query_multi(item)):
        np.testing.assert_allclose(tokens, np.stack([query] * len(tokens)), rtol=1e-6)
    if isinstance(item, list | dict):
        assert item == before


async def test_paths_are_images(embeddings: NovaEmbeddings, tmp_path: Path) -> None:
    """A `Path`, or a blob of one, is opened, since the caller typed a path; a blob of a text file is text."""
    picture, words = tmp_path / "picture.png", tmp_path / "words.txt"
    picture.write_bytes(TEAL)
    words.write_text("Revenue", encoding="utf-8")
    rows = embeddings.embed_content_blocks([picture, Blob.from_path(picture), Blob.from_path(words)])
    shown = [{"image": CODED}, {"image": CODED}, {"text": "Revenue"}]
    np.testing.assert_allclose(rows, np.stack([row_of(one, "retrieval.passage") for one in shown]), rtol=1e-6)
    assert await embeddings.aembed_content_blocks([picture]) == rows[:1]


def test_order_is_kept_over_batches(nova: FakeNova, embeddings: NovaEmbeddings) -> None:
    """Texts, images and fused items of one call come back in their order, though they travel apart."""
    kinds = list(ITEMS.values())
    rows = embeddings.model_copy(update={"batch_size": 3}).embed_content_blocks([item for item, _ in kinds])
    wanted = np.stack([row_of(shown, "retrieval.passage") for _, shown in kinds])
    np.testing.assert_allclose(rows, wanted, rtol=1e-6)
    assert len(nova.seen) > 1


async def test_arrays_are_the_same_vectors(embeddings: NovaEmbeddings) -> None:
    """The array methods return what the list methods do, as one float32 array."""
    items = [item for item, _ in ITEMS.values()]
    array = embeddings.embed_content_blocks_array(items)
    assert array.dtype == np.float32
    assert array.tolist() == embeddings.embed_content_blocks(items)
    np.testing.assert_array_equal(array, await embeddings.aembed_content_blocks_array(items))


def test_an_input_s_own_task_wins(embeddings: NovaEmbeddings, nova: FakeNova) -> None:
    """A core input keeps its own task and instructions."""
    embeddings.embed_content_blocks([EmbeddingInput("a", task="code.query", instructions="Find it.")])
    [seen] = nova.seen
    assert (seen.items[0]["task"], seen.items[0].get("instructions", seen.body.get("instructions"))) == (
        "code.query",
        "Find it.",
    )


async def test_multi_vectors_are_arrays(nova: FakeNova) -> None:
    """Documents give a list of float32 `(T, 128)`, whatever `dimensions` the dense vectors have."""
    embeddings = NovaEmbeddings(api_base=nova.api_base, dimensions=512)
    many = embeddings.embed_documents_multi(["one two three", IMAGE, "four"])
    assert [rows.shape for rows in many] == [(3, 128), (2, 128), (1, 128)]
    assert {str(rows.dtype) for rows in many} == {"float32"}
    assert embeddings.embed_query_multi("one two").shape == (2, 128)
    assert embeddings.embed_documents_multi([]) == await embeddings.aembed_documents_multi([]) == []
    assert embeddings.space_of(return_multivector=True).kind == "multi-vector"
    assert embeddings.space_of().dimensions == 512


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([IMAGE, IMAGE], "2 images"),
        ({"type": "image", "file_id": "file-7"}, "file_id"),
        (HumanMessage([{"type": "image", "source_type": "id", "id": "file-7"}]), "file_id"),
        ({"type": "image"}, "url or base64"),
        ({"type": "image", "base64": "???", "mime_type": "image/png"}, "base64"),
        ({"type": "image", "base64": 5, "mime_type": "image/png"}, "base64"),
        ({"type": "image", "url": "/etc/hostname"}, "http"),
        ({"type": "image", "url": "file:///etc/hostname"}, "http"),
        ({"type": "image", "url": None}, "http"),
        ({"type": "image_url", "image_url": {"url": "/etc/hostname"}}, "http"),
        ({"type": "image_url", "image_url": ADDRESS}, "image_url"),
        ({"type": "audio", "base64": "AAAA", "mime_type": "audio/wav"}, "audio"),
        ({"type": "text", "text": 5}, "int"),
        ({"type": "text"}, "NoneType"),
        ({"type": "text", "text": " "}, "white space"),
        ({"foo": "no type"}, "None"),
        ([TEXT, 5], "block of type int"),
        ([], "neither"),
        (HumanMessage(""), "empty"),
        (b"no image", "not PNG"),
        (b"", "empty"),
        (Path("no/such/picture.png"), "No such file"),
        (Blob.from_data(b"no image"), "not PNG"),
        (Blob.from_data(b"\xff", mime_type="text/plain"), "UnicodeDecodeError"),
        (Blob.from_path("no/such/words.txt"), "FileNotFoundError"),
        (5, "int"),
        (None, "NoneType"),
    ],
)
async def test_a_bad_item_is_an_input_error(embeddings: NovaEmbeddings, nova: FakeNova, bad: Any, said: str) -> None:
    """What cannot be embedded is refused with its index before anything is sent, sync and async alike."""
    with pytest.raises(InputError, match=said) as caught:
        embeddings.embed_content_blocks(["fine", bad])
    with pytest.raises(InputError) as caught_async:
        await embeddings.aembed_content_blocks(["fine", bad])
    assert (caught.value.index, caught_async.value.index) == (1, 1)
    assert str(caught_async.value) == str(caught.value)
    with pytest.raises(InputError):
        embeddings.embed_documents_multi(["fine", bad])
    assert nova.seen == []


@pytest.mark.parametrize("single", ["text", b"bytes", IMAGE, HumanMessage("text"), Path("a"), Blob.from_data("a"), 5])
def test_one_item_is_no_list(embeddings: NovaEmbeddings, single: Any) -> None:
    """A single item where a list belongs is not taken apart."""
    with pytest.raises(ConfigurationError, match="give a list"):
        embeddings.embed_content_blocks(single)
    with pytest.raises(ConfigurationError, match="give a list"):
        embeddings.embed_documents_multi(single)
