"""What was sent? A LiteLLM callback sees every call: its task and how many inputs it carries, never a text."""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import litellm
from litellm.integrations.custom_logger import CustomLogger

if TYPE_CHECKING:
    from collections.abc import Iterator

_SECONDS_TO_SETTLE = 5.0


@dataclass(slots=True)
class Sent:
    """What one step sent, and how long it took.

    Args:
        tasks: of its calls.
        inputs: of all calls together.
        calls: how many.
        seconds: of wall time.
    """

    tasks: set[str] = field(default_factory=set)
    inputs: int = 0
    calls: int = 0
    seconds: float = 0.0


class Observer(CustomLogger):
    """Counts the calls that LiteLLM reports."""

    def __init__(self) -> None:
        """Register with LiteLLM."""
        super().__init__()
        self._changed = threading.Condition()
        self._sent = Sent()
        litellm.logging_callback_manager.add_litellm_callback(self)

    @contextlib.contextmanager
    def adding_to(self, sent: Sent, inputs: int) -> Iterator[None]:
        """Add what the block sends to a record, which is complete when the block has ended.

        Args:
            sent: the record.
            inputs: how many the block sends: LiteLLM reports them a moment later, so they are waited for.
        """
        self._sent, expected = sent, sent.inputs + inputs
        start = time.perf_counter()
        yield
        sent.seconds += time.perf_counter() - start
        with self._changed:
            self._changed.wait_for(lambda: sent.inputs >= expected, _SECONDS_TO_SETTLE)

    def log_success_event(self, kwargs: Any, response_obj: Any, start_time: Any, end_time: Any) -> None:  # noqa: ANN401, ARG002 (LiteLLM's signature)
        """Count one call, in a thread of LiteLLM's."""
        with self._changed:
            self._sent.tasks.add(kwargs["task"])
            self._sent.inputs += len(kwargs["input"][0])
            self._sent.calls += 1
            self._changed.notify()
