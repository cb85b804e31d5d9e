"""Loading and unloading LoRA adapters, and which paths a request may name."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from nova_embeddings import ConfigurationError
from nova_embeddings.server import Running, Settings, create_app
from nova_embeddings.testing import RunningServer, serving
from tests.server.asking import FAMILIES, MODEL, body, embedded, get, post, refused, vectors

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LOAD, UNLOAD = "internal/lora/load", "internal/lora/unload"


@contextmanager
def allowing(*folders: Path) -> Iterator[RunningServer]:
    """Run a server that looks at paths, in these folders only."""
    with Running(create_app(Settings(engine="hash", allow_paths=folders))) as running:
        yield RunningServer(running.api_base)


def test_an_adapter_is_served_from_load_to_unload() -> None:
    """Before and after, its name is a 404; between, it gives vectors of its own and is a model's name too."""
    with serving() as server:
        refused(post(server, body(adapter="medical")), 404)
        loaded = post(server, {"lora_name": "medical", "lora_path": "/no/such/path"}, LOAD)
        assert loaded.status_code == 200
        assert loaded.json()["loaded"] == sorted([*FAMILIES, "medical"])
        own = vectors(server, adapter="medical")
        assert (own != vectors(server)).any()
        assert (own == vectors(server, model="medical")).all()
        assert "medical" in [model["id"] for model in get(server, "/v1/models").json()["data"]]
        assert post(server, {"lora_name": "medical"}, UNLOAD).json()["loaded"] == FAMILIES
        assert refused(post(server, body(adapter="medical")), 404)["message"].startswith("Adapter 'medical' not loaded")


def test_a_loaded_adapter_as_model_still_needs_a_task() -> None:
    """An adapter's name says nothing about its family, so the task is asked for."""
    with serving(adapters=[*FAMILIES, "medical"]) as server:
        assert refused(post(server, body(model="medical", task=None)), 400)["param"] == "input[0].task"


def test_loading_twice_changes_nothing() -> None:
    """A client that lost the answer may ask again."""
    with serving() as server:
        sent = {"lora_name": "medical", "lora_path": "x"}
        assert [post(server, sent, LOAD).json()["status"] for _ in range(2)] == ["loaded", "already loaded"]


def test_unloading_what_is_not_loaded_is_refused() -> None:
    """A wrong name is a 404 that says which are right."""
    with serving() as server:
        error = refused(post(server, {"lora_name": "medical"}, UNLOAD), 404)
        assert error["param"] == "lora_name"
        assert "code, retrieval, text-matching" in error["message"]


def test_only_the_named_adapters_are_served() -> None:
    """A server of one family refuses the others' tasks and models, and does not list them."""
    with serving(adapters=["retrieval"]) as server:
        assert embedded(server)
        assert "Adapter 'code' not loaded" in refused(post(server, body(task="code.query")), 404)["message"]
        refused(post(server, body(model="nova-embeddings-code", task=None)), 404)
        listed = [model["id"] for model in get(server, "/v1/models").json()["data"]]
        assert listed == [
            MODEL, "nova-embeddings-v1", "nova-embeddings-v1-retrieval", "nova-embeddings-retrieval", "retrieval"
        ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent", "param"),
    [
        ({"lora_name": "a"}, "lora_path"),
        ({"lora_path": "a"}, "lora_name"),
        ({"lora_name": " ", "lora_path": "a"}, "lora_name"),
        ({"lora_name": 5, "lora_path": "a"}, "lora_name"),
        ({"lora_name": "a", "lora_path": ["a"]}, "lora_path"),
        ({"lora_name": "a", "lora_path": "a", "lora_int_id": 1}, "lora_int_id"),
        ([], None),
    ],
)
def test_a_broken_load_is_refused(server: RunningServer, sent: object, param: str | None) -> None:
    """Both fields are required, both are strings, and there is no third."""
    assert refused(post(server, sent, LOAD), 400)["param"] == param


def test_a_path_must_exist_inside_an_allowed_folder(tmp_path: Path) -> None:
    """Inside and there: loaded. Inside and missing: 404. Outside, by any spelling: 403, there or not."""
    allowed, outside = tmp_path / "allowed", tmp_path / "outside"
    (allowed / "medical").mkdir(parents=True)
    (outside / "medical").mkdir(parents=True)
    (allowed / "link").symlink_to(outside)
    (allowed / "loop").symlink_to(allowed / "loop")
    paths = {
        str(allowed / "medical"): 200,
        str(allowed): 200,
        str(allowed / "missing"): 404,
        str(outside / "medical"): 403,
        str(outside / "missing"): 403,
        str(allowed / ".." / "outside" / "medical"): 403,
        str(allowed / "link" / "medical"): 403,
        str(allowed) + "-not": 403,
        "medical": 403,
        "nul\0nul": 403,
        "long" * 5000: 403,
    }
    with allowing(allowed) as server:
        seen = {path: post(server, {"lora_name": "m", "lora_path": path}, LOAD).status_code for path in paths}
        assert seen == paths
        assert post(server, {"lora_name": "m", "lora_path": str(allowed / "loop")}, LOAD).status_code in {403, 404}


def test_a_refused_path_loads_nothing(tmp_path: Path) -> None:
    """The name of a refused load is not served."""
    with allowing(tmp_path) as server:
        assert refused(post(server, {"lora_name": "m", "lora_path": "/"}, LOAD), 403)["param"] == "lora_path"
        refused(post(server, body(adapter="m")), 404)


def test_an_allowed_folder_must_be_there(tmp_path: Path) -> None:
    """A mistyped folder is noticed when the server starts, not when the first adapter fails."""
    with pytest.raises(ConfigurationError, match="not a folder"):
        Settings(engine="hash", allow_paths=(tmp_path / "missing",))
