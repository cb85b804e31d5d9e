"""The examples of the package's README, as they are written there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.fake_nova import FakeNova

README = Path(__file__).parents[2] / "integrations" / "langchain" / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize(
    ("code", "printed"),
    list(zip(EXAMPLES, ["Rust frees memory", "2 512 False\n", "(200, 2048) float32 2048\n"], strict=True)),
    ids=["search", "code", "async"],
)
def test_an_example_runs(
    code: str, printed: str, nova: FakeNova, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What a reader copies from the README runs and prints what the reader would expect."""
    monkeypatch.setenv("NOVA_API_BASE", nova.api_base)
    exec(code, {"__name__": "__main__"})
    assert printed in capsys.readouterr().out
    assert nova.seen
