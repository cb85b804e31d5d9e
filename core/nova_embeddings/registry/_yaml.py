"""A YAML file, and the line of each of its keys."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError

if TYPE_CHECKING:
    import os
    from collections.abc import Callable

    Where = Callable[[tuple[object, ...]], str]


def read(path: str | os.PathLike[str]) -> tuple[dict[str, Any], Where]:
    """Return what a file holds, and what tells the line of a key by the keys that lead to it.

    Raises:
        ConfigurationError: there is no such file, or it is no mapping in YAML; a missing package is named.
    """
    try:
        import yaml  # noqa: PLC0415 (an extra)
    except ModuleNotFoundError:
        raise ConfigurationError("a registry in YAML needs PyYAML: pip install 'nova-embeddings[registry]'") from None
    try:
        text = Path(path).read_text(encoding="utf-8")
        found, root = yaml.safe_load(text), yaml.compose(text, Loader=yaml.SafeLoader)
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot be read ({error.strerror})") from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigurationError(f"{path}{line}: is no YAML ({type(error).__name__})") from None
    if not isinstance(found, dict):
        raise ConfigurationError(f"{path}: holds no mapping; it begins with models:")
    return found, lambda keys: f"{path}, line {_line(root, keys)}"


def _line(node: Any, keys: tuple[object, ...]) -> int:  # noqa: ANN401 (PyYAML's nodes)
    line = node.start_mark.line + 1
    for key in keys:
        for name, value in getattr(node, "value", ()):
            if name.value == str(key):
                node, line = value, name.start_mark.line + 1
                break
    return int(line)
