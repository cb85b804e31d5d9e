"""The table of providers and models as a page: what is native, translated, emulated, refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nova_embeddings._models import NOVA
from nova_embeddings._tasks import ALL_TASKS
from nova_embeddings.dialects._dialect import OPTIONS
from nova_embeddings.dialects._litellm_providers import PROVIDERS
from nova_embeddings.dialects._servers import DIALECTS
from nova_embeddings.dialects._table import MODELS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from nova_embeddings._models import Model
    from nova_embeddings.dialects._dialect import Dialect
    from nova_embeddings.dialects._litellm_providers import Provider

_HEAD = """# Providers and models

Made by `make providers` from the table that the client itself reads (`nova_embeddings.dialects`).

What each word means: **native**: the server has it, and is asked for it by its own name. **translated**: said in
another way, with the same meaning. **emulated**: done by this library. **refused**: `ConfigurationError` or
`InputError` before a call, naming the option and what there is; `on_unsupported="warn"` or `"ignore"` leaves it out
instead. Multi-vectors and images are never left out. Nothing is put before a text but what its model was trained with.

Each prefix leads to a page about its provider, with an example. `NovaClient("<prefix>/<model>")` picks a row of the
first two tables, or `NovaClient("<model>", dialect="<prefix>")`; the model's own row is found by its name.
`add_dialect` and `add_model` of `nova_embeddings.dialects` add your own, or replace a row that is there. A dialect by
the name of one of LiteLLM's providers takes its place: its requests then go over this library's own connection.
"""
_OF_LITELLM = """LiteLLM holds the connection, reads the provider's own variables for keys, and sees the texts, as its
callbacks do.
"""
_OF_MODELS = """Models in this process: `sentence_transformers/<model or folder>` says in its own files what it was
trained with, and is shown what its row says, prefixes alone, where they hold no prompts; without a row, nothing.
`lexiq_nova/<engine>` has no row. Any other model is refused until `add_model` describes it.

A prefix is shown with `·` for a space and `⏎` for a line's end; `-` means that nothing is sent, a blank that the task
is refused, and a value with `*` is the nearest that there is, for `on_unsupported`.
"""
_PAGES = "providers"
_ROOM = " "
_MARKUP = frozenset("|\\*_<>&`[]")


def page() -> str:
    """Return the page as Markdown."""
    parts = [
        _HEAD,
        "## Servers, over this library's own connections",
        "",
        table(("prefix", "address", "key", *OPTIONS, "calls", "source"), map(_of_dialect, DIALECTS.values())),
        "",
        "## Providers of LiteLLM's, which spells the requests",
        "",
        _OF_LITELLM,
        table(("prefix", "dimensions", "calls", "source"), map(_of_provider, PROVIDERS.values())),
        "",
        "## Models",
        "",
        _OF_MODELS,
        table(
            ("model", "names", "carried by", *ALL_TASKS, "instructions", "width", "narrower", "source"),
            map(_of_model, (NOVA, *MODELS)),
        ),
        "",
    ]
    return "\n".join(parts)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of Markdown."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _of_dialect(row: Dialect) -> tuple[str, ...]:
    names = ", ".join(f"[`{name}/`]({_PAGES}/{row.name}.md)" for name in (row.name, *row.prefixes))
    calls = f"{row.batch_size} inputs" if row.batch_size else ""
    native = ["native" if option in row.takes else "refused" for option in OPTIONS]
    native[OPTIONS.index("dimensions")] = "native" if row.dimensions else "emulated: cut and normalised"
    if row.name == "nova":
        names = f"[none, `hosted_lexiq_nova/`]({_PAGES}/nova.md)"
    address = row.api_base or ("`http://localhost:8000/v1`" if row.name == "nova" else "`api_base`")
    keys = ", ".join(f"`{key}`" for key in row.keys or ("NOVA_API_KEY",))
    return names, address, keys, *native, calls, row.source


def _of_provider(row: Provider) -> tuple[str, ...]:
    name = f"[`{row.name}/`]({_PAGES}/{row.name}.md)"
    return (
        name,
        "translated" if row.dimensions else "emulated: cut and normalised",
        f"{row.batch_size} inputs",
        row.source,
    )


def _of_model(row: Model) -> tuple[str, ...]:
    carried = f"parameter `{row.parameter}`" if row.parameter else "nothing" if row.indifferent else "prefix"
    tasks = [_cell(row, task) for task in ALL_TASKS]
    instructions = "native" if row is NOVA else "translated, before queries" if row.instruct else "refused"
    return (
        row.name,
        code(row.names),
        carried,
        *tasks,
        instructions,
        str(row.width or ""),
        listed(row.widths),
        row.source,
    )


def _cell(row: Model, task: str) -> str:
    if row.indifferent:
        return "-"
    for sent, mark in ((row.prompts, ""), (row.closest, "*")):
        if task in sent:
            value = sent[task]  # type: ignore[index]  # a task, as its name says
            shown = visible(value or "")
            return f"{code(shown)}{mark}" if shown else f"-{mark}"
    return ""


def visible(sent: str) -> str:
    """Return a prefix as a cell shows it, with its spaces to be seen."""
    return sent.replace("\n", "⏎").replace(_ROOM, "·")


def code(text: str) -> str:
    """Return code for a cell; what holds a bar is HTML, as no two kinds of Markdown agree on bars in cells."""
    if "|" not in text:
        return f"`{text}`"
    return f"<code>{''.join(f'&#{ord(letter)};' if letter in _MARKUP else letter for letter in text)}</code>"


def listed(widths: Collection[int]) -> str:
    """Return the widths that a model may be narrowed to."""
    if isinstance(widths, range):
        return f"{widths.start} to {widths.stop - 1}"
    return ", ".join(map(str, widths)) or "refused"
