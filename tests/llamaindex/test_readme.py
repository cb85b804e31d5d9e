"""The examples of the package's README, as they are written there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from llama_index.embeddings.nova import NovaEmbedding

README = Path(__file__).parents[2] / "integrations" / "llamaindex" / "README.md"
EXAMPLES = re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
PRINTED = [
    r"0\.\d\d  Rust frees memory.*\n0\.\d\d  Assam",
    r"512 -?0\.\d\d 0\.\d\d\n",
    r"200 2048\n",
    r"0\.\d\d  Rust frees memory.*\n0\.\d\d  def shout",
    r"0\.\d\d  rust.png\n0\.\d\d  tea.png",
    r"\d\.\d\d  Assam.*\n\d\.\d\d  Coffee",
    r"Assam is known for its black tea\.\n\{'family': \('retrieval', 'code'\)\}",
]


@pytest.mark.parametrize(
    ("code", "printed"),
    list(zip(EXAMPLES, PRINTED, strict=True)),
    ids=["search", "code", "pipeline", "routing", "images", "late", "guard"],
)
def test_an_example_runs(
    code: str, printed: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a reader copies from the README runs and prints what the reader would expect."""
    monkeypatch.chdir(tmp_path)
    exec(code, {"__name__": "__main__"})
    assert re.search(printed, capsys.readouterr().out)


def test_every_option_is_in_the_table() -> None:
    """The table names each option that the class has."""
    named = set(re.findall(r"`(\w+)`", README.read_text(encoding="utf-8").split("## Options")[1]))
    assert {field.alias or name for name, field in NovaEmbedding.model_fields.items()} <= named
