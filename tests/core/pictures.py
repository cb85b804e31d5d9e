"""Small real pictures for tests."""

from __future__ import annotations

import io
import random

from PIL import Image as Pillow


def drawn(color: str = "teal", size: tuple[int, int] = (24, 16), kind: str = "PNG") -> bytes:
    """Return a picture of one colour as a file of the given format."""
    file = io.BytesIO()
    Pillow.new("RGB", size, color).save(file, format=kind)
    return file.getvalue()


def noise(pixels: int, seed: int = 0) -> bytes:
    """Return a square PNG that hardly compresses: about three bytes a pixel."""
    side = int(pixels**0.5)
    file = io.BytesIO()
    Pillow.frombytes("RGB", (side, side), random.Random(seed).randbytes(side * side * 3)).save(file, format="PNG")
    return file.getvalue()


def animated() -> bytes:
    """Return a GIF of two frames, red and blue."""
    file = io.BytesIO()
    frames = [Pillow.new("RGB", (8, 8), color) for color in ("red", "blue")]
    frames[0].save(file, format="GIF", save_all=True, append_images=frames[1:])
    return file.getvalue()
