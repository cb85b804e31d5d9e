"""Every block of code on every page runs, and prints what the page says it prints."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from nova_embeddings.testing import serving
from tests.dialects import servers
from tests.docs.pages import ROOT, Block, blocks, included, name_of
from tests.docs.running import Surroundings, run_page
from tests.doctor.tampered import Tampering, everywhere, tampered, without
from tests.fake_nova import FakeNova

if TYPE_CHECKING:
    from collections.abc import Iterator
    from multiprocessing.context import ForkServerContext
    from pathlib import Path

ELSEWHERE = ("docs/providers/",)  # tests/dialects/test_provider_pages.py runs these, against strict fakes of each
PAGES = [
    page
    for page in (ROOT / "README.md", ROOT / "core/README.md", *sorted((ROOT / "docs").rglob("*.md")))
    if not name_of(page).startswith(ELSEWHERE)
]
SLOW = {"README.md", *(f"docs/how-to/{name}.md" for name in ("doctor", "images", "test-your-application"))}
NOT_HERE = {
    ("README.md", "before = index_of("): "tests/guard/test_readme.py runs it against a stand-in for OpenAI",
    (
        "docs/how-to/mteb.md",
        "import mteb",
    ): "tests/torch/test_mteb.py runs it, with a task in memory: mteb is outside the lock",
    ("core/README.md", "sentence_transformers/"): "tests/torch runs such models, outside the lock",
}
"""What is run elsewhere: the page, a line of the block -> where."""
SHOWN_WHOLE = {
    "integrations/langchain/README.md": "tests/langchain/test_readme.py runs it",
    "integrations/llamaindex/README.md": "tests/llamaindex/test_readme.py runs it",
    "CONTRIBUTING.md": "has no blocks",
}
_SECONDS = 100


@pytest.fixture(scope="session")
def addresses() -> Iterator[dict[str, str]]:
    """Running reference servers with meaning: one for all, which is also another one's spare, and one a family."""
    with contextlib.ExitStack() as stack:
        whole = stack.enter_context(serving("wordllama")).api_base
        families = {
            f"nova-{family}": stack.enter_context(serving("wordllama", adapters=[family])).api_base
            for family in ("retrieval", "text-matching", "code")
        }
        forgetful = stack.enter_context(tampered(Tampering(before=without_task)))
        for family in ("retrieval", "text-matching", "code"):
            fake = stack.enter_context(FakeNova().running())
            fake.answering = servers.vllm
            families[f"vllm-{family}"] = fake.api_base
        yield {"nova": whole, "nova-spare": whole, "nova-forgetful": forgetful, **families}


@pytest.fixture(scope="session")
def forking() -> ForkServerContext:
    """What makes a fresh process of one that has imported everything already."""
    os.environ["NOVA_DOCS_PRELOAD"] = "1"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.docs.running"])
    return context


def without_task(body: dict[str, Any]) -> dict[str, Any]:
    """Forget what a request is for."""
    return {**everywhere(without("task", "adapter"))(body), "task": "retrieval"}


def slow(page: Path) -> object:
    """Return the page as a parameter, marked if it takes its time."""
    marks = [pytest.mark.slow] if name_of(page) in SLOW else []
    return pytest.param(page, id=name_of(page), marks=marks)


def to_run(page: Path) -> list[Block]:
    """Return the blocks of a page, less those that are run elsewhere."""
    elsewhere = [words for name, words in NOT_HERE if name == name_of(page)]
    return [block for block in blocks(page) if not any(words in block.text for words in elsewhere)]


def complaint(name: str, shown: list[Block], around: Surroundings, forking: ForkServerContext) -> str:
    """Return what goes wrong when the blocks are run in a fresh process; "" where nothing does."""
    here, there = forking.Pipe(duplex=False)
    process = forking.Process(target=run_page, args=(name, shown, around, there))
    process.start()
    there.close()
    try:
        return str(here.recv()) if here.poll(_SECONDS) else "it takes too long"
    except EOFError:
        return "its process ended early"
    finally:
        process.join(10)
        process.kill()


@pytest.mark.parametrize("page", [slow(page) for page in PAGES if to_run(page)])
def test_the_blocks_of_a_page_run(
    page: Path, addresses: dict[str, str], forking: ForkServerContext, tmp_path: Path
) -> None:
    """A reader who copies the blocks in their order sees what the page shows."""
    with FakeNova().running() as openai:
        openai.answering = servers.openai
        keys = {"OPENAI_API_KEY": "sk-none", "NOVA_API_KEY": "sk-none"}
        environment = {"NOVA_API_BASE": addresses["nova"], "OPENAI_API_BASE": openai.api_base, **keys}
        hosts = {name: urlsplit(address).port or 0 for name, address in addresses.items()}
        said = complaint(name_of(page), to_run(page), Surroundings(tmp_path, environment, hosts), forking)
    assert not said, said


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ('```python\nprint(1)\n```\n\n```text title="Output"\n2\n```', "this was printed\n1"),
        ("```python\nimport no_such_module\n```", "page.md:2"),
        ("```sh\npip install 'nova-embeddings[nonsense]'\n```", "no extras ['nonsense']"),
        ("```sh\nnova-embeddings no-such-command\n```", "SystemExit"),
        ("```sh\nrm -rf vectors.db\n```", "nobody runs 'rm -rf vectors.db'"),
        ('```yaml title="models.yaml"\nmodles: {}\n```', "models is meant?"),
        ("```text\nnobody checks this\n```", "nothing checks any other"),
        ("```\nnor this\n```", "KeyError: ''"),
    ],
)
def test_a_page_that_is_wrong_is_noticed(page: str, said: str, forking: ForkServerContext, tmp_path: Path) -> None:
    """No kind of block passes without a look."""
    path = tmp_path / "page.md"
    path.write_text(page, encoding="utf-8")
    around = Surroundings(tmp_path, {"NOVA_API_BASE": "http://127.0.0.1:9/v1"}, {})
    complained = complaint("page.md", blocks(path), around, forking)
    assert said in complained.replace('", line ', ":")


def test_what_is_run_elsewhere_is_still_there() -> None:
    """No reason for not running a block outlives the block."""
    for name, words in NOT_HERE:
        assert any(words in block.text for block in blocks(ROOT / name))
    assert {path for page in PAGES for path in included(page)} <= {*SHOWN_WHOLE, *map(name_of, PAGES)}
