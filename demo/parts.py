"""The parts of the demo that go beyond text: charts found among text, and late interaction."""

from __future__ import annotations

from typing import TYPE_CHECKING

from demo.charts import five_charts
from demo.drawing import draw
from demo.errors import DemoError, writing_to
from demo.passages import Passage
from demo.questions import CHART_QUESTIONS, RANKED_QUESTION
from demo.searching import FRAMEWORKS
from demo.sheet import contact_sheet
from demo.showing import agreement, changes, table_of_hits, table_of_rankings
from nova_embeddings import NovaError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from rich.console import Console

    from demo.charts import Chart
    from demo.questions import Question
    from demo.searching import Hit
    from demo.session import Session

SHEET = "contact-sheet.png"


def drawn(charts: Iterable[Chart], folder: Path) -> list[Passage]:
    """Draw the charts as PNG files into the folder and return what can be found of them: their pixels.

    Raises:
        DemoError: the folder cannot be made or written to.
    """
    passages = []
    for chart in charts:
        file = folder / f"{chart.name}.png"
        with writing_to(folder):
            draw(chart).savefig(file)
        passages.append(Passage("chart", file.name, chart.title, file))
    return passages


def find_charts(session: Session, texts: Sequence[Passage], folder: Path, out: Console) -> None:
    """Draw charts, index them among the texts, ask what only they answer, and save a picture of what was found.

    Raises:
        DemoError: the folder cannot be written to, or the server embeds no images.
    """
    with out.status("drawing five charts …"):
        charts = drawn(five_charts(), folder)
    try:
        answers = _answers(session, [*texts, *charts], out)
    except NovaError as error:
        message = f"the charts were not found: {error} (--no-charts leaves them out)"
        raise DemoError(message) from None
    out.print(agreement(list(answers.values())))
    first = next(iter(FRAMEWORKS))
    about = f"{len(texts):,} texts and {len(charts)} charts; the best three hits with their cosines, in {first}"
    sheet = contact_sheet({question: found[first] for question, found in answers.items()}, about)
    with writing_to(folder):
        sheet.save(folder / SHEET)
    out.print(f"Charts           {', '.join(chart.where for chart in charts)}", soft_wrap=True)
    out.print(f"Contact sheet    {folder / SHEET}, beside the charts: these questions and hits\n", soft_wrap=True)


def _answers(session: Session, mixed: Sequence[Passage], out: Console) -> dict[Question, Mapping[str, Sequence[Hit]]]:
    for framework in FRAMEWORKS:
        with out.status(f"indexing {len(mixed):,} texts and charts with {framework} …"):
            session.index(framework, "chart", mixed)
    answers = {}
    for question in CHART_QUESTIONS:
        answers[question] = session.ask(question)
        out.print(table_of_hits(question, answers[question]), "")
    return answers


def compare_rankings(session: Session, texts: Sequence[Passage], out: Console) -> None:
    """Rank the same texts by dense vectors and by late interaction, and show what changes."""
    with out.status("ranking by late interaction …"):
        rankings = session.rank(RANKED_QUESTION, texts)
    out.print(table_of_rankings(rankings), "")
    out.print(f"{changes(rankings)}\n")
