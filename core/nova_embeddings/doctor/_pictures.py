"""Two small pictures, drawn here: a word each, so that an engine that only reads sees something too."""

from __future__ import annotations

import base64
import functools
import struct
import zlib

_LETTERS = {
    "A": ("  #  ", " # # ", "#   #", "#   #", "#####", "#   #", "#   #"),
    "C": (" ####", "#    ", "#    ", "#    ", "#    ", "#    ", " ####"),
    "D": ("#### ", "#   #", "#   #", "#   #", "#   #", "#   #", "#### "),
    "E": ("#####", "#    ", "#    ", "#### ", "#    ", "#    ", "#####"),
    "N": ("#   #", "##  #", "# # #", "#  ##", "#   #", "#   #", "#   #"),
    "O": (" ### ", "#   #", "#   #", "#   #", "#   #", "#   #", " ### "),
    "V": ("#   #", "#   #", "#   #", "#   #", "#   #", " # # ", "  #  "),
}
_SCALE = 8  # a dot of a letter is eight pixels wide: one byte of a picture with a bit a pixel
_INK, _PAPER = b"\x00", b"\xff"


@functools.cache
def picture(word: str) -> str:
    """Return a PNG of a word, black on white, in base64; 88 pixels high and 48 a letter wide."""
    letters = [_LETTERS[letter] for letter in word]
    lines = ["  ".join(["", *(letter[row] for letter in letters), ""]) for row in range(len(letters[0]))]
    blank = " " * len(lines[0])
    dots = [b"".join(_INK if dot == "#" else _PAPER for dot in line) for line in [blank, blank, *lines, blank, blank]]
    pixels = b"".join((b"\0" + row) * _SCALE for row in dots)
    size = struct.pack(">2I5B", len(dots[0]) * _SCALE, len(dots) * _SCALE, 1, 0, 0, 0, 0)
    parts = [(b"IHDR", size), (b"IDAT", zlib.compress(pixels)), (b"IEND", b"")]
    return base64.b64encode(b"\x89PNG\r\n\x1a\n" + b"".join(_part(*part) for part in parts)).decode()


def _part(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
