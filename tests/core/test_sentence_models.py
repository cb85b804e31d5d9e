"""Sentence-transformers models where their packages are not installed; `tests/torch` has the rest."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from nova_embeddings import ConfigurationError, NovaClient

if TYPE_CHECKING:
    from pathlib import Path


def test_without_the_package_the_error_names_the_extra(tmp_path: Path) -> None:
    """Making a client needs nothing; the first vector needs the extra, and the error says so."""
    code = (
        "import sys; sys.modules['sentence_transformers'] = None\n"
        "from nova_embeddings import NovaClient\n"
        f"client = NovaClient('sentence_transformers/{tmp_path}')\n"
        "print('made')\n"
        "client.embed(['a'])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "made\n"
    assert "ConfigurationError" in done.stderr
    assert "pip install 'nova-embeddings[sentence-transformers]'" in done.stderr


@pytest.mark.parametrize("name", ["./nowhere", "a/b/c", "a/b?device=gpu", "a/b?batch=3"])
def test_a_name_that_means_nothing_is_refused_at_once(name: str) -> None:
    """A client cannot be made with it; no package is needed to say so."""
    with pytest.raises(ConfigurationError, match="model="):
        NovaClient(f"sentence_transformers/{name}")


def test_the_client_says_where_it_points(tmp_path: Path) -> None:
    """The folder's whole path stands in the name, with the options in one order."""
    client = NovaClient(f"sentence_transformers/{tmp_path}/../{tmp_path.name}?backend=onnx&device=cpu")
    assert client.model == f"sentence_transformers/{tmp_path}?device=cpu&backend=onnx"
