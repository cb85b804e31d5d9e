"""What stands at an address? Asks a server what the Nova API promises, and says what came back."""

from nova_embeddings.doctor._examination import examine
from nova_embeddings.doctor._report import Report, Row, Verdict

__all__ = ["Report", "Row", "Verdict", "examine"]
