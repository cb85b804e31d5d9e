"""Engines and pictures: `hash` knows each by its pixels, `wordllama` by the text that stands in it."""

from __future__ import annotations

import io
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from nova_embeddings import EmbeddingInput, Image, ImageFetching, InputError, NovaClient
from tests.core.pictures import animated, drawn
from tests.core.raw_server import RawServer, replying

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

FOX = "The quick brown fox"
NUMBERS = [[0.1, -2.5], [3.0, 4.0]]
HASH = NovaClient("lexiq_nova/hash")
WORDLLAMA = NovaClient("lexiq_nova/wordllama")


def photo() -> Pillow.Image:
    """Return a picture with a half and a wholly transparent corner."""
    random = np.random.default_rng(7)
    pixels = random.integers(0, 256, (70, 90, 4), dtype=np.uint8)
    pixels[..., 3] = 255
    pixels[:9, :9, 3], pixels[-9:, -9:, 3] = 128, 0
    return Pillow.fromarray(pixels)


def saved(picture: Pillow.Image, kind: str, **options: Any) -> Image:
    """Return a picture as a file of the given format."""
    file = io.BytesIO()
    picture.save(file, format=kind, **options)
    return Image.from_bytes(file.getvalue())


def page(text: str, size: tuple[int, int] = (700, 220)) -> Pillow.Image:
    """Return a white page with lines of text."""
    picture = Pillow.new("RGB", size, "white")
    ImageDraw.Draw(picture).multiline_text((40, 40), text, fill="black", font_size=36)
    return picture


def row(image: Image) -> NDArray[np.float32]:
    """Return the hash engine's vector of an image."""
    return np.asarray(HASH.embed([image]).vectors[0])


def test_one_picture_in_two_formats_has_one_hash() -> None:
    """PNG and lossless WebP, with or without a palette, grey or as colours: what looks the same is the same."""
    plain = photo()
    np.testing.assert_array_equal(row(saved(plain, "PNG")), row(saved(plain, "WEBP", lossless=True)))
    grey = plain.convert("L")
    np.testing.assert_array_equal(row(saved(grey, "PNG")), row(saved(grey.convert("RGB"), "WEBP", lossless=True)))
    few = plain.convert("RGB").quantize(16)
    np.testing.assert_array_equal(row(saved(few, "PNG")), row(saved(few.convert("RGBA"), "PNG")))
    np.testing.assert_array_equal(row(Image.from_bytes(animated())), row(Image.from_bytes(drawn("red", (8, 8)))))


def test_a_picture_is_seen_upright() -> None:
    """A camera's note that the picture lies on its side is heeded; one that is damaged does no harm."""
    lying, note = photo().convert("RGB"), Pillow.Exif()
    note[0x0112] = 6
    turned = saved(lying.transpose(Pillow.Transpose.ROTATE_270), "PNG")
    np.testing.assert_array_equal(row(saved(lying, "PNG", exif=note)), row(turned))
    np.testing.assert_array_equal(row(saved(lying, "PNG", exif=b"Exif\0\0nonsense")), row(saved(lying, "PNG")))


@pytest.mark.parametrize("multivector", [False, True])
def test_each_part_of_an_input_has_an_effect(multivector: bool) -> None:  # noqa: FBT001
    """Text, pixels, size, numbers and their nesting, and every option: another one is another vector."""
    red, blue, wide = (Image.from_bytes(drawn(*how)) for how in (("red",), ("blue",), ("red", (25, 16))))
    inputs = [
        EmbeddingInput("a"),
        EmbeddingInput(image=red),
        EmbeddingInput(image=blue),
        EmbeddingInput(image=wide),
        EmbeddingInput("a", image=red),
        EmbeddingInput("b", image=red),
        EmbeddingInput("a", image=blue),
        EmbeddingInput(image=red, task="code.query"),
        EmbeddingInput(image=red, instructions="Find charts"),
        EmbeddingInput(image=red, adapter="code"),
        EmbeddingInput(image_embeds=NUMBERS),
        EmbeddingInput(image_embeds=[0.1, -2.5, 3.0, 4.0]),
        EmbeddingInput("a", image_embeds=NUMBERS),
    ]
    result = HASH.embed(inputs, return_multivector=multivector)
    rows = result.multivectors if multivector else list(result.vectors)
    for one, other in combinations(rows, 2):
        assert one.shape != other.shape or np.abs(one - other).max() > 0.01


@pytest.mark.parametrize("numbers", [np.array(NUMBERS), np.array(NUMBERS, dtype=np.float32), np.array(NUMBERS).T.T])
def test_numbers_are_the_same_as_list_or_array(numbers: NDArray[Any]) -> None:
    """What holds `image_embeds` does not matter, only the numbers in it."""
    one, other = (HASH.embed([EmbeddingInput(image_embeds=held)]).vectors for held in (NUMBERS, numbers))
    np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("size", "patches"), [((1, 1), 4), ((56, 56), 4), ((57, 56), 6), ((280, 140), 50), ((4000, 3000), 1280)]
)
def test_a_picture_costs_a_token_a_patch(size: tuple[int, int], patches: int) -> None:
    """Usage and multi-vectors count patches of 28 by 28 pixels and two marks, as the model's image processor does."""
    image = Image.from_bytes(drawn(size=size))
    assert len(HASH.embed([image], return_multivector=True).multivectors[0]) == patches + 2
    alone, fused = (HASH.embed([value]).usage for value in ("a", EmbeddingInput("a", image=image)))
    assert fused.total_tokens - alone.total_tokens == patches + 2


def test_text_in_a_picture_is_found_by_its_words() -> None:
    """A page is found by what stands on it, dense and by tokens; a text beside it is read with it."""
    fox, bees = (saved(page(text), "PNG") for text in (FOX, "Bees make honey\nfrom nectar"))
    inputs: list[Any] = [fox, bees, EmbeddingInput("A tower of iron", image=bees)]
    asked = ["a fox that is quick and brown", "how do bees make honey", "an iron tower with bees"]
    scores = WORDLLAMA.embed(asked, "retrieval.query").vectors @ WORDLLAMA.embed(inputs).vectors.T
    assert scores.argmax(axis=1).tolist() == [0, 1, 2]
    text, shown = WORDLLAMA.embed([FOX, fox], return_multivector=True).multivectors
    np.testing.assert_array_equal(text, shown)


@pytest.mark.parametrize("size", [(60, 60), (1, 5000), (5000, 1)])
@pytest.mark.parametrize("text", [None, "a text"])
def test_a_picture_without_text_is_refused(size: tuple[int, int], text: str | None) -> None:
    """The engine sees nothing else, so an error names the input, also where a text stands beside the picture."""
    blank = Image.from_bytes(drawn("white", size))
    with pytest.raises(InputError, match="no text can be read") as caught:
        WORDLLAMA.embed([saved(page(FOX), "PNG"), EmbeddingInput(text, image=blank)])
    assert caught.value.index == 1


def test_numbers_are_refused_without_an_encoder() -> None:
    """Wordllama has no use for `image_embeds`, and says what to give."""
    with pytest.raises(InputError, match="no vision encoder; give the image itself") as caught:
        WORDLLAMA.embed(["a", EmbeddingInput("b", image_embeds=NUMBERS)])
    assert caught.value.index == 1


def test_threads_read_the_same() -> None:
    """Many threads may ask for pictures at once."""
    images = [saved(page(f"{FOX} number {number}"), "PNG") for number in range(3)]
    with ThreadPoolExecutor(6) as pool:
        rows = list(pool.map(lambda image: WORDLLAMA.embed([image]).vectors[0], images * 3))
    np.testing.assert_array_equal(rows[:3] * 2, rows[3:])
    assert len(np.unique(rows, axis=0)) == 3


async def test_an_event_loop_gets_the_same(tmp_path: Path) -> None:
    """Sync and async agree over texts, files, fused inputs and numbers."""
    (tmp_path / "a.png").write_bytes(drawn())
    image = Image.from_path(tmp_path / "a.png")
    inputs: list[Any] = ["a", image, EmbeddingInput("a", image=image), EmbeddingInput(image_embeds=NUMBERS)]
    np.testing.assert_array_equal((await HASH.aembed(inputs)).vectors, HASH.embed(inputs).vectors)


def test_an_address_is_fetched_only_where_that_is_allowed() -> None:
    """An engine fetches nothing by itself; a client that allows the host gets the picture behind the address."""
    with RawServer(replying("200 OK", drawn())).running() as server:
        image = Image.from_url(f"http://127.0.0.1:{server.port}/a.png")
        with pytest.raises(InputError, match="allow its host with image_fetching") as caught:
            HASH.embed(["a", image])
        assert caught.value.index == 1
        assert server.requests == []
        fetching = ImageFetching((f"127.0.0.1:{server.port}",), private_networks=True)
        allowed = NovaClient("lexiq_nova/hash", image_fetching=fetching).embed([image]).vectors[0]
    np.testing.assert_array_equal(allowed, row(Image.from_bytes(drawn())))


@pytest.mark.slow
def test_reading_is_silent_and_survives_a_fork(tmp_path: Path) -> None:
    """Nothing is printed, nothing is fetched, no file is written; a process that was forked off can read too."""
    saved_pages = [tmp_path / "one.png", tmp_path / "other.png"]
    for path, text in zip(saved_pages, (FOX, "Bees make honey"), strict=True):
        page(text).save(path)
    script = f"""
import os, sys

def watch(event, args):
    writes = event == "open" and "rapidocr" in str(args[0]) and set(str(args[1])) & set("wax+")
    if writes or event == "socket.connect":
        os._exit(9)

from nova_embeddings import Image, NovaClient
client = NovaClient("lexiq_nova/wordllama")
client.embed(["a"])
sys.dont_write_bytecode = True
sys.addaudithook(watch)
client.embed([Image.from_path({str(saved_pages[0])!r})])
child = os.fork()
rows = client.embed([Image.from_path({str(saved_pages[1])!r})], return_multivector=True).multivectors
if not child:
    os._exit(len(rows[0]))
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) != len(rows[0]))
"""
    # from 3.12 on Python warns of forks beside other threads, whoever started those
    command = [sys.executable, "-W", "ignore::DeprecationWarning", "-c", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("engine", "missing", "extra"),
    [
        ("wordllama", "rapidocr", "local-images"),
        ("wordllama", "onnxruntime", "local-images"),
        ("hash", "PIL", "images"),
    ],
)
def test_a_missing_package_says_what_to_install(engine: str, missing: str, extra: str) -> None:
    """Without the extra, texts are embedded as ever, and an image is an error that a user can act on."""
    script = f"""
import sys
sys.modules[{missing!r}] = None
from nova_embeddings import Image, NovaClient
client = NovaClient("lexiq_nova/{engine}")
client.embed(["a"])
client.embed([Image.from_bytes({drawn()!r})])
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert f"ConfigurationError: {'images need' if engine == 'hash' else 'the wordllama engine reads'}" in done.stderr
    assert f"pip install 'nova-embeddings[{extra}]'" in done.stderr
