"""What is a check, and how does it end where the server refuses, or does not answer?"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nova_embeddings._errors import NovaError
from nova_embeddings.doctor._answers import REDIRECTS, RefusedError, UnreadableError
from nova_embeddings.doctor._report import failed

if TYPE_CHECKING:
    from collections.abc import Callable

    from nova_embeddings.doctor._probe import Probe
    from nova_embeddings.doctor._report import Finding

_DENIED, _TOO_MANY, _FAULTS = (401, 403), 429, range(500, 600)
_SENTENCE_END = re.compile(r"[.;] (?=[A-Za-z])")
_SILENT = "the server is slow, still loading, or hangs: see its log, or give it longer with --timeout"


@dataclass(frozen=True, slots=True)
class Check:
    """One question to a server.

    Args:
        name: its row's.
        sent: what the server is asked, for the reader.
        run: asks, and judges what came back.
        advice: what it means where the server refuses to answer, or answers something that cannot be read.
        needs: checks without which this one tells nothing.
    """

    name: str
    sent: str
    run: Callable[[Probe], Finding]
    advice: str
    needs: tuple[str, ...] = ("reachable",)

    def finding(self, probe: Probe) -> Finding:
        """Return what was found; a server cannot make it raise."""
        try:
            return self.run(probe)
        except RefusedError as error:
            return failed(str(error), advice_on(error.answer.status) or self.advice)
        except UnreadableError as error:
            return failed(str(error), self.advice)
        except NovaError as error:
            return unanswered(error)


def advice_on(status: int) -> str:
    """Return what to do about a status that says the same whatever was asked; empty for any other."""
    if status in _DENIED:
        return "the key is missing, wrong, or not allowed this: set NOVA_API_KEY to one that is"
    if status in REDIRECTS:
        return "redirects are not followed, since a key would go along: give the final address as --api-base"
    if status == _TOO_MANY:
        return "the server asks for fewer calls: try again later, or with a key that may make more"
    if status in _FAULTS:
        return "the server failed, or nothing stands behind its gateway: see its log"
    return ""


def unanswered(error: NovaError) -> Finding:
    """Return the finding for no whole answer: the core's errors say what was seen, then what to do."""
    seen, *rest = _SENTENCE_END.split(str(error), maxsplit=1)
    return failed(seen, rest[0] if rest else _SILENT)
