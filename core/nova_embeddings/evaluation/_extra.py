"""Where do the packages of the extra `evaluation` come from? They are imported when they are first needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError

if TYPE_CHECKING:
    from types import ModuleType


def needed(module: str) -> ModuleType:
    """Return a module of a package that the extra brings.

    Raises:
        ConfigurationError: it is not installed.
    """
    try:
        return import_module(module)
    except ImportError as error:
        message = (
            f"evaluation needs a package that is not installed ({error.name}): "
            "pip install 'nova-embeddings[evaluation]'"
        )
        raise ConfigurationError(message) from None
