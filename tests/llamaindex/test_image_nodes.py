"""`NovaEmbedding` called with nodes that have images, as pipelines call it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from llama_index.core.schema import ImageNode, IndexNode, MediaResource, Node, TextNode
from llama_index.core.storage.kvstore import SimpleKVStore

from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import ConfigurationError, InputError
from nova_embeddings.testing import serving
from tests.fake_nova import Scripted, expected, good_answer
from tests.llamaindex.image_nodes import ADDRESS, KINDS, LINKS, encoded, picture, sent
from tests.llamaindex.observers import observing

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from llama_index.core.schema import BaseNode

    from tests.fake_nova import FakeNova
    from tests.llamaindex.image_nodes import Make

    Call = Callable[[NovaEmbedding, Sequence[BaseNode]], Sequence[BaseNode]]

CALLS: dict[str, Call] = {
    "call": lambda model, nodes: model(nodes),
    "acall": lambda model, nodes: asyncio.run(model.acall(nodes)),
}
WANTED: dict[tuple[str, str | None], tuple[str, ...]] = {
    ("fused", "a chart"): ("text", "image"),
    ("fused", None): ("image",),
    ("image", "a chart"): ("image",),
    ("image", None): ("image",),
    ("text", "a chart"): ("text",),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(("mode", "text"), WANTED)
@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_every_kind_of_image_node(
    nova: FakeNova, tmp_path: Path, make: Make, mode: Any, text: str | None, call: Call
) -> None:
    """A node is embedded as the mode says, by its own bytes and text, as a passage."""
    path = picture(tmp_path)
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128, image_text_mode=mode)
    node = make(path, text)
    before = node.model_dump()
    made = call(model, [node])
    given = {"text": "a chart", "image": encoded(path.read_bytes())}
    wanted: dict[str, Any] = {name: given[name] for name in WANTED[mode, text]}
    assert sent(nova) == [wanted]
    row = expected(wanted.get("text"), "retrieval.passage", width=128, image=wanted.get("image"))
    np.testing.assert_allclose(made[0].get_embedding(), row, rtol=1e-6)
    assert made[0] is node
    assert {**node.model_dump(), "embedding": None} == before


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_the_reference_server_takes_every_kind(tmp_path: Path, make: Make, call: Call) -> None:
    """Over a real server, the same pixels give the same vector whatever kind of node they came in."""
    path = picture(tmp_path)
    with serving() as server:
        model = NovaEmbedding(api_base=server.api_base, dimensions=128)
        alone, fused, other = call(
            model, [make(path, None), make(path, "a chart"), make(picture(tmp_path, "red"), "a chart")]
        )
        np.testing.assert_allclose(alone.get_embedding(), model.get_image_embedding(str(path)), atol=1e-6)
        assert len({tuple(node.get_embedding()) for node in (alone, fused, other)}) == 3


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("link", LINKS.values(), ids=LINKS)
def test_an_address_is_passed_on(nova: FakeNova, link: BaseNode, call: Call) -> None:
    """The address of a node's image goes to the server; LlamaIndex's resolvers, which would fetch it, are not used."""
    call(NovaEmbedding(api_base=nova.api_base, dimensions=128), [link.model_copy()])
    assert sent(nova) == [{"image": ADDRESS}]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_mixed_list_is_one_request(nova: FakeNova, tmp_path: Path, call: Call) -> None:
    """Texts, images and both keep their order; metadata stands before the text, and never becomes a caption."""
    path = str(picture(tmp_path))
    nodes: list[BaseNode] = [
        TextNode(text="plain", metadata={"page": 1}),
        ImageNode(image_path=path, metadata={"file_path": path}),
        ImageNode(image_path=path, text="caption", metadata={"page": 2, "hidden": 3}),
        IndexNode(text="an index", index_id="x"),
    ]
    nodes[2].excluded_embed_metadata_keys = ["hidden"]
    with observing() as observed:
        model = NovaEmbedding(api_base=nova.api_base, dimensions=128, embed_batch_size=1)
        made = call(model, nodes)
    image = encoded(picture(tmp_path).read_bytes())
    wanted = [("page: 1\n\nplain", None), (None, image), ("page: 2\n\ncaption", image), ("an index", None)]
    rows = [expected(text, "retrieval.passage", width=128, image=one) for text, one in wanted]
    np.testing.assert_allclose([node.get_embedding() for node in made], rows, rtol=1e-6)
    assert sorted(len(seen.items) for seen in nova.seen) == [2, 2]  # text and images apart
    assert [end.chunks for end in observed.dispatched.ends] == [
        ["page: 1\n\nplain", "[image]", "page: 2\n\ncaption [image]", "an index"]
    ]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_texts_beside_images_use_the_cache(nova: FakeNova, tmp_path: Path, call: Call) -> None:
    """Of a mixed list, a text that is known is not sent again; images, whose files may change, are."""
    model = NovaEmbedding(api_base=nova.api_base, dimensions=128, embeddings_cache=SimpleKVStore())
    path = str(picture(tmp_path))
    for _ in range(2):
        nodes = [TextNode(text="a"), ImageNode(image_path=path), TextNode(text="b"), TextNode(text="a")]
        made = call(model, nodes)
        for node in (made[0], made[2], made[3]):
            row = expected(node.get_content(), "retrieval.passage", width=128)
            np.testing.assert_allclose(node.get_embedding(), row, rtol=1e-6)
    assert sorted(item.get("text", "image") for item in sent(nova)) == ["a", "b", "image", "image"]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize(
    ("bad", "told"),
    [
        (TextNode(text="", id_="bad"), "node 'bad': it has neither text nor an image"),
        (TextNode(text=" \n", id_="bad"), "node 'bad': it has neither text nor an image"),
        (ImageNode(id_="bad"), "node 'bad': it has neither"),
        (Node(id_="bad"), "node 'bad': it has neither"),
        (Node(id_="bad", image_resource=MediaResource()), "node 'bad': it has neither"),
        (TextNode(text="\ud800", id_="bad"), "node 'bad': text holds a lone surrogate"),
        (ImageNode(image="%%%", id_="bad"), "node 'bad': Image.from_base64"),
        (ImageNode(image_url="file:///etc/hostname", id_="bad"), "node 'bad': Image.from_url"),
        (ImageNode(image_url="/etc/hostname", id_="bad"), "node 'bad': Image.from_url"),
        (ImageNode(image_path="/missing.png", id_="bad"), "node 'bad': the image file cannot be read: No such file"),
        (ImageNode(image="abcd", id_="bad"), "node 'bad': the image is not PNG"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, TextNode | Node) else value,
)
def test_a_bad_node_is_named(nova: FakeNova, tmp_path: Path, bad: BaseNode, told: str, call: Call) -> None:
    """A node that cannot be embedded raises with its index before anything is sent; no node gets a vector."""
    nodes = [TextNode(text="a"), ImageNode(image_path=str(picture(tmp_path))), bad]
    with pytest.raises(InputError, match=told) as caught:
        call(NovaEmbedding(api_base=nova.api_base), nodes)
    assert caught.value.index == 2
    assert nova.seen == []
    assert [node.embedding for node in nodes] == [None] * 3


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
def test_text_mode_wants_a_text(nova: FakeNova, tmp_path: Path, make: Make, call: Call) -> None:
    """Where only texts are to be embedded, an image without one raises: its metadata is no caption."""
    node = make(picture(tmp_path), None)
    node.metadata = {"file_path": "a.png"}
    with pytest.raises(InputError, match=f"{node.node_id}.*image_text_mode is 'text'"):
        call(NovaEmbedding(api_base=nova.api_base, image_text_mode="text"), [node])
    assert nova.seen == []


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_all_nodes_get_vectors_or_none(nova: FakeNova, tmp_path: Path, call: Call) -> None:
    """If one call of a request fails, no node is changed."""
    nova.answering = lambda body: Scripted(400) if "image" in body["input"][0] else good_answer(body)
    nodes = [TextNode(text="a"), ImageNode(image_path=str(picture(tmp_path)))]
    with pytest.raises(ConfigurationError):
        call(NovaEmbedding(api_base=nova.api_base), nodes)
    assert [node.embedding for node in nodes] == [None, None]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_metadata_is_never_opened(nova: FakeNova, tmp_path: Path, call: Call) -> None:
    """A path in metadata, which LlamaIndex's own resolver would open, is no image."""
    node = Node(text_resource=MediaResource(text="a"))
    node.metadata = {"file_path": str(picture(tmp_path))}
    node.excluded_embed_metadata_keys = ["file_path"]
    call(NovaEmbedding(api_base=nova.api_base), [node])
    assert sent(nova) == [{"text": "a"}]


async def test_a_cancelled_call_changes_nothing(nova: FakeNova, tmp_path: Path) -> None:
    """Whoever stops waiting finds the nodes as they were."""
    nova.answering = lambda body: Scripted(body=good_answer(body), delay=0.5)
    nodes = [ImageNode(image_path=str(picture(tmp_path)))]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(NovaEmbedding(api_base=nova.api_base).acall(nodes), 0.2)
    assert nodes[0].embedding is None
