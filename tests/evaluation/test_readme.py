"""The example of the README, as it is written there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

README = Path(__file__).parents[2] / "README.md"
SECTION = README.read_text(encoding="utf-8").split("## Do instructions help?")[1].split("\n## ")[0]
(EXAMPLE,) = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)


def test_the_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It prints tables and draws a picture, against the embedded engine as the README says one may try it."""
    monkeypatch.setenv("NOVA_MODEL", "lexiq_nova/wordllama")
    monkeypatch.chdir(tmp_path)
    exec(EXAMPLE, {"__name__": "__main__"})
    printed = capsys.readouterr().out
    assert printed.startswith("2 judged queries, 3 documents\n")
    assert printed.endswith("1.0 ()\n")
    assert (tmp_path / "report.png").stat().st_size > 10_000
