"""Are the numbers those of trec_eval?"""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import pytrec_eval

from nova_embeddings import ConfigurationError, InputError
from nova_embeddings.evaluation import evaluate_runs

K = (1, 3, 10)
TREC = {
    **{f"ndcg{k}": f"ndcg_cut_{k}" for k in K},
    **{f"p{k}": f"P_{k}" for k in K},
    **{f"recall{k}": f"recall_{k}" for k in K},
    **{f"hit{k}": f"success_{k}" for k in K},
    "mrr": "recip_rank",
    "map": "map",
}
MEASURES = {"ndcg_cut.1,3,10", "P.1,3,10", "recall.1,3,10", "success.1,3,10", "recip_rank", "map"}


def drawn(rng: np.random.Generator) -> tuple[dict[str, dict[str, int]], dict[str, dict[str, float]]]:
    """Return judgements with grades and a run with ties, unjudged documents and missing queries."""
    documents = [f"d{number}" for number in range(30)]
    qrels: dict[str, dict[str, int]] = {}
    run: dict[str, dict[str, float]] = {}
    for number in range(int(rng.integers(1, 6))):
        judged = rng.choice(documents, int(rng.integers(1, 12)), replace=False)
        qrels[f"q{number}"] = {name: int(rng.integers(0, 4)) for name in judged} | {str(judged[0]): 1}
        if number == 0 or rng.random() < 0.8:
            found = rng.choice(documents, int(rng.integers(1, 25)), replace=False)
            run[f"q{number}"] = {name: float(rng.integers(0, 8)) / 8 for name in found}
    return qrels, run


def trec_eval(qrels: dict[str, dict[str, int]], run: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Return trec_eval's own numbers by query."""
    found: dict[str, dict[str, float]] = pytrec_eval.RelevanceEvaluator(qrels, MEASURES).evaluate(run)
    return found


@pytest.mark.parametrize("seed", range(10))
def test_metrics_equal_trec_eval(seed: int) -> None:
    """A thousand random runs in all: each query's value and the means, where a missing query counts as 0."""
    rng = np.random.default_rng(seed)
    for _ in range(100):
        qrels, run = drawn(rng)
        scores = evaluate_runs({"run": run}, qrels, K)["run"]
        wanted = trec_eval(qrels, run)
        for key, name in TREC.items():
            values = {query: wanted[query][name] if query in wanted else 0.0 for query in qrels}
            assert scores.values[key] == pytest.approx(values, abs=1e-6)
            assert getattr(scores, key) == pytest.approx(sum(values.values()) / len(values), abs=1e-6)


def test_exact_match_wants_the_best_grade() -> None:
    """EM@k asks for a document of the highest grade, where Hit@k takes any relevant one."""
    qrels = {"graded": {"best": 2, "fair": 1}, "flat": {"one": 1, "other": 1}}
    run = {"graded": {"fair": 0.9, "best": 0.8}, "flat": {"other": 0.9}}
    scores = evaluate_runs({"run": run}, qrels, (1, 2))["run"]
    assert (scores.hit1, scores.em1, scores.em2) == (1.0, 0.5, 1.0)
    assert scores.values["em1"] == {"graded": 0.0, "flat": 1.0}


def test_precision_divides_by_k_also_where_less_is_found() -> None:
    """P@10 of one relevant document among two found is a tenth; the example of the model card reads `.p10`."""
    report = evaluate_runs({"run": {"q": {"a": 2.0, "b": 1.0}}}, {"q": ["a"]}, 10)
    assert report.p10 == pytest.approx(0.1)
    assert report.ndcg10 == 1.0


def test_a_negative_grade_is_not_relevant() -> None:
    """As in trec_eval: some collections grade spam -2."""
    qrels = {"q": {"spam": -2, "good": 1}}
    scores = evaluate_runs({"run": {"q": {"spam": 2.0, "good": 1.0}}}, qrels, (1, 2))["run"]
    assert (scores.p1, scores.mrr, scores.em1) == (0.0, 0.5, 0.0)


@pytest.mark.parametrize(
    ("better", "worse"),
    [(0.9000000001, 0.9), (16777217.0, 16777216.0), (1e300, 1e299), (-1e299, -1e300), (2**53 + 2, 2**53)],
)
def test_scores_that_differ_are_no_tie(better: float, worse: float) -> None:
    """trec_eval reads scores as float32, where these are equal; the order of what was found is that of the scores."""
    scores = evaluate_runs({"run": {"q": {"a-better": better, "z-worse": worse}}}, {"q": ["a-better"]}, 1)["run"]
    assert scores.found["q"] == ("a-better",)
    assert (scores.p1, scores.mrr) == (1.0, 1.0)


def test_equal_scores_are_in_falling_order_of_the_ids() -> None:
    """As trec_eval has them, which compares the bytes of the ids."""
    ids = ["d10", "d9", "é", "z", "Z", "\N{GRINNING FACE}", "\uffee"]
    for first in ids:
        run, qrels = {"q": dict.fromkeys(ids, 0.5)}, {"q": {first: 1}}
        scores = evaluate_runs({"run": run}, qrels, 1)["run"]
        assert scores.mrr == pytest.approx(trec_eval(qrels, run)["q"]["recip_rank"])
    assert scores.found["q"] == ("\N{GRINNING FACE}",)


@pytest.mark.parametrize("odd", ["\0", "\ud800", " ", "\n"])
def test_any_text_is_an_id(odd: str) -> None:
    """Also one that trec_eval would cut or could not read."""
    run = {f"q{odd}": {f"d{odd}": 2.0, f"d{odd}x": 1.0}}
    scores = evaluate_runs({"run": run}, {f"q{odd}": [f"d{odd}x"]}, (1, 2))["run"]
    assert (scores.hit1, scores.hit2, scores.mrr) == (0.0, 1.0, 0.5)


def test_numbers_of_numpy_are_numbers() -> None:
    """Grades, scores and cutoffs as a table has them."""
    kinds: tuple[Any, ...] = (np.int64, np.uint8, np.float32)
    for kind in kinds:
        report = evaluate_runs({"run": {"q": {"a": kind(2), "b": kind(1)}}}, {"q": {"a": kind(1)}}, np.array([1, 2]))
        assert (report.k, report.p1) == ((1, 2), 1.0)


@pytest.mark.parametrize("grade", [1.5, float("nan"), float("inf"), "1", None])
def test_a_grade_that_is_no_whole_number_is_refused(grade: Any) -> None:
    """The error names query and document."""
    with pytest.raises(InputError, match=r"query 'q' and document 'd' the grade .*: no whole number"):
        evaluate_runs({"run": {"q": {"d": 1.0}}}, {"q": {"d": grade}})


@pytest.mark.parametrize("grade", [1_001, 2**40, 2**63, 1e300])
def test_a_grade_beyond_all_scales_is_refused(grade: float) -> None:
    """trec_eval would take gigabytes for it, or count it wrong."""
    with pytest.raises(InputError, match=r"query 'q' and document 'd' the grade .* at most 1,000"):
        evaluate_runs({"run": {"q": {"d": 1.0}}}, {"q": {"d": grade}})


@pytest.mark.parametrize("k", ["10", b"10", 0, True, 1.5, (), None, [5, "x"], 2**31, 2**70])
def test_a_bad_cutoff_is_refused(k: Any) -> None:
    """The error shows what was given, not a piece of it."""
    seen = {"10": "k='10'", 2**31: "k=2147483648"}.get(k if not isinstance(k, list) else "", "k=")
    with pytest.raises(ConfigurationError, match=seen):
        evaluate_runs({"run": {"q": {"d": 1.0}}}, {"q": ["d"]}, k)


@pytest.mark.parametrize(
    ("runs", "says"),
    [
        ({}, "runs is no dict, or empty"),
        ({"a": {"other": {"d": 1.0}}}, "none of the judged queries"),
        ({"a": {"q": {"d": float("nan")}}}, "query 'q', document 'd': the score nan"),
        ({"a": {"q": {"d": 10**400}}}, "query 'q', document 'd': the score 1000"),
        ({"a": {"q": ["d"]}}, "run 'a' is no dict"),
        ({"a": {"q": {1: 1.0}}}, "run 'a', query 'q' has the id 1; ids are str"),
        ({1: {"q": {"d": 1.0}}}, "runs has the id 1; ids are str"),
    ],
)
def test_a_bad_run_is_refused(runs: Any, says: str) -> None:
    """What cannot be measured is named."""
    with pytest.raises((ConfigurationError, InputError), match=says):
        evaluate_runs(runs, {"q": ["d"]})
