"""Which checks are there, in which order, and which tells nothing without another?"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from nova_embeddings._config import MODEL_VARIABLE, resolve_deployment
from nova_embeddings._errors import ConfigurationError
from nova_embeddings._options import Limits
from nova_embeddings._secrets import shown
from nova_embeddings.doctor import _inputs, _options, _reaching, _tasks
from nova_embeddings.doctor._check import Check
from nova_embeddings.doctor._probe import Probe
from nova_embeddings.doctor._report import Report, Row, Verdict, skipped

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nova_embeddings._options import Deployment
    from nova_embeddings._secrets import SecretLike
    from nova_embeddings.doctor._report import Finding

    Begun = Callable[[str], object]

DEFAULT_TIMEOUT = 30.0

_TOLD_APART = ("reachable", "repeatable")  # where the same text differs by itself, a difference tells nothing
_NO_SERVER = "something else than an embedding server stands at this address: check --api-base, which ends in /v1"
_NO_VECTOR = "the server does not give one dense vector for a text: nothing can be embedded"
_NO_INSTRUCTIONS = "the server refuses `instructions`: leave them out, or use a Nova server"
_NO_WIDTH = "the server does not honour `dimensions`: leave them out"
_NO_ROWS = "the server ignores or refuses `return_multivector`: late interaction needs a server that has it"
_NO_BASE64 = "the server does not speak base64, which NovaClient asks for: dense vectors cannot be had through it"
_NO_BATCH = "several texts in one request are refused or lost: use batch_size=1 until the server is mended"
_NO_IMAGES = "the server takes no pictures: embed texts only, or serve the model with its vision part"

CHECKS = (
    Check("reachable", "one text, task on input and request", _reaching.reachable, _NO_SERVER, ()),
    Check("models", "GET /models", _reaching.models, _reaching.NO_LIST, ()),
    Check("route", "one text a family: the answers' headers", _reaching.route, _NO_VECTOR),
    Check("repeatable", "the same text twice", _inputs.repeatable, _NO_VECTOR),
    Check("tasks", "one text under each of the 7 tasks", _tasks.tasks, _NO_VECTOR),
    Check("task effect", "one text under the families' tasks", _tasks.effect, _NO_VECTOR, _TOLD_APART),
    Check("query and passage", "one text as query, as passage", _tasks.roles, _NO_VECTOR, _TOLD_APART),
    Check("task on input", "task on the input only", _tasks.on_input, _NO_VECTOR, _TOLD_APART),
    Check("task on request", "task on the request only", _tasks.on_request, _NO_VECTOR, _TOLD_APART),
    Check("adapters", "the task's own adapter named, then another", _tasks.adapters, _NO_VECTOR, _TOLD_APART),
    Check("unknown task", "task no-such-task", _tasks.unknown, _NO_VECTOR),
    Check(
        "instructions",
        "one text with instructions on the request, and without",
        _options.instructions_of_request,
        _NO_INSTRUCTIONS,
        _TOLD_APART,
    ),
    Check(
        "instructions on input",
        "one text with instructions on the input, and without",
        _options.instructions_of_input,
        _NO_INSTRUCTIONS,
        _TOLD_APART,
    ),
    Check(
        "instructions on both",
        "instructions on the input, others on the request",
        _options.instructions_of_both,
        _NO_INSTRUCTIONS,
        (*_TOLD_APART, "instructions", "instructions on input"),
    ),
    Check("dimensions", "128, 256, 512, 1024, 2048, and none", _options.dimensions, _NO_WIDTH),
    Check("unit length", "each width", _options.unit_length, _NO_WIDTH),
    Check("nested widths", "each width", _options.nested, _NO_WIDTH, (*_TOLD_APART, "dimensions")),
    Check("multi-vectors", "return_multivector", _options.multivectors, _NO_ROWS),
    Check(
        "multi-vector width",
        "return_multivector with dimensions",
        _options.multivector_width,
        _NO_ROWS,
        ("reachable", "multi-vectors"),
    ),
    Check("base64", "encoding_format base64, and floats", _options.base64, _NO_BASE64, _TOLD_APART),
    Check("order", "5 texts in one request, and one by one", _inputs.order, _NO_BATCH, _TOLD_APART),
    Check("images", "two small PNGs", _inputs.images, _NO_IMAGES, _TOLD_APART),
    Check("text with image", "one text with a PNG, and without", _inputs.fused, _NO_IMAGES, _TOLD_APART),
    Check("time", "5 single texts, then 32 in one request", _reaching.timing, _NO_BATCH),
)


def examine(
    *,
    model: str | None = None,
    api_base: str | None = None,
    api_key: str | SecretLike | None = None,
    headers: Mapping[str, str | SecretLike] | None = None,
    timeout: float = DEFAULT_TIMEOUT,
    begun: Begun = lambda _: None,
) -> Report:
    """Ask the server at an address what the Nova API promises, in about fifty small calls, one after another.

    Args:
        model: else `NOVA_MODEL`, else the Nova model; what the server calls it.
        api_base: else `NOVA_API_BASE`, else `http://localhost:8000/v1`.
        api_key: else `NOVA_API_KEY`, else none.
        headers: sent with every call.
        timeout: seconds for each call.
        begun: called with the name of each check that is about to run.

    Raises:
        ConfigurationError: an option cannot be used, or the model is one that this process computes itself. Whatever
            the server does is a row of the report.
    """
    deployment = _checked(resolve_deployment(model, api_base, api_key, headers))
    probe = Probe(deployment, Limits(timeout=timeout).timeout)
    rows: list[Row] = []
    with contextlib.closing(probe):
        for check in CHECKS:
            begun(check.name)
            finding = _missing(check, rows) or check.finding(probe)
            rows.append(_row(check, finding, probe))
    return Report(deployment.api_base, deployment.model, tuple(rows))


def _checked(deployment: Deployment) -> Deployment:
    if deployment.in_process:
        message = (
            f"model={deployment.litellm_model!r} is computed in this process, so there is no server to examine; give "
            f"the name that the server knows as --model, or in {MODEL_VARIABLE}"
        )
        raise ConfigurationError(message)
    return deployment


def _missing(check: Check, rows: list[Row]) -> Finding | None:
    """Return why a check tells nothing, if another that it needs did not come out well."""
    bad = {row.check for row in rows if row.verdict in {Verdict.FAILED, Verdict.SKIPPED}}
    needed = next((name for name in check.needs if name in bad), None)
    return skipped(f"needs `{needed}`") if needed else None


def _row(check: Check, finding: Finding, probe: Probe) -> Row:
    """Return the row as it may be shown: without a key, and without what a terminal would obey."""
    seen = "".join(char if char.isprintable() else " " for char in shown(finding.seen, probe.secrets, ()))
    return Row(check.name, finding.verdict, check.sent, seen, finding.advice)
