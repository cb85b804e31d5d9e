"""What did an evaluation find: how good is each variant, and is one better than another?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._secrets import brief
from nova_embeddings.evaluation._metrics import key_of, label, usual
from nova_embeddings.evaluation._significance import holm, interval, randomisation_test, t_test

if TYPE_CHECKING:
    from collections.abc import Iterator
    from os import PathLike

_LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Scores:
    """How good one variant is. The means are attributes, too: `.p10`, `.ndcg10`, `.recall5`, `.hit1`, `.em5`, `.mrr`.

    Args:
        name: the variant's.
        instructions: of the queries; None for the client's own, or where a run came from elsewhere; "" for none.
        values: each query's value, by metric and query.
        found: the ids of the documents that each query found, best first, as many as the largest k.
        left_out: the ids of documents and queries that could not be embedded (`on_error="skip"`).
    """

    name: str
    instructions: str | None
    values: Mapping[str, Mapping[str, float]]
    found: Mapping[str, tuple[str, ...]] = field(repr=False)
    left_out: tuple[str, ...] = field(default=(), repr=False)

    @property
    def means(self) -> dict[str, float]:
        """Return each metric's mean over all judged queries."""
        return {key: float(np.mean(list(values.values()))) for key, values in self.values.items()}

    def interval(self, metric: str, *, level: float = _LEVEL, seed: int = 0) -> tuple[float, float]:
        """Return the bootstrap interval of a mean: its low and high end.

        Raises:
            ConfigurationError: the metric was not measured.
        """
        values = self.values[key_of(metric, tuple(self.values))]
        return interval(np.array(list(values.values()), dtype=np.float64), level, seed)

    def __getattr__(self, name: str) -> float:
        """Return a metric's mean.

        Raises:
            AttributeError: it was not measured; the message says which were.
        """
        if name.startswith("_") or name not in (values := object.__getattribute__(self, "values")):
            raise AttributeError(f"no metric {name!r} was measured" + _choices(self, name))
        return float(np.mean(list(values[name].values())))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Is one variant better than another by one metric? Paired by query; a query without result counts as 0.

    Args:
        variant: which one.
        baseline: than which.
        metric: the metric's key, such as ndcg10.
        difference: of the means, variant less baseline.
        interval: its bootstrap interval (95 %).
        p_ttest: two-sided p of the paired t-test; 1 where there is none (no difference at all, or one query).
        p_randomisation: two-sided p of the sign-flip test.
        p_ttest_holm: corrected for the number of variants compared.
        p_randomisation_holm: likewise: read this one.
        differences: each query's difference, the largest gain first.
    """

    variant: str
    baseline: str
    metric: str
    difference: float
    interval: tuple[float, float]
    p_ttest: float
    p_randomisation: float
    p_ttest_holm: float
    p_randomisation_holm: float
    differences: Mapping[str, float] = field(repr=False)

    @property
    def wins(self) -> tuple[str, ...]:
        """Return the queries that got better, the largest gain first."""
        return tuple(query for query, gain in self.differences.items() if gain > 0)

    @property
    def losses(self) -> tuple[str, ...]:
        """Return the queries that got worse, the largest loss first."""
        return tuple(query for query, gain in reversed(tuple(self.differences.items())) if gain < 0)

    @property
    def ties(self) -> int:
        """Return how many queries are as good as before."""
        return sum(gain == 0 for gain in self.differences.values())


@dataclass(frozen=True, slots=True, eq=False)
class Report(Mapping[str, Scores]):
    """What was measured: a dict of `Scores` by variant, the baseline first. With one variant its means are attributes.

    Args:
        scores: by variant.
        k: the cutoffs.
        documents: how many were searched; None where runs came from elsewhere.
        seed: of resampling: the same report says the same.
        no_relevant: the ids of queries that are not counted, because no document is relevant for them.
        not_in_corpus: the ids of judged documents that the corpus lacks: nobody finds them.
    """

    scores: Mapping[str, Scores]
    k: tuple[int, ...]
    documents: int | None = None
    seed: int = 0
    no_relevant: tuple[str, ...] = ()
    not_in_corpus: tuple[str, ...] = ()

    @property
    def baseline(self) -> str:
        """Return the variant that the others are compared with."""
        return next(iter(self.scores))

    @property
    def metrics(self) -> tuple[str, ...]:
        """Return the metrics' keys, such as ndcg10."""
        return tuple(self.scores[self.baseline].values)

    @property
    def queries(self) -> tuple[str, ...]:
        """Return the ids of the queries that were judged."""
        return tuple(self.scores[self.baseline].values[self.metrics[0]])

    def compare(self, metric: str | None = None, *, baseline: str | None = None) -> list[Comparison]:
        """Compare every other variant with the baseline.

        Args:
            metric: `ndcg10` or `nDCG@10`; default: nDCG at 10, or at the largest k.
            baseline: another variant than the first.

        Raises:
            ConfigurationError: the metric was not measured, or there is no such variant.
        """
        key = usual(self.k) if metric is None else key_of(metric, self.metrics)
        against = self.baseline if baseline is None else baseline
        if against not in self.scores:
            raise ConfigurationError(f"baseline={brief(against)} is no variant; there are {', '.join(self.scores)}")
        others = [name for name in self.scores if name != against]
        gains = {name: self._gains(name, against, key) for name in others}
        arrays = [np.array(list(gains[name].values()), dtype=np.float64) for name in others]
        t_ps = [t_test(array) for array in arrays]
        random_ps = [randomisation_test(array, self.seed) for array in arrays]
        corrected_t, corrected_random = holm(t_ps), holm(random_ps)
        return [
            Comparison(
                variant=name,
                baseline=against,
                metric=key,
                difference=float(arrays[place].mean()),
                interval=interval(arrays[place], _LEVEL, self.seed),
                p_ttest=t_ps[place],
                p_randomisation=random_ps[place],
                p_ttest_holm=corrected_t[place],
                p_randomisation_holm=corrected_random[place],
                differences=gains[name],
            )
            for place, name in enumerate(others)
        ]

    def to_markdown(self, metric: str | None = None) -> str:
        """Return tables of all means and, where there are several variants, of the comparisons by one metric."""
        from nova_embeddings.evaluation._tables import markdown  # noqa: PLC0415 (it reads what stands here)

        return markdown(self, metric)

    def to_pandas(self, *, per_query: bool = False) -> Any:  # noqa: ANN401 (a DataFrame; pandas is imported late)
        """Return a DataFrame with a column for each metric and a row for each variant, or each variant and query."""
        from nova_embeddings.evaluation._tables import frame  # noqa: PLC0415 (as above)

        return frame(self, per_query=per_query)

    def plot(self, path: str | PathLike[str], metric: str | None = None) -> None:
        """Draw means with their intervals and each query's gain or loss; the path's ending says which format.

        Raises:
            ConfigurationError: the metric was not measured, the ending is unknown, or matplotlib is not installed.
        """
        from nova_embeddings.evaluation._plot import draw  # noqa: PLC0415 (as above)

        draw(self, path, metric)

    def as_dict(self, metric: str | None = None) -> dict[str, Any]:
        """Return it as JSON has it, compared by one metric, without single queries' values."""
        compared = [
            {**asdict(one), "differences": None, "wins": list(one.wins), "losses": list(one.losses), "ties": one.ties}
            for one in self.compare(metric)
        ]
        for row in compared:
            del row["differences"]  # of every query: wins and losses say enough
        variants = {
            name: {"instructions": each.instructions, "metrics": each.means, "left_out": list(each.left_out)}
            for name, each in self.scores.items()
        }
        return {
            "queries": len(self.queries),
            "documents": self.documents,
            "k": list(self.k),
            "no_relevant": list(self.no_relevant),
            "not_in_corpus": list(self.not_in_corpus),
            "baseline": self.baseline,
            "variants": variants,
            "comparisons": compared,
        }

    def __getattr__(self, name: str) -> float:
        """Return a metric's mean, where there is a single variant.

        Raises:
            AttributeError: there are several, or there is no such metric.
        """
        if name.startswith("_"):
            raise AttributeError(name)
        scores = object.__getattribute__(self, "scores")
        if len(scores) > 1:
            raise AttributeError(
                f"a report of several variants has no {name!r}; read report[{list(scores)[-1]!r}].{name}"
            )
        return float(getattr(next(iter(scores.values())), name))

    def __getitem__(self, name: str) -> Scores:
        """Return a variant's scores."""
        return self.scores[name]

    def __iter__(self) -> Iterator[str]:
        """Go through the variants' names, the baseline first."""
        return iter(self.scores)

    def __len__(self) -> int:
        """Return the number of variants."""
        return len(self.scores)

    def __repr__(self) -> str:
        """Show each variant's usual metric."""
        key = usual(self.k)
        shown = ", ".join(f"{name}={getattr(each, key):.4f}" for name, each in self.scores.items())
        return f"Report({len(self.queries)} queries, {label(key)}: {shown})"

    def _gains(self, variant: str, baseline: str, key: str) -> dict[str, float]:
        mine, theirs = self.scores[variant].values[key], self.scores[baseline].values[key]
        gains = {query: mine[query] - theirs[query] for query in mine}
        return dict(sorted(gains.items(), key=lambda item: -item[1]))


def _choices(scores: Scores, name: str) -> str:
    return "" if name.startswith("_") else f"; there are {', '.join(scores.values)}"
