"""Faults as parameters of a test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet

    from tests.faults.table import Fault


def fault_parameters(faults: list[Fault]) -> list[ParameterSet]:
    """Returns the faults by their names; silences are marked slow, since each has to last."""
    return [
        pytest.param(fault, id=fault.name, marks=[pytest.mark.slow] if "silence" in fault.kind else [])
        for fault in faults
    ]
