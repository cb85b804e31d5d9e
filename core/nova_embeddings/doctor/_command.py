"""What `nova-embeddings doctor` prints: a table for people, or JSON for programs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from nova_embeddings.doctor._report import Report


def run(examination: Callable[..., Report], *, as_json: bool) -> Report:
    """Examine a server, print what was found, and return it.

    Args:
        examination: `examine`, with the place to ask.
        as_json: print JSON instead of a table.

    Raises:
        ConfigurationError: an option cannot be used, or the table's package is not installed.
    """
    if as_json:
        report = examination()
        print(json.dumps(report.as_dict(), indent=2))  # noqa: T201 (what the command is asked for)
        return report
    from nova_embeddings.doctor import _table  # noqa: PLC0415 (of the extra `cli`; before the server is asked)

    with _table.waiting() as status:
        report = examination(begun=status.update)
    _table.show(report)
    return report
