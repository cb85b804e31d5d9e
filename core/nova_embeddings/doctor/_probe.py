"""Asks the server, and remembers: what two checks ask in the same words is sent once."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx
import orjson

from nova_embeddings._errors import NovaError
from nova_embeddings._http import Post, Transport
from nova_embeddings._tasks import FAMILIES
from nova_embeddings.doctor import _answers
from nova_embeddings.doctor._answers import SUCCESS, RefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nova_embeddings._http import Answer
    from nova_embeddings._options import Deployment
    from nova_embeddings._results import FloatArray
    from nova_embeddings._tasks import Task

MOST_BYTES = 16 * 2**20
"""Size of one answer, at most: several times what the largest that is asked for needs."""
TEXT = "Sort the invoices of a year by their date, and add up what each customer still has to pay."


class _Get(Post):
    """The same deadline and size, with nothing to send."""

    def request(self) -> httpx.Request:
        posted = super().request()
        headers = {name: value for name, value in posted.headers.items() if not name.startswith("content-")}
        return httpx.Request("GET", posted.url, headers=headers, extensions=posted.extensions)


class Probe:
    """One server under examination. Every call ends within the timeout, and follows no redirect."""

    def __init__(self, deployment: Deployment, timeout: float) -> None:
        """Open nothing yet."""
        self.deployment = deployment
        self._timeout = timeout
        self._transport = Transport()
        self._answers: dict[bytes, Answer | NovaError] = {}

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    @property
    def secrets(self) -> list[str | None]:
        """Return what must not be shown."""
        held = [self.deployment.api_key, *(value for _, value in self.deployment.headers)]
        return [secret.reveal() for secret in held]

    def models(self) -> Answer:
        """Ask which models are there.

        Raises:
            NovaError: no whole answer.
        """
        return self._transport.post(self._addressed(_Get, "models", b""))

    def send(self, body: bytes) -> Answer:
        """Send a request, whether it was sent before or not.

        Raises:
            NovaError: no whole answer.
        """
        return self._transport.post(self._addressed(Post, "embeddings", body))

    def body(self, items: Iterable[Mapping[str, Any] | str], **top: object) -> bytes:
        """Return the JSON of a request; a field that is None is left out."""
        fields = {"model": self.deployment.model, "return_multivector": False, **top}
        return orjson.dumps({**_given(fields), "input": [x if isinstance(x, str) else _given(x) for x in items]})

    def asked(
        self, task: str | None = None, item: Mapping[str, Any] | None = None, top: Mapping[str, Any] | None = None
    ) -> Answer:
        """Return the answer to one input, with its task in both places.

        Args:
            task: by default one that the server answers.
            item: further fields of the input, or others than usual.
            top: further fields of the request, or others than usual.

        Raises:
            NovaError: no whole answer.
        """
        named = task or self.lead
        body = self.body([{"text": TEXT, "task": named, **(item or {})}], **{"task": named, **(top or {})})
        if body not in self._answers:
            self._answers[body] = self._outcome(body)
        outcome = self._answers[body]
        if isinstance(outcome, NovaError):
            raise outcome
        return outcome

    def value(self, task: str | None = None, *, item: Mapping[str, Any] | None = None, **top: object) -> Any:  # noqa: ANN401 (whatever a server sends)
        """Return the vector of one input as JSON has it.

        Raises:
            NovaError: no whole answer.
            RefusedError: the status is no success.
            UnreadableError: there is not one vector.
        """
        return _answers.only(self.asked(task, item, top))

    def dense(self, task: str | None = None, *, item: Mapping[str, Any] | None = None, **top: object) -> FloatArray:
        """Return the dense vector of one input, `(D,)`.

        Raises:
            NovaError: no whole answer.
            RefusedError: the status is no success.
            UnreadableError: there is not one dense vector.
        """
        return _answers.dense(self.value(task, item=item, **top))

    def served(self, tasks: Iterable[Task]) -> dict[str, FloatArray]:
        """Return the vector of the same text under each of the tasks that the server answers.

        Raises:
            NovaError: no whole answer.
            UnreadableError: there is not one dense vector.
        """
        found = {}
        for task in tasks:
            try:
                found[str(task)] = self.dense(task)
            except RefusedError:
                continue
        return found

    @cached_property
    def lead(self) -> str:
        """Return a task that the server answers; one that it refuses, where it answers none.

        Raises:
            NovaError: no whole answer.
        """
        return next((task for task in FAMILIES if self.asked(task).status in SUCCESS), FAMILIES[0])

    def _outcome(self, body: bytes) -> Answer | NovaError:
        """Return the answer, or why there is none: what hung once is not waited for again."""
        try:
            return self.send(body)
        except NovaError as error:
            return error

    def _addressed(self, kind: type[Post], path: str, body: bytes) -> Post:
        deployment = self.deployment
        headers = {name: value.reveal() or "" for name, value in deployment.headers}
        if deployment.api_key:
            headers["authorization"] = f"Bearer {deployment.api_key.reveal()}"
        return kind(f"{deployment.api_base}/{path}", headers, body, self._timeout, MOST_BYTES)


def _given(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}
