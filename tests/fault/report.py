"""How a run of the suite reads in the documentation."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, get_args

from tests.fault.fault import CORE
from tests.fault.left_out import LEFT_OUT
from tests.fault.peers import MEASURED, NAMES, PEERS, TOTALS
from tests.fault.running import SLACK, Kind, complaints

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tests.fault.fault import Fault
    from tests.fault.running import Outcome

    Run = Mapping[str, Sequence[tuple[Fault, Mapping[str, Outcome]]]]

_WORDS = {"wrong": "**SILENTLY WRONG**", "hung": "**HUNG**", "foreign": "**another error**"}
_HEAD = "| fault | this library, every way in | requests | longest | other clients, measured before |"
_LINE = "|---|---|---|---|---|"
_PAGE = """# Faults

What comes of a call when a server, the wire or an input is at fault, through every way in: core, LangChain and
LlamaIndex, sync and async. Made by `python -m tests.fault` from a run of the fault suite; `tests/fault` holds the same
table as tests.

| faults | calls | right vectors | an error of ours | silently wrong | hung | another error |
|---|---|---|---|---|---|---|
| {faults} | {calls} | {right} | {error} | **{wrong}** | **{hung}** | **{foreign}** |

Calls that ended later than {slack:g} s after their deadline: {late}. Calls that followed a redirect: {away}.
After a fault the server answers rightly; clients that were of no use then: {useless}.

| measured in the same run | |
|---|---|
{figures}

That row i belongs to input i, for any inputs, any cut into calls and any order of answers, is held by property tests
(`tests/fault/test_order.py`): {few} examples in `make test`, {many} in `make check-slow`.

## How to read the tables

The client makes two attempts where nothing else is said, and has 5 s, or half a second where the server is slow.
*Requests* are what the server saw of one call, *longest* is the slowest way in. What can pass is asked for once more;
what cannot be told apart, or is refused for good, is not.

**The last column was not measured in this run.** It stands as it was measured before: {measured}.

It says what happened, then the number of requests, then the time where it was long; S is wrong data without an error,
and an empty cell was not measured. Over 49 faults and a control, as right / error / wrong without an error / hung:
{totals}. LiteLLM asks for floats, so that three of its 17 do not count.

{tables}

## Left out

{left_out}
"""


def report(run: Run, figures: Mapping[str, str], examples: tuple[int, int]) -> str:
    """Return the page: what each fault came to, what was measured beside, and what is left out."""
    ended = [(fault, outcome) for rows in run.values() for fault, ways in rows for outcome in ways.values()]
    kinds = Counter(outcome.kind for _, outcome in ended)
    return _PAGE.format(
        faults=sum(len(rows) for rows in run.values()),
        calls=len(ended),
        **{kind: kinds[kind] for kind in get_args(Kind)},
        slack=SLACK,
        late=sum(outcome.seconds > fault.deadline + SLACK for fault, outcome in ended),
        away=sum(outcome.elsewhere > 0 for _, outcome in ended),
        useless=sum(outcome.healed is False for _, outcome in ended),
        figures="\n".join(f"| {name} | {figure} |" for name, figure in figures.items()),
        few=f"{examples[0]:,}",
        many=f"{examples[1]:,}",
        measured=MEASURED,
        totals=", ".join(f"{name} {total}" for name, total in zip(NAMES, TOTALS, strict=True)),
        tables="\n\n".join(_table(title, rows) for title, rows in run.items()),
        left_out="\n".join(f"- **{what}**: {why}" for what, why in LEFT_OUT.items()),
    )


def failures(run: Run) -> Iterator[str]:
    """Yield what did not come out as it must."""
    for rows in run.values():
        for fault, ways in rows:
            for way, outcome in ways.items():
                yield from (f"{fault.name}, {way}: {complaint}" for complaint in complaints(fault, outcome))


def _table(title: str, rows: Sequence[tuple[Fault, Mapping[str, Outcome]]]) -> str:
    return "\n".join([f"## {title}", "", _HEAD, _LINE, *(_row(fault, ways) for fault, ways in rows)])


def _row(fault: Fault, ways: Mapping[str, Outcome]) -> str:
    seen = sorted({outcome.requests for outcome in ways.values()})
    requests = f"{seen[0]}" if len(seen) == 1 else f"{seen[0]}-{seen[-1]}"
    longest = max(outcome.seconds for outcome in ways.values())
    name = f"{fault.name} (core)" if fault.ways == CORE else fault.name
    peers = PEERS[fault.peer].told if fault.peer else ""
    return f"| {name} | {_came(ways)} | {requests} | {longest:.1f} s | {peers} |"


def _came(ways: Mapping[str, Outcome]) -> str:
    """Say what the ways in did; each apart where they differ."""
    by_word: dict[str, list[str]] = {}
    for way, outcome in ways.items():
        by_word.setdefault(_word(outcome), []).append(way)
    if len(by_word) == 1:
        return next(iter(by_word))
    return "; ".join(f"{word}: {', '.join(names)}" for word, names in by_word.items())


def _word(outcome: Outcome) -> str:
    if outcome.kind == "right":
        return "right"
    if outcome.kind == "error":
        index = getattr(outcome.error, "index", None)
        return type(outcome.error).__name__ + ("" if index is None else f", names input {index}")
    return _WORDS[outcome.kind]
