"""Run the code of providers' pages, one page for each line of the input, and say as JSON what came of it.

A page's own `export` lines are the environment. Every name of a host leads to the strict fake of the page's provider.
"""

from __future__ import annotations

import contextlib
import enum
import io
import json
import os
import re
import sys
import tempfile
import traceback
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

from tests.dialects import servers
from tests.dialects.hosts import all_hosts
from tests.fake_nova import good_answer

ANSWERING: dict[str, servers.Answering] = {
    "azure": servers.openai,
    "bedrock": servers.titan,
    "nova": good_answer,
    "openai-like": servers.openai,
    "vertex_ai": servers.vertex,
}
"""The fake of a provider, where it has another name."""


class TokenState(enum.Enum):
    """Google's."""

    FRESH = enum.auto()
    STALE = enum.auto()
    INVALID = enum.auto()


def main() -> None:
    """Serve until the input ends."""
    stand_in_for_google_auth()
    out = sys.stdout
    with tempfile.TemporaryDirectory() as folder, all_hosts(Path(folder)) as fakes:
        for line in sys.stdin:
            page = Path(line.strip())
            for fake in fakes:
                fake.seen.clear()
                fake.answering = ANSWERING.get(page.stem) or getattr(servers, page.stem)
            ran = run(page.read_text(encoding="utf-8"))
            seen = [{"headers": one.headers, "body": one.body} for fake in fakes for one in fake.seen]
            print(json.dumps({**ran, "seen": seen}), file=out, flush=True)


def run(page: str) -> dict[str, Any]:
    """Return what the page's blocks print, and how they fail."""
    printed = io.StringIO()
    exported = dict(re.findall(r"^export (\w+)=(\S+)$", page, re.MULTILINE))
    os.environ.update(exported)
    error = ""
    try:
        with contextlib.redirect_stdout(printed):
            for code in re.findall(r"```python\n(.*?)```", page, re.DOTALL):
                exec(code, {"__name__": "__main__"})
    except Exception:  # noqa: BLE001 (whatever a page's code raises is told)
        error = traceback.format_exc()
    finally:
        for name in exported:
            del os.environ[name]
    return {"printed": printed.getvalue().splitlines(), "error": error}


def stand_in_for_google_auth() -> None:
    """Let LiteLLM find credentials of Google Cloud: `litellm[google]` is not in the lock, and would ask a network."""
    credentials = SimpleNamespace(token="token", expired=False, quota_project_id=None, token_state=TokenState.FRESH)
    credentials.refresh = lambda _: None
    modules: dict[str, dict[str, Any]] = {
        "google.auth": {"default": lambda **_: (credentials, "my-project")},
        "google.auth.credentials": {"TokenState": TokenState},
        "google.auth.transport": {},
        "google.auth.transport.requests": {"Request": object},
    }
    for name, held in modules.items():
        sys.modules[name] = ModuleType(name)
        vars(sys.modules[name]).update(held)


if __name__ == "__main__":
    main()
