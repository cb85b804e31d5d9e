"""`nova-embeddings evaluate` as its users run it: a process, its output, its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image as Pillow

from nova_embeddings import Image, InputError
from nova_embeddings.evaluation import read_beir
from tests.evaluation.collections import CORPUS, written
from tests.fake_nova import FakeNova, Scripted

COMMAND = str(Path(sys.executable).with_name("nova-embeddings"))
LOCAL = ["--model", "lexiq_nova/wordllama"]
KEY = "sk-canary-0123456789"


def evaluate(*arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run the command to its end."""
    return subprocess.run(
        [COMMAND, "evaluate", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={**os.environ, **environment},
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A collection in BEIR's form."""
    return written(tmp_path / "collection")


def test_tables_for_people_and_files(folder: Path, tmp_path: Path) -> None:
    """The tables go to stdout and, if asked, to a file; the picture to another; remarks to stderr."""
    tables, picture = tmp_path / "report.md", tmp_path / "report.png"
    done = evaluate(
        folder, *LOCAL, "--instructions", "vague=Find good documents", "--instructions", "code", "--k", "1",
        "--markdown", tables, "--plot", picture,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout == tables.read_text()
    assert done.stdout.startswith("5 judged queries, 6 documents\n\n| metric")
    assert "| nDCG@1 against none" in done.stdout
    assert "instructions 'vague': vague wording ('good'" in done.stderr
    with Pillow.open(picture) as drawn:
        assert drawn.format == "PNG"


def test_json_is_for_programs(folder: Path) -> None:
    """`--json` is one object with the means of each variant and the comparisons by the metric asked for."""
    done = evaluate(folder, *LOCAL, "--instructions", "legal", "--json", "--metric", "P@1", "--sides", "query")
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert found["variants"]["none"]["metrics"]["p1"] == 1.0
    assert found["variants"]["legal"]["instructions"].startswith("Focus on legal documents.")
    assert [row["metric"] for row in found["comparisons"]] == ["p1"]
    assert "queries and documents have different instructions" in done.stderr


def test_a_cache_makes_a_second_run_ask_nothing(folder: Path, tmp_path: Path, nova: FakeNova) -> None:
    """`--cache` keeps vectors between runs; a key of the environment is sent and never shown."""
    arguments = [folder, "--api-base", nova.api_base, "--cache", tmp_path / "vectors.db", "--multivector"]
    first = evaluate(*arguments, NOVA_API_KEY=KEY)
    assert first.returncode == 0
    assert {seen.headers["authorization"] for seen in nova.seen} == {f"Bearer {KEY}"}
    nova.seen.clear()
    second = evaluate(*arguments)
    assert (second.stdout, nova.seen) == (first.stdout, [])
    assert KEY not in first.stdout + first.stderr


def test_a_failing_server_is_exit_code_1(folder: Path, nova: FakeNova) -> None:
    """One line on stderr, and no traceback."""
    nova.answering = lambda _: Scripted(401, {"error": {"message": "no"}})
    done = evaluate(folder, "--api-base", nova.api_base)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("nova-embeddings: ")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--instructions", "unknown"], "--instructions 'unknown': give NAME=TEXT, or a preset's name: legal"),
        (["--instructions", "legal", "--instructions", "legal=x"], "--instructions 'legal' stands twice"),
        (["--k", "0"], "k=0 is no cutoff"),
        (["--metric", "p7"], "metric='p7' was not measured"),
        (["--plot", "report.txt"], "a picture cannot be written as 'txt'"),
        (["--plot", "nowhere/report.png"], "--plot: there is no folder 'nowhere'"),
        (["--qrels", "nowhere.tsv"], "there is no file 'nowhere.tsv'"),
    ],
)
def test_wrong_use_is_exit_code_2(folder: Path, nova: FakeNova, arguments: list[str], says: str) -> None:
    """A mistake is told before the server is asked."""
    done = evaluate(folder, "--api-base", nova.api_base, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert says in done.stderr
    assert nova.seen == []


def test_bad_data_is_exit_code_2(folder: Path, nova: FakeNova) -> None:
    """A judgement of a document that is not there is named."""
    with (folder / "qrels" / "test.tsv").open("a") as file:
        file.write("q-rent\tlost\t1\n")
    done = evaluate(folder, "--api-base", nova.api_base)
    assert (done.returncode, nova.seen) == (2, [])
    assert "documents that are not in the corpus: 'lost'" in done.stderr


def test_a_collection_with_gaps_is_measured_if_asked(folder: Path) -> None:
    """An empty document, as some of BEIR's collections have, and judgements of what is not there: raised or counted."""
    with (folder / "corpus.jsonl").open("a") as file:
        file.write('{"_id": "empty", "title": "", "text": ""}\n')
    refused = evaluate(folder, *LOCAL)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "corpus 'empty': text is empty" in refused.stderr
    assert "(--on-error skip)" in refused.stderr
    with (folder / "qrels" / "test.tsv").open("a") as file:
        file.write("q-rent\tlost\t1\nq-unjudged\ttea\t0\n")
    done = evaluate(folder, *LOCAL, "--on-error", "skip", "--k", "1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("5 judged queries, 7 documents\n")
    assert "could not be embedded: none: 1 input." in done.stdout
    assert "not in the corpus, so found by nobody: 1 document." in done.stdout
    assert "no document is relevant: 1 query." in done.stdout


@pytest.mark.parametrize("first", ["", "query-id\tcorpus-id\tscore\n", "q\td\tgrade\n"])
def test_only_words_are_a_heading(folder: Path, first: str) -> None:
    """A first line with a number is a judgement, also where the grade is written as 1.0."""
    (folder / "qrels" / "test.tsv").write_text(f"{first}q-rent\tdeposit\t1.0\nq-war\ttreaty\t2\n")
    assert read_beir(folder).qrels == [("q-rent", "deposit", 1), ("q-war", "treaty", 2)]


@pytest.mark.parametrize("grade", ["1.5", "nan", "inf", "1e400"])
def test_a_first_line_with_a_bad_grade_is_no_heading(folder: Path, grade: str) -> None:
    """It is refused, and not left out."""
    (folder / "qrels" / "test.tsv").write_text(f"q-rent\tdeposit\t{grade}\nq-war\ttreaty\t2\n")
    with pytest.raises(InputError, match=r"test.tsv, line 1 is not: query id"):
        read_beir(folder)


def test_a_collection_is_read_as_it_is_written(folder: Path) -> None:
    """A title stands before the text, an image is a file within the folder, and qrels.tsv is found too."""
    Pillow.new("RGB", (8, 8)).save(folder / "chart.png")
    with (folder / "corpus.jsonl").open("a") as file:
        file.write(json.dumps({"_id": "chart", "text": "", "image": "chart.png"}) + "\n\n")
    (folder / "qrels" / "test.tsv").rename(folder / "qrels.tsv")
    queries, corpus, qrels = read_beir(folder)
    documents = dict(corpus)
    assert documents["deposit"] == f"Tenancy {CORPUS['deposit']}"
    assert isinstance(getattr(documents["chart"], "image", None), Image)
    assert (len(queries), qrels[0]) == (6, ("q-rent", "deposit", 2))


@pytest.mark.parametrize(
    ("name", "line", "says"),
    [
        ("corpus.jsonl", "{", "corpus.jsonl, line 7 is no JSON"),
        ("queries.jsonl", '{"text": "a"}', "queries.jsonl, line 7 is no object with an _id"),
        ("corpus.jsonl", '{"_id": "a", "text": 1}', "line 7: title or text is no str"),
        ("corpus.jsonl", '{"_id": "a"}', "line 7: 'a' has neither text nor image"),
        ("corpus.jsonl", '{"_id": "a", "image": "../secret.png"}', "line 7: image is neither a file within"),
        ("qrels/test.tsv", "q-rent tea 1", "test.tsv, line 9 is not: query id"),
        ("qrels/test.tsv", "q-rent\ttea\tgood", "test.tsv, line 9 is not: query id"),
    ],
)
def test_a_bad_line_is_named(folder: Path, name: str, line: str, says: str) -> None:
    """File and line; an image outside the folder is never read."""
    (folder.parent / "secret.png").write_bytes(b"x")
    with (folder / name).open("a") as file:
        file.write(line + "\n")
    with pytest.raises(InputError, match=says):
        read_beir(folder)
