"""What all rows are given alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    """

    api_base: str
    texts: int
    dimensions: int
    batch_size: int
    concurrency: int = 8

    @property
    def url(self) -> str:
        """Return the address that is posted to."""
        return f"{self.api_base}/embeddings"

    def starts(self, texts: Sequence[str]) -> range:
        """Return where each batch begins."""
        return range(0, len(texts), self.batch_size)

    def corpus(self) -> list[str]:
        """Return the texts: short, all different."""
        return [f"Passage {number}: a short text, about as long as a title." for number in range(self.texts)]
