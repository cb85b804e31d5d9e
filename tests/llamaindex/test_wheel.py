"""The package as it is installed."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "integrations/llamaindex"
MODULES = PACKAGE / "llama_index/embeddings/nova"


def test_the_wheel_keeps_the_namespace_open(tmp_path: Path) -> None:
    """The wheel holds our modules and no `__init__.py` above them: that would hide other integrations."""
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)]
    subprocess.run(build, cwd=PACKAGE, capture_output=True, check=True, timeout=60)
    (wheel,) = tmp_path.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    shipped = {f"llama_index/embeddings/nova/{path.name}" for path in MODULES.glob("*.py")}
    assert shipped | {"llama_index/embeddings/nova/py.typed"} == {name for name in names if ".dist-info/" not in name}
    assert "llama_index/embeddings/nova/base.py" in shipped
