"""The example of the README that moves a corpus from OpenAI to Nova, as it is written there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from tests.dialects import servers
from tests.fake_nova import FakeNova

if TYPE_CHECKING:
    import pytest

README = Path(__file__).parents[2] / "README.md"
SECTION = README.read_text(encoding="utf-8").split("## Other systems")[1].split("\n## ")[0]
(EXAMPLE,) = re.findall(r"```python\n(.*?)```", SECTION, re.DOTALL)


def test_the_example_runs(nova: FakeNova, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """It moves by one line, and the guard refuses the mix; OpenAI's address is the only thing that differs here."""
    monkeypatch.setenv("NOVA_API_BASE", nova.api_base)
    with FakeNova().running() as openai:
        openai.answering = servers.openai
        code = EXAMPLE.replace("NovaClient(model))\nmodel", f'NovaClient(model, api_base="{openai.api_base}"))\nmodel')
        exec(code, {"__name__": "__main__"})
        assert openai.inputs_seen == 2
    printed = capsys.readouterr().out.splitlines()
    assert printed[0] in {"[['rust']]", "[['tea']]"}  # the fake's vectors know nothing of languages
    assert printed[1] == "['dialect', 'dimensions', 'family', 'model']"
