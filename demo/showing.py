"""How it looks: the header, a ranked table for each question, and what was sent."""

from __future__ import annotations

import platform
import sys
from collections import Counter
from typing import TYPE_CHECKING

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from demo.folder import MOST_PASSAGES
from demo.serving import COMMAND

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from demo.folder import Folder
    from demo.late import Rankings
    from demo.passages import Passage
    from demo.questions import Question
    from demo.searching import Hit
    from demo.sent import Sent

_WIDTH_OF_A_FILE = 110
_WIDTH_OF_WHERE = 42
_WIDTH_OF_HEAD = 10
_RANKS_SHOWN = 6


def console() -> Console:
    """Return where to print: nothing in a passage is taken for markup, and no character can break the output."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # text streams, as Python starts with
    width = None if sys.stdout.isatty() else _WIDTH_OF_A_FILE
    return Console(width=width, markup=False, emoji=False, highlight=False)


def header(about: str, api_base: str, *, own: bool) -> Text:
    """Say what is happening, and what it is not."""
    title = ("Nova embeddings: retrieval through LangChain and through LlamaIndex\n\n", "bold")
    if not own:
        return Text.assemble(title, f"Corpus   {about}\nServer   {api_base}, yours\n")
    return Text.assemble(
        title,
        f"Corpus   {about}\n",
        f"Server   {' '.join(COMMAND)}, at {api_base}; it stops with this demo\n",
        ("\nThe wordllama engine is a stand-in, not the Nova model: ", "bold"),
        "it averages static vectors of words on this\nCPU, whatever their order; of an image it reads the text. Judge "
        "by it how things work, not how good the\nmodel is. To try more:\n",
        "  make demo ARGS='--query \"…\"'                              your own question (again for more)\n",
        "  make demo ARGS='--path DIR'                               your own folder of text and source code\n",
        "  make demo ARGS='--api-base http://localhost:8000/v1'      a Nova server (NOVA_API_KEY is sent, if set)\n",
    )


def corpus_of_library(passages: Iterable[Passage]) -> str:
    """Say what is searched, if it is the standard library."""
    counts = Counter(passage.kind for passage in passages)
    version = platform.python_version()
    return f"Python {version}'s standard library: {counts['text']:,} docstrings, {counts['code']:,} functions"


def corpus_of_folder(path: Path, folder: Folder) -> str:
    """Say what is searched, if it is a folder."""
    counts = Counter(passage.kind for passage in folder.passages)
    skipped = f"; {folder.skipped:,} files skipped (binary, unreadable or too large)" if folder.skipped else ""
    full = f"; no more than {MOST_PASSAGES:,} are taken" if folder.full else ""
    passages = f"{counts['text']:,} passages of text and {counts['code']:,} of code"
    return f"{path}: {passages} from {folder.files:,} files{skipped}{full}"


def table_of_hits(question: Question, found: Mapping[str, Sequence[Hit]]) -> Table:
    """Return a line for each passage that a framework found, with its rank and each framework's score for it there."""
    table = _table(Text.assemble((f"[{question.kind}] ", "dim"), (question.text, "bold")))
    table.add_column("rank", justify="right")
    for framework in found:
        table.add_column(framework, justify="right")
    table.add_column("where", no_wrap=True)
    table.add_column("begins with", no_wrap=True, ratio=1)
    for (rank, passage), scores in _ranked(found).items():
        cells = ["" if score is None else f"{score:.3f}" for score in scores]
        table.add_row(str(rank), *cells, _where(passage), _printable(passage.beginning))
    return table


def agreement(found: Sequence[Mapping[str, Sequence[Hit]]]) -> str:
    """Say whether the frameworks found the same."""
    if not found:
        return "Nothing was asked.\n"
    same = all(len({tuple(hit.passage for hit in hits) for hits in one.values()}) == 1 for one in found)
    if same:
        return "Both frameworks found the same passages in the same order.\n"
    return "The frameworks differ where a line has one score only.\n"


def table_of_rankings(rankings: Rankings) -> Table:
    """Return the best of both rankings side by side."""
    table = _table(Text.assemble(("[late interaction] ", "dim"), (rankings.question, "bold")))
    for heading in ("rank", "cosine", "by dense vectors", "MaxSim", "by late interaction", "dense rank"):
        table.add_column(heading, justify="left" if heading.startswith("by ") else "right", no_wrap=True)
    before = _ranks(rankings.dense)
    for rank, pair in enumerate(zip(rankings.dense, rankings.late, strict=True), start=1):
        if rank <= _RANKS_SHOWN:
            cells = [cell for hit in pair for cell in (f"{hit.score:.3f}", _where(hit.passage))]
            table.add_row(str(rank), *cells, str(before[pair[1].passage]))
    return table


def changes(rankings: Rankings) -> str:
    """Say what late interaction changed among the best."""
    best = [[hit.passage for hit in hits[:_RANKS_SHOWN]] for hits in (rankings.dense, rankings.late)]
    stayed = len(set(best[0]) & set(best[1]))
    before, after = _ranks(rankings.dense), _ranks(rankings.late)
    up, down = rankings.late[0].passage, rankings.dense[0].passage
    moved = f"{up.where} went from rank {before[up]} to 1, {down.where} from 1 to {after[down]}"
    return (
        f"Both rank the same {len(rankings.dense)} passages: by one vector each, and by one for each token, where "
        "every token of the question counts with its best cosine in the passage (MaxSim is the sum). "
        f"{stayed or 'None'} of the best {_RANKS_SHOWN} stayed among them; "
        f"{'the first is the same' if up == down else moved}."
    )


def table_of_sent(sent: Mapping[tuple[str, str], Sent], instructions: str) -> Table:
    """Return a line for each step of each framework."""
    table = _table(Text("What was sent, as a LiteLLM callback saw it", "bold"))
    for heading in ("framework", "step", "task", "instructions"):
        table.add_column(heading)
    for heading in ("inputs", "calls", "seconds"):
        table.add_column(heading, justify="right")
    for (framework, step), one in sorted(sent.items(), key=lambda item: item[0][0]):
        counts = (f"{one.inputs:,}", f"{one.calls:,}", f"{one.seconds:.2f}")
        table.add_row(framework, step, ", ".join(sorted(one.tasks)), instructions or "none", *counts)
    return table


def _table(title: Text) -> Table:
    return Table(
        title=title,
        title_justify="left",
        title_style="",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        expand=True,
    )


def _printable(text: str) -> str:
    """Return the text without what would steer a terminal."""
    return "".join(character for character in text if character.isprintable())


def _where(passage: Passage) -> str:
    """Return the beginning and the end of the place: that is what tells places apart."""
    where = _printable(passage.where)
    if len(where) <= _WIDTH_OF_WHERE:
        return where
    return f"{where[:_WIDTH_OF_HEAD]}…{where[_WIDTH_OF_HEAD + 1 - _WIDTH_OF_WHERE :]}"


def _ranked(found: Mapping[str, Sequence[Hit]]) -> dict[tuple[int, Passage], list[float | None]]:
    """Return the scores by rank and passage: where the frameworks agree, that is one line."""
    lines: dict[tuple[int, Passage], list[float | None]] = {}
    for column, hits in enumerate(found.values()):
        for rank, hit in enumerate(hits, start=1):
            lines.setdefault((rank, hit.passage), [None] * len(found))[column] = hit.score
    return dict(sorted(lines.items(), key=lambda line: line[0][0]))


def _ranks(hits: Sequence[Hit]) -> dict[Passage, int]:
    return {hit.passage: rank for rank, hit in enumerate(hits, start=1)}
