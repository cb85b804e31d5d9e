"""Every fault, through every way in: the right vectors or an error of ours; never wrong ones, and never too late."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fault.running import complaints, run_all
from tests.fault.table import FAULTS

if TYPE_CHECKING:
    from tests.fault.fault import Fault

ALL = [fault for faults in FAULTS.values() for fault in faults]


@pytest.mark.parametrize("fault", ALL, ids=lambda fault: fault.name)
def test_a_fault_is_met(fault: Fault) -> None:
    """What must come of a fault does, in every way in: in time, with so many requests, and the client lives on."""
    wrong = {way: complaints(fault, outcome) for way, outcome in run_all(fault).items()}
    assert {way: found for way, found in wrong.items() if found} == {}


def test_every_fault_has_a_name_of_its_own() -> None:
    """Names are how the documentation and the tests tell faults apart."""
    assert len({fault.name for fault in ALL}) == len(ALL)
