"""Retrieval over real text and real code, through LangChain and through LlamaIndex: `make demo`."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from demo.errors import DemoError, writing_to
from demo.folder import read_folder
from demo.library import standard_library
from demo.questions import QUESTIONS, Question
from demo.serving import serving
from demo.showing import agreement, console, corpus_of_folder, corpus_of_library, header, table_of_hits, table_of_sent
from nova_embeddings import NovaClient, NovaError, StandInWarning

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from rich.console import Console

    from demo.passages import Kind, Passage
    from demo.session import Session

_FAILED, _INTERRUPTED = 1, 130
_OUT = Path("out")


def main() -> int:
    """Run the demo and return the exit code: 0 done, 1 failed, 2 a wrong option, 130 interrupted."""
    options = _options()
    if options.api_base is None:
        warnings.simplefilter("ignore", StandInWarning)  # the header says it
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")  # else litellm fetches a price list at import
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that the server is stopped then, too
    try:
        _run(options, console())
    except (DemoError, NovaError) as error:
        return _complain(str(error), _FAILED)
    except KeyboardInterrupt:
        return _complain("interrupted", _INTERRUPTED)
    return 0


def _run(options: argparse.Namespace, out: Console) -> None:
    folder = _folder_for_charts(options)
    with out.status("reading …"):
        corpus, about = _corpus(options.path)
    with _server(options.api_base) as api_base:
        out.print(header(about, api_base, own=options.api_base is None))
        with out.status("importing both frameworks and LiteLLM …"):
            from demo.searching import FRAMEWORKS  # noqa: PLC0415 (seconds: after the header, so that something is seen)
            from demo.session import Session  # noqa: PLC0415 (as above)

        session = Session(api_base, options.instructions)
        for framework in FRAMEWORKS:
            for kind, passages in corpus.items():
                with out.status(f"indexing {len(passages):,} passages of {kind} with {framework} …"):
                    session.index(framework, kind, passages)
        found = []
        for question in _questions(options, list(corpus)):
            found.append(session.ask(question))
            out.print(table_of_hits(question, found[-1]), "")
        out.print(agreement(found))
        if _asks_its_own(options):
            _beyond_text(session, corpus["text"], folder, out)
        out.print(table_of_sent(session.sent, options.instructions))


def _beyond_text(session: Session, texts: Sequence[Passage], folder: Path | None, out: Console) -> None:
    from demo.parts import compare_rankings, find_charts  # noqa: PLC0415 (matplotlib: not needed for other questions)

    if folder:
        find_charts(session, texts, folder, out)
    compare_rankings(session, texts, out)


def _corpus(path: Path | None) -> tuple[Mapping[Kind, Sequence[Passage]], str]:
    """Return the passages by kind, and words about where they come from."""
    if path is None:
        passages = standard_library()
        about = corpus_of_library(passages)
    else:
        folder = read_folder(path)
        passages, about = folder.passages, corpus_of_folder(path, folder)
    kinds = dict.fromkeys(passage.kind for passage in passages)
    return {kind: [passage for passage in passages if passage.kind == kind] for kind in kinds}, about


def _server(api_base: str | None) -> contextlib.AbstractContextManager[str]:
    if api_base is None:
        return serving()
    NovaClient(api_base=api_base).close()  # an address that is none is refused here, before anything is shown
    return contextlib.nullcontext(api_base)


def _folder_for_charts(options: argparse.Namespace) -> Path | None:
    """Return where charts go, made now and not after all else is done; None where none are drawn."""
    if options.no_charts or not _asks_its_own(options):
        return None
    folder: Path = options.out or _OUT
    with writing_to(folder):
        pass
    return folder


def _asks_its_own(options: argparse.Namespace) -> bool:
    """Tell whether the demo asks its own questions, of its own corpus."""
    return options.path is None and not options.query


def _questions(options: argparse.Namespace, kinds: Sequence[Kind]) -> Iterator[Question]:
    """Yield the user's questions for each kind there is; the demo's own, where its own corpus is asked."""
    if _asks_its_own(options):
        yield from QUESTIONS
        return
    for text in options.query or _typed():
        yield from (Question(kind, text) for kind in kinds)


def _typed() -> Iterator[str]:
    """Yield questions from the keyboard, or from whatever is piped in, until an empty line or the end."""
    prompt = "Your question (an empty line ends): " if sys.stdin.isatty() else ""
    with contextlib.suppress(EOFError):
        while text := input(prompt).strip():
            yield text


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m demo", description=__doc__)
    add = parser.add_argument
    add("--query", action="append", type=_text, metavar="TEXT", help="ask this instead (again for more)")
    add("--path", type=Path, metavar="DIR", help="search a folder of your own: text files and source code")
    add("--instructions", default="", metavar="TEXT", help="send these with every question and passage")
    add("--api-base", metavar="URL", help="use a server that is running, such as http://localhost:8000/v1")
    add("--no-charts", action="store_true", help="leave out the charts, and with them the reading of images")
    add("--out", type=Path, metavar="DIR", help=f"write charts and contact sheet here (default: {_OUT})")
    options = parser.parse_args()
    if options.out and (options.no_charts or not _asks_its_own(options)):
        parser.error(
            "--out goes with charts, which the demo draws for its own questions: leave --no-charts, --query "
            "and --path out, or --out"
        )
    return options


def _text(given: str) -> str:
    if not given.strip():
        message = "it is blank: give some text"
        raise argparse.ArgumentTypeError(message)
    return given


def _complain(message: str, code: int) -> int:
    print(f"demo: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
