"""What do pages of the site come from besides docs/? Notebooks, the command line's help, and patterns in the nav."""

from __future__ import annotations

import contextlib
import io
import os
import re
from fnmatch import fnmatch
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mkdocs.plugins import event_priority
from mkdocs.structure.files import File

if TYPE_CHECKING:
    from collections.abc import Callable

    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files

_ROOT = Path(__file__).parent.parent
_PAGES = (".md", ".ipynb")
_HELP = "<!-- the command line's help -->"
_FETCHING = re.compile(r"<script\b(?:(?!</script>).)*cdnjs(?:(?!</script>).)*</script>", re.DOTALL)


@event_priority(100)  # before mkdocs-jupyter looks for notebooks
def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the notebooks as tutorials, then put pages in place of the nav's patterns."""
    for path in sorted((_ROOT / "notebooks").glob("*.ipynb")):
        files.append(File(f"notebooks/{path.name}", str(_ROOT), config.site_dir, config.use_directory_urls))
    config.nav = expanded(config.nav, sorted(file.src_uri for file in files if file.src_uri.endswith(_PAGES)))
    return files


def on_page_markdown(markdown: str, **_: object) -> str:
    """Put the help of every command where a page asks for it."""
    return markdown.replace(_HELP, _help()) if _HELP in markdown else markdown


def on_page_content(html: str, **_: object) -> str:
    """Leave out what a rendered notebook would fetch from elsewhere, for formulas and diagrams: no notebook has any."""
    return _FETCHING.sub("", html)


def expanded(nav: Any, pages: list[str]) -> Any:  # noqa: ANN401 (YAML)
    """Return a nav in which the pages that match stand in place of each pattern.

    Args:
        nav: a page, a list, or a title with either.
        pages: all there are, in their order; one that the list names already is not repeated.
    """
    if isinstance(nav, dict):
        return {title: expanded(below, pages) for title, below in nav.items()}
    if not isinstance(nav, list):
        return nav
    found: list[Any] = []
    for entry in nav:
        pattern = isinstance(entry, str) and "*" in entry
        matching = [page for page in pages if fnmatch(page, entry) and page not in nav] if pattern else []
        found += matching if pattern else [expanded(entry, pages)]
    return found


def _help() -> str:
    """Return what `nova-embeddings --help` prints, and the same of each of its commands."""
    (command,) = entry_points(group="console_scripts", name="nova-embeddings")
    general = _printed(command.load(), [])
    commands = re.findall(r"^    ([a-z]+)\b", general, re.MULTILINE)
    pages = {"": general, **{f" {name}": _printed(command.load(), [name]) for name in commands}}
    return "\n\n".join(f"## `nova-embeddings{name}`\n\n```text\n{shown}```" for name, shown in pages.items())


def _printed(main: Callable[[list[str]], int], words: list[str]) -> str:
    os.environ["COLUMNS"] = "92"  # argparse's width
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.suppress(SystemExit):
        main([*words, "--help"])
    return out.getvalue()
