"""Servers that each serve one adapter and refuse every other task, and the model lists that name them."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nova_embeddings._tasks import FAMILIES, Task, family_of
from tests.fake_nova import FakeNova, Scripted, good_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

GROUP = "nova-embeddings-v1"


def only(family: str) -> Any:
    """Return what a server with one adapter answers; any other task is a 404 that counts as misrouted."""

    def answer(body: dict[str, Any]) -> Scripted | dict[str, Any]:
        strangers = {item["task"] for item in body["input"] if item["task"].split(".")[0] != family}
        if strangers or str(body.get("task")).split(".")[0] != family:
            return Scripted(404, {"error": {"message": f"Adapter for {sorted(strangers)} not loaded"}})
        return good_answer(body)

    return answer


@dataclass(frozen=True)
class Fleet:
    """Three servers, by the family that each serves."""

    servers: dict[str, FakeNova]

    def entry(self, family: str, **params: Any) -> dict[str, Any]:
        """Return the deployment of a family, with further `litellm_params`."""
        model = f"hosted_lexiq_nova/nova-embeddings-{family}"
        own = {"model": model, "api_base": self.servers[family].api_base, "task": family, "api_key": f"key-of-{family}"}
        return {"model_name": GROUP, "litellm_params": {**own, **params}}

    @property
    def model_list(self) -> list[dict[str, Any]]:
        """Return all three under one name."""
        return [self.entry(family) for family in self.servers]

    def seen(self, task: Task) -> list[Any]:
        """Return the requests of the server of a task."""
        return self.servers[family_of(task)].seen

    @property
    def misrouted(self) -> int:
        """Count inputs that reached a server which does not serve them."""
        return sum(
            item["task"].split(".")[0] != family
            for family, server in self.servers.items()
            for seen in server.seen
            for item in seen.items
        )


@contextlib.contextmanager
def running_fleet() -> Iterator[Fleet]:
    """Run the three servers until the block ends."""
    with contextlib.ExitStack() as stack:
        servers = {str(family): stack.enter_context(FakeNova().running()) for family in FAMILIES}
        for family, server in servers.items():
            server.answering = only(family)
        yield Fleet(servers)
