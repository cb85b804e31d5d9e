"""One provider as a page: how to reach it, what each task becomes, what there is, what to look out for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from nova_embeddings._models import NOVA
from nova_embeddings._options import Limits
from nova_embeddings._tasks import ALL_TASKS
from nova_embeddings.dialects._dialect import OPTIONS, Dialect
from nova_embeddings.dialects._litellm_providers import PROVIDERS
from nova_embeddings.dialects._page import code, listed, table, visible
from nova_embeddings.dialects._page_litellm import HOSTED
from nova_embeddings.dialects._page_servers import SERVERS
from nova_embeddings.dialects._page_words import EXAMPLE, FRAMEWORKS
from nova_embeddings.dialects._servers import DIALECTS
from nova_embeddings.dialects._table import MODELS, model_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nova_embeddings._models import Model
    from nova_embeddings._tasks import Task
    from nova_embeddings.dialects._dialect import Option
    from nova_embeddings.dialects._litellm_providers import Provider
    from nova_embeddings.dialects._page_words import Words

_ONLY_WIDTH = "through LiteLLM, only the task and `dimensions` are sent"
_REASONS: dict[Option, str] = {
    "adapter": "only Nova takes one for each input",
    "images": "it takes text alone",
    "instructions": "it has no field for them",
    "late_chunking": "it has nothing like it",
    "return_multivector": "it gives one vector for an input",
    "truncate": "it has no field for it",
}
_MULTIVECTOR = {"vllm": "asked for at `/pooling`"}
_IMAGES = {
    "nova": "alone or fused with a text in one input",
    "jina": '`{"image": …}`, without a text in the same input',
    "vllm": "as a conversation, one a call",
    "sglang": "alone or fused with a text in one input",
}
_KEY = "your-key"
_MARKS = " `·` is a space, `⏎` a line's end."
_NEAREST = ' *Nearest* is what `on_unsupported="warn"` or `"ignore"` sends for a task that is refused by default.'
_NOTHING = "Nothing is sent for a task: each of these models has one space for all."
_SENT = "What is sent for each task."
_MODELS = "All models are in [the table](../providers.md#models); {others}."
_NOT_THERE = "one that is not there is refused until `add_model` describes it"
_ANY_NAME = "whatever a model is called here, it counts as Nova"
_OPTIONS = """[What the words mean](../providers.md). What is refused raises before a call, and says what there is;
`on_unsupported="warn"` or `"ignore"` leaves it out, but for images and multi-vectors."""


@dataclass(frozen=True, slots=True)
class _Provider:
    """A row and its words."""

    row: Dialect | Provider
    words: Words

    @property
    def server(self) -> Dialect | None:
        """The dialect; None for LiteLLM's."""
        return self.row if isinstance(self.row, Dialect) else None

    @property
    def of_nova(self) -> bool:
        """Tell whether it is Nova, which needs no prefix."""
        return self.row.name == "nova"

    @property
    def model(self) -> str:
        """The example's, as a client takes it."""
        return self.words.example if self.of_nova else f"{self.row.name}/{self.words.example}"

    @property
    def width(self) -> int:
        """Of the example's vectors; 0 where the table does not have it."""
        return self.models[0].width

    @property
    def models(self) -> list[Model]:
        """The rows of the models that the page shows, the example's first."""
        first = NOVA if self.of_nova else model_of(self.words.example)
        shown = [row for name in self.words.models for row in (NOVA, *MODELS) if row.name == name]
        return sorted(shown, key=lambda row: row is not first)


def provider_pages() -> dict[str, str]:
    """Return the pages as Markdown, by the names of their files."""
    rows: dict[str, Dialect | Provider] = {**DIALECTS, **PROVIDERS}
    words = {**SERVERS, **HOSTED}
    return {f"{name}.md": _page(_Provider(rows[name], words[name])) for name in words}


def _page(of: _Provider) -> str:
    parts = [
        f"# {of.words.title}",
        f"{of.words.what} {_way(of)}",
        "## Set up",
        *_set_up(of),
        "## Embed",
        _example(of),
        "## Tasks",
        *_tasks(of),
        "## Options",
        _OPTIONS,
        table(("option", "", "how, or why not"), _options(of)),
        "## Limits",
        *_limits(of),
        "## Good to know",
        "\n".join(f"- {trap.text} *({trap.source})*" for trap in of.words.traps),
        "## Where this is from",
        _sources(of),
    ]
    return "\n\n".join(parts) + "\n"


def _way(of: _Provider) -> str:
    if of.server is None:
        return f"Reached through LiteLLM, as `{of.row.name}/<model>`: LiteLLM holds the connection, and sees the texts."
    prefixes = ("hosted_lexiq_nova",) if of.of_nova else (of.row.name, *of.server.prefixes)
    names = " or ".join(f"`{name}/<model>`" for name in prefixes)
    bare = "without a prefix, or " if of.of_nova else ""
    return f"Reached over this library's own connection, {bare}as {names}."


def _set_up(of: _Provider) -> Iterator[str]:
    run = [of.words.run] if of.words.run else []
    exports = [f"export {name}={value}" for name, value in of.words.variables.items()]
    yield "\n".join(("```sh", f"pip install {of.words.install}", *run, *exports, "```"))
    yield f"{_address(of)} {_key(of)}"


def _address(of: _Provider) -> str:
    if of.server is None:
        return "`api_base=` gives another address than the provider's own."
    if of.server.api_base:
        return f"The address is `{of.server.api_base}`; `api_base=` gives another."
    return "The address is `NOVA_API_BASE`, or `api_base=`."


def _key(of: _Provider) -> str:
    if of.server is None:
        in_code = "`api_key=` gives the key; else " if _KEY in of.words.variables.values() else ""
        return f"{in_code}LiteLLM reads {of.words.keys}."
    names = " or ".join(f"`{name}`" for name in of.server.keys or ("NOVA_API_KEY",))
    return (
        f"A key is read from {names}, or given as `api_key=`{'' if of.server.keys else '; without one, none is sent'}."
    )


def _example(of: _Provider) -> str:
    width = of.width
    shapes = f"  # (2, {width}) (1, {width})" if width else ""
    frameworks = FRAMEWORKS.format(model=of.model, widths=f"  # 1 {width}" if width else "")
    return f"{EXAMPLE.format(model=of.model, shapes=shapes)}\n\n{frameworks}"


def _tasks(of: _Provider) -> Iterator[str]:
    if all(row.indifferent for row in of.models):
        yield _NOTHING
    else:
        yield _task_table(of)
        prefixed = any(sent and not row.parameter for row in of.models for sent in row.prompts.values())
        nearest = any(row.closest for row in of.models)
        yield f"{_SENT}{_MARKS if prefixed else ''}{_NEAREST if nearest else ''}"
    yield _MODELS.format(others=_ANY_NAME if of.of_nova else _NOT_THERE)


def _task_table(of: _Provider) -> str:
    """Return what is sent for each task; models that are sent the same share a column."""
    columns: dict[tuple[str, ...], list[str]] = {}
    for row in of.models:
        columns.setdefault(tuple(_sent(row, task, of.words.on_the_wire) for task in ALL_TASKS), []).append(row.name)
    heads = ("task", *("; ".join(names) for names in columns.values()))
    return table(heads, zip(ALL_TASKS, *columns, strict=True))


def _sent(row: Model, task: Task, spelt: Mapping[str, str]) -> str:
    if row.indifferent:
        return "nothing"
    if task in row.prompts:
        return _shown(row, row.prompts[task], spelt)
    if task in row.closest:
        return f"refused; nearest {_shown(row, row.closest[task], spelt)}"
    return "refused"


def _shown(row: Model, sent: str | None, spelt: Mapping[str, str]) -> str:
    if not sent:
        return "nothing"
    if row.parameter:
        return code(f"{spelt.get(row.parameter, row.parameter)}: {sent}")
    return f"{code(visible(sent))} before the text"


def _options(of: _Provider) -> Iterator[tuple[str, str, str]]:
    """Yield a row for each option; those that share kind and reason share one."""
    shared: dict[tuple[str, str], list[str]] = {}
    for option in OPTIONS:
        shared.setdefault(_option(of, option), []).append(f"`{option}`")
    for (kind, how), options in shared.items():
        yield ", ".join(options), kind, how


def _option(of: _Provider, option: Option) -> tuple[str, str]:
    """Return what an option is there, and how it is said or why not."""
    reason = of.words.reasons.get(option)
    if option == "dimensions":
        return _dimensions(of)
    if of.server is not None and option in of.server.takes:
        return "native", f"{_how(of.server, option)}{_but_for(of, option)}"
    if option == "instructions" and any(row.instruct for row in of.models):
        return "translated", "before queries of Instruct-style models, which were trained with them; else refused"
    return "refused", reason or (_REASONS[option] if of.server else _ONLY_WIDTH)


def _but_for(of: _Provider, option: Option) -> str:
    lacking = [row.name for row in of.models if option in row.lacks]
    return f"; refused for {', '.join(lacking)}" if lacking else ""


def _dimensions(of: _Provider) -> tuple[str, str]:
    reason = of.words.reasons.get("dimensions", "")
    if not any(row.widths for row in of.models):
        return "refused", "none of its models is known to be trained for it"
    if not of.row.dimensions:
        return "emulated", reason
    name = of.server.dimensions if of.server else of.words.on_the_wire.get("dimensions", "dimensions")
    return "native" if of.server else "translated", f"`{name}`, to widths that a model was trained for (below)"


def _how(row: Dialect, option: Option) -> str:
    if option == "images":
        return _IMAGES[row.name]
    if option == "return_multivector":
        return _MULTIVECTOR.get(row.name, "`return_multivector`")
    if option == "late_chunking":
        return f"`{_json(row.late_chunking)}`, in a call for each document"
    if option == "truncate":
        by_default = (
            f"; `{_json(row.whole)}` by default, so that a text that is too long is refused" if row.whole else ""
        )
        return f"`{_json(row.cut)}`{by_default}"
    return f"`{option}`, of a request or of an input"


def _json(said: Mapping[str, object] | None) -> str:
    return json.dumps(said)[1:-1].replace('"', "")


def _limits(of: _Provider) -> Iterator[str]:
    own, most = Limits().batch_size, of.row.batch_size
    if most is not None and most <= own:
        yield f"A call holds at most {most} inputs; longer lists are cut into several calls."
    else:
        yield f"A call holds {own} inputs; `batch_size=` says otherwise{f', up to {most}' if most else ''}."
    rows = ((row.name, code(row.names), str(row.width or "not in the table"), listed(row.widths)) for row in of.models)
    yield table(("model", "names", "width", "can be narrowed to"), rows)


def _sources(of: _Provider) -> str:
    shared: dict[str, list[str]] = {of.row.source: [of.words.title]}
    for row in of.models:
        shared.setdefault(row.source, []).append(row.name)
    return "\n".join(f"- {', '.join(names)}: {source}." for source, names in shared.items())
