"""How are instructions put together? A field, what counts in it, what does not, and in which order.

Source: the instruction guide of the Nova model card has these fields and patterns; the words here are ours. They are
American in their spelling, as the card's examples are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nova_embeddings._errors import ConfigurationError
from nova_embeddings._secrets import brief

PATTERNS: Mapping[str, str] = MappingProxyType(
    {
        "domain": "Focus on {}.",
        "prioritise": "Prioritize {}.",
        "ignore": "Ignore {}.",
        "multi-aspect": "Match on all of these aspects: {}.",
        "hierarchical": "Match in this order of importance: {}.",
        "temporal": "Prefer what applies {}.",
    }
)
"""Sentences of instructions, by what they are for; `{}` takes the words. `compose` joins them in this order."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Instructions for a field.

    Args:
        domain: what is searched.
        prioritise: what makes a match.
        ignore: what looks like a match and is none.
    """

    domain: str
    prioritise: tuple[str, ...]
    ignore: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """Return the instructions, as `NovaClient(instructions=…)` takes them."""
        return compose(self.domain, prioritise=self.prioritise, ignore=self.ignore)


PRESETS: Mapping[str, Preset] = MappingProxyType(
    {
        "legal": Preset(
            "legal documents",
            ("judicial precedents", "statutory citations", "holdings and remedies", "the jurisdiction"),
            ("procedural history",),
        ),
        "medical": Preset(
            "clinical literature",
            ("diagnostic criteria", "treatment protocols", "trial outcomes", "contraindications"),
            ("patient testimonials",),
        ),
        "financial": Preset(
            "financial filings",
            ("regulatory compliance", "audit findings", "risk disclosures", "reported figures and their period"),
            ("forward-looking boilerplate",),
        ),
        "technical": Preset(
            "technical documentation",
            ("API names and parameters", "version constraints", "error messages", "configuration steps"),
            ("marketing copy",),
        ),
        "product": Preset(
            "product descriptions",
            ("product type", "dimensions and materials", "compatibility", "intended use"),
            ("promotional language", "shipping terms"),
        ),
        "code": Preset(
            "source code",
            ("function behavior", "algorithms", "input and output types", "libraries that are called"),
            ("variable names", "formatting"),
        ),
    }
)
"""Presets by field: `PRESETS["legal"].text`. Something to begin with; your own words for your own corpus do better."""


def compose(
    domain: str,
    *,
    prioritise: Iterable[str] = (),
    ignore: Iterable[str] = (),
    aspects: Iterable[str] = (),
    levels: Iterable[str] = (),
    period: str | None = None,
) -> str:
    """Return instructions.

    Own words win over those of a preset: it does not ignore what you prioritise, nor prioritise what you ignore.

    Args:
        domain: what is searched, in a few words; or a preset's name, in any case: then its words come first.
        prioritise: what makes a match.
        ignore: what looks like a match and is none.
        aspects: multi-aspect: what a match must meet together, two or more.
        levels: hierarchical: what counts most, then what counts next, two or more.
        period: temporal: "since 2020", "before the reform of 1996".

    Raises:
        ConfigurationError: a word is empty, or stands on both lists, or there is one aspect or level alone.
    """
    preset = PRESETS.get(_plain(domain)) or Preset(domain, ())
    wanted, unwanted = _listed("prioritise", prioritise), _listed("ignore", ignore)
    parts = {
        "domain": [preset.domain],
        "prioritise": _added(preset.prioritise, wanted, unwanted),
        "ignore": _added(preset.ignore, unwanted, wanted),
        "multi-aspect": _several("aspects", aspects),
        "hierarchical": _several("levels", levels),
        "temporal": [] if period is None else [period],
    }
    for name, words in parts.items():
        for word in words:
            if not isinstance(word, str) or not word.strip():
                raise ConfigurationError(f"{name}: {brief(word)} is no text; give a few words")
    _refuse_both(wanted, unwanted)
    joined = {name: _in_order(words) if name == "hierarchical" else _and(words) for name, words in parts.items()}
    return " ".join(sentence.format(joined[name]) for name, sentence in PATTERNS.items() if joined[name])


def _listed(name: str, words: Iterable[str]) -> list[str]:
    if isinstance(words, str) or not isinstance(words, Iterable):
        raise ConfigurationError(f"{name}={brief(words)} is no list; give a list of words")
    return list(words)


def _added(preset: Iterable[str], own: list[str], against: list[str]) -> list[str]:
    """Return a preset's words less those that the caller speaks against, then the caller's own; none twice."""
    refused = set(map(_plain, against))
    added: dict[str, str] = {}
    for word in (*(one for one in preset if _plain(one) not in refused), *own):
        added.setdefault(_plain(word), word)
    return list(added.values())


def _refuse_both(wanted: list[str], unwanted: list[str]) -> None:
    refused = set(map(_plain, unwanted))
    for word in wanted:
        if _plain(word) in refused:
            raise ConfigurationError(f"{brief(word)} is both to prioritise and to ignore; say one of the two")


def _plain(words: object) -> str:
    """Return words as they are compared: without regard to case, white space and a full stop."""
    return " ".join(words.split()).rstrip(".").casefold() if isinstance(words, str) else repr(words)


def _several(name: str, words: Iterable[str]) -> list[str]:
    listed = _listed(name, words)
    if len(listed) == 1:
        raise ConfigurationError(f"{name} has one entry; give two or more, or say it with prioritise=")
    return listed


def _and(words: list[str]) -> str:
    words = [word.strip().rstrip(".") for word in words]
    if len(words) <= 2:  # noqa: PLR2004 (a pair needs no comma)
        return " and ".join(words)
    return f"{', '.join(words[:-1])}, and {words[-1]}"


def _in_order(words: list[str]) -> str:
    return "; ".join(f"{place}. {word.strip().rstrip('.')}" for place, word in enumerate(words, start=1))
