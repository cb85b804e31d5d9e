"""Images at the reference server: every form that the wire has, and every image that is refused."""

from __future__ import annotations

import base64
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from PIL import Image as Pillow
from PIL import ImageDraw

from nova_embeddings import EmbeddingInput, Image, InputError, NovaClient
from nova_embeddings.server import Running, Settings, create_app
from nova_embeddings.testing import RunningServer, serving
from tests.core.pictures import animated, drawn, noise
from tests.core.raw_server import RawServer, replying
from tests.server.asking import body, embedded, post, refused, vectors

if TYPE_CHECKING:
    from collections.abc import Iterator

NUMBERS = [[0.1, -2.5], [3.0, 4.0]]
RED = drawn("red")
JPEG_URI = "data:image/jpeg;base64,"


def text_of(data: bytes) -> str:
    """Return bytes as base64."""
    return base64.b64encode(data).decode()


@contextmanager
def limited(**options: Any) -> Iterator[RunningServer]:
    """Run a server of the hash engine with options that the public helper does not have."""
    with Running(create_app(Settings(engine="hash", **options))) as running:
        yield RunningServer(running.api_base)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF"])
def test_every_form_of_an_image_is_one(server: RunningServer, kind: str) -> None:
    """Bare base64, a data URI with the right or the wrong type, and a single object give the same vector."""
    plain = text_of(drawn("red", kind=kind))
    rows = vectors(server, input=[{"image": form} for form in (plain, JPEG_URI + plain, f"\n{plain}\n")])
    here = NovaClient("lexiq_nova/hash").embed([Image.from_bytes(drawn("red", kind=kind))]).vectors[0]
    for row in (*rows, *vectors(server, input={"image": plain})):
        np.testing.assert_allclose(row, here, atol=1e-7)


def inputs() -> list[Any]:
    """Return one input of every kind."""
    image = Image.from_bytes(RED)
    return [
        "a text",
        image,
        EmbeddingInput("a text", image=image),
        EmbeddingInput(image=Image.from_bytes(animated()), task="code.query", instructions="Find diagrams"),
        EmbeddingInput(image=Image.from_bytes(noise(40_000)), adapter="code"),
        EmbeddingInput(image_embeds=NUMBERS),
        EmbeddingInput(image_embeds=np.array(NUMBERS, dtype=np.float32)),
        EmbeddingInput("a text", image_embeds=np.arange(24).reshape(2, 3, 4)),
    ]


@pytest.mark.parametrize("encoding", ["base64", "data_uri"])
def test_a_round_trip_gives_the_engines_vectors(server: RunningServer, encoding: Any) -> None:
    """Every kind of input, mixed: vectors and usage are equal to the last bit, with and without the socket."""
    near = NovaClient("lexiq_nova/hash").embed(inputs())
    with NovaClient(api_base=server.api_base, image_encoding=encoding, batch_size=2) as client:
        far = client.embed(inputs())
    np.testing.assert_array_equal(near.vectors, far.vectors)
    assert near.usage == far.usage


async def test_multivectors_survive_the_round_trip(server: RunningServer) -> None:
    """A row for each word and each patch comes back, sync and async alike."""
    near = NovaClient("lexiq_nova/hash").embed(inputs(), return_multivector=True).multivectors
    async with NovaClient(api_base=server.api_base) as client:
        far = (await client.aembed(inputs(), return_multivector=True)).multivectors
    for one, other in zip(near, far, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_picture_s_text_is_read_by_the_server() -> None:
    """With wordllama a chart is found through the socket as it is in process; one without text is named."""
    chart = Pillow.new("RGB", (700, 200), "white")
    ImageDraw.Draw(chart).text((40, 60), "Coffee exports of Brazil", fill="black", font_size=36)
    asked: list[Any] = [EmbeddingInput("by year", image=Image.from_pil(chart)), Image.from_pil(chart)]
    with serving("wordllama") as server, NovaClient(api_base=server.api_base) as client:
        far, near = (one.embed(asked) for one in (client, NovaClient("lexiq_nova/wordllama")))
        np.testing.assert_array_equal(near.vectors, far.vectors)
        assert near.usage == far.usage
        with pytest.raises(InputError, match="no text can be read") as caught:
            client.embed([*asked, EmbeddingInput("a", image=Image.from_bytes(RED))])
        assert caught.value.index == 2
        numbers = refused(post(server, body(input=["a", {"text": "b", "image_embeds": NUMBERS}])), 400)
        assert numbers["param"] == "input[1].image_embeds"
        assert "no vision encoder" in numbers["message"]


REFUSED: dict[str, tuple[dict[str, Any], str, str]] = {
    "a path": ({"image": "/etc/hostname"}, "image", "a file's path is never opened"),
    "a path that is base64": ({"image": "/etc/abc"}, "image", "not PNG, JPEG, WebP or GIF"),
    "a file URL": ({"image": "file:///etc/hostname"}, "image", "no base64, data: URI or http(s) URL"),
    "empty": ({"image": ""}, "image", "no base64"),
    "a data URI without base64": ({"image": "data:image/png,abc"}, "image", "no base64"),
    "text": ({"image": text_of(b"hello, I am a text")}, "image", "not PNG, JPEG, WebP or GIF"),
    "another format": ({"image": text_of(drawn(kind="BMP"))}, "image", "not PNG, JPEG, WebP or GIF"),
    "cut short": ({"image": text_of(noise(10_000)[:9000])}, "image", "damaged or cut short"),
    "cut short beside a text": ({"text": "a", "image": text_of(noise(10_000)[:9000])}, "image", "damaged"),
    "a number": ({"image": 5}, "image", "is a number"),
    "an object": ({"image": {"url": "http://example.org/a.png"}}, "image", "is an object"),
    "a URL": ({"image": "https://example.org/a.png"}, "image", "start it with --allow-host"),
    "a URL in capitals": ({"image": "HTTP://example.org/a.png"}, "image", "start it with --allow-host"),
    "both": ({"image": text_of(RED), "image_embeds": [1]}, "image_embeds", "give one of them"),
    "no numbers": ({"image_embeds": []}, "image_embeds", "not numeric"),
    "one number": ({"image_embeds": 5}, "image_embeds", "a number, not a list"),
    "base64 numbers": ({"image_embeds": "AAAA"}, "image_embeds", "a string, not a list"),
    "words": ({"image_embeds": [["a"]]}, "image_embeds", "not numeric"),
    "ragged": ({"image_embeds": [[1], [1, 2]]}, "image_embeds", "evenly nested"),
    "booleans": ({"image_embeds": [[1, True]]}, "image_embeds", "not numeric"),
    "a blank text": ({"text": " ", "image": text_of(RED)}, "text", "white space"),
    "a text that is none": ({"text": 5, "image": text_of(RED)}, "text", "a number"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_image_is_refused(server: RunningServer, name: str) -> None:
    """Each is a 400 that names input and field, and says what is wanted; nothing is opened or fetched."""
    item, field, says = REFUSED[name]
    error = refused(post(server, body(input=["a", item])), 400)
    assert error["param"] == f"input[1].{field}"
    assert says in error["message"]


def test_limits_are_the_servers() -> None:
    """A file or a picture that is too large is refused before its pixels are decoded."""
    with limited(max_image_bytes=5000, max_image_pixels=1000) as small:
        for data, says in ((noise(10_000), "max_image_bytes=5000"), (drawn(size=(40, 26)), "max_image_pixels=1000")):
            error = refused(post(small, body(input={"image": text_of(data)})), 400)
            assert error["param"] == "input.image"
            assert says in error["message"]
        assert embedded(small, input={"image": text_of(drawn(size=(40, 25)))})


def test_a_picture_counts_towards_the_tokens() -> None:
    """An input's tokens are those of its text and of its picture."""
    with serving(max_tokens=15) as small:
        assert embedded(small, input={"image": text_of(RED)})["usage"]["prompt_tokens"] <= 15
        error = refused(post(small, body(input={"image": text_of(drawn(size=(200, 200)))})), 400)
        assert error["param"] == "input.image"
        assert "more than the 15" in error["message"]


def test_a_batch_of_large_images_fits(server: RunningServer) -> None:
    """What a client may send at the default limits goes through: several images of megabytes in one request."""
    large = text_of(noise(2_500_000))
    assert len(vectors(server, input=[{"image": large}] * 4)) == 4


def test_a_url_is_fetched_where_its_host_is_allowed() -> None:
    """The picture behind an allowed URL is embedded; it was asked for once, and without the caller's key."""
    with RawServer(replying("200 OK", RED)).running() as store:
        url = f"http://127.0.0.1:{store.port}/red.png"
        with serving(
            allow_hosts=[f"127.0.0.1:{store.port}"], allow_private_networks=True, api_key="canary-key"
        ) as server:
            with NovaClient(api_base=server.api_base, api_key="canary-key") as client:
                rows = client.embed([Image.from_url(url), Image.from_bytes(RED)]).vectors
            np.testing.assert_array_equal(rows[0], rows[1])
        (request,) = store.requests
    assert b"canary" not in request


@pytest.mark.parametrize(
    ("options", "host", "says"),
    [
        ({"allow_hosts": ["example.org"]}, "127.0.0.1", "--allow-private-networks"),
        ({"allow_hosts": ["example.org"], "allow_private_networks": True}, "127.0.0.1", "none of example.org"),
        ({"allow_hosts": ["localhost"]}, "localhost", "must be https"),
        ({"allow_hosts": ["example.org"], "allow_private_networks": True}, "user@example.org", "without a user"),
        ({"allow_hosts": ["example.org"], "allow_private_networks": True}, "[broken", "no valid URL"),
    ],
)
def test_a_url_that_is_not_allowed_is_not_fetched(options: dict[str, Any], host: str, says: str) -> None:
    """Another host or port, plain http, a user, or no URL at all: refused, and nobody was asked."""
    with RawServer(replying("200 OK", RED)).running() as store, serving(**options) as server:
        error = refused(post(server, body(input=["a", {"image": f"http://{host}:{store.port}/a.png"}])), 400)
        assert error["param"] == "input[1].image"
        assert says in error["message"]
        assert store.requests == []


def test_a_host_of_a_private_network_is_not_asked() -> None:
    """An allowed name that resolves to this machine is refused unless private networks are allowed."""
    with (
        RawServer(replying("200 OK", RED)).running() as store,
        serving(allow_hosts=[f"localhost:{store.port}"]) as server,
    ):
        error = refused(post(server, body(input={"image": f"https://localhost:{store.port}/a.png"})), 400)
        assert error["param"] == "input.image"
        assert "not of the public internet; see --allow-host and --allow-private-networks" in error["message"]
        assert store.requests == []


@pytest.mark.parametrize("answer", [replying("404 Not Found", b"nothing"), replying("200 OK", b"<html>")])
def test_a_url_without_an_image_is_named(answer: Any) -> None:
    """What comes back is an image, or the input is refused."""
    with (
        RawServer(answer).running() as store,
        serving(allow_hosts=[f"127.0.0.1:{store.port}"], allow_private_networks=True) as server,
    ):
        error = refused(post(server, body(input=["a", {"image": f"http://127.0.0.1:{store.port}/a"}])), 400)
        assert error["param"] == "input[1].image"
