"""A YAML file, and the line of each of its keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    Where = Callable[..., str]

_KEYS = ("tag:yaml.org,2002:str", "tag:yaml.org,2002:merge")


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Where]:
    """Return what a file holds, and what tells the line of a key by the keys that lead to it.

    Raises:
        ConfigurationError: there is no such file, or it is no mapping in YAML, or has a key twice; a missing package is
            named.
    """
    try:
        import yaml  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError:
        raise ConfigurationError("a registry in YAML needs PyYAML: pip install 'nova-embeddings[registry]'") from None
    try:
        text = Path(path).read_text(encoding="utf-8")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        _check_keys(root, str(path), set())
        found = yaml.safe_load(text)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{line}: is no YAML ({type(error).__name__})") from None
    if not isinstance(found, dict):
        raise ConfigurationError(f"{path}: holds no mapping; it begins with models:")
    return found, lambda *keys: f"{path}, line {_line(root, keys)}: " if keys else f"{path}: "


def _check_keys(node: Any, path: str, seen: set[int]) -> None:  # noqa: ANN401 (PyYAML's nodes)
    """Refuse a key that stands twice in one mapping, where YAML keeps the last, and one that YAML reads as no text.

    Raises:
        ConfigurationError: with the lines.
    """
    if node is None or isinstance(node.value, str) or id(node) in seen:
        return
    seen.add(id(node))
    first: dict[str, int] = {}
    for pair in node.value:
        if not isinstance(pair, tuple):
            _check_keys(pair, path, seen)
            continue
        key, value = pair
        line = key.start_mark.line + 1
        if key.tag not in _KEYS:
            shown = key.value if isinstance(key.value, str) else "a collection"
            raise ConfigurationError(f"{path}, line {line}: the key {shown} is no text in YAML; put it in quotes")
        if key.value in first:
            raise ConfigurationError(f"{path}, line {line}: {key.value!r} stood in line {first[key.value]} already")
        first[key.value] = line
        _check_keys(value, path, seen)


def _line(node: Any, keys: tuple[str, ...]) -> int:  # noqa: ANN401 (PyYAML's nodes)
    line = node.start_mark.line + 1
    for key in keys:
        for name, value in getattr(node, "value", ()):
            if name.value == key:
                node, line = value, name.start_mark.line + 1
                break
    return int(line)
