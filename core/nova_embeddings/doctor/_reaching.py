"""Does a server answer, under which names, from where, and how fast?"""

from __future__ import annotations

import statistics
import time
from typing import TYPE_CHECKING

from nova_embeddings._errands import ENGINE_HEADER
from nova_embeddings._errors import NovaError
from nova_embeddings._tasks import FAMILIES
from nova_embeddings.doctor._answers import SUCCESS, RefusedError, UnreadableError, parsed, rows, said
from nova_embeddings.doctor._check import advice_on
from nova_embeddings.doctor._report import failed, ok, skipped, warning

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nova_embeddings._http import Answer
    from nova_embeddings.doctor._probe import Probe
    from nova_embeddings.doctor._report import Finding

NO_LIST = "no list of models can be read; embedding works without it, but a misspelt --model is harder to find"
_NOT_FOUND, _ABOUT_BODY = 404, (400, 404, 422)
_SINGLES, _BATCH = 5, 32
_NAMES_SHOWN = 6
_MODEL_ID, _MODEL_API_BASE = "x-litellm-model-id", "x-litellm-model-api-base"


def reachable(probe: Probe) -> Finding:
    """Ask for one vector, under a task of each family until one answers."""
    answer = probe.asked()
    if answer.status in SUCCESS:
        rows(answer, 1)
        return ok(f"{answer.status}, JSON with a vector")
    about_body = answer.status in _ABOUT_BODY
    return judge_refusal(answer, strings=about_body and probe.send(probe.body(["a text"])).status in SUCCESS)


def judge_refusal(answer: Answer, *, strings: bool) -> Finding:
    """Return why no vector came; `strings`: one did for a plain string without a task."""
    if strings:
        advice = (
            "it embeds plain strings, but not Nova's input objects: an embedding server, though not a Nova server; "
            "name a Nova server in --api-base"
        )
    elif answer.status == _NOT_FOUND:
        advice = "no such path, or no such model: the address should end in /v1, and --model name one of its models"
    else:
        advice = "it answers, and refuses what a Nova server embeds: see its words, and --model"
    return failed(said(answer), advice_on(answer.status) or advice)


def models(probe: Probe) -> Finding:
    """Ask for the list of models."""
    try:
        status = probe.asked().status
    except NovaError:
        return skipped("needs `reachable`")
    if status not in SUCCESS and status not in _ABOUT_BODY:  # those may be about the name, which the list helps with
        return skipped("needs `reachable`")
    try:
        listed = parsed(probe.models()).get("data")
    except (RefusedError, UnreadableError) as error:
        return warning(str(error), NO_LIST)
    entries = listed if isinstance(listed, list) else []
    names = [str(entry.get("id")) for entry in entries if isinstance(entry, dict)]
    return judge_models(names, probe.deployment.model, served=status in SUCCESS)


def judge_models(names: Sequence[str], asked: str, *, served: bool) -> Finding:
    """Return whether the asked model is among those listed; one that is served all the same does no harm."""
    more = f" and {len(names) - _NAMES_SHOWN} more" if len(names) > _NAMES_SHOWN else ""
    listed = ", ".join(names[:_NAMES_SHOWN]) + more
    if asked in names:
        return ok(f"{len(names)} listed, this one too")
    seen = f"{asked} is not listed; {f'there are {listed}' if names else 'none are'}"
    if served:
        return warning(seen, "the server answers to the name without listing it: make sure that it is the model meant")
    return failed(seen, "the server does not have this model under this name: give one of the listed as --model")


def route(probe: Probe) -> Finding:
    """Look at what the answers of each family's task say about who answered."""
    answers = {family: probe.asked(family) for family in FAMILIES}
    return judge_route({family: answer.headers for family, answer in answers.items() if answer.status in SUCCESS})


def judge_route(headers: Mapping[str, Mapping[str, str]]) -> Finding:
    """Return who answered, by family, as the headers say; a stand-in is no Nova model."""
    engines = {value for held in headers.values() for name, value in held.items() if name.endswith(ENGINE_HEADER)}
    places = {family: _place(held) for family, held in headers.items() if _place(held)}
    if len(set(places.values())) == 1:
        parts = [f"all: {next(iter(places.values()))}"]
    else:
        parts = [f"{family}: {place}" for family, place in places.items()]
    parts = [*(f"{ENGINE_HEADER}: {engine}" for engine in sorted(engines)), *parts]
    if engines:
        advice = (
            "a stand-in engine answers, which is NOT the Nova model: good for trying things out, but its vectors "
            "must never meet Nova's; index anew for Nova"
        )
        return warning("; ".join(parts), advice)
    return ok("; ".join(parts) or "the answers name no deployment: asked directly, or through a silent gateway")


def _place(headers: Mapping[str, str]) -> str:
    shown = (headers.get(_MODEL_ID, ""), headers.get(_MODEL_API_BASE, ""))
    return " at ".join(part for part in shown if part)


def timing(probe: Probe) -> Finding:
    """Ask for single texts one after another, then for a batch."""
    singles = [_seconds(probe, [f"The text number {number}."]) for number in range(_SINGLES)]
    texts = [f"The text number {number} of several." for number in range(_BATCH)]
    single, batch = 1000 * statistics.median(singles), 1000 * _seconds(probe, texts)
    return ok(f"{single:.1f} ms a text (median); {batch:.1f} ms for {_BATCH}, {batch / _BATCH:.1f} ms each")


def _seconds(probe: Probe, texts: list[str]) -> float:
    body = probe.body([{"text": text, "task": probe.lead} for text in texts], task=probe.lead)
    start = time.perf_counter()
    answer = probe.send(body)
    seconds = time.perf_counter() - start
    rows(answer, len(texts))
    return seconds
