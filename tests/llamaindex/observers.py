"""What LlamaIndex's two event systems and its rate limiters are told, written down."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from llama_index.core.callbacks import CallbackManager, CBEventType
from llama_index.core.callbacks.base_handler import BaseCallbackHandler
from llama_index.core.instrumentation import get_dispatcher  # type: ignore[attr-defined]  # it is public
from llama_index.core.instrumentation.event_handlers import BaseEventHandler
from llama_index.core.instrumentation.events.embedding import EmbeddingEndEvent, EmbeddingStartEvent
from llama_index.core.rate_limiter import BaseRateLimiter
from pydantic import PrivateAttr

if TYPE_CHECKING:
    from collections.abc import Iterator

    from llama_index.core.instrumentation.events import BaseEvent


class Dispatched(BaseEventHandler):
    """Remembers what the dispatcher was told about embeddings."""

    _starts: list[EmbeddingStartEvent] = PrivateAttr(default_factory=list)
    _ends: list[EmbeddingEndEvent] = PrivateAttr(default_factory=list)

    def handle(self, event: BaseEvent, **_: Any) -> None:
        """Remember an event of embeddings."""
        if isinstance(event, EmbeddingStartEvent):
            self._starts.append(event)
        elif isinstance(event, EmbeddingEndEvent):
            self._ends.append(event)

    @property
    def starts(self) -> list[EmbeddingStartEvent]:
        """The starts."""
        return self._starts

    @property
    def ends(self) -> list[EmbeddingEndEvent]:
        """The ends."""
        return self._ends


class Called(BaseCallbackHandler):
    """Remembers what a callback manager was told."""

    def __init__(self) -> None:
        """Ignore nothing."""
        super().__init__([], [])
        self.starts: dict[str, Any] = {}
        self.ends: dict[str, Any] = {}

    def on_event_start(  # type: ignore[override]  # the parent's id is among the rest
        self, event_type: CBEventType, payload: Any = None, event_id: str = "", **_: Any
    ) -> str:
        """Remember a start."""
        assert event_type == CBEventType.EMBEDDING
        self.starts[event_id] = payload
        return event_id

    def on_event_end(self, event_type: CBEventType, payload: Any = None, event_id: str = "", **_: Any) -> None:
        """Remember an end."""
        assert event_type == CBEventType.EMBEDDING
        assert event_id not in self.ends
        self.ends[event_id] = payload

    def start_trace(self, trace_id: str | None = None) -> None:
        """Do nothing."""

    def end_trace(self, trace_id: str | None = None, trace_map: Any = None) -> None:
        """Do nothing."""


class Counted(BaseRateLimiter):
    """A limiter that lets everything pass and counts."""

    def __init__(self) -> None:
        """Start at none."""
        self.acquired = 0

    def acquire(self, num_tokens: int = 0) -> None:  # noqa: ARG002 (LlamaIndex's signature)
        """Count."""
        self.acquired += 1

    async def async_acquire(self, num_tokens: int = 0) -> None:  # noqa: ARG002 (LlamaIndex's signature)
        """Count."""
        self.acquired += 1


class Observed:
    """Both systems of events around one model."""

    def __init__(self) -> None:
        """Remember nothing yet."""
        self.dispatched, self.called = Dispatched(), Called()
        self.manager = CallbackManager([self.called])

    def assert_balanced(self, batches: int) -> None:
        """Every batch has one start and one end in each system."""
        assert len(self.dispatched.starts) == len(self.dispatched.ends) == batches
        assert self.called.starts.keys() == self.called.ends.keys()
        assert len(self.called.starts) == batches


@contextlib.contextmanager
def observing() -> Iterator[Observed]:
    """Listen to the dispatcher until the block ends; give the manager to a model to have its callbacks, too."""
    observed, handlers = Observed(), get_dispatcher().event_handlers
    handlers.append(observed.dispatched)
    try:
        yield observed
    finally:
        handlers.remove(observed.dispatched)
