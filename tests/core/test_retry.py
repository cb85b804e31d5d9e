"""When is a call tried again, and after how long?"""

from __future__ import annotations

import random
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nova_embeddings import DeploymentTimeoutError, DeploymentUnavailableError, NovaClient, RateLimitError
from nova_embeddings._errors import NovaError, Retry
from nova_embeddings._retry import Attempt, Quota, wait_before_retry
from tests.fake_nova import Scripted, good_answer

if TYPE_CHECKING:
    from tests.fake_nova import FakeNova


def wait(
    error: NovaError, number: int = 1, left: float = 1e9, retries: int = 5, quota: Quota | None = None
) -> float | None:
    """Return the wait that the policy gives, with the longest jitter."""
    return wait_before_retry(Attempt(error, number, left), retries, quota or Quota(), lambda _, high: high)


@given(st.integers(1, 12), st.floats(0, 100), st.floats(0.001, 200), st.integers(0, 10))
def test_no_wait_passes_a_bound(number: int, asked: float, left: float, retries: int) -> None:
    """A wait is what the server asked and at most 8 s more, inside the deadline, and only while retries are left."""
    error = RateLimitError("busy", retry_after=asked)
    seconds = wait_before_retry(Attempt(error, number, left), retries, Quota(), random.uniform)
    if seconds is not None:
        assert number <= retries
        assert asked <= seconds <= asked + 8
        assert seconds < left


def test_waits_grow_to_a_cap() -> None:
    """Full jitter: up to 0.5, 1, 2, 4, 8, 8 … seconds."""
    assert [wait(RateLimitError("x"), number, retries=9) for number in range(1, 7)] == [0.5, 1, 2, 4, 8, 8]


def test_what_cannot_pass_is_never_tried_again() -> None:
    """An error marked as final ends the call, one marked `ONCE` gets one more attempt."""
    assert wait(NovaError("x")) is None
    assert wait(NovaError("x", retry=Retry.ONCE)) is not None
    assert wait(NovaError("x", retry=Retry.ONCE), number=2) is None


def test_the_quota_ends_retries_and_refills_with_success() -> None:
    """A client whose calls keep failing stops retrying; calls that succeed give it back."""
    quota = Quota()
    timeouts = sum(wait(DeploymentTimeoutError("x"), quota=quota) is not None for _ in range(200))
    assert timeouts == 50
    assert wait(RateLimitError("x"), quota=quota) is None
    for _ in range(5):
        quota.refund(0)
    assert wait(RateLimitError("x"), quota=quota) is not None


def test_a_server_that_stays_down_is_left_alone(nova: FakeNova) -> None:
    """After many failures in a row the server is asked only now and then, and at once again when it is back."""
    nova.answering = lambda _: Scripted(503, {"error": {"message": "loading"}})
    client = NovaClient(api_base=nova.api_base, dimensions=128, max_retries=0, timeout=1.0)
    for _ in range(40):
        with pytest.raises(DeploymentUnavailableError, match="loading"):
            client.embed(["a"])
    assert len(nova.seen) == 8
    nova.answering = good_answer
    with pytest.raises(DeploymentUnavailableError, match="asked again in"):
        client.embed(["a"])
    patient = NovaClient(api_base=nova.api_base, dimensions=128, max_retries=0)
    assert len(patient.embed(["a"])) == 1
    time.sleep(2.1)
    assert len(client.embed(["a"])) == 1
    assert len(client.embed(["a"])) == 1
