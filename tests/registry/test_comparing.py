"""Which verdicts `compare` gives, from code and on the command line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from nova_embeddings import ConfigurationError, NovaClient, compare
from tests.dialects import servers
from tests.fake_nova import FakeNova, good_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

TEXTS = [f"text {number}" for number in range(12)]


@pytest.fixture
def spare() -> Iterator[FakeNova]:
    """A second server of the same model."""
    with FakeNova().running() as fake:
        yield fake


def client_of(fake: FakeNova, model: str | None = None) -> NovaClient:
    """Return a client that does not try twice."""
    return NovaClient(model, api_base=fake.api_base, max_retries=0)


def test_one_model_on_two_servers(nova: FakeNova, spare: FakeNova) -> None:
    """Is the same space, as its passages and its queries show; texts may come one by one."""
    same = compare(client_of(nova), client_of(spare), iter(TEXTS))
    assert same.same
    assert [side.task for side in same.sides] == ["retrieval.passage", "retrieval.query"]
    assert min(same.cosines) == pytest.approx(1)
    assert (len(same.cosines), same.overlap) == (24, 1)
    assert "may meet in one index" in same.to_text()


@pytest.mark.parametrize("count", [3, 5, 10, 12, 20])
def test_unrelated_spaces_never_rank_alike(nova: FakeNova, count: int) -> None:
    """However few the texts: neighbours agree by chance where all others are neighbours."""
    texts = [f"text {number}" for number in range(count)]
    found = compare(client_of(nova), NovaClient("lexiq_nova/hash", dimensions=256), texts)
    assert not found.same
    assert found.widths == (2048, 256)
    assert found.cosines == ()
    assert "10 texts or more would tell" in found.verdict if count < 10 else "rank differently" in found.verdict


def test_spaces_that_rank_alike(nova: FakeNova, spare: FakeNova) -> None:
    """The same vectors in another order of their numbers are another space with the same neighbours."""

    def turned(body: dict[str, Any]) -> dict[str, Any]:
        answer = good_answer({**body, "encoding_format": "float"})
        return {**answer, "data": [{**row, "embedding": row["embedding"][::-1]} for row in answer["data"]]}

    spare.answering = turned
    found = compare(client_of(nova), client_of(spare), TEXTS)
    assert (found.same, found.overlap) == (False, 1)
    assert "rank alike" in found.verdict


def test_vectors_that_say_nothing_give_no_verdict(nova: FakeNova, spare: FakeNova) -> None:
    """Two servers that answer every text with one vector, and one text many times, prove no sameness."""
    twice = compare(client_of(nova), client_of(spare), ["one text"] * 12)
    assert (twice.same, "no verdict" in twice.verdict) == (False, True)

    def constant(body: dict[str, Any]) -> dict[str, Any]:
        return servers.listed([[1.0] + [0.0] * 2047 for _ in body["input"]], body["model"])

    nova.answering = spare.answering = constant
    found = compare(client_of(nova), client_of(spare), TEXTS)
    assert (found.same, "no verdict" in found.verdict) == (False, True)


def test_queries_count_too(nova: FakeNova, spare: FakeNova) -> None:
    """A server that puts another prompt before queries is not the same, though its passages are."""

    def prompting(body: dict[str, Any]) -> dict[str, Any]:
        items = [
            {**item, "text": f"query: {item['text']}"} if item["task"] == "retrieval.query" else item
            for item in body["input"]
        ]
        return good_answer({**body, "input": items})

    spare.answering = prompting
    found = compare(client_of(nova), client_of(spare), TEXTS)
    assert not found.same
    assert "the same for retrieval.passage only" in found.verdict


def test_the_family_is_one_that_the_models_have(nova: FakeNova, spare: FakeNova) -> None:
    """A merged checkpoint of one family is asked for that; a task names another; none in common is refused."""
    nova.answering = servers.vllm
    code = client_of(nova, "vllm/jinaai/jina-embeddings-v4-vllm-code")
    assert [side.task for side in compare(code, client_of(spare), TEXTS).sides] == ["code.passage", "code.query"]
    assert [side.task for side in compare(code, code, TEXTS).sides] == ["code.passage", "code.query"]
    alike = compare(client_of(spare), client_of(spare), TEXTS, "text-matching")
    assert [side.task for side in alike.sides] == ["text-matching"]
    with pytest.raises(ConfigurationError, match="its tasks are text-matching"):
        compare(code, client_of(nova, "vllm/jinaai/jina-embeddings-v4-vllm-text-matching"), TEXTS)


@pytest.mark.parametrize(
    ("texts", "options", "words"),
    [
        (["a", "b"], {}, "3 texts at least; there are 2"),
        ("hello", {}, "give a list"),
        (TEXTS, {"neighbours": "3"}, "neighbours='3' is not a whole number"),
        (TEXTS, {"neighbours": 0}, "neighbours=0 is not a whole number"),
        (TEXTS, {"task": "foo"}, "task='foo' is not a task"),
    ],
)
def test_wrong_use_is_refused_before_a_call(texts: Any, options: dict[str, Any], words: str, nova: FakeNova) -> None:
    """Too few texts, one text for a list, and options that are none."""
    with pytest.raises(ConfigurationError, match=words):
        compare(client_of(nova), client_of(nova), texts, **options)
    assert nova.seen == []


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `compare` on the command line."""
    program = str(Path(sys.executable).with_name("nova-embeddings"))
    return subprocess.run([program, "compare", *arguments], capture_output=True, text=True, timeout=120, check=False)


def test_the_command(nova: FakeNova, spare: FakeNova, tmp_path: Path) -> None:
    """Tells by its exit code; what it is told counts for a registry's names too, which it asks without their caches."""
    texts, file = tmp_path / "texts.txt", tmp_path / "models.yaml"
    texts.write_text("\n".join(TEXTS))
    file.write_text(f"""
default_model: one
models:
  one: {{model: m, api_base: "{nova.api_base}", cache: "{tmp_path / "vectors.db"}", fallback_chain: [other]}}
  other: {{model: m, api_base: "{spare.api_base}"}}
""")
    of_registry = ("--texts", str(texts), "--registry", str(file))
    alike = command("one", "one", "--dimensions", "256", *of_registry)
    assert (alike.returncode, "the same space" in alike.stdout) == (0, True), alike.stderr
    assert "12 texts, 256 and 256 dimensions" in alike.stdout
    assert nova.inputs_seen == 48
    apart = command(f"m@{nova.api_base}", "lexiq_nova/hash", "--texts", str(texts))
    assert (apart.returncode, "other spaces" in apart.stdout) == (1, True), apart.stderr
    misspelt = command("one", "othr", *of_registry)
    assert (misspelt.returncode, "other is meant?" in misspelt.stderr) == (2, True), misspelt.stderr
