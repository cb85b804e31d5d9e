"""The peers' requirement files: whole, pinned, and without addresses."""

from __future__ import annotations

import re

import pytest

from bench.environments import REQUIREMENTS
from bench.machine import PEERS, pinned
from bench.rows import PEERS as ROWS

FILES = sorted(REQUIREMENTS.glob("*.txt"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_package_is_pinned(path: object) -> None:
    """A line is a name and a version: nothing floats, and nothing says where it comes from."""
    lines = (REQUIREMENTS / f"{path.stem}.txt").read_text(encoding="utf-8").splitlines()  # type: ignore[attr-defined]
    assert lines
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][A-Za-z0-9.+!]*", line)] == []


def test_every_peer_has_a_file_and_a_module() -> None:
    """The rows, the files and the versions that the page names belong together."""
    assert {path.stem for path in FILES} == set(PEERS)
    assert all(pinned(file, package) for file, package in PEERS.items())
    modules = {row.client.split(":")[0].rpartition(".")[2] for row in ROWS}
    assert modules == {path.stem for path in REQUIREMENTS.glob("*.py")}
