"""What makes good instructions? Presets to begin with, a composer, and a linter that says what will not work."""

from nova_embeddings.instructions._composing import PATTERNS, PRESETS, Preset, compose
from nova_embeddings.instructions._linting import Remark, lint

__all__ = ["PATTERNS", "PRESETS", "Preset", "Remark", "compose", "lint"]
