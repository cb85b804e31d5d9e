"""What to do for one call until its inputs have vectors: wait, send, retry, cut it smaller, leave bad inputs out.

A generator of steps that knows no thread and no event loop; `_executor` does what each step says and tells how it went.
"""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from nova_embeddings._calls import Call, Reply
from nova_embeddings._errors import (
    ConfigurationError,
    DeploymentUnavailableError,
    InputError,
    NovaError,
    ResponseError,
)
from nova_embeddings._retry import Attempt, Quota, wait_before_retry

if TYPE_CHECKING:
    from collections.abc import Callable

    from nova_embeddings._breaker import Breaker
    from nova_embeddings._options import Limits
    from nova_embeddings._pace import Pace

_TOO_LARGE, _BROKEN = 413, 500
_ABOUT_DATA = (400, _TOO_LARGE, 422)
_PROBES = 4


@dataclass(frozen=True, slots=True)
class Turn:
    """Wait until one more call may be in flight."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send a call that has had its turn; what comes back is a Reply or the error."""

    call: Call
    seconds: float


@dataclass(frozen=True, slots=True)
class Over:
    """The turn is over: another call may be in flight."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait before another attempt."""

    seconds: float


Step: TypeAlias = Turn | Send | Over | Wait
Steps: TypeAlias = Generator[Step, "Reply | NovaError | None", "Delivered"]
_Inner: TypeAlias = Generator[Step, "Reply | NovaError | None", None]
_Sending: TypeAlias = Generator[Step, "Reply | NovaError | None", "Reply | NovaError"]


@dataclass(slots=True)
class Delivered:
    """What became of a call.

    Args:
        parts: the calls that were answered, which together hold every input that has a vector.
        failures: the inputs that were left out: where each stands in the request, and why.
        undecided: calls that were refused before anything was answered: their inputs may be bad, or the request.
    """

    parts: list[tuple[Call, Reply]] = field(default_factory=list)
    failures: list[tuple[int, NovaError]] = field(default_factory=list)
    undecided: list[tuple[Call, NovaError]] = field(default_factory=list)


@dataclass(slots=True)
class Evidence:
    """What a request has shown so far: once an input got its vector, a refusal is about inputs, not about options."""

    answered: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """By which rules a call is delivered.

    Args:
        limits: attempts and deadline.
        quota: retries that all calls of a client share.
        pace: how many of them may be in flight.
        breaker: whether the deployment may be asked; always, where a Router picks one.
        skip: leave bad inputs out, instead of raising.
        evidence: shared by the calls of a request.
        uniform: where the jitter comes from.
        clock: monotonic seconds.
    """

    limits: Limits
    quota: Quota
    pace: Pace
    breaker: Breaker | None
    skip: bool
    evidence: Evidence
    uniform: Callable[[float, float], float]
    clock: Callable[[], float] = time.monotonic


def deliver(call: Call, terms: Terms) -> Steps:
    """Yield what is to be done for a call; the generator's value says what came of it.

    Raises:
        NovaError: it failed for good; with `skip`, only if that is not about single inputs.
    """
    delivery = _Delivery(call, terms)
    yield from delivery.whole(call)
    return delivery.outcome


class _Delivery:
    """One call of the plan, with whatever it is cut into; all of that within one deadline."""

    def __init__(self, call: Call, terms: Terms) -> None:
        self.outcome = Delivered()
        self._call = call
        self._terms = terms
        self._retries = terms.limits.max_retries
        self._deadline = terms.clock() + terms.limits.timeout

    def whole(self, call: Call) -> _Inner:
        """Deliver a call, cutting it where it is refused."""
        answer = yield from self._sent(call)
        yield from self._settled(call, answer)

    def _settled(self, call: Call, answer: Reply | NovaError) -> _Inner:
        """Keep an answer; find out which inputs an error is about."""
        if isinstance(answer, Reply):
            return
        if isinstance(answer, InputError) and answer.index is not None and 0 <= answer.index < len(call):
            yield from self._without(call, answer.index, answer)
        elif len(call) > 1 and self._may_be_cut(answer):
            yield from self._halves(call, answer)
        else:
            self._alone(call, answer)

    def _halves(self, call: Call, error: NovaError) -> _Inner:
        """Deliver both halves of a refused call; where neither is taken, make sure that it is about single inputs."""
        if not isinstance(error, ConfigurationError | InputError):
            self._retries = 0  # a server that breaks at an input was asked often enough
        middle = len(call) // 2
        left, right = call.part(range(middle)), call.part(range(middle, len(call)))
        answers = (yield from self._sent(left)), (yield from self._sent(right))
        if not (self._terms.evidence.answered or (yield from self._probed(call))):
            self._undecided(call, error)
            return
        yield from self._settled(left, answers[0])
        yield from self._settled(right, answers[1])

    def _probed(self, call: Call) -> Generator[Step, Reply | NovaError | None, bool]:
        """Send a few inputs alone, and tell whether one is taken; halves of two are single inputs already."""
        last = len(call) - 1
        for place in sorted({step * last // (_PROBES - 1) for step in range(_PROBES)}) if last > 1 else ():
            yield from self._sent(call.part([place]), keep=False)
            if self._terms.evidence.answered:
                return True
        return self._terms.evidence.answered

    def _undecided(self, call: Call, error: NovaError) -> None:
        """End with a refusal that is the request's, as far as this call shows; other calls may show more.

        Raises:
            NovaError: the refusal of the whole.
        """
        if not self._terms.skip:
            raise error
        self.outcome.undecided.append((call, error))

    def _without(self, call: Call, place: int, error: InputError) -> _Inner:
        """Leave out the input that an error names, and deliver the others."""
        error.move_to(call.indices[place])
        if not self._terms.skip:
            raise error
        self.outcome.failures.append((call.indices[place], error))
        others = [each for each in range(len(call)) if each != place]
        if others:
            yield from self.whole(call.part(others))

    def _alone(self, call: Call, error: NovaError) -> None:
        """End with an error that cutting cannot narrow down."""
        if isinstance(error, ResponseError) and error.index is not None and error.index < len(call):
            error.move_to(call.indices[error.index])
        if len(call) > 1 or not self._may_be_cut(error):
            raise error
        index = call.indices[0]
        if self._terms.skip:
            self.outcome.failures.append((index, error))
            return
        if call is self._call or not self._terms.evidence.answered:
            raise error  # a call of one input does not show whether the input is bad, or the request
        named = InputError(str(error.args[0]), index=index, status=error.status)
        named.attempts, named.seconds = error.attempts, error.seconds
        raise named

    def _may_be_cut(self, error: NovaError) -> bool:
        """Tell whether smaller calls, or other inputs, may be taken; a document that is read as one stays whole."""
        if self._call.request.late_chunking:
            return False
        if isinstance(error, ConfigurationError):
            return error.status in _ABOUT_DATA
        if isinstance(error, InputError):
            return True
        broken = isinstance(error, ResponseError) or (
            isinstance(error, DeploymentUnavailableError) and error.status == _BROKEN
        )
        return self._terms.skip and broken

    def _sent(self, call: Call, *, keep: bool = True) -> _Sending:
        """Send a call, as often as it may be; return its reply, or the error that ended it."""
        for number in range(1, self._retries + 2):
            queued = self._terms.clock()
            yield Turn()
            self._deadline += self._terms.clock() - queued  # waiting for a turn is the client's own doing
            answer = yield from self._tried(call)
            yield Over()
            if isinstance(answer, Reply):
                self._terms.evidence.answered = True
                self._terms.quota.refund(number - 1)
                if keep:
                    self.outcome.parts.append((call, answer))
                return answer
            pause = self._pause(answer, number)
            if pause is None:
                return answer
            yield Wait(pause)
        raise AssertionError  # the last attempt's pause is None

    def _tried(self, call: Call) -> _Sending:
        """Send a call once, if the deployment may be asked, and learn from how it went."""
        terms, started = self._terms, self._terms.clock()
        refusal = terms.breaker.refusal(started) if terms.breaker else None
        if refusal is not None:
            return refusal
        answer = yield Send(call, self._deadline - started)
        if isinstance(answer, Reply):
            terms.pace.answered()
            if terms.breaker:
                terms.breaker.answered()
            return answer
        assert isinstance(answer, NovaError)  # noqa: S101 (what the executor answers a Send with)
        terms.pace.failed(answer, started, terms.clock())
        if terms.breaker:
            terms.breaker.failed(answer, started, terms.clock())
        return answer

    def _pause(self, error: NovaError, number: int) -> float | None:
        """Return the seconds until the next attempt; None where the error is final."""
        left = self._deadline - self._terms.clock()
        failed = Attempt(error, number, left)
        pause = wait_before_retry(failed, self._retries, self._terms.quota, self._terms.uniform)
        if pause is None:
            error.attempts, error.seconds = number, self._terms.limits.timeout - left
        return pause
