"""Which metrics are there, what is each called, and what does it say of a query? Computed by ir-measures.

ir-measures runs trec_eval's own code (pytrec_eval-terrier) and counts a query without any result as 0, which
pytrec_eval alone leaves out of the mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._secrets import brief
from nova_embeddings.evaluation._extra import needed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Grades = Mapping[str, Mapping[str, int]]
    Run = Mapping[str, Mapping[str, float]]

DEFAULT_K = (1, 5, 10, 20)
_AT_K = {"ndcg": "nDCG", "p": "P", "recall": "Recall", "hit": "Hit", "em": "EM"}
_WHOLE = {"mrr": "MRR", "map": "MAP"}
_USUAL_K = 10
_KEY = re.compile(r"([a-z]+)([0-9]*)")
_EXACT = "em"


def cutoffs(k: int | Iterable[int]) -> tuple[int, ...]:
    """Return the cutoffs, each once, in rising order.

    Raises:
        ConfigurationError: one is no whole number of at least 1, or there is none.
    """
    given = tuple(k) if isinstance(k, Iterable) else (k,)
    wrong = [one for one in given if isinstance(one, bool) or not isinstance(one, int) or one < 1]
    if wrong or not given:
        seen = brief(wrong[0]) if wrong else "()"
        raise ConfigurationError(f"k={seen} is no cutoff; give a whole number of at least 1, or several: k=(5, 10)")
    return tuple(sorted(set(given)))


def keys_of(k: Sequence[int]) -> tuple[str, ...]:
    """Return the metrics' names as attributes have them: ndcg10, p10, …, mrr, map."""
    return (*(f"{name}{cutoff}" for name in _AT_K for cutoff in k), *_WHOLE)


def usual(k: Sequence[int]) -> str:
    """Return the metric that variants are compared by: nDCG at 10, or at the largest cutoff where that is not asked."""
    return f"ndcg{_USUAL_K if _USUAL_K in k else max(k)}"


def key_of(name: object, known: Sequence[str]) -> str:
    """Return the attribute's name of a metric; `nDCG@10` is `ndcg10`.

    Raises:
        ConfigurationError: it was not measured.
    """
    key = name.lower().replace("@", "") if isinstance(name, str) else ""
    if key not in known:
        raise ConfigurationError(f"metric={brief(name)} was not measured; choose one of {', '.join(known)}")
    return key


def label(key: str) -> str:
    """Return a metric's name as people write it: `ndcg10` is nDCG@10."""
    name, cutoff = _parts(key)
    return f"{_AT_K[name]}@{cutoff}" if cutoff else _WHOLE[name]


def measured(grades: Grades, run: Run, keys: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return each metric's value for each query of the judgements, by metric and query.

    Args:
        grades: by query, the grade of each judged document; 1 and above is relevant.
        run: by query, the score of each document that was found; a query that is missing here counts as 0.
        keys: the metrics.
    """
    exact = [key for key in keys if _parts(key)[0] == _EXACT]
    others = [key for key in keys if key not in exact]
    best = {query: _best_only(judged) for query, judged in grades.items()}
    return {**_computed(grades, run, others), **_computed(best, run, exact)}


def _computed(grades: Grades, run: Run, keys: Sequence[str]) -> dict[str, dict[str, float]]:
    measures = {_measure(key): key for key in keys}
    values: dict[str, dict[str, float]] = {key: {} for key in keys}
    if measures:
        evaluator = needed("ir_measures").pytrec_eval.evaluator(list(measures), grades)
        for found in evaluator.iter_calc(run):
            values[measures[found.measure]][found.query_id] = float(found.value)
    return values


def _measure(key: str) -> Any:  # noqa: ANN401 (a measure of ir-measures, which is imported late)
    library = needed("ir_measures")
    name, cutoff = _parts(key)
    names = {"ndcg": "nDCG", "p": "P", "recall": "R", "hit": "Success", _EXACT: "Success", "mrr": "RR", "map": "AP"}
    measure = getattr(library, names[name])
    return measure @ cutoff if cutoff else measure


def _best_only(judged: Mapping[str, int]) -> dict[str, int]:
    best = max(judged.values(), default=0)
    return {document: int(grade == best) for document, grade in judged.items()}


def _parts(key: str) -> tuple[str, int]:
    match = _KEY.fullmatch(key)
    return (match[1], int(match[2] or 0)) if match else (key, 0)
