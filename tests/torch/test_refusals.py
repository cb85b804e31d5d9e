"""What a sentence-transformers model cannot do is refused by name, and spaces are told apart."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import threading
import warnings
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image as Pillow

from nova_embeddings import ConfigurationError, EmbeddingInput, Image, InputError, NovaClient, SimilarityWarning
from tests.torch import tiny

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(scope="module")
def client(folder: Path) -> NovaClient:
    """A client of the tiny model."""
    return NovaClient(f"sentence_transformers/{folder}")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"dimensions": 12}, "dimensions=12 .*tiny: it is trained for 8, 16, 32"),
        ({"dimensions": 64}, "dimensions=64 .*tiny: it is trained for 8, 16, 32"),
        ({"instructions": "find cats"}, "instructions .*tiny: only Instruct-style models"),
        ({"adapter": "law"}, "adapter='law' .*tiny: it has no adapters"),
        ({"return_multivector": True}, "return_multivector .*tiny: its vectors are one an input"),
    ],
)
def test_an_option_it_does_not_have_is_refused(options: dict[str, Any], says: str, client: NovaClient) -> None:
    """The error names the option, the model and what it does support; also when only the space is asked for."""
    with pytest.raises(ConfigurationError, match=says):
        client.embed(tiny.TEXTS, **options)


def test_a_model_that_does_not_say_so_is_not_cut(tmp_path: Path) -> None:
    """Slicing is for models trained for it: any other has one width."""
    client = NovaClient(f"sentence_transformers/{tiny.whole(tmp_path / 'plain')}")
    with pytest.raises(ConfigurationError, match=r"dimensions=16 .*plain: it is trained for 32"):
        client.embed(tiny.TEXTS, dimensions=16)


def test_what_training_noted_in_the_model_card_counts(tmp_path: Path) -> None:
    """The README that sentence-transformers writes after a training with MatryoshkaLoss names the widths."""
    folder = tiny.whole(tmp_path / "noted")
    (folder / "README.md").write_text('```json\n{"loss": "x", "matryoshka_dims": [\n 32,\n 4\n ]}\n```', "utf-8")
    vectors = NovaClient(f"sentence_transformers/{folder}").embed(["sun"], dimensions=4).vectors
    assert vectors is not None
    assert vectors.shape == (1, 4)


def test_instructions_stand_before_queries_alone(tmp_path: Path) -> None:
    """An Instruct-style model was trained on passages without."""
    client = NovaClient(f"sentence_transformers/{tiny.whole(tmp_path / 'instruct', tiny.QWEN)}")
    with pytest.raises(ConfigurationError, match=r"instructions .*instruct: it reads them before queries alone"):
        client.embed(tiny.TEXTS, instructions="find cats")
    with pytest.raises(InputError, match=r"input 1: instructions .*before queries alone"):
        client.embed(["sun", EmbeddingInput("moon", instructions="find cats")])


def test_a_long_input_is_refused_and_cut_only_if_asked(folder: Path, client: NovaClient) -> None:
    """Nothing is cut in silence: the error has the index and the way out."""
    long = "cat " * 40
    with pytest.raises(InputError, match=r"input 1: has 44 tokens, more than the 24 .*truncate=true"):
        client.embed(["sun", long])
    skipped = client.embed(["sun", long], on_error="skip")
    assert skipped.mask.tolist() == [True, False]
    cut = NovaClient(f"sentence_transformers/{folder}?truncate=true").embed([long, "cat " * 80]).vectors
    assert cut is not None
    assert abs(cut[0] - cut[1]).max() < 1e-6


def test_an_image_is_refused(client: NovaClient) -> None:
    """These models read text."""
    with pytest.raises(InputError, match="input 0: has an image"):
        client.embed([Image.from_pil(Pillow.new("RGB", (8, 8)))])


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("./nowhere", "no folder './nowhere'"),
        ("a/b/c", "no folder 'a/b/c'"),
        ("a/b?device=gpu", "device='gpu' is not cpu, mps, cuda or cuda:N"),
        ("a/b?backend=tensorflow", "backend='tensorflow' is not torch or onnx"),
        ("a/b?precision=int8", "'precision' is no option"),
        ("a/b?truncate=yes", "truncate='yes' is not true or false"),
        ("a/b?device=cpu&device=cuda", "gives an option twice"),
    ],
)
def test_a_name_that_means_nothing_is_refused_at_once(name: str, says: str) -> None:
    """A client cannot be made with it, and nothing is loaded to find out."""
    with pytest.raises(ConfigurationError, match=re.escape(says)):
        NovaClient(f"sentence_transformers/{name}")


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    """The error names the folder."""
    with pytest.raises(ConfigurationError, match=f"{tmp_path} cannot be loaded"):
        NovaClient(f"sentence_transformers/{tmp_path}").embed(["sun"])


def test_a_device_that_is_not_there_is_refused(folder: Path) -> None:
    """No other is taken instead."""
    with pytest.raises(ConfigurationError, match=r"device=cuda:7 cannot be loaded"):
        NovaClient(f"sentence_transformers/{folder}?device=cuda:7").embed(["sun"])


def test_an_encoder_without_pooling_warns(tmp_path: Path, folder: Path) -> None:
    """CodeBERT and its like are no similarity models; one that has its pooling is, and says nothing."""
    with pytest.warns(SimilarityWarning, match="codebert-base is no similarity model"):
        NovaClient(f"sentence_transformers/{tiny.bare(tmp_path / 'codebert-base')}").embed(["sun"])
    twin = shutil.copytree(folder, tmp_path / "twin")
    with warnings.catch_warnings():
        warnings.simplefilter("error", SimilarityWarning)
        NovaClient(f"sentence_transformers/{twin}").embed(["sun"])


def test_adapters_are_refused(client: NovaClient) -> None:
    """There is nothing to load them into."""
    with pytest.raises(ConfigurationError, match="no adapters to load"):
        client.load_adapter("law", "x")


def test_another_model_of_the_same_name_is_another_space(folder: Path, tmp_path: Path, client: NovaClient) -> None:
    """A copy elsewhere is the same space; other weights, or other prompts, under the same name are not."""
    copied = NovaClient(f"sentence_transformers/{shutil.copytree(folder, tmp_path / 'a' / 'tiny')}?device=cpu")
    assert copied.space.id == client.space.id == client.embed(["sun"]).space.id
    assert client.space.dialect == "sentence-transformers"
    assert client.space.dimensions == tiny.WIDTH
    (tmp_path / "b").mkdir()
    (tmp_path / "c").mkdir()
    config = {"matryoshka_dimensions": [8, 16, 32]}
    weights = NovaClient(
        f"sentence_transformers/{tiny.whole(tmp_path / 'b' / 'tiny', tiny.PROMPTS, seed=1, config=config)}"
    )
    prompts = NovaClient(f"sentence_transformers/{tiny.whole(tmp_path / 'c' / 'tiny', tiny.QWEN, config=config)}")
    assert len({client.space.id, weights.space.id, prompts.space.id, NovaClient("lexiq_nova/hash").space.id}) == 4


class _Hub(BaseHTTPRequestHandler):
    """A hub that has nothing and counts who asks."""

    asked: list[str]

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_error(404)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub() -> Iterator[tuple[str, list[str]]]:
    """A running hub and what it was asked for."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Counting", (_Hub,), {"asked": asked}))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", asked
    server.shutdown()
    server.server_close()


@pytest.mark.slow
def test_only_a_hub_models_name_reaches_the_network(folder: Path, tmp_path: Path, hub: tuple[str, list[str]]) -> None:
    """A folder asks the hub for nothing; a name of the hub does, and says by name that it is not there."""
    address, asked = hub
    environment = {**os.environ, "HF_ENDPOINT": address, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_TELEMETRY": "1"}

    def run(name: str) -> str:
        code = f"from nova_embeddings import NovaClient; NovaClient('sentence_transformers/{name}').embed(['sun'])"
        command = [sys.executable, "-c", code]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False).stderr

    assert "Error" not in run(str(folder))
    assert asked == []
    assert "ConfigurationError: nobody/nothing cannot be loaded" in run("nobody/nothing")
    assert asked
