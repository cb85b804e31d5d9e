"""The OpenAPI description is true: whatever it allows or forbids, the server answers as it says."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from nova_embeddings.server import Settings, create_app

KEY = "key-of-the-tests"
schema = schemathesis.openapi.from_asgi(
    "/openapi.json", create_app(Settings(engine="hash", api_key=KEY)), headers={"authorization": f"Bearer {KEY}"}
)
schema.config.generation.update(modes=list(schemathesis.GenerationMode))
CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
_relaxed = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def hold(case: Any) -> None:
    """Send what was made up, and hold that the answer is one that the description has."""
    case.call_and_validate(headers={"authorization": f"Bearer {KEY}"}, checks=CHECKS)


@schema.parametrize()
@settings(max_examples=30, **_relaxed)  # type: ignore[arg-type]
def test_the_description_is_true(case: Any) -> None:
    """Requests that fit it, and requests that do not, are answered as it says, and none makes the server fail."""
    hold(case)


@pytest.mark.slow
@schema.parametrize()
@settings(max_examples=500, **_relaxed)  # type: ignore[arg-type]
def test_the_description_is_true_at_length(case: Any) -> None:
    """The same, with many more."""
    hold(case)
