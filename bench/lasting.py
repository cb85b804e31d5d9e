"""What was measured before: routing by task, and MaxSim; as parts of the page."""

from __future__ import annotations

from bench.report import Goal, Part
from bench.routing import seconds_of_routing
from bench.scoring import DOCUMENTS, PRODUCTS, QUERY_TOKENS, TOKENS, seconds_of_scoring


def routing(api_base: str, rounds: int) -> Part:
    """What routing by task adds to one request over a LiteLLM Router."""
    cells, goals = [], []
    for way, (plain, taught) in seconds_of_routing(api_base, rounds).items():
        figures = (1000 * plain, 1000 * taught, 1000 * (taught - plain), taught / plain)
        cells.append((way, *(f"{figure:.2f}" for figure in figures)))
        goals.append(Goal(f"routing by task, {way}", "adds less than 1 ms", 1, figures[2], "ms"))
    columns = ("call", "plain ms", "by task ms", "added ms", "x plain")
    return Part("One text over a LiteLLM Router of three deployments", columns, cells, (), goals)


def scoring(rounds: int) -> Part:
    """What MaxSim costs beside a bare matrix product."""
    seconds = seconds_of_scoring(rounds)
    fastest = min(seconds[name] for name in PRODUCTS)
    cells = [(name, f"{1000 * mine:.1f}", f"{mine / fastest:.2f}") for name, mine in seconds.items()]
    title = f"MaxSim, {DOCUMENTS:,} documents of {TOKENS} tokens, a query of {QUERY_TOKENS}"
    notes = ["Held against the faster of the two ways to write one float32 matrix product of all tokens."]
    return Part(title, ("what", "wall ms", "x product"), cells, notes)
