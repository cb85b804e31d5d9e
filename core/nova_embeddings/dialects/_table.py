"""Which row of the table is a model's? Rows of users are looked up first."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from nova_embeddings._errors import ConfigurationError
from nova_embeddings.dialects._hosted_models import HOSTED_MODELS
from nova_embeddings.dialects._open_models import OPEN_MODELS

if TYPE_CHECKING:
    from nova_embeddings._models import Model

MODELS: list[Model] = [*HOSTED_MODELS, *OPEN_MODELS]
"""In the order in which names are looked up."""


def model_of(name: str) -> Model | None:
    """Return the row of a model's name; None for one that is not known."""
    plain = name.rpartition("/")[2].lower()
    return next((row for row in MODELS if re.fullmatch(row.names, plain)), None)


def add_model(row: Model) -> None:
    """Have clients that are made from now on know a model, also in place of a row that is there.

    Raises:
        ConfigurationError: its `names` is no regular expression, or it has no source.
    """
    try:
        re.compile(row.names)
    except re.error as error:
        raise ConfigurationError(f"{row.name}: names={row.names!r} is no regular expression ({error})") from None
    if not row.source.strip():
        raise ConfigurationError(f"{row.name}: a row says where its facts are from; give source=")
    MODELS.insert(0, row)
