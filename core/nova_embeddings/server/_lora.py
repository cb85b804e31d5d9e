"""Load and unload adapters. Source: the Nova model card, for both bodies; the answers are this server's own.

An engine in this process has no weights to load: it takes the name. A path is looked at only if the server was
started with folders in which it may lie, and then it must exist in one of them, links followed; it is never opened.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError
from nova_embeddings.server._fields import fields_of, string_in
from nova_embeddings.server._refusal import FORBIDDEN, NOT_FOUND, Refusal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from nova_embeddings.engines import Host

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,127}")


def load(body: object, host: Host, allow_paths: Sequence[Path]) -> dict[str, Any]:
    """Serve an adapter; doing it again changes nothing.

    Raises:
        Refusal: a field is wrong, or the path is not in a folder that is allowed.
    """
    fields = fields_of(body, ("lora_name", "lora_path"), "a load request")
    name, path = string_in(fields, "lora_name"), string_in(fields, "lora_path")
    if not _NAME.fullmatch(name):
        message = "lora_name is no adapter's name; use up to 128 letters, digits, and . _ - /"
        raise Refusal(message, "lora_name")
    if allow_paths:
        _check_path(path, [folder.resolve() for folder in allow_paths])
    return _said("loaded" if host.load(name) else "already loaded", name, host)


def unload(body: object, host: Host) -> dict[str, Any]:
    """Serve an adapter no more.

    Raises:
        Refusal: a field is wrong, or the adapter is not served.
    """
    name = string_in(fields_of(body, ("lora_name",), "an unload request"), "lora_name")
    try:
        host.unload(name)
    except ConfigurationError as error:
        raise Refusal(str(error), "lora_name", NOT_FOUND) from None
    return _said("unloaded", name, host)


def _said(status: str, name: str, host: Host) -> dict[str, Any]:
    note = f"the {host.engine.name} engine has no adapter weights: only the name is served"
    return {"status": status, "lora_name": name, "loaded": host.adapters, "note": note}


def _check_path(path: str, folders: Sequence[Path]) -> None:
    try:
        resolved = Path(path).resolve()
    except (OSError, RuntimeError, ValueError):  # a loop of links, a name too long, a null character
        resolved = None
    if resolved is None or not any(resolved.is_relative_to(folder) for folder in folders):
        message = "lora_path does not lie in a folder that --allow-path names"
        raise Refusal(message, "lora_path", FORBIDDEN)
    if not resolved.exists():
        message = "lora_path does not exist"
        raise Refusal(message, "lora_path", NOT_FOUND)
