"""Images: which are taken, how they go out, and what is refused before that."""

from __future__ import annotations

import asyncio
import base64
import io
import tracemalloc
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pillow

from nova_embeddings import ConfigurationError, EmbeddingInput, Image, InputError, NovaClient
from tests.core.pictures import animated, drawn, noise
from tests.fake_nova import expected

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.fake_nova import FakeNova

PNG = drawn()
BARE = base64.b64encode(PNG).decode()


def sources(folder: Path) -> dict[str, Image]:
    """Return the same picture from everywhere it can come from."""
    path = folder / "a picture.png"
    path.write_bytes(PNG)
    return {
        "path": Image.from_path(path),
        "path as str": Image.from_path(str(path)),
        "bytes": Image.from_bytes(PNG),
        "memoryview": Image.from_bytes(memoryview(PNG)),
        "base64": Image.from_base64(BARE),
        "base64 with line breaks": Image.from_base64("\n".join(BARE[i : i + 20] for i in range(0, len(BARE), 20))),
        "data URI": Image.from_base64(f"data:image/png;base64,{BARE}"),
    }


@pytest.mark.parametrize("way", ["sync", "async"])
def test_an_image_goes_out_as_its_bytes(nova: FakeNova, tmp_path: Path, way: str) -> None:
    """Wherever an image comes from, the server gets its bytes as bare base64, and each row belongs to its image."""
    client = NovaClient(api_base=nova.api_base, dimensions=128)
    inputs = list(sources(tmp_path).values())
    result = client.embed(inputs) if way == "sync" else asyncio.run(client.aembed(inputs))
    assert [item["image"] for item in nova.seen[0].items] == [BARE] * len(inputs)
    row = expected(None, "retrieval.passage", image=BARE, width=128)
    np.testing.assert_allclose(result.vectors, np.stack([row] * len(inputs)), rtol=1e-6)


@pytest.mark.parametrize(("kind", "mime"), [("PNG", "png"), ("JPEG", "jpeg"), ("WEBP", "webp")])
def test_a_data_uri_names_the_type_that_was_seen(nova: FakeNova, kind: str, mime: str) -> None:
    """With `image_encoding="data_uri"` the type is told from the bytes, and the bytes are as they were."""
    data = drawn(kind=kind)
    NovaClient(api_base=nova.api_base, image_encoding="data_uri").embed([Image.from_bytes(data)])
    assert nova.seen[0].items[0]["image"] == f"data:image/{mime};base64,{base64.b64encode(data).decode()}"


def test_a_gif_goes_out_as_its_first_frame(nova: FakeNova) -> None:
    """Of an animation the first frame is embedded, as PNG."""
    NovaClient(api_base=nova.api_base).embed([Image.from_bytes(animated())])
    opened = Pillow.open(io.BytesIO(base64.b64decode(nova.seen[0].items[0]["image"])))
    assert opened.format == "PNG"
    assert opened.convert("RGB").getpixel((0, 0)) == (255, 0, 0)


def test_a_pillow_image_goes_out_as_png(nova: FakeNova) -> None:
    """Any mode of Pillow's is taken; the pixels stay."""
    for mode in ("RGB", "RGBA", "L", "P", "CMYK"):
        NovaClient(api_base=nova.api_base).embed([Image.from_pil(Pillow.new("RGB", (4, 4), "red").convert(mode))])
    opened = [Pillow.open(io.BytesIO(base64.b64decode(seen.items[0]["image"]))) for seen in nova.seen]
    assert {one.format for one in opened} == {"PNG"}
    assert [one.convert("RGB").size for one in opened] == [(4, 4)] * 5


def test_an_address_is_passed_on_unfetched(nova: FakeNova) -> None:
    """An image's address goes to the server as it is; nothing is fetched here."""
    url = f'{nova.api_base}/picture.png?a="b"&c=ü\\'
    NovaClient(api_base=nova.api_base).embed([Image.from_url(url)])
    assert nova.seen[0].items[0]["image"] == url
    assert len(nova.seen) == 1


def test_text_and_image_are_one_input(nova: FakeNova) -> None:
    """A fused input gives one row, with its own task, instructions and adapter."""
    fused = EmbeddingInput(
        "a caption", image=Image.from_bytes(PNG), task="retrieval.query", instructions="Look.", adapter="charts"
    )
    vectors = NovaClient(api_base=nova.api_base).embed([fused]).vectors
    wanted = expected("a caption", "retrieval.query", image=BARE, instructions="Look.", adapter="charts")
    np.testing.assert_allclose(vectors, [wanted], rtol=1e-6)


@pytest.mark.parametrize(
    "numbers",
    [
        [[0.1, 0.2], [0.3, 4]],
        np.array([[0.1, 0.2], [0.3, 4]]),
        np.array([[0.1, 0.3], [0.2, 4]]).T,
        np.array([0.1, 0.5], dtype=np.float32),
        [1, 2, 3],
    ],
    ids=["list", "float64", "not contiguous", "float32", "whole numbers"],
)
def test_image_embeds_are_passed_on_as_they_are(nova: FakeNova, numbers: Any) -> None:
    """Numbers reach the server with their nesting and their digits; nothing is renamed or rounded."""
    NovaClient(api_base=nova.api_base).embed([EmbeddingInput(image_embeds=numbers)])
    sent = nova.seen[0].items[0]["image_embeds"]
    assert sent == (numbers if isinstance(numbers, list) else numbers.astype(numbers.dtype).tolist()) or np.array_equal(
        np.array(sent, dtype=numbers.dtype), numbers
    )


def test_a_mixed_request_keeps_its_order(nova: FakeNova) -> None:
    """Text, images and fused inputs of several families in one request: apart on the wire, in order in the result."""
    images = [drawn(color) for color in ("red", "green", "blue", "black")]
    inputs: list[Any] = []
    for number, data in enumerate(images * 3):
        task = ["retrieval.query", "code.passage", "text-matching"][number % 3]
        image = Image.from_bytes(data)
        inputs += [
            EmbeddingInput(f"text {number}", task=task),  # type: ignore[arg-type]
            EmbeddingInput(image=image, task=task),  # type: ignore[arg-type]
            EmbeddingInput(f"caption {number}", image=image, task=task),  # type: ignore[arg-type]
        ]
    vectors = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=4).embed(inputs).vectors
    for value, row in zip(inputs, vectors, strict=True):
        picture = {} if value.image is None else {"image": base64.b64encode(value.image.source).decode()}
        np.testing.assert_allclose(row, expected(value.text, value.task, width=128, **picture), rtol=1e-6)
    for seen in nova.seen:
        assert len({"image" in item for item in seen.items}) == 1
        assert len({item["task"].split(".")[0] for item in seen.items}) == 1


def test_images_count_by_their_bytes(nova: FakeNova) -> None:
    """A call holds no more bytes of images than allowed, and a larger image goes alone."""
    small, large = noise(400, 1), noise(4000, 2)
    client = NovaClient(api_base=nova.api_base, max_batch_bytes=4 * len(small), max_concurrency=1)
    client.embed([Image.from_bytes(data) for data in (small, small, large, small, small, small)])
    assert [len(seen.items) for seen in nova.seen] == [2, 1, 3]


def test_multivectors_of_images(nova: FakeNova) -> None:
    """An image and a fused input give multi-vectors of their own lengths."""
    image = Image.from_bytes(PNG)
    inputs: list[Any] = [image, EmbeddingInput("three small words", image=image)]
    rows = NovaClient(api_base=nova.api_base).embed(inputs, return_multivector=True).multivectors
    assert [one.shape for one in rows] == [(2, 128), (5, 128)]


def cut_short(data: bytes) -> bytes:
    """Return the first two thirds of a file."""
    return data[: len(data) * 2 // 3]


def bomb() -> bytes:
    """Return a small file of a huge picture."""
    file = io.BytesIO()
    Pillow.new("1", (9000, 9000)).save(file, format="PNG")
    return file.getvalue()


def huge() -> bytes:
    """Return a file of a picture so large that Pillow itself refuses it."""
    header = b"IHDR" + (200_000).to_bytes(4, "big") * 2 + PNG[24:29]
    return PNG[:12] + header + zlib.crc32(header).to_bytes(4, "big") + PNG[33:]


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "a text": (lambda: b"no picture at all", "not PNG, JPEG, WebP or GIF"),
    "nothing": (lambda: b"", "empty"),
    "a BMP": (lambda: drawn(kind="BMP"), "not PNG, JPEG, WebP or GIF"),
    "a TIFF": (lambda: drawn(kind="TIFF"), "not PNG, JPEG, WebP or GIF"),
    "an SVG": (lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not PNG, JPEG, WebP or GIF"),
    "a PNG cut short": (lambda: cut_short(noise(900)), "damaged or cut short"),
    "a JPEG cut short": (lambda: cut_short(drawn(size=(300, 300), kind="JPEG")), "damaged or cut short"),
    "a WebP cut short": (lambda: cut_short(drawn(size=(300, 300), kind="WEBP")), "damaged|not PNG"),
    "20 MB": (lambda: PNG + b"\0" * (20 * 2**20), "more than max_image_bytes=10485760"),
    "a bomb": (bomb, "81000000 pixels, more than max_image_pixels=50000000"),
    "a larger bomb": (huge, "more than max_image_pixels=50000000"),
}


@pytest.mark.parametrize("from_file", [False, True], ids=["bytes", "file"])
@pytest.mark.parametrize("way", ["sync", "async"])
@pytest.mark.parametrize("name", BAD)
@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
def test_a_bad_image_is_named(nova: FakeNova, tmp_path: Path, name: str, way: str, *, from_file: bool) -> None:
    """What is no image, damaged, or too large raises InputError with its index; nothing is sent."""
    make, words = BAD[name]
    (tmp_path / "bad.png").write_bytes(make())
    bad = Image.from_path(tmp_path / "bad.png") if from_file else Image.from_bytes(make())
    client = NovaClient(api_base=nova.api_base)
    with pytest.raises(InputError, match=words) as caught:
        client.embed(["fine", bad]) if way == "sync" else asyncio.run(client.aembed(["fine", bad]))
    assert caught.value.index == 1
    assert str(tmp_path) not in str(caught.value)
    assert all("image" not in item for seen in nova.seen for item in seen.items)


def test_limits_are_options(nova: FakeNova) -> None:
    """Both caps can be set, and are whole positive numbers."""
    image = Image.from_bytes(drawn(size=(40, 30)))
    with pytest.raises(InputError, match="1200 pixels, more than max_image_pixels=1000"):
        NovaClient(api_base=nova.api_base, max_image_pixels=1000).embed([image])
    with pytest.raises(InputError, match="more than max_image_bytes=50"):
        NovaClient(api_base=nova.api_base, max_image_bytes=50).embed([image])
    for option in ("max_image_bytes", "max_image_pixels"):
        with pytest.raises(ConfigurationError, match=f"{option}=0"):
            NovaClient(**{option: 0})  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="image_encoding='jpeg'"):
        NovaClient(image_encoding="jpeg")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({}, "neither text, image nor image_embeds"),
        ({"text": "a", "image": "/etc/passwd"}, "image is of type str; make it with Image.from_path"),
        ({"image": b"bytes"}, "image is of type bytes"),
        ({"image": Image.from_bytes(PNG), "image_embeds": [1.0]}, "both image and image_embeds"),
        ({"image_embeds": []}, "image_embeds is no list or array of finite numbers"),
        ({"image_embeds": [[1.0], [1.0, 2.0]]}, "image_embeds is no list or array"),
        ({"image_embeds": ["a"]}, "image_embeds is no list or array"),
        ({"image_embeds": [float("nan")]}, "image_embeds is no list or array"),
        ({"text": " ", "image": Image.from_bytes(PNG)}, "only white space"),
    ],
)
def test_a_bad_combination_is_named(nova: FakeNova, value: dict[str, Any], words: str) -> None:
    """Fields that do not go together, or hold something else, raise with the input's index; nothing is sent."""
    with pytest.raises(InputError, match=words) as caught:
        NovaClient(api_base=nova.api_base).embed(["fine", value])
    assert caught.value.index == 1
    assert nova.seen == []


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Image.from_path(""), "takes a path"),
        (lambda: Image.from_path(b"x"), "takes a path"),  # type: ignore[arg-type]
        (lambda: Image.from_url("file:///etc/passwd"), "takes an http"),
        (lambda: Image.from_url("picture.png"), "takes an http"),
        (lambda: Image.from_url("https://[broken/a.png"), "takes an http"),
        (lambda: Image.from_url(None), "takes an http"),  # type: ignore[arg-type]
        (lambda: Image.from_bytes("text"), "takes bytes"),  # type: ignore[arg-type]
        (lambda: Image.from_base64("not base64!"), "takes base64"),
        (lambda: Image.from_base64("data:image/png,plain"), "takes base64"),
        (lambda: Image.from_base64(None), "takes base64"),  # type: ignore[arg-type]
        (lambda: Image.from_pil(None), "takes a Pillow image"),  # type: ignore[arg-type]
    ],
)
def test_a_source_of_another_kind_is_refused(make: Callable[[], Image], words: str) -> None:
    """Each constructor takes one kind of source and says which."""
    with pytest.raises(InputError, match=words):
        make()


def test_a_file_that_vanishes_is_named(nova: FakeNova, tmp_path: Path) -> None:
    """A path where no file is, or a folder, raises before anything is sent, without the path in the message."""
    for path in (tmp_path / "canary.png", tmp_path):
        with pytest.raises(InputError, match="cannot be read") as caught:
            NovaClient(api_base=nova.api_base).embed(["fine", Image.from_path(path)])
        assert str(tmp_path) not in str(caught.value)
    assert nova.seen == []


def test_a_text_that_looks_like_a_path_is_text(nova: FakeNova, tmp_path: Path) -> None:
    """A string is never opened, whatever file it names."""
    path = tmp_path / "picture.png"
    path.write_bytes(PNG)
    NovaClient(api_base=nova.api_base).embed([str(path)])
    assert nova.seen[0].items == [{"task": "retrieval.passage", "text": str(path)}]


def test_files_are_read_as_they_are_sent(nova: FakeNova, tmp_path: Path) -> None:
    """Embedding many files holds a few batches of them, not all."""
    data = noise(120_000)
    paths = [tmp_path / f"{number}.png" for number in range(40)]
    for path in paths:
        path.write_bytes(data)
    client = NovaClient(api_base=nova.api_base, dimensions=128, batch_size=2, max_concurrency=1)
    client.embed([Image.from_path(paths[0])])
    nova.remembering = False
    tracemalloc.start()
    client.embed([Image.from_path(path) for path in paths])
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 16 * len(data)  # of a batch of two: body, and the fake server's copies of it; of all, at least 53


def test_an_image_s_repr_shows_no_path() -> None:
    """What is printed of an image holds neither its path nor its address."""
    shown = [
        repr(Image.from_path("/canary/x.png")),
        repr(Image.from_url("http://canary/x")),
        repr(Image.from_bytes(PNG)),
    ]
    assert "canary" not in "".join(shown)
    assert f"{len(PNG)} bytes" in shown[2]
    assert "canary" not in repr(EmbeddingInput("canary", image=Image.from_path("/canary/x.png"), image_embeds=[1.0]))
