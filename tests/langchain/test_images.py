"""Images by URI, as vector stores hand them over and as users ask with them."""

from __future__ import annotations

import base64
import inspect
import pickle
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from langchain_nova import NovaEmbeddings
from nova_embeddings import ConfigurationError, ImageFetching, InputError, NovaClient
from tests.core.pictures import drawn
from tests.fake_nova import expected

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.fake_nova import FakeNova

TEAL, GOLD = drawn("teal"), drawn("gold", kind="JPEG")
ADDRESS = "https://pictures.example/chart.png?of=2024"


def base64_of(data: bytes) -> str:
    """Return the bytes as they stand on the wire."""
    return base64.b64encode(data).decode()


def row_of(image: str, task: str = "retrieval.passage", **options: Any) -> np.ndarray:
    """Return the vector that the fake server gives to an image."""
    return expected(None, task, image=image, **options)


@pytest.fixture
def embeddings(nova: FakeNova) -> NovaEmbeddings:
    """The class with its defaults, pointed at the fake server."""
    return NovaEmbeddings(api_base=nova.api_base)


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A file that holds the teal picture, under a name that says nothing."""
    path = tmp_path / "picture"
    path.write_bytes(TEAL)
    return path


async def rows_of(embeddings: NovaEmbeddings, uris: Sequence[Any], **options: Any) -> list[list[float]]:
    """Return the rows of images, once it is sure that all four methods return the same."""
    rows = embeddings.embed_image(uris, **options)
    assert embeddings.embed_images(uris, **options) == rows
    assert await embeddings.aembed_image(uris, **options) == rows
    assert await embeddings.aembed_images(uris, **options) == rows
    return rows


async def test_every_kind_of_uri(embeddings: NovaEmbeddings, picture: Path) -> None:
    """Paths are opened, `data:` URIs are read, http(s) addresses go to the server as they are; rows keep the order."""
    uris = [str(picture), picture, f"data:image/jpeg;base64,{base64_of(GOLD)}", ADDRESS, "HTTP://pictures.example/b"]
    wanted = [base64_of(TEAL), base64_of(TEAL), base64_of(GOLD), ADDRESS, "HTTP://pictures.example/b"]
    rows = await rows_of(embeddings, uris)
    np.testing.assert_allclose(rows, np.stack([row_of(image) for image in wanted]), rtol=1e-6)
    assert {type(number) for row in rows for number in row} == {float}


async def test_an_image_that_is_the_question(embeddings: NovaEmbeddings, picture: Path) -> None:
    """An image query goes out as a query, with a query's instructions."""
    wanted = row_of(base64_of(TEAL), "retrieval.query", instructions="Find this chart.")
    asking = embeddings.model_copy(update={"query_instructions": "Find this chart."})
    np.testing.assert_allclose(asking.embed_image_query(picture), wanted, rtol=1e-6)
    np.testing.assert_allclose(await asking.aembed_image_query(str(picture)), wanted, rtol=1e-6)
    assert embeddings.embed_image_query(picture, instructions="Find this chart.") == asking.embed_image_query(picture)


async def test_documents_have_their_own_instructions(embeddings: NovaEmbeddings, picture: Path) -> None:
    """Instructions reach images too, from the object or from one call."""
    wanted = row_of(base64_of(TEAL), instructions="A chart.")
    asking = embeddings.model_copy(update={"document_instructions": "A chart.", "query_instructions": "not this"})
    np.testing.assert_allclose(await rows_of(asking, [picture]), [wanted], rtol=1e-6)
    np.testing.assert_allclose(await rows_of(embeddings, [picture], instructions="A chart."), [wanted], rtol=1e-6)


@pytest.mark.parametrize("name", ["embed_image", "embed_images", "aembed_image", "aembed_images"])
def test_stores_call_them_by_keyword(embeddings: NovaEmbeddings, name: str) -> None:
    """The parameter is named `uris`, as Chroma, LanceDB and AlloyDB call it."""
    assert list(inspect.signature(getattr(embeddings, name)).parameters) == ["uris", "instructions"]
    assert embeddings.embed_image(uris=[]) == embeddings.embed_images(uris=[]) == []


def test_no_images_make_no_call(embeddings: NovaEmbeddings, nova: FakeNova) -> None:
    """An empty list is an empty answer."""
    assert embeddings.embed_images([]) == []
    assert nova.seen == []


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "no/such/picture.png",
        "file:///etc/hostname",
        "s3://bucket/picture.png",
        "data:image/png;base64,???",
        "data:text/plain,hello",
        b"bytes",
        5,
        None,
    ],
)
async def test_a_bad_uri_is_an_input_error(embeddings: NovaEmbeddings, nova: FakeNova, picture: Path, bad: Any) -> None:
    """What is no image is refused with its index before anything is sent, the same from every method."""
    calls = [embeddings.embed_image, embeddings.embed_images]
    seen = []
    for call in calls:
        with pytest.raises(InputError) as caught:
            call([picture, bad])
        seen.append((str(caught.value), caught.value.index))
    with pytest.raises(InputError) as caught:
        await embeddings.aembed_image([picture, bad])
    assert {*seen, (str(caught.value), caught.value.index)} == {seen[0]}
    assert seen[0][1] == 1
    with pytest.raises(InputError):
        embeddings.embed_image_query(bad)
    assert nova.seen == []


def test_a_text_file_named_png_is_refused(embeddings: NovaEmbeddings, nova: FakeNova, tmp_path: Path) -> None:
    """What a file's name says is not believed."""
    path = tmp_path / "picture.png"
    path.write_text("words", encoding="utf-8")
    with pytest.raises(InputError, match="not PNG, JPEG, WebP or GIF"):
        embeddings.embed_image([path])
    assert nova.seen == []


def test_one_uri_is_no_list(embeddings: NovaEmbeddings, picture: Path) -> None:
    """A single URI where a list belongs is not taken for a list of letters."""
    for single in (str(picture), picture):
        with pytest.raises(ConfigurationError, match="give a list"):
            embeddings.embed_images(single)  # type: ignore[arg-type]  # the mistake under test


@pytest.mark.parametrize("option", [{"max_image_bytes": 20}, {"max_image_pixels": 100}])
def test_limits_take_effect(nova: FakeNova, picture: Path, option: dict[str, int]) -> None:
    """A file that is too large, or has too many pixels, is refused before anything is sent."""
    with pytest.raises(InputError, match=next(iter(option))):
        NovaEmbeddings(api_base=nova.api_base, **option).embed_image([picture])  # type: ignore[arg-type]
    assert nova.seen == []


def test_images_may_go_out_as_data_uris(nova: FakeNova, picture: Path) -> None:
    """`image_encoding` changes how the bytes are written."""
    NovaEmbeddings(api_base=nova.api_base, image_encoding="data_uri").embed_image([picture])
    assert nova.seen[0].items[0]["image"] == f"data:image/png;base64,{base64_of(TEAL)}"


def test_fetching_is_limited_to_its_hosts(nova: FakeNova) -> None:
    """With fetching on, an address of another host is refused before anything is sent."""
    made = NovaEmbeddings(api_base=nova.api_base, image_fetching=ImageFetching(("images.example",)))
    with pytest.raises(InputError, match="its host is none of"):
        made.embed_image([ADDRESS])
    assert nova.seen == []


def test_copies_keep_the_image_options(nova: FakeNova, picture: Path) -> None:
    """Pickling and copying take every image option along."""
    fetching = ImageFetching(("images.example",))
    made = NovaEmbeddings(api_base=nova.api_base, image_encoding="data_uri", image_fetching=fetching)
    for other in (pickle.loads(pickle.dumps(made)), made.model_copy(update={"dimensions": 128})):
        assert (other.image_encoding, other.image_fetching) == ("data_uri", fetching)
        other.embed_image([picture])
        assert nova.seen.pop().items[0]["image"].startswith("data:image/png;base64,")


@pytest.mark.parametrize(
    "option",
    [
        {"max_image_bytes": 0},
        {"max_image_pixels": "9"},
        {"image_encoding": "hex"},
        {"image_fetching": {"hosts": ["a"]}},
    ],
)
def test_a_bad_option_has_the_core_s_error(option: dict[str, Any]) -> None:
    """Image options are checked by the core when the object is made."""
    errors = []
    for make in (partial(NovaClient, **option), partial(NovaEmbeddings, **option)):
        with pytest.raises(ConfigurationError) as caught:
            make()
        errors.append(str(caught.value))
    assert errors[0] == errors[1]
