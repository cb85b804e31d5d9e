"""How good is a search, and do instructions help? Measures retrieval and says what is more than chance."""

from nova_embeddings.evaluation._beir import read_beir
from nova_embeddings.evaluation._evaluating import evaluate_retrieval
from nova_embeddings.evaluation._measuring import evaluate_runs
from nova_embeddings.evaluation._report import Comparison, Report, Scores

__all__ = ["Comparison", "Report", "Scores", "evaluate_retrieval", "evaluate_runs", "read_beir"]
