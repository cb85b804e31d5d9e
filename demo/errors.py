"""What the user of the demo can mend."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class DemoError(Exception):
    """It cannot go on; the message says what was seen and what to do."""


@contextlib.contextmanager
def writing_to(folder: Path) -> Iterator[None]:
    """Make the folder, if it is not there, and let the block write to it.

    Raises:
        DemoError: it cannot be made or written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        yield
    except OSError as error:
        message = f"--out {folder}: cannot write there ({error.strerror}); give a folder that can be made or written to"
        raise DemoError(message) from None
