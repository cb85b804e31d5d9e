"""What is NumpyStore's own: its folder, its memory, int8."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pytest

from nova_embeddings import ConfigurationError
from nova_embeddings.stores import NumpyStore, Record
from tests.stores.kinds import naive, records, unit

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def saved(folder: Path, *, int8: bool = False) -> NumpyStore:
    """Return a store with twenty documents, saved."""
    store = NumpyStore(folder, space="ns1-a", int8=int8)
    store.upsert(records(20))
    store.save()
    return store


def size_of(folder: Path) -> int:
    """Return the bytes of all files."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def test_importing_the_stores_loads_no_library() -> None:
    """Neither numpy nor qdrant-client is loaded before a store is made."""
    code = "import nova_embeddings.stores, sys; print([m for m in ('numpy', 'qdrant_client') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == "[]"


def test_int8_takes_a_quarter_and_scores_nearly_the_same(tmp_path: Path) -> None:
    """On disk, as in memory, int8 tokens take about a quarter; scores are off by less than 0.01 a token."""
    kept, query = records(200), unit(np.random.default_rng(9), 8, 128)
    stores = {int8: NumpyStore(tmp_path / str(int8), int8=int8) for int8 in (False, True)}
    for store in stores.values():
        store.upsert(kept)
        store.save()
    tokens = sum(len(one.multivector) for one in kept)
    spared = size_of(tmp_path / "False") - size_of(tmp_path / "True")
    assert spared == pytest.approx(tokens * (512 - 132), rel=0.01)
    again = NumpyStore(tmp_path / "True")
    scores = {hit.id: hit.score for hit in again.search(query, 200)}
    assert max(abs(scores[one.id] - naive(query, one.multivector)) for one in kept) < 0.08
    assert np.allclose(again.get(["d3"])[0].multivector, kept[3].multivector, atol=0.005)


def test_int8_keeps_a_token_of_zeros() -> None:
    """A row without length stays one: it scores 0, not NaN."""
    store = NumpyStore(int8=True)
    store.upsert([Record("zeros", np.zeros((2, 128), np.float32))])
    assert [hit.score for hit in store.search(np.ones((1, 128), np.float32))] == [0.0]


def test_what_is_deleted_or_replaced_takes_no_room(tmp_path: Path) -> None:
    """After many replacements and deletions a folder is as large as one that was written once."""
    store = NumpyStore(tmp_path / "often")
    for _ in range(10):
        store.upsert(records(40))
    store.delete([f"d{number}" for number in range(20, 40)])
    store.save()
    once = NumpyStore(tmp_path / "once")
    once.upsert(records(20))
    once.save()
    assert size_of(tmp_path / "often") == pytest.approx(size_of(tmp_path / "once"), rel=0.01)


def test_a_folder_that_is_not_there_is_made_by_saving(tmp_path: Path) -> None:
    """Opening writes nothing; saving makes the folder, parents too; an empty store can be saved."""
    folder = tmp_path / "a" / "b"
    store = NumpyStore(folder, dimensions=8)
    assert not folder.exists()
    store.save()
    assert (NumpyStore(folder).dimensions, len(NumpyStore(folder))) == (8, 0)


def test_saving_needs_a_folder() -> None:
    """A store in memory says how to make one that can be saved."""
    with pytest.raises(ConfigurationError, match=r"NumpyStore\(folder\)"):
        NumpyStore().save()


def test_an_interrupted_save_leaves_what_was_there(tmp_path: Path) -> None:
    """Files of a save that never replaced the manifest are not believed, and the next save removes them."""
    store = saved(tmp_path)
    (tmp_path / f"data-{'0' * 32}").mkdir()
    (tmp_path / f"data-{'0' * 32}" / "tokens.npy").write_bytes(b"half")
    (tmp_path / f"manifest-{'0' * 32}.tmp").write_bytes(b"{")
    assert len(NumpyStore(tmp_path)) == 20
    store.save()
    assert sorted(path.name.split("-")[0] for path in tmp_path.iterdir()) == ["data", "manifest.json"]


def data_of(folder: Path) -> Path:
    """Return the folder that the manifest names."""
    return folder / str(json.loads((folder / "manifest.json").read_text())["data"])


def flip(path: Path) -> None:
    """Change one bit of a file."""
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)


def change(folder: Path, **fields: object) -> None:
    """Change fields of the manifest."""
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **fields}))


DAMAGE: dict[str, Callable[[Path], object]] = {
    "a bit of the tokens": lambda folder: flip(data_of(folder) / "tokens.npy"),
    "a bit of the records": lambda folder: flip(data_of(folder) / "records.json"),
    "a file is gone": lambda folder: (data_of(folder) / "offsets.npy").unlink(),
    "all data are gone": lambda folder: shutil.rmtree(data_of(folder)),
    "half a manifest": lambda folder: (folder / "manifest.json").write_text('{"format": "nova'),
    "a manifest of something else": lambda folder: (folder / "manifest.json").write_text('{"name": "app"}'),
    "a manifest that is a list": lambda folder: (folder / "manifest.json").write_text("[]"),
    "a later version": lambda folder: change(folder, version=2),
    "another width": lambda folder: change(folder, width=64),
    "other dimensions": lambda folder: change(folder, dimensions=7),
    "no file is named": lambda folder: change(folder, files={}),
    "files elsewhere": lambda folder: change(folder, data="../elsewhere"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE.keys())
def test_a_damaged_folder_is_not_believed(tmp_path: Path, damage: Callable[[Path], object]) -> None:
    """Whatever was changed, the folder is refused, by its name and with what to do."""
    saved(tmp_path)
    damage(tmp_path)
    with pytest.raises(ConfigurationError, match=r"damaged .*restore it, or make it anew"):
        NumpyStore(tmp_path)


def test_a_folder_of_other_files_is_not_written_to(tmp_path: Path) -> None:
    """A folder that holds something else is refused before anything is put there."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(ConfigurationError, match="holds other files"):
        NumpyStore(tmp_path)
    (tmp_path / "notes.txt").unlink()
    (tmp_path / "file").write_text("mine")
    with pytest.raises(ConfigurationError):
        NumpyStore(tmp_path / "file")


def test_int8_is_a_choice_when_a_folder_is_made(tmp_path: Path) -> None:
    """An int8 folder opens as such; one of floats is not turned into int8 in passing."""
    saved(tmp_path / "codes", int8=True)
    saved(tmp_path / "floats")
    assert len(NumpyStore(tmp_path / "codes")) == 20
    with pytest.raises(ConfigurationError, match="int8"):
        NumpyStore(tmp_path / "floats", int8=True)
