"""How providers spell requests, and what models were trained to see; rows of your own are added here."""

from nova_embeddings._models import Model, cells
from nova_embeddings.dialects._dialect import Dialect
from nova_embeddings.dialects._servers import add_dialect
from nova_embeddings.dialects._table import add_model

__all__ = ["Dialect", "Model", "add_dialect", "add_model", "cells"]
