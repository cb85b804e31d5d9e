"""Five charts' worth of real figures, counted and measured on this machine."""

from __future__ import annotations

import builtins
import bz2
import lzma
import platform
import sys
import unicodedata
import zlib
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Literal, TypeAlias

from demo.library import modules

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Shape: TypeAlias = Literal["bars", "columns", "lines"]

_MOST_BARS = 10
_LEVELS = (1, 3, 5, 7, 9)
_COMPRESSED_BYTES = 600_000
_CATEGORIES = {
    "L": "Letters", "S": "Symbols", "M": "Marks", "N": "Numbers", "P": "Punctuation", "Z": "Separators",
}  # fmt: skip
_CLASSES = {1: "informational", 2: "success", 3: "redirection", 4: "client error", 5: "server error"}


@dataclass(frozen=True, slots=True)
class Chart:
    """Figures, and the words that stand beside them.

    Args:
        name: of its file, without the suffix.
        title: what the figures are.
        about: where they come from.
        along: what the labels are.
        unit: what is counted.
        series: the figures by name of the series (empty, if there is only one) and by label.
        shape: bars for long labels, columns for a few short ones, lines for what has an order.
    """

    name: str
    title: str
    about: str
    along: str
    unit: str
    series: Mapping[str, Mapping[str, float]]
    shape: Shape


def five_charts() -> list[Chart]:
    """Return the charts; the same Python gives the same figures."""
    sources = {module: path.read_bytes() for module, path in modules()}
    return [_lines_of_code(sources), _unicode(), _status_codes(), _exceptions(), _compression(sources)]


def _lines_of_code(sources: Mapping[str, bytes]) -> Chart:
    lines: Counter[str] = Counter()
    for module, source in sources.items():
        lines[module.partition(".")[0]] += source.count(b"\n")
    return Chart(
        "lines-of-code",
        "Lines of source code in the largest modules",
        f"public modules and packages of Python {platform.python_version()}'s standard library",
        "module",
        "lines of source code",
        {"": dict(lines.most_common(_MOST_BARS))},
        "bars",
    )


def _unicode() -> Chart:
    first = Counter(unicodedata.category(chr(code))[0] for code in range(sys.maxunicode + 1))
    return Chart(
        "unicode-categories",
        "Unicode characters by category",
        f"unicodedata, Unicode {unicodedata.unidata_version}",
        "category",
        "number of characters",
        {"": {name: first[letter] for letter, name in _CATEGORIES.items()}},
        "bars",
    )


def _status_codes() -> Chart:
    counted = Counter(status.value // 100 for status in HTTPStatus)
    return Chart(
        "http-status-codes",
        "HTTP status codes by class",
        "http.HTTPStatus",
        "class",
        "number of status codes",
        {"": {f"{first}xx {name}": counted[first] for first, name in _CLASSES.items()}},
        "columns",
    )


def _exceptions() -> Chart:
    classes = [kind for kind in vars(builtins).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    names = {kind.__name__: kind for kind in classes}  # OSError has two more names
    below = {
        name: sum(issubclass(other, kind) for other in names.values()) - 1
        for name, kind in names.items()
        if kind.__base__ is Exception
    }
    return Chart(
        "built-in-exceptions",
        "Built-in exceptions by their base class",
        "builtins, directly and indirectly derived classes",
        "base class",
        "derived exceptions",
        {"": {name: count for name, count in Counter(below).most_common(_MOST_BARS) if count}},
        "bars",
    )


def _compression(sources: Mapping[str, bytes]) -> Chart:
    text = b"".join(sources.values())[:_COMPRESSED_BYTES]
    ways: dict[str, Callable[[int], bytes]] = {
        "zlib": lambda level: zlib.compress(text, level),
        "bz2": lambda level: bz2.compress(text, level),
        "lzma": lambda level: lzma.compress(text, preset=level),
    }
    return Chart(
        "compression",
        "Compressed size of text with zlib, bz2 and lzma",
        f"the standard library's first {len(text):,} bytes of source code",
        "compression level",
        "size in percent of the text",
        {name: {str(level): 100 * len(way(level)) / len(text) for level in _LEVELS} for name, way in ways.items()},
        "lines",
    )
