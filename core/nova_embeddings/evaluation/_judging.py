"""Do queries, corpus and judgements fit together? What is given in several forms becomes one, or is refused."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from nova_embeddings._errors import ConfigurationError, InputError
from nova_embeddings._secrets import brief

if TYPE_CHECKING:
    from collections.abc import Collection

    from nova_embeddings._inputs import InputLike
    from nova_embeddings._options import OnError

    Grades = dict[str, dict[str, int]]

Inputs: TypeAlias = "Mapping[str, InputLike] | Iterable[tuple[str, InputLike]]"
Qrels: TypeAlias = "Mapping[str, Mapping[str, int] | Iterable[str]] | Iterable[tuple[str, str, int]]"
_NAMED = 5
_TRIPLE = 3
_NO_RELEVANT = "qrels name no relevant document (of grade 1 or more) for some queries"
SKIPPING = "on_error='skip' (--on-error skip)"
_MOST_GRADE = 1_000
"""Scales have 2 to 10 grades. trec_eval takes memory for each up to the highest."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What is searched, what for, and what should be found.

    Args:
        queries: those that are judged, by id.
        corpus: the documents, by id.
        grades: by query, the grade of each judged document; 1 and above is relevant.
        no_relevant: queries that were left out, because no document is relevant for them.
        not_in_corpus: judged documents that the corpus lacks.
    """

    queries: dict[str, InputLike]
    corpus: dict[str, InputLike]
    grades: Grades
    no_relevant: tuple[str, ...]
    not_in_corpus: tuple[str, ...]


def fit(queries: Inputs, corpus: Inputs, qrels: Qrels, on_error: OnError = "raise") -> Judged:
    """Return the three as one; queries without a judgement are left out.

    With "skip" queries for which no document is relevant are left out, too: no metric says anything of them. Judged
    documents that the corpus lacks stay: nobody finds them, as trec_eval has it.

    Raises:
        InputError: an id is unknown, stands twice, or is no str; a query has no relevant document; there is nothing.
        ConfigurationError: an argument has another form.
    """
    documents, grades = _by_id(corpus, "corpus"), _read(qrels)
    known = _by_id(queries, "queries")
    _refuse("qrels name queries that are not in queries", [query for query in grades if query not in known])
    without = _without(grades)
    if on_error == "raise" or len(without) == len(grades):
        _refuse(_NO_RELEVANT, without, f"; leave them out, or give {SKIPPING}")
    kept = {query: found for query, found in grades.items() if any(found.values())}
    missing = list(dict.fromkeys(one for found in kept.values() for one in found if one not in documents))
    if on_error == "raise":
        advice = f"; leave them out, or count them as never found: {SKIPPING}"
        _refuse("qrels name documents that are not in the corpus", missing, advice)
    return Judged({query: known[query] for query in kept}, documents, kept, tuple(without), tuple(missing))


def grades_of(qrels: Qrels) -> Grades:
    """Return the judgements by query and document.

    Raises:
        InputError: as `fit`.
        ConfigurationError: as `fit`.
    """
    grades = _read(qrels)
    _refuse(_NO_RELEVANT, _without(grades), "; leave them out")
    return grades


def _without(grades: Grades) -> list[str]:
    return [query for query, found in grades.items() if not any(found.values())]


def _read(qrels: Qrels) -> Grades:
    rows = _pairs_of_mapping(qrels) if isinstance(qrels, Mapping) else _pairs_of_rows(qrels)
    grades: Grades = {checked_id(query, "qrels"): {} for query in qrels} if isinstance(qrels, Mapping) else {}
    twice: list[str] = []
    for query, document, grade in rows:
        found = grades.setdefault(checked_id(query, "qrels"), {})
        if checked_id(document, "qrels") in found:
            twice.append(f"{query} {document}")
        found[document] = max(0, _checked_grade(grade, query, document))
    _refuse("qrels judge a document twice for one query", twice)
    if not grades:
        raise InputError("qrels are empty: there is nothing to measure against")
    return grades


def checked_id(name: object, what: str) -> str:
    """Return an id, or a run's name.

    Raises:
        InputError: it is no text, or empty.
    """
    if not isinstance(name, str) or not name:
        raise InputError(f"{what} has the id {brief(name)}; ids are str, and not empty")
    return name


def _by_id(given: object, what: str) -> dict[str, Any]:
    if isinstance(given, str | bytes) or not isinstance(given, Iterable):
        raise ConfigurationError(f"{what} is of type {type(given).__name__}; give a dict by id, or pairs (id, value)")
    pairs = list(given.items() if isinstance(given, Mapping) else given)
    if not all(isinstance(pair, tuple | list) and len(pair) == 2 for pair in pairs):  # noqa: PLR2004 (a pair)
        raise ConfigurationError(f"{what} is no dict by id, and its items are no pairs (id, value)")
    found: dict[str, Any] = {}
    twice: list[str] = []
    for name, value in pairs:
        if checked_id(name, what) in found:
            twice.append(name)
        found[name] = value
    _refuse(f"{what} has ids that stand twice", twice)
    if not found:
        raise InputError(f"{what} is empty: there is nothing to {'search' if what == 'corpus' else 'ask'}")
    return found


def _pairs_of_mapping(qrels: Mapping[Any, Any]) -> Iterable[tuple[Any, Any, Any]]:
    for query, found in qrels.items():
        if isinstance(found, str) or not isinstance(found, Iterable):
            raise ConfigurationError(
                f"qrels[{brief(query)}] is no dict of grades by document, and no list of documents"
            )
        judged = found.items() if isinstance(found, Mapping) else ((document, 1) for document in found)
        yield from ((query, document, grade) for document, grade in judged)


def _pairs_of_rows(qrels: object) -> Iterable[tuple[Any, Any, Any]]:
    if isinstance(qrels, str | bytes) or not isinstance(qrels, Iterable):
        raise ConfigurationError(f"qrels is of type {type(qrels).__name__}; give {{query id: {{document id: grade}}}}")
    for row in qrels:
        if not isinstance(row, tuple | list) or len(row) != _TRIPLE:
            raise ConfigurationError("qrels is no dict by query, and its items are no (query id, document id, grade)")
        yield row[0], row[1], row[2]


def _checked_grade(grade: object, query: str, document: str) -> int:
    where = f"qrels give query {query!r} and document {document!r} the grade {brief(grade)}"
    if isinstance(grade, float | np.floating) and float(grade).is_integer():
        grade = int(grade)
    if not isinstance(grade, int | np.integer | np.bool_):
        raise InputError(f"{where}: no whole number")
    number = int(grade)
    if number > _MOST_GRADE:
        raise InputError(f"{where}: give at most {_MOST_GRADE:,}")
    return number


def _refuse(what: str, names: Collection[object], advice: str = "") -> None:
    if names:
        shown = ", ".join(repr(name) for name in list(names)[:_NAMED])
        more = f", and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
        raise InputError(f"{what}: {shown}{more}{advice}")
