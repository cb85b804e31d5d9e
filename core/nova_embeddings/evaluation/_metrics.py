"""Which metrics are there, what is each called, and what does it say of a query? Computed by ir-measures.

ir-measures runs trec_eval's own code (pytrec_eval-terrier) and counts a query without any result as 0, which
pytrec_eval alone leaves out of the mean. It is given places in place of scores and ids: it reads scores as float32,
ids up to a NUL, and some ids not at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._secrets import brief
from nova_embeddings.evaluation._extra import needed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Grades = Mapping[str, Mapping[str, int]]
    Rankings = Mapping[str, Sequence[str]]

DEFAULT_K = (1, 5, 10, 20)
_AT_K = {"ndcg": "nDCG", "p": "P", "recall": "Recall", "hit": "Hit", "em": "EM"}
_WHOLE = {"mrr": "MRR", "map": "MAP"}
_USUAL_K = 10
_KEY = re.compile(r"([a-z]+)([0-9]*)")
_EXACT = "em"
_MOST_K = 1_000_000


def cutoffs(k: int | Iterable[int]) -> tuple[int, ...]:
    """Return the cutoffs, each once, in rising order.

    Raises:
        ConfigurationError: one is no whole number of at least 1, or there is none.
    """
    given = tuple(k) if isinstance(k, Iterable) and not isinstance(k, str | bytes) else (k,)
    wrong = [one for one in given if not _is_cutoff(one)]
    if wrong or not given:
        seen = brief(wrong[0]) if wrong else "()"
        message = f"k={seen} is no cutoff; give a whole number from 1 to {_MOST_K:,}, or several: k=(5, 10)"
        raise ConfigurationError(message)
    return tuple(sorted({int(one) for one in given}))


def _is_cutoff(k: object) -> bool:
    return isinstance(k, int | np.integer) and not isinstance(k, bool) and 1 <= int(k) <= _MOST_K


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


def measured(grades: Grades, rankings: Rankings, keys: Sequence[str]) -> dict[str, dict[str, float]]:
    """Return each metric's value for each query of the judgements, by metric and query.

    Args:
        grades: by query, the grade of each judged document; 1 and above is relevant.
        rankings: by query, the documents that were found, best first; a query that is missing here counts as 0.
        keys: the metrics.
    """
    exact = [key for key in keys if _parts(key)[0] == _EXACT]
    others = [key for key in keys if key not in exact]
    best = {query: _best_only(judged) for query, judged in grades.items()}
    return {**_computed(grades, rankings, others), **_computed(best, rankings, exact)}


def _computed(grades: Grades, rankings: Rankings, keys: Sequence[str]) -> dict[str, dict[str, float]]:
    measures, queries = {_measure(key): key for key in keys}, list(grades)
    values: dict[str, dict[str, float]] = {key: {} for key in keys}
    if measures:
        qrels, run = _by_place(grades, rankings)
        evaluator = needed("ir_measures").pytrec_eval.evaluator(list(measures), qrels)
        for found in evaluator.iter_calc(run):
            values[measures[found.measure]][queries[int(found.query_id)]] = float(found.value)
    return values


def _by_place(grades: Grades, rankings: Rankings) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, float]]]:
    """Return judgements and a run with places in place of ids: of queries as judged, of documents as found."""
    qrels: dict[str, dict[str, int]] = {}
    run: dict[str, dict[str, float]] = {}
    for number, (query, judged) in enumerate(grades.items()):
        found = rankings.get(query, ())
        places = {document: str(place) for place, document in enumerate(found)}
        missed = (document for document in judged if document not in places)
        places |= {document: str(place) for place, document in enumerate(missed, start=len(found))}
        qrels[str(number)] = {places[document]: grade for document, grade in judged.items()}
        run[str(number)] = {str(place): float(-place) for place in range(len(found))}
    return qrels, run


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
