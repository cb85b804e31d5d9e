"""What did an examination find?"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """How a check ended."""

    OK = "ok"
    WARNING = "warning"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Args:
        verdict: how it ended.
        seen: what came back; why, where it was skipped.
        advice: what that means for the user and what to do; empty where all is well.
    """

    verdict: Verdict
    seen: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One check of a report.

    Args:
        check: its name.
        verdict: how it ended.
        sent: what the server was asked.
        seen: what came back; why, where it was skipped.
        advice: what that means for the user and what to do; empty where all is well.
    """

    check: str
    verdict: Verdict
    sent: str
    seen: str
    advice: str


@dataclass(frozen=True, slots=True)
class Report:
    """What stands at an address: a row for each check, in the order in which they ran.

    Args:
        api_base: the address.
        model: the name that was asked for.
        rows: one for each check.
    """

    api_base: str
    model: str
    rows: tuple[Row, ...]

    @property
    def failed(self) -> bool:
        """Tell whether a check failed; warnings and skipped ones do not count."""
        return bool(self.count(Verdict.FAILED))

    def count(self, verdict: Verdict) -> int:
        """Return how many checks ended so."""
        return sum(row.verdict is verdict for row in self.rows)

    def as_dict(self) -> dict[str, Any]:
        """Return it as JSON has it."""
        return {"failed": self.failed, **asdict(self)}


def ok(seen: str) -> Finding:
    """Return that all is well."""
    return Finding(Verdict.OK, seen)


def warning(seen: str, advice: str) -> Finding:
    """Return what is to be known, and harms nobody who knows it."""
    return Finding(Verdict.WARNING, seen, advice)


def failed(seen: str, advice: str) -> Finding:
    """Return what gives wrong vectors, or none."""
    return Finding(Verdict.FAILED, seen, advice)


def skipped(reason: str) -> Finding:
    """Return that nothing can be told, and why."""
    return Finding(Verdict.SKIPPED, reason)
