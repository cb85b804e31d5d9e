"""Models by name, from a file and from code, and the commands about them."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from langchain_nova import NovaEmbeddings
from llama_index.embeddings.nova import NovaEmbedding
from nova_embeddings import ConfigurationError, NovaClient, SpaceMismatchError
from nova_embeddings.registry import Entry, Registry
from tests.dialects import servers
from tests.fake_nova import FakeNova, Scripted, expected

if TYPE_CHECKING:
    from collections.abc import Iterator

FILE = """
default_model: nova
fallback_chain: [spare, hash]
models:
  nova:
    provider: hosted_lexiq_nova
    model: remodlai/nova-embeddings-v1
    api_base: {base}
    api_key: os.environ/KEY_OF_NOVA
    dimensions: 256
    max_tokens: 8192
    batch_size: 2
    timeout: 20
    max_retries: 0
    cache: memory
    cache_ttl: 3600
  spare: {{model: nova-embeddings-v1, api_base: "{spare}", dimensions: 256}}
  hash: {{provider: lexiq_nova, model: hash, description: for tests}}
"""


@pytest.fixture
def spare() -> Iterator[FakeNova]:
    """A second server of the same model."""
    with FakeNova().running() as fake:
        yield fake


@pytest.fixture
def file(nova: FakeNova, spare: FakeNova, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry's file over the fakes."""
    monkeypatch.setenv("KEY_OF_NOVA", "of-nova")
    path = tmp_path / "models.yaml"
    path.write_text(FILE.format(base=nova.api_base, spare=spare.api_base))
    return path


def test_a_file_makes_clients(file: Path, nova: FakeNova) -> None:
    """Every option of an entry counts, the default is found, and a client is made once."""
    registry = Registry.from_yaml(file)
    client = registry.client()
    assert client is registry.client("nova")
    for _ in range(2):
        result = client.embed(["a", "b", "c"], "retrieval.query")
        np.testing.assert_allclose(result.vectors[0], expected("a", "retrieval.query", width=256), rtol=1e-6)
    assert sorted(len(seen.items) for seen in nova.seen) == [1, 2]  # the cache has the second round
    assert nova.seen[0].headers["authorization"] == "Bearer of-nova"
    assert registry.entry().max_tokens == 8192
    assert list(registry) == ["nova", "spare", "hash"]
    assert "of-nova" not in repr(registry.entry())


def test_the_common_chain_takes_over_within_the_space(file: Path, nova: FakeNova, spare: FakeNova) -> None:
    """A spare server of the same space takes over; the stand-in of the chain never does."""
    registry = Registry.from_yaml(file)
    nova.answering = spare.answering
    nova.answering = lambda _: Scripted(503, {"error": {"message": "down"}})
    assert registry.client().embed(["a"]).vectors.shape == (1, 256)
    assert len(spare.seen) == 1
    spare.answering = nova.answering
    with pytest.raises(Exception, match="down"):
        registry.client().embed(["b"])


def test_both_frameworks_take_its_clients(file: Path) -> None:
    """One file for everything."""
    client = Registry.from_yaml(file).client()
    rows = NovaEmbeddings(client=client).embed_query("a"), NovaEmbedding(client=client).get_query_embedding("a")
    np.testing.assert_allclose(rows, [expected("a", "retrieval.query", width=256)] * 2, rtol=1e-6)


def test_threads_get_one_client() -> None:
    """However many ask for a model at once."""
    registry = Registry({"hash": Entry("lexiq_nova/hash")})
    got: list[NovaClient] = []
    threads = [threading.Thread(target=lambda: got.append(registry.client())) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, got))) == 1


def test_health_says_who_answers(file: Path, nova: FakeNova) -> None:
    """One that is down does not hide the others, and its reason is told without a key."""
    nova.answering = lambda _: Scripted(401, {"error": {"message": "bad key of-nova"}})
    health = Registry.from_yaml(file).health()
    assert {name: seen.well for name, seen in health.items()} == {"nova": False, "spare": True, "hash": True}
    assert "401" in health["nova"].reason
    assert "of-nova" not in health["nova"].reason
    assert health["spare"].dimensions == 256


def test_health_asks_for_what_a_model_has(nova: FakeNova, spare: FakeNova) -> None:
    """A checkpoint of one family, and a model that takes instructions for queries only, are well."""
    nova.answering = servers.vllm
    spare.answering = lambda body: servers.listed([[1.0] * 1024 for _ in body["input"]], body["model"])
    registry = Registry(
        {
            "code": Entry("vllm/jinaai/jina-embeddings-v4-vllm-code", api_base=nova.api_base, max_retries=0),
            "matching": Entry("vllm/jinaai/jina-embeddings-v4-vllm-text-matching", api_base=nova.api_base),
            "instruct": Entry(
                "openai-like/Qwen/Qwen3-Embedding-0.6B", api_base=spare.api_base, instructions="Find recipes"
            ),
        },
        "code",
        ("instruct",),
    )
    assert {name: seen.reason for name, seen in registry.health().items()} == dict.fromkeys(registry, "")
    assert registry.client("instruct").embed(["q"], "retrieval.query").vectors.shape == (1, 1024)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("models: {a: {model: hash, dimension: 3}}", r"line 1: model 'a': 'dimension' is not .*dimensions is meant"),
        ("models:\n  a:\n    model: hash\n    chache: x\n", "line 4: model 'a': 'chache' .*cache is meant"),
        ("models: {a: {model: x, space: 7}}", "line 1: model 'a': space=7 is no text"),
        (
            "models:\n  a: {model: x}\n  b: {model: y}\n  a: {model: z}\n",
            "line 4: 'a' stood in line 2 already",
        ),
        ("models:\n  a:\n    model: x\n    model: y\n", "line 4: 'model' stood in line 3 already"),
        ("models:\n  1: {model: x}\n", "line 2: the key 1 is no text in YAML; put it in quotes"),
        ("models:\n  on: {model: x}\n", "line 2: the key on is no text"),
        ("models:\n  ? [a]\n  : {model: x}\n", "line 2: the key a collection is no text"),
        ("models:\n  a: &a {model: x, dimensions: &b 1, dimensions: 2}\n", "line 2: 'dimensions' stood in line 2"),
        (
            "models:\n  a:\n    model: x\n    provider: openia\n",
            "line 4: model 'a': provider='openia' .*; openai is meant",
        ),
        ("models: {a: {model: x, provider: acme}}", "provider='acme' is not .*hosted_lexiq_nova, .*voyage.*jina_ai"),
        ("models:\n  a:\n    model: x\n    dialect: jnia\n", "line 4: model 'a': dialect='jnia' .*jina is meant"),
        ("models:\n  a:\n    model: x\n    timeout: 30s\n", "line 4: .*timeout='30s' is not a positive number"),
        ("models:\n  a:\n    model: x\n    dimensions: '1024'\n", "line 4: .*dimensions='1024' is not a whole"),
        ("models: {a: {model: x, max_retries: -1}}", "max_retries=-1 is not a whole number of at least 0"),
        ("models: {a: {model: x, cache: true}}", "cache=True is no text"),
        ("models: {a: {model: x, any_dimensions: 'no'}}", "any_dimensions='no' is neither true nor false"),
        ("models: {a: {model: x, on_unsupported: fail}}", "on_unsupported='fail' is none of raise, warn, ignore"),
        ("models: {a: {model: x, api_key: 12345678}}", "line 1: model 'a': api_key is no text; write os.environ/NAME"),
        ("models: {a: {model: x, max_tokens: 1, token_limit: 2}}", "token_limit is another name of max_tokens"),
        ("models: {a: {model: x, token_limit: many}}", "line 1: model 'a': max_tokens='many' is not a whole number"),
        ("models: {a: {model: x}}\nfallback_chain: spare\n", "line 2: fallback_chain is not a list"),
        ("models: {a: {model: x}}\nfallback_chain: [b]\n", "line 2: fallback_chain: 'b' is no model"),
        ("models: {a: {model: x}}\ndefault_model: b\n", "line 2: default_model: 'b' is no model"),
        ("models: {a: {model: x}}\ndefault_model: 1\n", "line 2: default_model: 1 is no model"),
        ("models:\n  a:\n    model: x\n    fallback_chain: [z]\n", "line 4: model 'a': fallback_chain: 'z' is no"),
        ("models: {a: {model: x, fallback_chain: z}}", "fallback_chain='z' is not a list of models' names"),
        ("model: {}\n", "line 1: 'model' is not a key that is read; models is meant"),
        ("models: {a: {model: x}, b: {model: y}}", "default_model is missing: name one of a, b"),
        ("default_model: c\nmodels: {a: {model: x}}", "default_model: 'c' is no model of the registry: a"),
        ("fallback_chain: [z]\nmodels: {a: {model: x}}", "fallback_chain: 'z' is no model"),
        ("models: {a: {model: x, fallback_chain: [z]}}", "model 'a': fallback_chain: 'z' is no model"),
        ("models: {a: {provider: x}}", "model 'a': model= is missing"),
        ("models: {a: 3}", "model 'a' is not a mapping"),
        ("models: []", "models is not a mapping"),
        ("models: {}", "one model at least"),
        ("- a", "holds no mapping"),
        ("a: [", "line 1: is no YAML"),
    ],
)
def test_a_wrong_file_is_refused_at_load(text: str, words: str, tmp_path: Path) -> None:
    """With the line and the key that may be meant."""
    path = tmp_path / "models.yaml"
    path.write_text(text)
    with pytest.raises(ConfigurationError, match=words):
        Registry.from_yaml(path)


def test_values_and_names_are_checked_in_code_too() -> None:
    """Without a line, but before a client is made; a key is never shown."""
    with pytest.raises(ConfigurationError, match="timeout='30s' is not a positive number"):
        Entry("m", timeout="30s")  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="api_key is no text") as caught:
        Registry({"a": {"model": "m", "api_key": ["secret-key"]}})
    assert "secret" not in str(caught.value)
    with pytest.raises(ConfigurationError, match="models: 1 is no name"):
        Registry({1: {"model": "m"}})  # type: ignore[dict-item]
    with pytest.raises(ConfigurationError, match="fallback_chain is not a list"):
        Registry({"a": {"model": "m"}}, fallback_chain="a")


def test_a_model_is_held_to_its_space() -> None:
    """An entry may say which space is meant: a model of another one is refused, with both ids."""
    own, other = NovaClient("m", dimensions=256).space.id, NovaClient("m").space.id
    said: dict[str, Any] = {"model": "m", "dimensions": 256, "token_limit": 512}
    registry = Registry({"a": {**said, "space": own}})
    assert registry.client().space.id == own
    assert registry.entry().max_tokens == 512
    with pytest.raises(SpaceMismatchError, match=f"space {own}, its entry says space='{other}'") as caught:
        Registry({"a": {**said, "space": other}}).client()
    assert caught.value.differences == {"space_id": (other, own)}


def test_what_only_shows_when_a_client_is_made() -> None:
    """A variable that is not set, a model that there is not, and a fallback of another space."""
    with pytest.raises(ConfigurationError, match="NOWHERE is not set"):
        Registry({"a": {"model": "m", "api_key": "os.environ/NOWHERE"}}).client()
    with pytest.raises(ConfigurationError, match="'b' is no model of the registry: a"):
        Registry({"a": {"model": "m"}}).client("b")
    chained: dict[str, Any] = {"a": {"model": "m", "fallback_chain": ["b"]}, "b": {"model": "lexiq_nova/hash"}}
    with pytest.raises(SpaceMismatchError, match="model is 'm' here and 'hash' there"):
        Registry(chained, "a").client()
    with pytest.raises(ConfigurationError, match="cannot be read"):
        Registry.from_yaml("nowhere.yaml")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the command line."""
    program = str(Path(sys.executable).with_name("nova-embeddings"))
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=120, check=False)


def test_the_command(file: Path, tmp_path: Path) -> None:
    """`models` lists and asks, and a wrong file is a wrong use."""
    listed = command("models", str(file), "--health")
    assert listed.returncode == 0
    assert "nova (default)  remodlai/nova-embeddings-v1  256 wide" in listed.stdout
    texts = tmp_path / "texts.txt"
    texts.write_text("no mapping")
    wrong = command("models", str(texts))
    assert wrong.returncode == 2
    assert "holds no mapping" in wrong.stderr


def test_the_page_of_providers_is_up_to_date() -> None:
    """`make providers` writes what the client reads."""
    page = Path(__file__).parents[2] / "docs" / "providers.md"
    assert command("providers").stdout == page.read_text(encoding="utf-8")
