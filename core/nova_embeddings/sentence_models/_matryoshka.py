"""To which widths may a model's vectors be cut? Only those that it says it is trained for."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection

MODELS: dict[str, Collection[int]] = {
    "qwen3-embedding": range(32, 4097),
    "embeddinggemma": (128, 256, 512),
    "nomic-embed-text-v2-moe": (256,),
    "arctic-embed-m-v1.5": (256,),
    "arctic-embed-m-v2.0": (256,),
    "arctic-embed-l-v2.0": (256,),
}
"""Models whose files do not say it, by a part of their name in lower case. Source: their model cards."""
_IN_CARD = re.compile(r'"matryoshka_dims":\s*(\[[\d,\s]+\])')
_IN_CONFIG = ("matryoshka_dimensions", "matryoshka_dims")


def widths(name: str, full: int, config: dict[str, Any], card: str) -> Collection[int]:
    """Return the widths below the model's own that its vectors may be cut to; empty for none.

    Args:
        name: of the model.
        full: its own width.
        config: its `config.json`, where `matryoshka_dimensions` is what vLLM reads too.
        card: its README, in which sentence-transformers notes the loss that it was trained with.
    """
    listed = next((config[key] for key in _IN_CONFIG if isinstance(config.get(key), list)), None)
    if listed is None and (noted := _IN_CARD.search(card)):
        listed = json.loads(noted[1])
    if listed is None and config.get("is_matryoshka") is True:
        listed = range(1, full)
    if listed is None:
        listed = next((known for part, known in MODELS.items() if part in name.lower()), ())
    if isinstance(listed, range):
        return range(listed.start, min(listed.stop, full))
    return sorted({width for width in listed if width < full})
