"""What does `nova-embeddings evaluate` do? It reads files, evaluates, and prints tables or JSON."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

from nova_embeddings._client import NovaClient
from nova_embeddings._errors import ConfigurationError
from nova_embeddings._inputs import EmbeddingInput
from nova_embeddings._secrets import brief
from nova_embeddings.cache import SQLiteCache
from nova_embeddings.evaluation import _plot
from nova_embeddings.evaluation._beir import read_beir
from nova_embeddings.evaluation._evaluating import evaluate_retrieval
from nova_embeddings.evaluation._metrics import DEFAULT_K, cutoffs, key_of, keys_of
from nova_embeddings.instructions import PRESETS, lint

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterable, Sequence

    from nova_embeddings._inputs import InputLike


def run(options: argparse.Namespace) -> None:
    """Evaluate, print what was found, and write the files that were asked for.

    Args:
        options: as the command line has them.

    Raises:
        InputError: as `evaluate_retrieval` and `read_beir`.
        NovaError: as `evaluate_retrieval`.
        OSError: a file cannot be read or written.
    """
    k = cutoffs(options.k or DEFAULT_K)
    instructions = _named(options.instructions or ())
    _check_files(options, k)
    collection = read_beir(options.folder, options.qrels)
    _remark(instructions, collection.corpus, both=options.sides == "both")
    with _client(options) as client:
        report = evaluate_retrieval(
            client,
            *collection,
            instructions=instructions or None,
            k=k,
            sides=options.sides,
            task=options.task,
            return_multivector=options.multivector,
            dimensions=options.dimensions,
            on_error=options.on_error,
            show_progress=sys.stderr.isatty(),
        )
    tables = report.to_markdown(options.metric)
    if options.markdown:
        options.markdown.write_text(tables, encoding="utf-8")
    if options.plot:
        report.plot(options.plot, options.metric)
    print(json.dumps(report.as_dict(options.metric), indent=2) if options.json else tables, end="")  # noqa: T201
    if options.json:
        print()  # noqa: T201 (as above: what the command is asked for)


def _client(options: argparse.Namespace) -> NovaClient:
    cache = SQLiteCache(options.cache) if options.cache else None
    return NovaClient(options.model, api_base=options.api_base, api_key=options.api_key, cache=cache)


def _named(given: Iterable[str]) -> dict[str, str]:
    """Return the instructions by name.

    Raises:
        ConfigurationError: one is neither NAME=TEXT nor a preset's name, or a name stands twice.
    """
    named: dict[str, str] = {}
    for each in given:
        name, equals, text = each.partition("=")
        if not (name and text) and (equals or name not in PRESETS):
            presets = ", ".join(PRESETS)
            raise ConfigurationError(f"--instructions {brief(each)}: give NAME=TEXT, or a preset's name: {presets}")
        if name in named:
            raise ConfigurationError(f"--instructions {brief(name)} stands twice")
        named[name] = text or PRESETS[name].text
    return named


def _check_files(options: argparse.Namespace, k: tuple[int, ...]) -> None:
    """Refuse what could only fail after everything was embedded."""
    for option, path in (("--markdown", options.markdown), ("--plot", options.plot)):
        if path and not path.parent.is_dir():
            raise ConfigurationError(f"{option}: there is no folder {str(path.parent)!r}")
    if options.plot:
        _plot.check(options.plot)
    if options.metric:
        key_of(options.metric, keys_of(k))


def _remark(instructions: dict[str, str], corpus: Sequence[tuple[str, InputLike]], *, both: bool) -> None:
    """Say on stderr what is likely to make instructions useless; measuring them is what shows it."""
    values = [value.text if isinstance(value, EmbeddingInput) else value for _, value in corpus]
    texts = [value for value in values if isinstance(value, str)]
    for name, text in instructions.items():
        for remark in lint(text, document_instructions=None if both else "", texts=texts):
            print(f"instructions {name!r}: {remark.message}", file=sys.stderr)  # noqa: T201 (as above)
