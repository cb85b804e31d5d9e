"""Will these instructions help? Remarks on what the model card's guide says does not.

Source: the instruction guide of the Nova model card: vague wording, instructions longer than the content, and other
instructions on queries than on passages. The thresholds are ours, and that a
contradiction does not help. Whether instructions help a corpus, only `nova_embeddings.evaluation` tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from nova_embeddings._errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable

Rule = Literal["vague", "contradiction", "long", "sides"]
_FEWEST_SPECIFIC = 2
_WORD = re.compile(r"[^\W_]+")
_EMPTY = frozenset(
    _WORD.findall(
        "accurate adequate appropriate best better correct decent excellent good great helpful high ideal important "
        "interesting key main meaningful most nice noteworthy optimal perfect pertinent proper quality relevant right "
        "significant suitable top useful valuable very worthwhile"
    )
)
_GENERAL = _EMPTY.union(
    _WORD.findall(
        "a about all also an and any anything are as at be by can content contents could data details document "
        "documents embed embedding embeddings emphasise emphasize everything find focus for from get give given how i "
        "in info information instruction instructions into is it item items just kind like look make match matches "
        "matching material may me might my of on only or our passage passages please prefer prioritise prioritize "
        "provide queries query rank really related represent representation result results retrieval retrieve return "
        "search searches seem seems semantic semantically show similar so some something stuff such text texts that "
        "the their them these thing things think this to topic topics understand use user users want we well what "
        "whatever when where which whichever with would you your"
    )
)
_WANTED = r"focus\s+on|prioriti[sz]e|emphasi[sz]e|prefer"
_UNWANTED = "ignore|disregard|exclude|avoid|skip|omit"
_DENIED = r"\b(?:not|never|don['\u2019]t)\s+(?:to\s+)?"
_END = rf"[.;:!?\n]|$|{_DENIED}|\b(?:{_WANTED}|{_UNWANTED})\b"
_WISH = re.compile(
    rf"(?P<denied>{_DENIED})?\b(?:(?P<wanted>{_WANTED})|{_UNWANTED})\b(?P<objects>.*?)(?={_END})", re.IGNORECASE
)
_BETWEEN = re.compile(r",|\b(?:and|or|but)\b")


@dataclass(frozen=True, slots=True)
class Remark:
    """What is likely to make instructions useless.

    Args:
        rule: vague, contradiction, long, or sides.
        message: what was seen and what to do.
    """

    rule: Rule
    message: str


def lint(
    instructions: str, *, document_instructions: str | None = None, texts: Iterable[str] = ()
) -> tuple[Remark, ...]:
    """Return remarks on instructions; none where nothing is wrong, or there are no instructions at all.

    Wording is read as English. Of other languages only lengths and differences between the sides are seen.

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
        for remark in (_vague(text), _contradiction(text), _long(text, listed))
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


def _contradiction(instructions: str) -> Remark | None:
    wishes: dict[bool, list[str]] = {True: [], False: []}
    for found in _WISH.finditer(instructions):
        wishes[bool(found["wanted"]) is not bool(found["denied"])] += _phrases(found["objects"])
    both = [phrase for phrase in dict.fromkeys(wishes[True]) if phrase in wishes[False]]
    if not both:
        return None
    return Remark("contradiction", f"both wanted and unwanted: {', '.join(map(repr, both))}; say one of the two")


def _phrases(objects: str) -> list[str]:
    words = (" ".join(part.split()).casefold().removeprefix("the ") for part in _BETWEEN.split(objects))
    return [phrase for phrase in words if phrase]


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
