"""The bench's tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich import box
from rich.table import Table

from bench.scoring import DOCUMENTS, PRODUCTS, QUERY_TOKENS, TOKENS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from bench.measuring import Figures, ImportCost
    from bench.rows import Row
    from bench.settings import Settings


def table_of_rows(
    rows: Sequence[Row], figures: Mapping[str, Figures], before: Mapping[str, float], settings: Settings
) -> Table:
    """Return a line a row; each ratio is against the hand-written row with the same shape of result."""
    each = f"{settings.batch_size} texts a call, {settings.concurrency} calls in flight at most"
    title = f"{settings.texts:,} texts, {settings.dimensions} dimensions, {each}"
    table = _table(title)
    table.add_column("client")
    for heading in ("CPU s", "x raw", "wall s", "x raw", "texts/s", "peak MB", "at start"):
        table.add_column(heading, justify="right")
    for row in rows:
        mine, raw = figures[row.name], figures[row.against]
        table.add_row(
            row.name,
            f"{mine.cpu:.2f}",
            f"{mine.cpu / raw.cpu:.2f}",
            f"{mine.wall:.2f}",
            f"{mine.wall / raw.wall:.2f}",
            f"{settings.texts / mine.wall:,.0f}",
            f"{mine.peak:,.0f}",
            f"{before[row.name]:,.0f}",
        )
    return table


def table_of_imports(costs: Sequence[tuple[str, str, ImportCost]]) -> Table:
    """Return a line a package: what its import costs beyond what it stands on."""
    table = _table("Imports, in fresh interpreters, the least of all rounds")
    table.add_column("import")
    table.add_column("CPU s", justify="right")
    table.add_column("beyond")
    table.add_column("imports litellm")
    for name, base, cost in costs:
        table.add_row(name, f"{cost.cpu:.3f}", base or "a bare interpreter", "yes" if cost.brings_litellm else "no")
    return table


def table_of_scoring(seconds: Mapping[str, float]) -> Table:
    """Return a line a product and a scoring; each ratio is against the faster product."""
    table = _table(f"MaxSim, {DOCUMENTS:,} documents of {TOKENS} tokens, a query of {QUERY_TOKENS}")
    table.add_column("what")
    table.add_column("wall ms", justify="right")
    table.add_column("x product", justify="right")
    fastest = min(seconds[name] for name in PRODUCTS)
    for name, mine in seconds.items():
        table.add_row(name, f"{1000 * mine:.1f}", f"{mine / fastest:.2f}")
    return table


def table_of_routing(seconds: Mapping[str, tuple[float, float]]) -> Table:
    """Return a line a way to call the Router: a request without routing by task, and with it."""
    table = _table("One text over a LiteLLM Router of three deployments, medians")
    table.add_column("call")
    for heading in ("plain ms", "by task ms", "added ms", "x plain"):
        table.add_column(heading, justify="right")
    for way, (plain, taught) in seconds.items():
        figures = (1000 * plain, 1000 * taught, 1000 * (taught - plain), taught / plain)
        table.add_row(way, *(f"{figure:.2f}" for figure in figures))
    return table


def _table(title: str) -> Table:
    return Table(title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, show_edge=False)
