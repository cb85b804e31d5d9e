"""What does a report say, and in which forms?"""

from __future__ import annotations

import copy
import json
import pickle
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from PIL import Image as Pillow

from nova_embeddings import ConfigurationError, evaluation, instructions
from nova_embeddings.evaluation import Report, evaluate_runs

if TYPE_CHECKING:
    from pathlib import Path

QRELS = {"one": ["a"], "two": ["b"], "three": {"c": 2, "a": 1}}
RUNS = {
    "before": {"one": {"b": 2.0, "a": 1.0}, "two": {"b": 2.0}, "three": {"a": 1.0}},
    "after|long name": {"one": {"a": 2.0}, "two": {"b": 2.0}, "three": {"c": 1.0}},
}


@pytest.fixture
def report() -> Report:
    """A report of two variants."""
    return evaluate_runs(RUNS, QRELS, (1, 10))


def test_a_single_variant_s_means_are_attributes() -> None:
    """As the model card's example reads them; an unknown one says which there are."""
    report = evaluate_runs({"only": RUNS["before"]}, QRELS, (1, 10))
    assert report.p1 == report["only"].means["p1"] == pytest.approx(2 / 3)
    with pytest.raises(AttributeError, match="no metric 'p7' was measured; there are ndcg1, ndcg10, p1, p10"):
        _ = report.p7


def test_several_variants_are_read_by_name(report: Report) -> None:
    """A mean of a report of several would be ambiguous: the error shows how to read it."""
    assert list(report) == ["before", "after|long name"]
    assert report["after|long name"].p1 == 1.0
    with pytest.raises(AttributeError, match=r"read report\['after|long name'\].p1"):
        _ = report.p1
    assert "before=0." in repr(report)


def test_markdown_has_every_metric_and_the_comparison(report: Report) -> None:
    """All rows of a table have the same number of cells, and a name's `|` breaks none."""
    text = report.to_markdown("p1")
    means, compared = (part.splitlines() for part in text.split("\n\n")[1:3])
    assert text.startswith("3 judged queries\n")
    assert means[2].split() == ["|", "nDCG@1", "|", "0.5000", "|", "1.0000", "|"]
    assert len(means) == 2 + len(report.metrics)
    assert compared[0].startswith("| P@1 against before")
    assert "1 / 2 / 0 |" in compared[2]
    assert {line.replace("\\|", "").count("|") for line in compared} == {8}


def test_few_queries_are_not_for_a_t_test(report: Report) -> None:
    """Below ten queries the note says so; from ten on it does not."""
    assert "With so few queries the t-test means little." in report.to_markdown()
    qrels = {f"q{number}": ["a"] for number in range(10)}
    runs = {name: {query: {name: 1.0} for query in qrels} for name in "ab"}
    assert "means little" not in evaluate_runs(runs, qrels).to_markdown()


def test_pandas_has_a_row_for_each_variant_or_query(report: Report) -> None:
    """The means in one frame, every query's values in another."""
    means, values = report.to_pandas(), report.to_pandas(per_query=True)
    assert means.loc["before", "p1"] == pytest.approx(2 / 3)
    assert values.loc[("before", "one"), "mrr"] == 0.5
    assert means.to_numpy() == pytest.approx(values.groupby("variant", sort=False).mean().to_numpy())


@pytest.mark.parametrize("ending", ["png", "svg"])
def test_a_plot_is_a_picture(report: Report, ending: str, tmp_path: Path) -> None:
    """The path's ending says which format; one that is none is refused by name."""
    path = tmp_path / f"report.{ending}"
    report.plot(path)
    if ending == "png":
        with Pillow.open(path) as picture:
            assert picture.width > picture.height > 300
    else:
        assert "<svg" in path.read_text()
    with pytest.raises(ConfigurationError, match="a picture cannot be written as 'txt'"):
        report.plot(tmp_path / "report.txt")


def test_json_names_wins_and_losses(report: Report) -> None:
    """`as_dict` is JSON as it is."""
    found = json.loads(json.dumps(report.as_dict()))
    assert (found["queries"], found["baseline"]) == (3, "before")
    assert found["variants"]["before"]["metrics"]["p1"] == pytest.approx(2 / 3)
    assert (sorted(found["comparisons"][0]["wins"]), found["comparisons"][0]["losses"]) == (["one", "three"], [])


def test_a_report_copies_and_pickles(report: Report) -> None:
    """It may go to another process and say the same there."""
    for twin in (copy.deepcopy(report), pickle.loads(pickle.dumps(report))):
        assert twin.to_markdown() == report.to_markdown()
        assert twin["before"].values == report["before"].values


def test_public_names_say_what_they_are() -> None:
    """Both packages list their names, and each has a docstring."""
    assert evaluation.__all__ == ["Comparison", "Report", "Scores", "evaluate_retrieval", "evaluate_runs", "read_beir"]
    assert instructions.__all__ == ["PATTERNS", "PRESETS", "Preset", "Remark", "compose", "lint"]
    named = [getattr(package, name) for package in (evaluation, instructions) for name in package.__all__]
    assert all(value.__doc__ for value in named if callable(value))


def test_nothing_heavy_is_imported_before_it_is_needed() -> None:
    """The package loads none of the extra's packages, and neither does `evaluation` itself."""
    code = (
        "import sys, nova_embeddings, nova_embeddings.instructions\n"
        "assert not {'numpy', 'nova_embeddings.evaluation'} & set(sys.modules)\n"
        "import nova_embeddings.evaluation\n"
        "print(sorted({'scipy', 'pandas', 'matplotlib', 'ir_measures', 'litellm'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("missing", ["ir_measures", "scipy.stats"])
def test_a_missing_package_names_the_extra(missing: str) -> None:
    """Without the extra the error says what to install, before anything is embedded."""
    code = (
        f"import sys; sys.modules[{missing!r}] = None\n"
        "from nova_embeddings import ConfigurationError, NovaClient\n"
        "from nova_embeddings.evaluation import evaluate_retrieval\n"
        "client = NovaClient(api_base='http://127.0.0.1:9/v1', max_retries=0)\n"
        "try: evaluate_retrieval(client, {'q': 'a'}, {'d': 'b'}, {'q': ['d']})\n"
        "except ConfigurationError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert "pip install 'nova-embeddings[evaluation]'" in done.stdout
