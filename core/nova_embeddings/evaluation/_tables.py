"""How does a report read as a table: in Markdown, as JSON has it, or as pandas'?"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nova_embeddings.evaluation._extra import needed
from nova_embeddings.evaluation._metrics import label

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from nova_embeddings.evaluation._report import Comparison, Report

_LEAST_P = 0.0001
_FEW = 10
"""Queries below which the t-test is not to be trusted: it takes their differences for normally distributed."""


def markdown(report: Report, metric: str | None) -> str:
    """Return a heading, the table of means and, where there are several variants, that of comparisons."""
    searched = "" if report.documents is None else f", {_counted(report.documents, 'document')}"
    parts = [f"{_counted(len(report.queries), 'judged query')}{searched}", _means(report), *_left_out(report)]
    compared = report.compare(metric)
    if compared:
        parts += [_compared(compared), _legend(compared[0])]
    return "\n\n".join(parts) + "\n"


def frame(report: Report, *, per_query: bool) -> Any:  # noqa: ANN401 (a DataFrame; pandas is imported late)
    """Return a DataFrame: a row for each variant, or for each variant and query; a column for each metric."""
    pandas = needed("pandas")
    if not per_query:
        rows = {name: scores.means for name, scores in report.items()}
        return pandas.DataFrame.from_dict(rows, orient="index").rename_axis("variant")
    tables = {name: pandas.DataFrame({key: dict(of) for key, of in one.values.items()}) for name, one in report.items()}
    return pandas.concat(tables, names=["variant", "query"])


def _left_out(report: Report) -> list[str]:
    inputs = [f"{name}: {_counted(len(one.left_out), 'input')}" for name, one in report.items() if one.left_out]
    notes = []
    if inputs:
        notes.append(f"Left out, because they could not be embedded: {'; '.join(inputs)}.")
    if report.no_relevant:
        queries = _counted(len(report.no_relevant), "query")
        notes.append(f"Not counted, because no document is relevant: {queries}.")
    if report.not_in_corpus:
        documents = _counted(len(report.not_in_corpus), "document")
        notes.append(f"Judged, but not in the corpus, so found by nobody: {documents}.")
    return notes


def _means(report: Report) -> str:
    rows = [[label(key), *(f"{getattr(scores, key):.4f}" for scores in report.values())] for key in report.metrics]
    return _table(["metric", *report], rows)


def _compared(compared: Sequence[Comparison]) -> str:
    rows = [
        [
            one.variant,
            f"{one.difference:+.4f}",
            f"{one.interval[0]:+.4f} to {one.interval[1]:+.4f}",
            _p(one.p_ttest),
            _p(one.p_randomisation),
            _p(one.p_randomisation_holm),
            f"{len(one.wins)} / {one.ties} / {len(one.losses)}",
        ]
        for one in compared
    ]
    first = compared[0]
    head = ["p (t-test)", "p (randomisation)", "p (Holm)", "wins / ties / losses"]
    return _table([f"{label(first.metric)} against {first.baseline}", "difference", "95 % interval", *head], rows)


def _legend(first: Comparison) -> str:
    queries = len(first.differences)
    few = " With so few queries the t-test means little." if queries < _FEW else ""
    return (
        f"Paired over {_counted(queries, 'query')}. An interval that holds 0, or a p (Holm) of 0.05 or "
        f"more, says that the difference may be chance.{few}"
    )


def _table(head: Iterable[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [[_cell(text) for text in row] for row in (list(head), *rows)]
    widths = [max(len(row[column]) for row in lines) for column in range(len(lines[0]))]
    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    padded = [
        [row[0].ljust(widths[0]), *(text.rjust(width) for text, width in zip(row[1:], widths[1:], strict=True))]
        for row in lines
    ]
    return "\n".join(f"| {' | '.join(row)} |" for row in (padded[0], rule, *padded[1:]))


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")


def _p(value: float) -> str:
    return f"<{_LEAST_P}" if value < _LEAST_P else f"{value:.4f}"


def _counted(count: int, what: str) -> str:
    many = f"{what.removesuffix('y')}ies" if what.endswith("y") else f"{what}s"
    return f"{count:,} {what if count == 1 else many}"
