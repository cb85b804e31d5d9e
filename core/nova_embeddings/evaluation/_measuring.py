"""How good are runs: what was found for each query, from wherever it came?"""

from __future__ import annotations

import math
from collections.abc import Mapping
from contextlib import suppress
from numbers import Real
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._secrets import brief
from nova_embeddings.evaluation._judging import checked_id, grades_of
from nova_embeddings.evaluation._metrics import DEFAULT_K, cutoffs, keys_of, measured
from nova_embeddings.evaluation._report import Report, Scores

if TYPE_CHECKING:
    from collections.abc import Iterable

    from nova_embeddings.evaluation._judging import Qrels
    from nova_embeddings.evaluation._metrics import Grades

    Run = Mapping[str, Mapping[str, float]]


def evaluate_runs(
    runs: Mapping[str, Run], qrels: Qrels, k: int | Iterable[int] = DEFAULT_K, *, seed: int = 0
) -> Report:
    """Measure and compare runs that came from elsewhere: a retriever, a hybrid search, a reranker.

    Scores are compared as they are (float64), equal ones by falling id. trec_eval itself reads them as float32, so that
    its numbers differ where two scores do not differ in that.

    Args:
        runs: by name, the baseline first: `{query id: {document id: score}}`, the higher the better. A judged query
            that a run lacks counts as 0; a query that is not judged is left out.
        qrels: as `evaluate_retrieval` takes them.
        k: cutoffs.
        seed: of the bootstrap and the randomisation test.

    Raises:
        InputError: judgements are bad, an id is no str, a score is no finite number, or a run has none of the judged
            queries.
        ConfigurationError: an argument has another form, or the extra `evaluation` is not installed.
    """
    at, grades = cutoffs(k), grades_of(qrels)
    if not isinstance(runs, Mapping) or not runs:
        raise ConfigurationError("runs is no dict, or empty; give {name: {query id: {document id: score}}}")
    named = {checked_id(name, "runs"): run for name, run in runs.items()}
    scores = {name: scores_of(name, None, [_judged(name, run, grades)], grades, at) for name, run in named.items()}
    return Report(scores, at, None, seed)


def scores_of(name: str, instructions: str | None, runs: Iterable[Run], grades: Grades, k: tuple[int, ...]) -> Scores:
    """Return a variant's scores.

    Args:
        name: the variant's.
        instructions: of its queries.
        runs: one after another, each for some of the queries; what none has counts as 0.
        grades: of all queries.
        k: the cutoffs.
    """
    keys = keys_of(k)
    values: dict[str, dict[str, float]] = {key: dict.fromkeys(grades, 0.0) for key in keys}
    found: dict[str, tuple[str, ...]] = dict.fromkeys(grades, ())
    for run in runs:
        ranked = {query: _ranked(documents) for query, documents in run.items()}
        for key, by_query in measured({query: grades[query] for query in run}, ranked, keys).items():
            values[key].update(by_query)
        found.update((query, documents[: max(k)]) for query, documents in ranked.items())
    return Scores(name, instructions, values, found)


def _ranked(documents: Mapping[str, float]) -> tuple[str, ...]:
    """Return the documents, best first; equal scores by falling id, as trec_eval has them."""
    ranked = sorted(documents.items(), key=lambda item: (item[1], item[0]), reverse=True)
    return tuple(document for document, _ in ranked)


def _judged(name: str, run: object, grades: Grades) -> dict[str, dict[str, float]]:
    """Return what a run has of the judged queries.

    Raises:
        InputError: it has none of them, an id is no str, or a score is no finite number.
        ConfigurationError: it has another form.
    """
    if not isinstance(run, Mapping) or not all(isinstance(found, Mapping) for found in run.values()):
        raise ConfigurationError(f"run {brief(name)} is no dict {{query id: {{document id: score}}}}")
    kept = {query: found for query, found in run.items() if query in grades}
    if not kept:
        raise InputError(f"run {brief(name)} has none of the judged queries; are their ids the same?")
    return {query: _scored(found, f"run {brief(name)}, query {query!r}") for query, found in kept.items()}


def _scored(found: Mapping[object, object], where: str) -> dict[str, float]:
    named = {checked_id(document, where): score for document, score in found.items()}
    return {document: _score(score, f"{where}, document {document!r}") for document, score in named.items()}


def _score(score: object, where: str) -> float:
    with suppress(OverflowError):  # a whole number may be beyond all floats
        if isinstance(score, Real) and math.isfinite(score):
            return float(score)
    raise InputError(f"{where}: the score {brief(score)} is no finite number")
