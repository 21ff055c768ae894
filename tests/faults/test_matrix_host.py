"""Many cells of the table again, through the real processes of both providers."""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING

import pytest

from tests.faults.running import ended, prepared, run
from tests.faults.table import FAULTS, LISTS_WHAT_THERE_IS, LOOK, OPERATIONS, RULES, Fault, cell
from tests.host.doors import DOORS
from tests.support.request_log import RequestLog

if TYPE_CHECKING:
    from _pytest.mark.structures import ParameterSet

    from pulumi_userplane.emulator import Emulator
    from tests.host.conftest import Host
    from tests.support.operations import Properties


def _one_of_each_kind() -> list[Fault]:
    """Returns the faults that end soon with real waits, one of each kind; a lost POST waits 2 s, so few of those."""
    kinds = {fault.kind: fault for fault in FAULTS if fault.quick and not fault.local}
    return list(kinds.values())


def _cells() -> list[ParameterSet]:
    """Returns the cells of both providers.

    A cell is slow where a repeated request, or the look-up of its link, begins after a real wait. Those run in one of
    the two processes only: what waits is the same code in both, and `test_matrix.py` has all cells without a wait.
    """
    return [
        pytest.param(
            door,
            operation,
            fault,
            id=f"{door}-{operation}-{fault.name}",
            marks=[pytest.mark.slow] if _waits(operation, fault) else [],
        )
        for door in DOORS
        for operation in OPERATIONS
        # These hosts do not look; `tests/host/test_look.py` has hosts that do.
        if operation not in {LOOK, *LISTS_WHAT_THERE_IS}
        for fault in _one_of_each_kind()
        if door == "dynamic" or not _waits(operation, fault)
    ]


def _waits(operation: str, fault: Fault) -> bool:
    return RULES[fault.kind][1 if OPERATIONS[operation] == "POST" else 3] not in {"POST", "M"}


@pytest.mark.parametrize(("door", "operation", "fault"), _cells())
def test_operation_in_host_ends_as_in_table_when_fault_occurs(
    one_userplane: Emulator, one_host: Host, operation: str, fault: Fault
) -> None:
    userplane, host = one_userplane, one_host
    userplane.reset()
    expected = cell(operation, fault)
    state = prepared(operation, host)
    # Without a mark: the host lives on, and a mark whose link it has seen would mean a replacement.
    adopting: Properties = {"domain_id": "dom_help", "mark": "", "link_title": "Help"}
    if operation.startswith("adopt"):
        adopting["adopt"] = userplane.add_link(domainId="dom_help")["linkId"]
    userplane.clear_requests()
    userplane.fault(**fault.script, method=OPERATIONS[operation], path="links")

    end = ended(state, partial(run, operation, host, state, adopting))

    requests = " ".join(RequestLog(userplane).methods())
    live = sum(bool(link["live"]) for link in userplane.links)
    assert (end.outcome, live) == (expected.outcome, expected.live), end.said or requests
    # One process asks for a project once, whichever cell comes first.
    asked = re.sub(r" GET$", "( GET)?", expected.requests)
    assert re.fullmatch(asked, requests), f"{requests!r} is not {asked!r}"
    assert len(end.said.splitlines()) <= 1
    assert userplane.api_key not in end.said + host.output + repr(end.state)
