"""What every way in promises about images, over a real socket."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from nova_embeddings import InputError
from tests.core.pictures import drawn
from tests.fake_nova import Scripted, expected, good_answer
from tests.ways_in import WAYS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fake_nova import FakeNova
    from tests.ways_in import WayIn

    Make = Callable[..., WayIn]

COLORS = ["red", "green", "blue", "black", "white", "teal", "navy", "gold", "pink"]


@pytest.fixture(params=WAYS)
def make(request: pytest.FixtureRequest, nova: FakeNova) -> Make:
    """A way in, pointed at the fake server."""
    return lambda **options: WAYS[request.param](**{"api_base": nova.api_base, "dimensions": 128, **options})


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    """Nine pictures that differ, as files."""
    files = [tmp_path / f"{color}.png" for color in COLORS]
    for file, color in zip(files, COLORS, strict=True):
        file.write_bytes(drawn(color))
    return [str(file) for file in files]


def vector(path: str, text: str | None = None, **options: Any) -> np.ndarray[Any, Any]:
    """Return the vector that the fake server gives to this picture as a passage."""
    image = base64.b64encode(Path(path).read_bytes()).decode()
    return expected(text, "retrieval.passage", width=128, image=image, **options)


def test_images_stand_in_their_order(make: Make, nova: FakeNova, paths: list[str]) -> None:
    """Several batches of image files come back in the order of the files, as passages of the width asked for."""
    vectors = make(batch_size=2).images(paths)
    np.testing.assert_allclose(vectors, np.stack([vector(path) for path in paths]), rtol=1e-6)
    assert sorted(len(seen.items) for seen in nova.seen) == [1, 2, 2, 2, 2]


def test_no_images_cost_nothing(make: Make, nova: FakeNova) -> None:
    """No images give no vectors, without a request."""
    assert make().images([]).shape[0] == 0
    assert nova.seen == []


def test_a_text_and_an_image_are_one_vector(make: Make, nova: FakeNova, paths: list[str]) -> None:
    """A text with an image beside it is one input and one vector, with the instructions of the passage side."""
    pairs = [(f"caption of {color}", path) for color, path in zip(COLORS, paths, strict=True)]
    vectors = make(document_instructions="Mind the colours.").fused(pairs)
    wanted = [vector(path, text, instructions="Mind the colours.") for text, path in pairs]
    np.testing.assert_allclose(vectors, np.stack(wanted), rtol=1e-6)
    assert nova.inputs_seen == len(pairs)


def test_the_wire_is_an_option(make: Make, nova: FakeNova, paths: list[str]) -> None:
    """Every way in can send `data:` URIs instead of bare base64."""
    make(image_encoding="data_uri").images(paths[:1])
    assert nova.seen[0].items[0]["image"].startswith("data:image/png;base64,")


@pytest.mark.parametrize("bad", ["missing", "a text", "cut short", "too large"])
def test_a_bad_image_is_named(make: Make, nova: FakeNova, paths: list[str], bad: str) -> None:
    """An image that cannot be embedded raises InputError with its index, and is not sent."""
    last = Path(paths[2])
    data = {"a text": b"hello", "cut short": drawn(size=(200, 200))[:-40], "too large": drawn(size=(900, 900))}
    last.unlink() if bad == "missing" else last.write_bytes(data[bad])
    with pytest.raises(InputError) as caught:
        make(max_image_pixels=500_000).images(paths[:3])
    assert caught.value.index == 2
    assert all(len(seen.items) < 3 for seen in nova.seen)


def test_an_image_refused_by_the_server_is_named(make: Make, nova: FakeNova, paths: list[str]) -> None:
    """A server's complaint about an image has the image's index in the whole request."""
    red = base64.b64encode(drawn("black")).decode()

    def answer(body: dict[str, Any]) -> Scripted | dict[str, Any]:
        places = [place for place, item in enumerate(body["input"]) if item["image"] == red]
        param = {"message": "too dark", "param": f"input[{places[0]}].image"} if places else {}
        return Scripted(400, {"error": param}) if places else good_answer(body)

    nova.answering = answer
    with pytest.raises(InputError, match="too dark") as caught:
        make(batch_size=2).images(paths)
    assert caught.value.index == COLORS.index("black")
