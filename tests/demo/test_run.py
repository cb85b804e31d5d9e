"""The demo as its user runs it: a command, its output, and no server left behind."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

_ROOT = Path(__file__).parents[2]
_RANKED = re.compile(r"^ *(\d+) +(\S+) +(\S+) +(\S+)  ", re.MULTILINE)


def run(*arguments: str, typed: str = "") -> subprocess.CompletedProcess[str]:
    """Run the demo to its end."""
    command = [sys.executable, "-m", "demo", *arguments]
    return subprocess.run(command, cwd=_ROOT, input=typed, capture_output=True, text=True, timeout=110, check=False)


def best(output: str, question: str, most: int = 3) -> list[str]:
    """Return where the best hits of a question stand."""
    return [where for _, _, _, where in _RANKED.findall(output.partition(question)[2])][:most]


def nobody_listens(output: str) -> bool:
    """Tell whether the server that the output names is gone."""
    port = re.search(r"http://127\.0\.0\.1:(\d+)/v1", output)
    assert port
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(port[1]))) != 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two texts and two functions."""
    (tmp_path / "trains.md").write_text("Trains to the coast leave from the railway station every hour.", "utf-8")
    (tmp_path / "tea.txt").write_text("Tea is grown in Assam; [bold]its[/bold] leaves are dried.", "utf-8")
    (tmp_path / "add.py").write_text("def total(numbers):\n    return sum(numbers)\n", "utf-8")
    (tmp_path / "shout.js").write_text("function shout(text) { return text.toUpperCase() }\n", "utf-8")
    return tmp_path


def test_a_folder_of_ones_own_is_searched(folder: Path) -> None:
    """Each question is answered from text and from code, by both frameworks, and the server is stopped."""
    ran = run("--path", str(folder), "--query", "railway to the seaside", "--query", "sum of numbers")
    assert ran.returncode == 0, ran.stderr
    assert best(ran.stdout, "[text] railway to the seaside", 1) == ["trains.md:1"]
    assert best(ran.stdout, "[code] sum of numbers", 1) == ["add.py:1"]
    assert "[bold]its[/bold]" in ran.stdout
    assert "not the Nova model" in ran.stdout
    assert "the same passages in the same order" in ran.stdout
    for framework in ("LangChain", "LlamaIndex"):
        for task in ("retrieval.passage", "retrieval.query", "code.passage", "code.query"):
            assert re.search(rf"{framework} .* {re.escape(task)} +none +2 ", ran.stdout), (framework, task)
    assert nobody_listens(ran.stdout)


@pytest.mark.slow
def test_questions_may_be_typed(folder: Path) -> None:
    """Without --query, a folder's questions are read line by line until an empty one."""
    ran = run("--path", str(folder), typed="where does tea grow\n\nnot asked\n")
    assert ran.returncode == 0, ran.stderr
    assert best(ran.stdout, "[text] where does tea grow", 1) == ["tea.txt:1"]
    assert "not asked" not in ran.stdout


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """Run all of the demo; return its output and the folder of its pictures."""
    pictures = tmp_path_factory.mktemp("demo") / "pictures"
    ran = run("--out", str(pictures))
    assert ran.returncode == 0, ran.stderr
    return ran.stdout, pictures


@pytest.mark.slow
def test_the_five_questions_find_their_answers(whole: tuple[str, Path]) -> None:
    """The demo's own questions, asked of the standard library, have plainly good answers among the first three."""
    output, _ = whole
    assert best(output, "keep a list sorted", 2) == ["bisect.insort_right", "bisect.insort_left"]
    assert "timeit" in best(output, "how long a small piece of code takes")
    assert any("shared_memory" in where or "SharedMemory" in where for where in best(output, "share memory"))
    assert "shlex.quote" in best(output, "a shell reads it as one word")
    assert "difflib.unified_diff" in best(output, "between two versions of a file")
    assert nobody_listens(output)


@pytest.mark.slow
def test_two_questions_find_their_charts_among_text(whole: tuple[str, Path]) -> None:
    """The best hit of each is a chart, found by its pixels, and text follows; each framework sent five charts."""
    output, _ = whole
    for question, chart in (("numbers in Unicode?", "unicode-categories.png"), ("bz2 or lzma?", "compression.png")):
        first, *others = best(output, question)
        assert first == chart
        assert not any(where.endswith(".png") for where in others)
    assert output.count("the same passages in the same order") == 2
    for framework in ("LangChain", "LlamaIndex"):
        sent = dict(re.findall(rf"{framework} +index (text|chart) +retrieval.passage +none +(\S+)", output))
        assert int(sent["chart"].replace(",", "")) - int(sent["text"].replace(",", "")) == 5


@pytest.mark.slow
def test_charts_and_contact_sheet_are_saved(whole: tuple[str, Path]) -> None:
    """The folder holds five charts and the contact sheet, PNG all of them, and the output says where they are."""
    output, pictures = whole
    assert f"Contact sheet    {pictures / 'contact-sheet.png'}, beside the charts" in output
    sizes = {}
    for file in pictures.iterdir():
        with Image.open(file) as image:
            assert image.format == "PNG"
            sizes[file.name] = image.size
    width, height = sizes.pop("contact-sheet.png")
    assert 1_500 <= width <= 3_000
    assert 1_000 <= height <= 2_000
    assert len(sizes) == 5


@pytest.mark.slow
def test_both_rankings_stand_side_by_side(whole: tuple[str, Path]) -> None:
    """A line a rank has a cosine, a MaxSim, and where late interaction found its passage in the other ranking."""
    table = whole[0].partition("[late interaction]")[2].partition("Both rank the same 100 passages")[0]
    lines = re.findall(r"^ +(\d) +(0\.\d+) +(\S+) +(\d+\.\d+) +(\S+) +(\d+) *$", table, re.MULTILINE)
    assert [rank for rank, *_ in lines] == list("123456")
    assert lines[0][4] == "heapq"
    assert any(rank != before for rank, *_, before in lines)


@pytest.mark.slow
def test_charts_can_be_left_out() -> None:
    """With --no-charts no image is drawn or sent; the rest stays."""
    ran = run("--no-charts")
    assert ran.returncode == 0, ran.stderr
    assert ".png" not in ran.stdout
    assert "index chart" not in ran.stdout
    assert "[late interaction]" in ran.stdout


@pytest.mark.parametrize(
    ("arguments", "code", "complaint"),
    [
        (["--path", "no/such/folder"], 1, "demo: --path no/such/folder does not exist"),
        (["--query", " "], 2, "argument --query: it is blank"),
        (["--out", "README.md"], 1, "demo: --out README.md: cannot write there (File exists)"),
        (["--out", "out", "--no-charts"], 2, "error: --out goes with charts"),
        (["--out", "out", "--path", "demo"], 2, "error: --out goes with charts"),
        (["--path", "demo", "--query", "x", "--api-base", "nonsense"], 1, "demo: api_base='nonsense' is not"),
        pytest.param(
            ["--path", "demo", "--query", "x", "--api-base", "http://127.0.0.1:1/v1"],
            1,
            "demo: nothing answers at",
            marks=pytest.mark.slow,
        ),
    ],
)
def test_what_the_user_can_mend_is_one_line(arguments: list[str], code: int, complaint: str) -> None:
    """A wrong option or address ends the demo with its reason, and without a traceback."""
    ran = run(*arguments)
    assert ran.returncode == code
    assert complaint in ran.stderr.splitlines()[-1]
    assert "Traceback" not in ran.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_demo_stops_its_server(folder: Path, how: signal.Signals) -> None:
    """Ctrl-C and a polite kill end it with one line, and its server with it."""
    command = [sys.executable, "-m", "demo", "--path", str(folder)]
    with subprocess.Popen(
        command, cwd=_ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        assert demo.stdout is not None
        address = next(line for line in demo.stdout if "http://127.0.0.1" in line)
        demo.send_signal(how)
        _, complaint = demo.communicate(timeout=60)
    assert (demo.returncode, complaint.strip()) == (130, "demo: interrupted")
    assert nobody_listens(address)
