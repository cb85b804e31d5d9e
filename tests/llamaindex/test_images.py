"""Images through the methods that LlamaIndex has for them."""

from __future__ import annotations

import asyncio
import io
import pathlib
import pickle
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from llama_index.core.callbacks import CallbackManager, EventPayload, TokenCountingHandler

from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import ConfigurationError, Image, ImageFetching, InputError
from tests.core.pictures import drawn
from tests.fake_nova import Scripted, expected, good_answer
from tests.llamaindex.image_nodes import ADDRESS, encoded, picture, sent
from tests.llamaindex.observers import Counted, observing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fake_nova import FakeNova

    Embed = Callable[[NovaEmbedding, list[Any]], list[list[float]]]

FORMS: dict[str, Callable[[Path], Any]] = {
    "str": str,
    "path": lambda path: path,
    "bytes": pathlib.Path.read_bytes,
    "BytesIO": lambda path: io.BytesIO(path.read_bytes()),
    "data-uri": lambda path: f"data:image/png;base64,{encoded(path.read_bytes())}",
    "Image": Image.from_path,
}
EMBEDS: dict[str, Embed] = {
    "one": lambda model, images: [model.get_image_embedding(image) for image in images],
    "aone": lambda model, images: [asyncio.run(model.aget_image_embedding(image)) for image in images],
    "batch": lambda model, images: model.get_image_embedding_batch(images, show_progress=True),
    "abatch": lambda model, images: asyncio.run(model.aget_image_embedding_batch(images, show_progress=True)),
}


@pytest.fixture
def model(nova: FakeNova) -> NovaEmbedding:
    """A model of narrow vectors."""
    return NovaEmbedding(api_base=nova.api_base, dimensions=128)


@pytest.mark.parametrize("embed", EMBEDS.values(), ids=EMBEDS)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_an_image_in_any_form(
    nova: FakeNova, model: NovaEmbedding, tmp_path: Path, form: Callable[[Path], Any], embed: Embed
) -> None:
    """A path, bytes, a data URI and the core's image are one image: its bytes, embedded as a passage."""
    path = picture(tmp_path)
    wanted = expected(None, "retrieval.passage", width=128, image=encoded(path.read_bytes()))
    np.testing.assert_allclose(embed(model, [form(path)]), [wanted], rtol=1e-6)
    assert sent(nova) == [{"image": encoded(path.read_bytes())}]


@pytest.mark.parametrize("embed", EMBEDS.values(), ids=EMBEDS)
@pytest.mark.parametrize("address", [ADDRESS, ADDRESS.replace("https", "HTTP")])
def test_an_address_is_passed_on(nova: FakeNova, model: NovaEmbedding, address: str, embed: Embed) -> None:
    """An address goes to the server as it is; nothing is fetched here."""
    embed(model, [address])
    assert sent(nova) == [{"image": address}]


@pytest.mark.parametrize("kind", ["batch", "abatch"])
def test_many_images_go_together(nova: FakeNova, model: NovaEmbedding, tmp_path: Path, kind: str) -> None:
    """A batch is one call to the server, and its vectors keep the order."""
    paths = [str(picture(tmp_path, color)) for color in ("red", "green", "blue")]
    wanted = [encoded(drawn(color)) for color in ("red", "green", "blue")]
    vectors = EMBEDS[kind](model, paths)
    rows = [expected(None, "retrieval.passage", width=128, image=image) for image in wanted]
    np.testing.assert_allclose(vectors, rows, rtol=1e-6)
    assert [len(seen.items) for seen in nova.seen] == [3]


@pytest.mark.parametrize("kind", ["batch", "abatch"])
@pytest.mark.parametrize("bad", ["missing.png", b"no image", "data:image/png;base64,%%", 3, None])
def test_a_bad_image_is_named(nova: FakeNova, model: NovaEmbedding, tmp_path: Path, kind: str, bad: Any) -> None:
    """What is no image raises with its place in the list, over batches too, and no part of it is sent."""
    good = str(picture(tmp_path))
    for size in (1024, 2):
        model.embed_batch_size = size
        with pytest.raises(InputError) as caught:
            EMBEDS[kind](model, [good, good, good, bad])
        assert caught.value.index == 3
    assert {"image": bad} not in sent(nova)


@pytest.mark.parametrize("kind", ["batch", "abatch"])
def test_one_image_is_no_list(nova: FakeNova, model: NovaEmbedding, tmp_path: Path, kind: str) -> None:
    """A path where a list belongs is refused, not taken as a list of letters."""
    one: Any = str(picture(tmp_path))
    with pytest.raises(ConfigurationError, match="give a list of images"):
        EMBEDS[kind](model, one)
    assert nova.seen == []


def test_limits_and_encoding_are_the_models(nova: FakeNova, tmp_path: Path) -> None:
    """The options for images reach the core, at first and when they are assigned."""
    path, model = str(picture(tmp_path)), NovaEmbedding(api_base=nova.api_base, image_encoding="data_uri")
    model.get_image_embedding(path)
    assert sent(nova)[0]["image"].startswith("data:image/png;base64,")
    for option in ("max_image_bytes", "max_image_pixels"):
        with pytest.raises(InputError, match=f"{option}=10"):
            model.model_copy(update={option: 10}).get_image_embedding(path)
    model.image_fetching = ImageFetching(["pictures.example.org"])  # type: ignore[arg-type]  # a list will do
    with pytest.raises(InputError, match="host is none of pictures"):
        model.get_image_embedding(ADDRESS)
    assert len(nova.seen) == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"image_text_mode": "both"},
        {"image_text_mode": None},
        {"image_encoding": "hex"},
        {"max_image_bytes": 0},
        {"max_image_pixels": 1.5},
        {"image_fetching": ["a.example.com"]},
        {"image_fetching": {"host": "a.example.com"}},
        {"image_fetching": {"hosts": []}},
    ],
    ids=repr,
)
def test_a_wrong_option_is_refused(wrong: dict[str, Any]) -> None:
    """A wrong option for images raises when it is given, and when it is assigned, and changes nothing."""
    with pytest.raises(ConfigurationError, match=f"{next(iter(wrong))}|hosts"):
        NovaEmbedding(**wrong)
    model = NovaEmbedding()
    before = model.to_dict()
    with pytest.raises(ConfigurationError, match=f"{next(iter(wrong))}|hosts"):
        setattr(model, *next(iter(wrong.items())))
    assert model.to_dict() == before


@pytest.mark.parametrize(
    "road",
    [
        lambda model: pickle.loads(pickle.dumps(model)),
        lambda model: NovaEmbedding.from_dict(model.to_dict()),
        lambda model: NovaEmbedding.from_json(model.to_json()),
    ],
    ids=["pickle", "dict", "json"],
)
def test_the_options_travel(nova: FakeNova, tmp_path: Path, road: Callable[[NovaEmbedding], NovaEmbedding]) -> None:
    """A model that embedded images arrives elsewhere with all its options for images."""
    fetching = ImageFetching(("a.example.com", "b.example.com:8443"), timeout=3.0)
    model = NovaEmbedding(
        api_base=nova.api_base,
        image_text_mode="image",
        image_encoding="data_uri",
        max_image_bytes=10_000,
        max_image_pixels=1000,
        image_fetching=fetching,
    )
    model.get_image_embedding(str(picture(tmp_path)))
    other = road(model)
    assert other.image_fetching == fetching
    assert other.to_dict() == model.to_dict()
    other.get_image_embedding(str(picture(tmp_path)))
    assert sent(nova)[0] == sent(nova)[1]


@pytest.mark.parametrize("embed", EMBEDS.values(), ids=EMBEDS)
@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_observers_see_no_image(nova: FakeNova, tmp_path: Path, form: Callable[[Path], Any], embed: Embed) -> None:
    """Both systems of events hear of an image as `[image]`, the token counter works, and the limiter is asked."""
    counter, limiter = TokenCountingHandler(tokenizer=str.split), Counted()
    with observing() as observed:
        observed.manager.add_handler(counter)
        model = NovaEmbedding(
            api_base=nova.api_base, dimensions=128, callback_manager=observed.manager, rate_limiter=limiter
        )
        vectors = embed(model, [form(picture(tmp_path))])
    observed.assert_balanced(1)
    assert observed.dispatched.ends[0].chunks == ["[image]"]
    assert observed.dispatched.ends[0].embeddings == vectors
    assert next(iter(observed.called.ends.values()))[EventPayload.CHUNKS] == ["[image]"]
    assert (counter.total_embedding_token_count, limiter.acquired) == (1, 1)


async def test_images_in_flight_are_bounded(nova: FakeNova, tmp_path: Path) -> None:
    """Images obey the limit on calls in flight, sync and async, as texts do."""
    nova.answering = lambda body: Scripted(body=good_answer(body), delay=0.05)
    model = NovaEmbedding(api_base=nova.api_base, batch_size=1, max_concurrency=2, callback_manager=CallbackManager())
    paths: list[Any] = [str(picture(tmp_path))] * 8
    assert await model.aget_image_embedding_batch(paths) == model.get_image_embedding_batch(paths)
    assert nova.most_in_flight == 2
