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

PRINTED = {
    "search": "Rust frees memory",
    "code": "2 512 False\n",
    "images": "2 2048 2048 2048 2048\n",
    "late interaction": "rust: Rust frees memory",
    "routing": "2 2048\n",
    "cache": "2 False\n",
    "async": "(200, 2048) float32 2048\n",
    "guard": "{'adapter': (None, 'legal')}\n2 0 0\n0 2 0\n2 0 2\n",
}


@pytest.mark.parametrize(
    ("code", "printed"),
    list(zip(EXAMPLES, PRINTED.values(), strict=True)),
    ids=PRINTED,
)
def test_an_example_runs(
    code: str,
    printed: str,
    nova: FakeNova,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What a reader copies from the README runs and prints what the reader would expect."""
    monkeypatch.setenv("NOVA_API_BASE", nova.api_base)
    monkeypatch.chdir(tmp_path)
    exec(code, {"__name__": "__main__"})
    assert printed in capsys.readouterr().out
    assert nova.seen
