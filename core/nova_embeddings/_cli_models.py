"""The commands about models: `compare`, `models`, `providers`."""

from __future__ import annotations

import difflib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from nova_embeddings._client import NovaClient
    from nova_embeddings.registry import ModelHealth, Registry

    AddParser = Callable[..., argparse.ArgumentParser]

_DIFFERENT = 1
_MOST_TEXTS = 1_000


def add_compare(add_parser: AddParser) -> None:
    """Add `compare`, which says whether two deployments are one space."""
    about = "are two deployments the same space? the same texts, embedded by both"
    ends = "exit codes: 0 the same space, 1 another one, no verdict or a failure, 2 wrong use"
    parser = add_parser("compare", help=about, description=about, epilog=ends)
    add = parser.add_argument
    add("one", metavar="A", help="MODEL, MODEL@ADDRESS, or a name of the registry")
    add("other", metavar="B", help="the same")
    add("--texts", metavar="FILE", type=Path, required=True, help="a text a line, of your own corpus")
    add("--registry", metavar="FILE", type=Path, help="a registry's YAML, whose names A and B may be")
    add("--dimensions", metavar="N", type=int, help="width of the vectors of both (the registry's, or the models' own)")
    add("--task", help="whose family is asked for, as passages and as queries (retrieval, or what a model has)")
    add("--neighbours", metavar="K", type=int, default=10, help="nearest texts compared, at most (%(default)s)")
    parser.set_defaults(run=_compare)


def add_models(add_parser: AddParser) -> None:
    """Add `models`, which lists a registry."""
    about = "list the models of a registry, and whether they answer"
    parser = add_parser("models", help=about, description=about)
    parser.add_argument("registry", type=Path, help="its YAML")
    parser.add_argument("--health", action="store_true", help="ask each of them for a vector")
    parser.set_defaults(run=_models)


def add_providers(add_parser: AddParser) -> None:
    """Add `providers`, which prints the table of providers and models."""
    about = "print which providers and models are known, and what each takes, as Markdown"
    parser = add_parser("providers", help=about, description=about)
    parser.add_argument("--pages", metavar="DIR", type=Path, help="write a page for each provider there, instead")
    parser.set_defaults(run=_providers)


def _compare(options: argparse.Namespace) -> int:
    from nova_embeddings._comparing import compare  # noqa: PLC0415 (nobody else needs it)

    registry = None if options.registry is None else _registry(options.registry)
    one, other = (_client(name, registry, options.dimensions) for name in (options.one, options.other))
    found = compare(one, other, _texts(options.texts), options.task, neighbours=options.neighbours)
    print(found.to_text())  # noqa: T201 (what the command is for)
    return 0 if found.same else _DIFFERENT


def _models(options: argparse.Namespace) -> int:
    registry = _registry(options.registry)
    health = registry.health() if options.health else {}
    for name in registry:
        mark = " (default)" if name == registry.default_model else ""
        print(f"{name}{mark}  {registry.entry(name).model}{_state(health.get(name))}")  # noqa: T201 (as above)
    return 0 if all(seen.well for seen in health.values()) else 1


def _state(seen: ModelHealth | None) -> str:
    if seen is None:
        return ""
    return f"  {seen.dimensions} wide, {seen.seconds:.2f} s" if seen.well else f"  does not answer: {seen.reason}"


def _providers(options: argparse.Namespace) -> int:
    from nova_embeddings.dialects import _page, _page_provider  # noqa: PLC0415 (nobody else needs them)

    if options.pages is None:
        print(_page.page(), end="")  # noqa: T201 (what the command is for)
        return 0
    options.pages.mkdir(parents=True, exist_ok=True)
    for name, text in _page_provider.provider_pages().items():
        (options.pages / name).write_text(text, encoding="utf-8")
    return 0


def _client(name: str, registry: Registry | None, dimensions: int | None) -> NovaClient:
    """Return a client of one deployment: without a cache or a spare, which would answer in its place."""
    from nova_embeddings import NovaClient  # noqa: PLC0415 (the other commands make none)

    if registry is not None and name in registry:
        alone = replace(registry.entry(name), cache=None, cache_ttl=None, fallback_chain=())
        return (alone if dimensions is None else replace(alone, dimensions=dimensions)).client(())
    if registry is not None and "/" not in name:
        near = difflib.get_close_matches(name, registry, n=1)
        hint = f"; {near[0]} is meant?" if near else ""
        raise ConfigurationError(
            f"{name} is no model of the registry ({', '.join(registry)}), nor MODEL@ADDRESS or PROVIDER/MODEL{hint}"
        )
    model, at, address = name.partition("@http")
    return NovaClient(model or None, api_base=f"http{address}" if at else None, dimensions=dimensions)


def _registry(path: Path) -> Registry:
    from nova_embeddings.registry import Registry  # noqa: PLC0415 (only for those who have one)

    return Registry.from_yaml(path)


def _texts(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"--texts {path}: cannot be read ({type(error).__name__})") from None
    return [line for line in lines if line.strip()][:_MOST_TEXTS]
