"""What can fail, grouped by what the caller does next.

NovaError
├── fix the code    ConfigurationError        a bad option, or a server's refusal of the request itself
│                   └── SpaceMismatchError    an index holds vectors that must not meet yours; `.differences` says why
│                   RoutingError              no deployment serves what was asked
├── fix the data    InputError                one input is bad; `.index` says which
├── wait            RateLimitError            the deployment asks for fewer calls
│                   DeploymentTimeoutError    no whole answer before the deadline
│                   DeploymentUnavailableError  nobody answers, or the server is failing
└── call someone    AuthenticationError       the key is missing, wrong, or not allowed this
                    ResponseError             the answer is not what was asked for
                    cache.CacheError          the cache cannot be read, or is not to be believed

Every error pickles. None holds a key, a request, or an input's text.
"""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping

_SEVERAL = 2


class Retry(Enum):
    """May the same call be tried again?"""

    NEVER = 0
    ONCE = 1
    AGAIN = 2


class StandInWarning(UserWarning):
    """The server computes with an embedded engine, not with the Nova model: for trying things out."""


class RoutingWarning(UserWarning):
    """A setting of LiteLLM's by which other vectors may come back than were asked for."""


class SimilarityWarning(UserWarning):
    """A model that is not trained for similarity: near vectors need not mean near texts."""


class UnsupportedWarning(UserWarning):
    """An option that the provider does not have was left out, because `on_unsupported="warn"` allows it.

    Also: a query was asked of a model in this process of which nobody knows what stands before its queries.
    """


class NovaError(Exception):
    """Base of all errors of this library.

    Attributes:
        status: the HTTP status that was seen, if any.
        retry_after: seconds the server asked to wait, if it did.
        attempts: how many calls were made before giving up.
        seconds: how long that took.
        retry: whether the same call may be tried again.
    """

    retry: Retry = Retry.NEVER

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        retry: Retry | None = None,
    ) -> None:
        """Keep the message in `args`, so that the error pickles and copies."""
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after
        self.attempts = 1
        self.seconds = 0.0
        if retry is not None:
            self.retry = retry

    def __str__(self) -> str:
        """Say what was seen and, after retries, how many calls were made."""
        message = str(self.args[0])
        if self.attempts < _SEVERAL and self.seconds < 1:
            return message
        attempts = "1 attempt" if self.attempts < _SEVERAL else f"{self.attempts} attempts"
        return f"{message} (gave up after {attempts} in {self.seconds:.1f} s)"


class ConfigurationError(NovaError):
    """An option is wrong, or the server refuses the request as a whole: change the code."""


class SpaceMismatchError(ConfigurationError):
    """An index holds vectors that yours must not meet: open it as it was made, or make it anew.

    Attributes:
        differences: each field of the space that differs -> what the index says, and what you have. Instead, only
            `encode_id` where the space is the same and passages are embedded in another way, and only `space_id` where
            an index knows no more of its space than that.
    """

    def __init__(self, message: str, *, differences: Mapping[str, tuple[object, object]] | None = None) -> None:
        """Keep the differences apart from the message, for programs."""
        super().__init__(message)
        self.differences = dict(differences or {})


class RoutingError(NovaError):
    """No deployment serves what was asked: change the request or the deployments."""


class InputError(NovaError):
    """One input cannot be embedded: change the data.

    Attributes:
        index: the input's position in the request; None where the server names none.
    """

    def __init__(self, message: str, *, index: int | None = None, status: int | None = None) -> None:
        """Keep the index apart from the message, so that a batch's index can become the request's."""
        super().__init__(message, status=status)
        self.index = index

    def move_to(self, index: int) -> None:
        """Give the input's place in the request instead of that in its call, also in the server's own words."""
        self.args = (str(self.args[0]).replace(f"input[{self.index}]", f"input[{index}]"),)
        self.index = index

    def __str__(self) -> str:
        """Name the input before the reason."""
        return super().__str__() if self.index is None else f"input {self.index}: {super().__str__()}"


class RateLimitError(NovaError):
    """The deployment asks for fewer calls: wait, or lower `max_concurrency`."""

    retry = Retry.AGAIN


class DeploymentTimeoutError(NovaError):
    """No whole answer came in time: wait, raise `timeout`, or lower `batch_size`."""

    retry = Retry.AGAIN


class DeploymentUnavailableError(NovaError):
    """Nobody answers at the address, or the server is failing: wait, or start it."""

    retry = Retry.AGAIN


class AuthenticationError(NovaError):
    """The key is missing, wrong, or not allowed to do this: call whoever issued it."""


class ResponseError(NovaError):
    """The answer is not what was asked for, so nothing of it is used: call whoever runs the server.

    Attributes:
        index: the input whose vector is wrong, in the request; None where it is not about one.
    """

    index: int | None = None

    def about(self, index: int) -> Self:
        """Name the input whose vector is wrong, in its call."""
        self.index = index
        return self

    def move_to(self, index: int) -> None:
        """Give the input's place in the request instead of that in its call."""
        self.args = (str(self.args[0]).replace(f"vector {self.index} ", f"vector {index} "),)
        self.index = index

    def once(self) -> Self:
        """Mark the answer as worth asking for once more."""
        self.retry = Retry.ONCE
        return self
