"""What does routing by task add to one request over a LiteLLM Router of three deployments?"""

from __future__ import annotations

import asyncio
import os
import time
from statistics import median
from typing import TYPE_CHECKING, Any

from bench.findings import Findings, Table

if TYPE_CHECKING:
    from collections.abc import Callable

    from litellm.integrations.custom_logger import CustomLogger
    from litellm.router import Router

    from bench.running import Running

REQUESTS = 100
WAYS = ("sync", "async")
_WARMING = 20
_GROUP = "nova-embeddings-v1"
_MILLISECONDS = 1000.0


def run(running: Running) -> Findings:
    """Measure a request with and without routing by task."""
    found = Findings()
    title = "One text over a LiteLLM Router of three deployments, medians of wall ms"
    notes = ("Plain: the deployments name no task, and nothing of this library chooses among them.",)
    table = Table(title, ("call", "plain", "by task", "added", "× plain"), notes=notes)
    for way, (plain, taught) in seconds_of_routing(running.api_base, running.rounds).items():
        figures = (*(_MILLISECONDS * each for each in (plain, taught, taught - plain)), taught / plain)
        found.figures[f"routing/{way}"] = _MILLISECONDS * (taught - plain)
        table.rows.append([way, *(f"{figure:.2f}" for figure in figures)])
    found.tables.append(table)
    return found


def seconds_of_routing(api_base: str, rounds: int) -> dict[str, tuple[float, float]]:
    """Return the median seconds of a request without and with routing by task, by the way it was sent.

    The requests of both Routers alternate, so that whatever else the machine does touches them alike.
    """
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    from nova_embeddings.litellm_plugin import hooks, install  # noqa: PLC0415 (imports litellm, as rows before do not)

    plain, taught = _router(api_base, named=False), _router(api_base, named=True)
    install(taught)
    with asyncio.Runner() as runner:
        asks: dict[str, Callable[[Router], Any]] = {
            "sync": lambda router: router.embedding(**_request()),
            "async": lambda router: runner.run(router.aembedding(**_request())),
        }
        seen = {
            way: [_pair(asks[way], plain, taught, hooks) for _ in range(_WARMING + REQUESTS * rounds)] for way in WAYS
        }
    return {
        way: (median(without for without, _ in pairs[_WARMING:]), median(within for _, within in pairs[_WARMING:]))
        for way, pairs in seen.items()
    }


def _pair(ask: Callable[[Router], Any], plain: Router, taught: Router, hooks: CustomLogger) -> tuple[float, float]:
    import litellm  # noqa: PLC0415 (as above)

    before = list(litellm.callbacks)
    litellm.callbacks = [each for each in before if each is not hooks]  # they are global: plain means without
    without = _seconds(ask, plain)
    litellm.callbacks = [*litellm.callbacks, hooks]
    return without, _seconds(ask, taught)


def _seconds(ask: Callable[[Router], Any], router: Router) -> float:
    start = time.perf_counter()
    ask(router)
    return time.perf_counter() - start


def _router(api_base: str, *, named: bool) -> Router:
    """Return a Router of three deployments, each named by the task that it serves, or none."""
    from litellm.router import Router  # noqa: PLC0415 (as above)

    families = ("retrieval", "text-matching", "code")
    deployments = [
        {
            "model_name": _GROUP,
            "litellm_params": {
                "model": f"hosted_lexiq_nova/{family}",
                "api_base": api_base,
                **({"task": family} if named else {}),
            },
        }
        for family in families
    ]
    return Router(model_list=deployments)


def _request() -> dict[str, Any]:
    extra = {"dimensions": 128, "encoding_format": "base64"}
    return {"model": _GROUP, "input": ["a text"], "task": "code.query", "extra_body": extra}
