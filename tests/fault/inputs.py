"""Faults of the caller: inputs that no server should see, and such that must reach it as they are."""

from __future__ import annotations

from typing import Any

from nova_embeddings import ConfigurationError, InputError
from tests.fault.behaviours import good
from tests.fault.fault import RIGHT, Fault


def _bad(name: str, value: Any) -> Fault:
    return Fault(f"{name} among texts", good, (InputError,), 0, texts=("fine", value), says="^input 1: ")


INPUTS = [
    _bad('""', ""),
    _bad("white space", " \n\t"),
    _bad("None", None),
    _bad("a number", 3),
    _bad("bytes", b"bytes"),
    _bad("a lone surrogate", "half \ud83d"),
    Fault("a str for a list", good, (ConfigurationError,), 0, texts="one text"),
    Fault("an empty list", good, RIGHT, 0, texts=()),
    Fault("line breaks, tabs, any script", good, RIGHT, 1, texts=("a\n\tb\r\n", "漢字 🦜 ", "  x  ", "\u2028\x00")),
    Fault("a text of 5 MB", good, RIGHT, 1, texts=("five megabytes " * 333_334,)),
    Fault("the same text again and again", good, RIGHT, 2, {"batch_size": 3}, texts=("a", "b", "a", "a", "b", "a")),
]
