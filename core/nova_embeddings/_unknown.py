"""Which of the options that were given are none, and what may have been meant?"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable


def refuse_unknown(owner: str, given: Iterable[str], known: Collection[str]) -> None:
    """Refuse options that there are not; their values, which may be misnamed keys, are not shown.

    Args:
        owner: what was given them.
        given: the names that were given.
        known: those that there are.

    Raises:
        ConfigurationError: naming the wrong ones, and what may have been meant.
    """
    unknown = [name for name in given if name not in known]
    if unknown:
        near = [meant for name in unknown for meant in difflib.get_close_matches(name, sorted(known), n=1)]
        hint = f"did you mean {', '.join(near)}? " if near else ""
        names = ", ".join(map(repr, unknown))
        raise ConfigurationError(f"{owner} has no option {names}; {hint}it has {', '.join(sorted(known))}")
