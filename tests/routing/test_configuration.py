"""A proxy's configuration is looked at when it starts."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from nova_embeddings import ConfigurationError
from nova_embeddings.litellm_plugin import check_config
from tests.routing.proxies import EXAMPLE

WRONG = [
    ("task: code", "tasks: code", r"litellm_params: 'tasks' .*; task is meant"),
    ("task: code", "task: coding", r"task='coding' is not a task or family"),
    ("routing_strategy: simple", "routing_stategy: simple", r"'routing_stategy' .*; routing_strategy is meant"),
    ("simple-shuffle", "usage-based-routing", r"routing_strategy='usage-based-routing'"),
    ("callbacks:", "success_callback:", r"litellm_settings\.callbacks"),
    ("mode: embedding", "tasks: embedding", r"model_info: 'tasks'"),
]


def changed(before: str, after: str) -> str:
    """Return the example's configuration with a change."""
    text = (EXAMPLE / "config.yaml").read_text()
    assert before in text
    return text.replace(before, after)


def config(before: str = "task: code", after: str = "task: code") -> dict[str, Any]:
    """Return the same, read."""
    read: dict[str, Any] = yaml.safe_load(changed(before, after))
    return read


def test_the_example_is_sound() -> None:
    """The example's configuration is accepted, and so is one without anything of Nova's."""
    check_config(config())
    check_config({"model_list": [{"model_name": "a", "litellm_params": {"model": "openai/x", "taks": 1}}]})
    check_config({})


@pytest.mark.parametrize(("before", "after", "words"), WRONG)
def test_a_wrong_key_is_refused_with_its_name(before: str, after: str, words: str) -> None:
    """A key that LiteLLM would ignore, or a strategy that routes past the task, is named."""
    with pytest.raises(ConfigurationError, match=words):
        check_config(config(before, after))


@pytest.mark.slow
@pytest.mark.parametrize(("before", "after", "words"), WRONG[:1])
def test_a_real_proxy_does_not_start_with_it(before: str, after: str, words: str, tmp_path: Path) -> None:
    """LiteLLM's own program ends, and its last words name the key, without a key of the secret kind."""
    path = tmp_path / "config.yaml"
    path.write_text(changed(before, after))
    command = [
        str(Path(sys.executable).with_name("litellm")),
        "--config",
        str(path),
        "--host",
        "127.0.0.1",
        "--port",
        "0",
    ]
    environment = {**os.environ, "LITELLM_MASTER_KEY": "sk-canary-0123456789", "LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode != 0
    said = done.stdout + done.stderr
    assert re.search(words, said), said[-2000:]
    assert "canary" not in said
