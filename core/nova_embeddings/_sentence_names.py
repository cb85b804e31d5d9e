"""Which model does a name mean, and how is it to be run?

`<folder or hub name>[?device=…&backend=…&revision=…&truncate=…]`: the options stand in the name, so that they travel
wherever a model's name does: the environment, a Router's list, a proxy's file, a pickled client.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._secrets import brief

_DEVICE = re.compile(r"cpu|mps|cuda(:\d+)?")
_HUB_NAME = re.compile(r"[\w.-]+(/[\w.-]+)?")
_BACKENDS = ("torch", "onnx")
_SWITCH = {"true": True, "false": False}
_OPTIONS = ("backend", "device", "revision", "truncate")


@dataclass(frozen=True, slots=True)
class SentenceModel:
    """One model, and how it is run.

    Args:
        name: the hub's name, or the folder's whole path.
        folder: where it lies; None for a model of the hub.
        device: `cpu`, `mps`, `cuda` or `cuda:N`; None for the fastest that is there.
        backend: `torch` or `onnx`.
        revision: branch, tag or commit of a hub model; None for its main branch.
        truncate: cut an input that is too long, as sentence-transformers does, instead of refusing it.
    """

    name: str
    folder: Path | None
    device: str | None = None
    backend: str = "torch"
    revision: str | None = None
    truncate: bool = False

    @property
    def options(self) -> str:
        """Return the options as they stand in a name; empty where all are defaults."""
        given = {
            "device": self.device,
            "backend": None if self.backend == "torch" else self.backend,
            "revision": self.revision,
            "truncate": "true" if self.truncate else None,
        }
        return "&".join(f"{key}={value}" for key, value in given.items() if value is not None)

    def __str__(self) -> str:
        """Return the name that means this model, wherever the process runs."""
        return f"{self.name}?{self.options}" if self.options else self.name


def canonical(name: str) -> str:
    """Return the name with a folder's whole path, so that it means the same after a change of directory.

    Raises:
        ConfigurationError: an option is wrong, or the name is neither a folder nor one of the hub.
    """
    return str(parsed(name))


@functools.lru_cache
def parsed(name: str) -> SentenceModel:
    """Return what a name means; nothing is loaded or looked up on a network.

    Raises:
        ConfigurationError: as `canonical`.
    """
    place, _, query = name.partition("?")
    options = _options(query, name)
    folder = Path(place).expanduser()
    if folder.is_dir():
        if "revision" in options:
            raise ConfigurationError(f"model={brief(name)}: revision is for models of the hub, and this is a folder")
        return _made(str(folder.resolve()), folder.resolve(), options)
    if not _HUB_NAME.fullmatch(place) or place.startswith("."):
        message = (
            f"model={brief(name)}: there is no folder {brief(place)}, and a hub model is named like "
            "'BAAI/bge-m3'; give one of the two after 'sentence_transformers/'"
        )
        raise ConfigurationError(message)
    return _made(place, None, options)


def _made(name: str, folder: Path | None, options: dict[str, str]) -> SentenceModel:
    return SentenceModel(
        name,
        folder,
        options.get("device"),
        options.get("backend", "torch"),
        options.get("revision"),
        _SWITCH[options.get("truncate", "false")],
    )


def _options(query: str, name: str) -> dict[str, str]:
    pairs = parse_qsl(query, keep_blank_values=True)
    options = dict(pairs)
    checks = {
        "device": (_DEVICE.fullmatch(options.get("device", "cpu")), "cpu, mps, cuda or cuda:N"),
        "backend": (options.get("backend", "torch") in _BACKENDS, " or ".join(_BACKENDS)),
        "revision": (options.get("revision", "main").strip(), "a branch, a tag or a commit"),
        "truncate": (options.get("truncate", "false") in _SWITCH, "true or false"),
    }
    for key, value in pairs:
        if key not in checks:
            message = f"model={brief(name)}: {brief(key)} is no option of a model in this process; there are "
            raise ConfigurationError(message + ", ".join(_OPTIONS))
        fine, allowed = checks[key]
        if not fine:
            raise ConfigurationError(f"model={brief(name)}: {key}={brief(value)} is not {allowed}")
    if len(options) != len(pairs):
        raise ConfigurationError(f"model={brief(name)} gives an option twice")
    return options
