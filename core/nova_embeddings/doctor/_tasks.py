"""Does the server do what a task asks for, wherever it stands?"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_embeddings._tasks import FAMILIES, TASKS, family_of
from nova_embeddings.doctor._answers import SUCCESS, RefusedError, dense, only, said
from nova_embeddings.doctor._check import advice_on
from nova_embeddings.doctor._comparing import DIFFERENT, apart, cosine, is_one_of, nearest
from nova_embeddings.doctor._report import failed, ok, skipped, warning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nova_embeddings._http import Answer
    from nova_embeddings._results import FloatArray
    from nova_embeddings._tasks import Task
    from nova_embeddings.doctor._probe import Probe
    from nova_embeddings.doctor._report import Finding

_SIDES: tuple[tuple[Task, Task], ...] = (("retrieval.query", "retrieval.passage"), ("code.query", "code.passage"))
_WANTED = ("retrieval.query", "code.query", "text-matching")
_UNKNOWN = "no-such-task"
_REFUSALS = (400, 404, 422)


def tasks(probe: Probe) -> Finding:
    """Ask for the same text under each task."""
    answers = {task: probe.asked(task) for task in TASKS}
    served = probe.served(TASKS)
    refused = {task: answer for task, answer in answers.items() if task not in served}
    broken = {task: said(answer) for task, answer in refused.items() if answer.status not in _REFUSALS}
    if broken:
        seen = f"{len(served)} of {len(TASKS)} answered; failed: {', '.join(broken)} ({next(iter(broken.values()))})"
        return failed(seen, "whoever serves these tasks is down, or does not let this key in: look at its log")
    return judge_tasks({task: said(answer) for task, answer in refused.items()})


def judge_tasks(refused: Mapping[Task, str]) -> Finding:
    """Return whether each task is answered; a deployment of one adapter refuses whole families, and may."""
    if not refused:
        return ok(f"all {len(TASKS)} answered")
    reason = next(iter(refused.values()))
    seen = f"{len(TASKS) - len(refused)} of {len(TASKS)} answered; refused: {', '.join(refused)} ({reason})"
    families = {family_of(task) for task in refused}
    if all((task in refused) == (family_of(task) in families) for task in TASKS):
        advice = (
            f"{' and '.join(sorted(families))}: not served here, which is fine for one deployment of several behind "
            "a router; otherwise load the adapters"
        )
        return warning(seen, advice)
    return failed(seen, "the server refuses tasks of a family whose other tasks it answers: update or configure it")


def effect(probe: Probe) -> Finding:
    """Compare the same text under the tasks of different families."""
    served = probe.served(FAMILIES)
    names = list(served)
    if len(names) < 2:  # noqa: PLR2004 (two, to compare)
        return skipped(f"only {names[0]} is served")
    pairs = [(one, other) for index, one in enumerate(names) for other in names[index + 1 :]]
    advice = (
        "the server ignores `task`, or routes all tasks to one adapter: it is asked for one thing and embeds another; "
        "check the routing of its proxy, or whether it is a Nova server"
    )
    return apart({f"{one} / {other}": (served[one], served[other]) for one, other in pairs}, advice)


def roles(probe: Probe) -> Finding:
    """Compare the same text as query and as passage."""
    served = probe.served([task for pair in _SIDES for task in pair])
    pairs = {query: (served[query], served[passage]) for query, passage in _SIDES if {query, passage} <= served.keys()}
    if not pairs:
        return skipped("no family with a query and a passage task is served")
    advice = (
        "the server ignores the part of `task` after the dot: queries and passages get the same vector, and search "
        "gets worse; does it put the task's prompt before the text?"
    )
    return apart({f"{query} / passage": pair for query, pair in pairs.items()}, advice)


def on_input(probe: Probe) -> Finding:
    """Give the task on the input only, and compare with the task in both places."""
    advice = (
        "a task that stands on the input only is ignored, as by a proxy that routes by the request's task: "
        "put the task on the request too, and inputs of several families into several requests (NovaClient does)"
    )
    return _in_one_place(probe, {"task": None}, {}, advice)


def on_request(probe: Probe) -> Finding:
    """Give the task on the request only, and compare with the task in both places."""
    advice = "a task that stands on the request only is ignored: put it on every input too (NovaClient does)"
    return _in_one_place(probe, {}, {"task": None}, advice)


def _in_one_place(probe: Probe, top: Mapping[str, None], item: Mapping[str, None], advice: str) -> Finding:
    known = probe.served(TASKS)
    asked = [task for task in _WANTED if task in known] or [probe.lead]
    if len(known) == 1 or all(cosine(known[asked[0]], other) >= DIFFERENT for other in known.values()):
        return skipped("the tasks cannot be told apart here")
    got: dict[str, FloatArray] = {}
    for task in asked:
        try:
            got[task] = dense(only(probe.asked(task, item, top)))
        except RefusedError as error:
            return warning(f"{task}: {error}", advice_on(error.answer.status) or advice.replace("ignored", "refused"))
    return judge_places(got, known, advice)


def judge_places(got: Mapping[str, FloatArray], known: Mapping[str, FloatArray], advice: str) -> Finding:
    """Return whether each vector is that of its task."""
    wrong = {task: nearest(vector, known) for task, vector in got.items() if not is_one_of(vector, task, known)}
    if not wrong:
        return ok(f"same vectors: {', '.join(got)}")
    return failed("; ".join(_mistaken(task, other, got, known) for task, other in wrong.items()), advice)


def _mistaken(task: str, other: str, got: Mapping[str, FloatArray], known: Mapping[str, FloatArray]) -> str:
    likeness = cosine(got[task], known[task])
    return f"{task}: cosine {likeness:.4f}" + (f", nearest to {other}" if other != task else "")


def adapters(probe: Probe) -> Finding:
    """Name the adapter that serves the task anyway, then another one."""
    served = probe.served(FAMILIES)
    names = list(served)
    try:
        own = {name: probe.dense(name, item={"adapter": name}) for name in names}
    except RefusedError as error:
        return skipped(f"the server refuses a named adapter ({error})")
    try:
        other = probe.dense(names[0], item={"adapter": names[1]}) if names[1:] else None
    except RefusedError:  # as where each task has a deployment of its own
        other = None
    return judge_adapters(own, other, served)


def judge_adapters(
    own: Mapping[str, FloatArray], other: FloatArray | None, served: Mapping[str, FloatArray]
) -> Finding:
    """Return whether each task runs on its own adapter.

    Args:
        own: the vector of each family's task with its own adapter named.
        other: the first one's with the second's adapter named; None where that is refused.
        served: the vectors with no adapter named.
    """
    wrong = [name for name in own if cosine(own[name], served[name]) < DIFFERENT]
    if wrong:
        cosines = ", ".join(f"{name}: cosine {cosine(own[name], served[name]):.4f}" for name in wrong)
        advice = (
            "a task does not run on the adapter of its name: it is routed to another one, and its vectors are not "
            "what was asked for; check the server's adapters and the proxy's routes"
        )
        return failed(cosines, advice)
    if other is None:
        return ok("the same with its own named; another one is refused")
    likeness = cosine(other, next(iter(served.values())))
    if likeness >= DIFFERENT:
        advice = (
            "naming another adapter changes nothing: `adapter` is ignored, or there is one for all tasks; whether "
            "each task runs on its own cannot be told from here"
        )
        return warning(f"another one named: cosine {likeness:.4f}", advice)
    return ok(f"the same with its own named; another one named: cosine {likeness:.4f}")


def unknown(probe: Probe) -> Finding:
    """Ask for a task that is none."""
    return judge_unknown(probe.asked(_UNKNOWN))


def judge_unknown(answer: Answer) -> Finding:
    """Return whether a task that is none was refused."""
    if answer.status in SUCCESS:
        advice = "a misspelt task is not refused: it silently gives the vector of some other task"
        return failed(f"answered, {answer.status}", advice)
    if answer.status not in _REFUSALS:
        advice = "the server fails on a misspelt task instead of refusing it, so that clients try again"
        return warning(said(answer), advice)
    return ok(f"refused, {answer.status}")
