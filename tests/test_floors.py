"""No version with a known hole is allowed in, by the packages' metadata or by the lock.

Source: the advisories that each row names, read in November 2026.
"""

from __future__ import annotations

import re
import site
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[1]
FLOORS = {
    "aiohttp": "3.14.3",  # CVE-2025-69223, CVE-2026-69244
    "httpx2": "2.12",  # unpacks without a bound below
    "langchain-core": "1.3.3",  # CVE-2026-44843, CVE-2025-68664
    "litellm": "1.84.0",  # CVE-2026-49468; 1.82.7 and 1.82.8 were malicious
    "llama-index-core": "0.13",  # CVE-2025-7647
    "pillow": "12.3",  # CVE-2026-40192 and others
    "starlette": "1.0.1",  # CVE-2026-48710
    "urllib3": "2.7.0",  # CVE-2026-44432 and others
}
BANNED = {"diskcache"}  # CVE-2025-69872: it unpickles what it finds
KNOWN_PTH = ("_editable_impl_", "distutils-precedence", "a1_coverage")


def locked(lock: str = "requirements.lock") -> dict[str, Version]:
    """Return every package of a lock with its version."""
    lines = (ROOT / lock).read_text().splitlines()
    found = [re.match(r"([A-Za-z0-9_.-]+)==([^ ;\\]+)", line) for line in lines]
    return {match[1].lower(): Version(match[2]) for match in found if match}


def required() -> list[Requirement]:
    """Return every requirement of the three distributions."""
    files = [ROOT / "core", *(ROOT / "integrations").iterdir()]
    projects = [tomllib.loads((each / "pyproject.toml").read_text())["project"] for each in files]
    lines = [line for one in projects for line in one.get("dependencies", [])]
    lines += [line for one in projects for group in one.get("optional-dependencies", {}).values() for line in group]
    return [Requirement(line) for line in lines]


@pytest.mark.parametrize("name", FLOORS)
def test_the_lock_is_above_the_floor(name: str) -> None:
    """What is tested and installed here has none of the known holes."""
    assert locked()[name] >= Version(FLOORS[name])


def test_the_packages_allow_nothing_below_the_floor() -> None:
    """A user's resolver cannot pick a version with a known hole either."""
    for requirement in required():
        floor = FLOORS.get(requirement.name.lower())
        if floor is not None:
            below = Version(f"{Version(floor).major}.0.dev0")
            assert below not in requirement.specifier, requirement
            lowest = min(Version(each.version) for each in requirement.specifier if each.operator in (">=", "=="))
            assert lowest >= Version(floor), requirement


def test_every_requirement_of_ours_has_a_floor() -> None:
    """Nothing is required in whatever version."""
    for requirement in required():
        if not requirement.name.startswith(("nova", "langchain-nova")):
            assert any(each.operator in (">=", "==", "~=") for each in requirement.specifier), requirement


def test_the_environment_with_torch_has_what_the_core_needs() -> None:
    """A requirement that is added to the core is installed for `make check-torch`, too."""
    core = tomllib.loads((ROOT / "core/pyproject.toml").read_text())["project"]["dependencies"]
    there = locked("requirements-torch.txt")
    for requirement in map(Requirement, core):
        assert there[requirement.name] in requirement.specifier, requirement


def test_what_is_banned_is_not_there() -> None:
    """Packages without a safe version are not in the lock."""
    assert not BANNED & set(locked())


def test_nothing_runs_at_every_start_of_python() -> None:
    """No installed package brings a `.pth` file that runs code, as malicious releases did."""
    for folder in site.getsitepackages():
        for path in Path(folder).glob("*.pth"):
            runs = any(line.startswith("import") for line in path.read_text().splitlines())
            assert not runs or path.name.startswith(KNOWN_PTH), path.name
