"""Will these instructions help? Remarks on what the model card's guide says does not.

Source: the instruction guide of the Nova model card: vague wording, instructions longer than the content, and other
instructions on queries than on passages. The thresholds are ours. Whether instructions help a corpus, only
`nova_embeddings.evaluation` tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nova_embeddings._errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

Rule = Literal["vague", "long", "sides"]
_FEWEST_SPECIFIC = 2
_WORD = re.compile(r"[^\W_]+")
_EMPTY = frozenset(
    _WORD.findall(
        "accurate appropriate best better correct excellent good great helpful high important interesting key main "
        "most nice proper quality relevant right suitable top useful valuable very"
    )
)
_GENERAL = _EMPTY.union(
    _WORD.findall(
        "a about all also an and any anything are as at be by can content contents data details document documents "
        "embed embedding embeddings emphasise emphasize everything find focus for from get give given how i in info "
        "information instruction instructions into is it item items look make match matches matching material me my "
        "of on only or our passage passages please prefer prioritise prioritize provide queries query rank related "
        "represent representation result results retrieval retrieve return search searches semantic semantically "
        "show similar so some something stuff text texts that the their them these thing things this to topic topics "
        "understand use user users want we well what when where which with you your"
    )
)


@dataclass(frozen=True, slots=True)
class Remark:
    """What is likely to make instructions useless.

    Args:
        rule: vague, long, or sides.
        message: what was seen and what to do.
    """

    rule: Rule
    message: str


def lint(
    instructions: str, *, document_instructions: str | None = None, texts: Iterable[str] = ()
) -> tuple[Remark, ...]:
    """Return remarks on instructions; none where nothing is wrong, or there are no instructions at all.

    Args:
        instructions: of queries, and of documents unless those have their own.
        document_instructions: of documents; None for the same, "" for none.
        texts: some of the content they go with, to compare lengths: passages, mostly.

    Raises:
        ConfigurationError: an argument is no text.
    """
    other = instructions if document_instructions is None else document_instructions
    listed = list(texts) if not isinstance(texts, str) else None
    if listed is None or not all(isinstance(text, str) for text in (instructions, other, *listed)):
        raise ConfigurationError("instructions are texts, and `texts` is a list of texts")
    found = [
        remark
        for text in dict.fromkeys((instructions, other))
        if text.strip()
        for remark in (_vague(text), _long(text, listed))
        if remark
    ]
    return (*found, *_sides(instructions, other))


def _vague(instructions: str) -> Remark | None:
    words = [word.lower() for word in _WORD.findall(instructions)]
    specific = sum(1 if word.isascii() else _FEWEST_SPECIFIC for word in set(words) - _GENERAL)
    if specific >= _FEWEST_SPECIFIC:
        return None
    empty = sorted(_EMPTY.intersection(words))
    blamed = f" ({', '.join(map(repr, empty))} could stand over any corpus)" if empty else ""
    return Remark("vague", f"vague wording{blamed}: name the field, and what makes a match in it")


def _long(instructions: str, texts: list[str]) -> Remark | None:
    shorter = sum(len(text) < len(instructions) for text in texts)
    if 2 * shorter <= len(texts):
        return None
    message = (
        f"longer ({len(instructions)} characters) than {shorter} of {len(texts)} texts they go with: they weigh more "
        "than the content; shorten them to what tells documents apart"
    )
    return Remark("long", message)


def _sides(queries: str, documents: str) -> tuple[Remark, ...]:
    if queries.strip() == documents.strip():
        return ()
    message = "queries and documents have different instructions, which moves them apart: give both the same"
    return (Remark("sides", message),)
