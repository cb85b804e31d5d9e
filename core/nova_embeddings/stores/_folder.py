"""How does a store lie in a folder, so that a reader finds all of it or nothing?

`manifest.json` names a folder beside it that holds the arrays and the records, and a digest of each file in it. Saving
writes a new such folder, then replaces the manifest in one step, then removes what no manifest names: whenever it is
interrupted, the last manifest stands with what it names.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Arrays = dict[str, NDArray[Any]]

_FORMAT, _VERSION = "nova-embeddings multi-vectors", 1
_MANIFEST, _RECORDS = "manifest.json", "records.json"
_DATA = re.compile(r"data-[0-9a-f]{32}")
_LEFT_BEHIND = re.compile(r"manifest-[0-9a-f]{32}\.tmp")


def write(folder: Path, marks: Mapping[str, Any], arrays: Arrays, records: Any) -> None:  # noqa: ANN401 (JSON)
    """Save, in place of what the folder holds.

    Args:
        folder: made where it is missing.
        marks: JSON for the manifest.
        arrays: a file each.
        records: JSON, one file.
    """
    import numpy as np  # noqa: PLC0415 (not needed to import the package)

    name = uuid.uuid4().hex
    data = folder / f"data-{name}"
    data.mkdir(parents=True)
    for file, array in arrays.items():
        np.save(data / f"{file}.npy", array, allow_pickle=False)
    (data / _RECORDS).write_text(json.dumps(records, separators=(",", ":")), encoding="utf-8")
    files = sorted(data.iterdir())
    for path in (*files, data):
        _flush(path)
    manifest = {
        "format": _FORMAT,
        "version": _VERSION,
        **marks,
        "data": data.name,
        "files": {path.name: _digest(path) for path in files},
    }
    draft = folder / f"manifest-{name}.tmp"
    draft.write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    _flush(draft)
    draft.replace(folder / _MANIFEST)
    _flush(folder)
    _clear(folder, data.name)


def read(folder: Path) -> tuple[dict[str, Any], Arrays, Any] | None:
    """Return the marks, the arrays and the records that were saved; None where the folder is missing or empty.

    Raises:
        ConfigurationError: the folder holds something else, or is damaged.
    """
    if not folder.exists():
        return None
    if folder.is_dir() and not (folder / _MANIFEST).exists():
        if all(_is_ours(path.name) for path in folder.iterdir()):  # a first save that was interrupted, or nothing
            return None
        raise ConfigurationError(f"the folder {str(folder)!r} holds other files and no store; give an empty one")
    try:
        return _read(folder)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigurationError(
            f"the store in {str(folder)!r} is damaged ({type(error).__name__}: {error}); restore it, or make it anew"
        ) from None


def _read(folder: Path) -> tuple[dict[str, Any], Arrays, Any]:
    import numpy as np  # noqa: PLC0415 (as above)

    marks = json.loads((folder / _MANIFEST).read_bytes())
    if (marks["format"], marks["version"]) != (_FORMAT, _VERSION):
        raise ValueError(f"its manifest is of another format than {_FORMAT!r}, version {_VERSION}")
    if not _DATA.fullmatch(marks["data"]):
        raise ValueError("its manifest names no folder of data")
    data = folder / marks["data"]
    for file, digest in marks["files"].items():
        if Path(file).name != file or _digest(data / file) != digest:
            raise ValueError(f"{file} is not as it was written")
    names = [file.removesuffix(".npy") for file in marks["files"] if file.endswith(".npy")]
    arrays = {name: np.load(data / f"{name}.npy", allow_pickle=False) for name in names}
    return marks, arrays, json.loads((data / _RECORDS).read_bytes())


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _flush(path: Path) -> None:
    if os.name == "nt" and path.is_dir():
        return
    descriptor = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _clear(folder: Path, current: str) -> None:
    for path in folder.iterdir():
        if _is_ours(path.name) and path.name != current:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)


def _is_ours(name: str) -> bool:
    return bool(_DATA.fullmatch(name) or _LEFT_BEHIND.fullmatch(name))
