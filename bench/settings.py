"""What all rows are given alike."""

from __future__ import annotations

import base64
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

Kind = Literal["texts", "multi-vectors", "images"]
TOKENS = 32
"""Vectors that a text has, as multi-vectors."""
_IMAGE_BYTES = 200_000
# a picture's head, one pixel wide: what a client looks at
_PNG_HEAD = bytes.fromhex("89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de")

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True)
class Settings:
    """Where to, how much, how wide, and how much at a time.

    Args:
        api_base: the server's address, up to `/v1`.
        texts: how many.
        dimensions: width of a vector.
        batch_size: texts of one call.
        concurrency: calls in flight, for rows that have several.
        kind: what is embedded: texts, texts as multi-vectors, or images.
    """

    api_base: str
    texts: int
    dimensions: int
    batch_size: int
    concurrency: int = 8
    kind: Kind = "texts"

    @property
    def url(self) -> str:
        """Return the address that is posted to."""
        return f"{self.api_base}/embeddings"

    def starts(self, texts: Sequence[str]) -> range:
        """Return where each batch begins."""
        return range(0, len(texts), self.batch_size)

    def corpus(self) -> list[str]:
        """Return the texts, short and all different; or images of 200 kB, in base64."""
        if self.kind == "images":
            noise = random.Random(0)
            return [base64.b64encode(_PNG_HEAD + noise.randbytes(_IMAGE_BYTES)).decode() for _ in range(self.texts)]
        return [text_of(number) for number in range(self.texts)]


def text_of(number: int) -> str:
    """Return one text of the corpus."""
    return f"Passage {number}: a short text, about as long as a title."
