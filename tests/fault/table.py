"""Every fault of the suite, by what is at fault."""

from __future__ import annotations

from tests.fault.inputs import INPUTS
from tests.fault.rows import MULTIVECTORS, ROWS, VECTORS
from tests.fault.statuses import STATUSES
from tests.fault.wires import BODIES, CONNECTIONS

FAULTS = {
    "Connections": CONNECTIONS,
    "Statuses": STATUSES,
    "Bodies": BODIES,
    "Rows": ROWS,
    "Vectors": VECTORS,
    "Multi-vectors": MULTIVECTORS,
    "Inputs": INPUTS,
}
