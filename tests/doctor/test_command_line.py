"""`nova-embeddings doctor` as its users run it: a process, its output, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from nova_embeddings._cli import main
from tests.doctor.tampered import Scripted, Tampering, everywhere, tampered, without

COMMAND = str(Path(sys.executable).with_name("nova-embeddings"))
KEY = "sk-canary-0123456789"


def doctor(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [COMMAND, "doctor", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.mark.parametrize("columns", [80, 120])
def test_a_good_server_is_a_table_and_exit_code_0(columns: int) -> None:
    """The table fits the width, has no colours in a pipe, and ends with the counts."""
    with tampered(Tampering(headers={"x-nova-engine": "hash"})) as address:
        done = doctor("--api-base", address, COLUMNS=str(columns))
    assert (done.returncode, done.stderr) == (0, "")
    assert max(map(len, done.stdout.splitlines())) <= columns
    assert "\x1b" not in done.stdout
    assert done.stdout.startswith(address)
    assert "NOT the Nova model" in " ".join(done.stdout.split())
    assert done.stdout.endswith("23 ok, 1 warning, 0 failed, 0 skipped\n")


def test_a_silent_failure_is_exit_code_1_and_said_in_words() -> None:
    """A server that ignores `task` is found, and the reader learns what that does to them."""
    tampering = Tampering(everywhere(lambda part: {**part, "task": "retrieval"} if "task" in part else part))
    with tampered(tampering) as address:
        done = doctor("--api-base", address)
    assert done.returncode == 1
    assert "task effect (failed): the server ignores `task`" in done.stdout


def test_json_is_for_programs() -> None:
    """`--json` is one object with a row for each check, the same that the table shows."""
    with tampered(Tampering(everywhere(without("instructions")))) as address:
        done = doctor("--json", "--api-base", address, "--model", "nova-embeddings-v1")
    report = json.loads(done.stdout)
    assert (done.returncode, done.stderr, report["failed"]) == (1, "", True)
    assert (report["api_base"], report["model"]) == (address, "nova-embeddings-v1")
    rows = {row["check"]: row for row in report["rows"]}
    assert set(rows["instructions"]) == {"check", "verdict", "sent", "seen", "advice"}
    assert rows["instructions"]["verdict"] == "failed"
    assert rows["instructions on both"]["verdict"] == "skipped"


def test_json_needs_no_rich() -> None:
    """Without the extra's package `--json` works, and the table says what to install, before any server is asked."""
    seen: list[Any] = []
    script = "import sys; sys.modules['rich.box'] = None\nfrom nova_embeddings._cli import main; sys.exit(main())"
    with tampered(Tampering(), seen) as address:
        runs = [
            subprocess.run(
                [sys.executable, "-c", script, "doctor", "--api-base", address, *options],
                capture_output=True,
                text=True,
                timeout=60,
                check=False,
            )
            for options in ([], ["--json"])
        ]
    table, plain = runs
    assert table.returncode == 2
    assert "pip install 'nova-embeddings[cli]'" in table.stderr
    assert "--json" in table.stderr
    assert len(table.stderr.splitlines()) == 1
    assert plain.returncode == 0
    assert len(json.loads(plain.stdout)["rows"]) == 24


@pytest.mark.parametrize(("how", "form"), [("option", []), ("environment", ["--json"])])
def test_the_key_is_sent_and_never_shown(how: str, form: list[str]) -> None:
    """Not even where the server repeats it, in its words, its list of models, or its headers."""
    echo = Scripted(400, json.dumps({"error": {"message": f"{KEY} may not do this"}}).encode())
    listing = Scripted(200, json.dumps({"data": [{"id": KEY}]}).encode())
    tampering = Tampering(
        lambda body: echo if "instructions" in body else body, listing=listing, headers={"x-litellm-model-id": KEY}
    )
    seen: list[tuple[str, str, dict[str, Any]]] = []
    with tampered(tampering, seen) as address:
        options = ["--api-key", KEY] if how == "option" else []
        environment = {"NOVA_API_KEY": KEY} if how == "environment" else {}
        done = doctor("--api-base", address, *options, *form, **environment)
    assert {key for _, key, _ in seen} == {f"Bearer {KEY}"}
    assert KEY not in done.stdout + done.stderr
    assert "***" in done.stdout


def test_a_server_s_words_do_not_drive_the_terminal() -> None:
    """Markup and control codes in a server's words are shown as text, or not at all; letters of any script are."""
    words = "[bold red]no[/] \x1b[2J\u202e\u6f22"
    echo = Scripted(400, json.dumps({"error": {"message": words}}).encode())
    with tampered(Tampering(lambda _: echo)) as address:
        done = doctor("--api-base", address)
        ascii_only = doctor("--api-base", address, PYTHONIOENCODING="ascii")
    assert "[bold red]no[/]" in done.stdout
    assert "\u6f22" in done.stdout
    assert not {"\x1b", "\u202e"} & set(done.stdout)
    assert (ascii_only.returncode, ascii_only.stderr) == (1, "")


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--api-base", "nowhere"], "not an http(s) address"),
        (["--api-base", f"http://me:{KEY}@nova/v1"], "give the key as api_key"),
        (["--timeout", "0"], "timeout=0"),
        (["--timeout", "soon"], "invalid float value"),
        (["--model", "lexiq_nova/hash"], "--model"),
        (["now"], "unrecognized arguments"),
    ],
)
def test_wrong_use_is_exit_code_2(arguments: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake on the command line is told, without a traceback and without a password."""
    try:
        code: object = main(["doctor", *arguments])
    except SystemExit as ended:  # argparse's way
        code = ended.code
    printed = capsys.readouterr()
    assert (code, printed.out) == (2, "")
    assert says in printed.err
    assert KEY not in printed.err


def test_nobody_there_is_exit_code_1() -> None:
    """A server that is not there is what the command is for: a row, and no traceback."""
    done = doctor("--api-base", "http://127.0.0.1:9/v1")
    assert done.returncode == 1
    assert "reachable (failed): Start the Nova model there" in done.stdout
    assert done.stderr == ""
