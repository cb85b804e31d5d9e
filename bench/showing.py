"""How are the findings shown in a terminal?"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table as Drawn

if TYPE_CHECKING:
    from bench.findings import Table

_WIDTH_OF_A_FILE = 140


def console() -> Console:
    """Return where everything is printed."""
    return Console(width=None if sys.stdout.isatty() else _WIDTH_OF_A_FILE, highlight=False)


def drawn(table: Table) -> Drawn:
    """Return a table as a terminal shows it."""
    made = Drawn(title=table.title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_edge=False)
    for place, heading in enumerate(table.heading):
        made.add_column(heading, justify="left" if not place or table.title == "Goals" else "right")
    for row in table.rows:
        made.add_row(*row)
    made.caption = "\n".join(table.notes) or None
    made.caption_justify = "left"
    return made
