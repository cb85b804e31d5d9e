"""Are the tests of significance those of SciPy?"""

from __future__ import annotations

import warnings

import numpy as np
import pytest
from scipy import stats  # type: ignore[import-untyped]

from nova_embeddings import ConfigurationError
from nova_embeddings.evaluation import Comparison, Report, evaluate_runs

QUERY_COUNTS = [2, 5, 12, 40, 300]


def report_of(values: dict[str, list[float]]) -> Report:
    """Return a report in which MRR has these values: the relevant document's rank is chosen for each query."""
    count = len(next(iter(values.values())))
    qrels = {f"q{number:03}": ["right"] for number in range(count)}
    runs = {
        name: {f"q{number:03}": _ranked(round(1 / value)) for number, value in enumerate(column)}
        for name, column in values.items()
    }
    return evaluate_runs(runs, qrels, 5)


def _ranked(rank: int) -> dict[str, float]:
    return {"right" if place == rank else f"wrong{place}": 1 / place for place in range(1, rank + 1)}


def compared(count: int, seed: int = 0) -> tuple[Comparison, list[float], list[float]]:
    """Return a comparison of two drawn columns, and the columns."""
    rng = np.random.default_rng(seed)
    before, after = ([1 / int(rank) for rank in rng.integers(1, 6, count)] for _ in range(2))
    (one,) = report_of({"before": before, "after": after}).compare("mrr")
    return one, before, after


@pytest.mark.parametrize("count", QUERY_COUNTS)
def test_the_t_test_is_scipy_s(count: int) -> None:
    """`ttest_rel` over the same pairs gives the same p."""
    one, before, after = compared(count)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        assert one.p_ttest == pytest.approx(stats.ttest_rel(after, before).pvalue, abs=1e-9)
    assert one.difference == pytest.approx(np.mean(after) - np.mean(before), abs=1e-6)


@pytest.mark.parametrize(("count", "near"), [(5, 1e-12), (12, 1e-12), (40, 0.01), (300, 0.01)])
def test_the_randomisation_test_is_scipy_s(count: int, near: float) -> None:
    """`permutation_test` gives the same p: exactly where all signs are tried, else within what drawing leaves open."""
    one, before, after = compared(count)
    wanted = stats.permutation_test(
        (after, before),
        lambda one, other, axis: np.mean(np.asarray(one) - np.asarray(other), axis=axis),
        permutation_type="samples",
        vectorized=True,
        n_resamples=20_000,
        rng=np.random.default_rng(1),
    )
    assert one.p_randomisation == pytest.approx(wanted.pvalue, abs=near)


def test_the_interval_is_seeded_and_about_the_t_interval() -> None:
    """The same report says the same twice; over many queries the bootstrap agrees with Student's interval."""
    one, before, after = compared(300)
    again, _, _ = compared(300)
    assert one.interval == again.interval
    differences = np.array(after) - np.array(before)
    wanted = stats.t.interval(0.95, 299, differences.mean(), stats.sem(differences))
    assert one.interval == pytest.approx(wanted, abs=0.01)


def test_several_variants_are_corrected_by_holm() -> None:
    """The smallest p is multiplied by the number of variants, the next by one less; none falls below a smaller one."""
    rng = np.random.default_rng(3)
    base = [1 / int(rank) for rank in rng.integers(2, 5, 30)]
    better = [1.0 if number < 8 else value for number, value in enumerate(base)]
    alike = [0.5 if number < 2 else value for number, value in enumerate(base)]
    report = report_of({"base": base, "better": better, "alike": alike})
    found = {one.variant: one for one in report.compare("MRR")}
    assert found["better"].p_ttest_holm == pytest.approx(2 * found["better"].p_ttest)
    assert found["alike"].p_ttest_holm == pytest.approx(found["alike"].p_ttest)
    assert found["better"].p_randomisation < 0.01 < found["alike"].p_randomisation_holm


def test_no_difference_has_no_p_below_one() -> None:
    """Where SciPy has no number, equal variants and a single query show nothing."""
    (same,) = report_of({"a": [0.5, 1.0], "b": [0.5, 1.0]}).compare("mrr")
    (single,) = report_of({"a": [0.5], "b": [1.0]}).compare("mrr")
    assert (same.p_ttest, same.p_randomisation, same.interval) == (1.0, 1.0, (0.0, 0.0))
    assert (single.p_ttest, single.p_randomisation) == (1.0, 1.0)


def test_wins_and_losses_are_by_query() -> None:
    """Each query that got better or worse is named, the largest change first; a query without result counts as 0."""
    qrels = {name: ["right"] for name in ("gone", "same", "up", "far-up")}
    before = {"gone": {"right": 1.0}, "same": {"right": 1.0}, "up": _ranked(2)}
    after = {"same": {"right": 1.0}, "up": _ranked(1), "far-up": _ranked(1)}
    (one,) = evaluate_runs({"before": before, "after": after}, qrels, 1).compare("mrr")
    assert (one.wins, one.losses, one.ties) == (("far-up", "up"), ("gone",), 1)
    assert one.differences == {"far-up": 1.0, "up": 0.5, "same": 0.0, "gone": -1.0}


def test_any_variant_may_be_the_baseline() -> None:
    """Two variants compare the other way round with the sign changed; an unknown name is refused."""
    report = report_of({"a": [0.5, 0.25], "b": [1.0, 0.5]})
    assert report.compare("mrr", baseline="b")[0].difference == -report.compare("mrr")[0].difference
    with pytest.raises(ConfigurationError, match="baseline='c' is no variant; there are a, b"):
        report.compare(baseline="c")
    with pytest.raises(ConfigurationError, match="metric='p7' was not measured"):
        report.compare("p7")
