"""A good part of the cells once more, through a real provider host process."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.table import FAULTS, LISTS_WHAT_THERE_IS, OPERATIONS, Fault, cell
from tests.host.driver import Host, HostError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator

LINK = {"domain_id": "dom_help", "mark": "pulumi:p/s/help"}
TITLED = {**LINK, "link_title": "Help"}

# Without a mark: the host lives on, and a mark whose link it has seen would mean a replacement.
ADOPTING = {"domain_id": "dom_help", "link_title": "Help"}


def _one_of_each_kind() -> list[Fault]:
    """Faults that end soon where waits are real, one of each kind; a lost POST waits 2 s, so few of those."""
    kinds = {fault.kind: fault for fault in FAULTS if fault.quick and not fault.local}
    return list(kinds.values())


@pytest.mark.parametrize("fault", _one_of_each_kind(), ids=lambda fault: fault.name)
@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name not in LISTS_WHAT_THERE_IS])
def test_cell(one_userplane: Emulator, one_host: Host, operation: str, fault: Fault) -> None:
    userplane, host = one_userplane, one_host
    userplane.reset()
    expected = cell(operation, fault)
    made = host.create(TITLED) if operation in {"read", "update", "delete"} else None
    there = userplane.add_link(domainId="dom_help")["linkId"] if operation.startswith("adopt") else None
    userplane.clear_requests()
    userplane.fault(**fault.script, method=OPERATIONS[operation], path="links")
    runs: dict[str, Callable[[], Any]] = {
        "create": lambda: host.create(LINK),
        "create, its POST": lambda: host.create(TITLED),
        "create, its PUT": lambda: host.create(TITLED),
        "adopt": lambda: host.create({**ADOPTING, "adopt": there}),
        "adopt, its PUT": lambda: host.create({**ADOPTING, "adopt": there}),
        "read": lambda: host.refresh(made)[0] if made else None,
        "update": lambda: host.up(made, {**TITLED, "link_title": "Other"}) if made else None,
        "delete": lambda: host.delete(made) if made else None,
    }
    said, result = "", None
    try:
        result = runs[operation]()
    except HostError as error:
        said = str(error)
    outcome = "error" if said else "gone" if operation == "read" and result is None else "done"
    requests = " ".join(request.method for request in userplane.requests)
    live = sum(bool(link["live"]) for link in userplane.links)
    assert (outcome, live) == (expected.outcome, expected.live), said or requests
    # One process asks for a project once, whichever cell comes first.
    asked = re.sub(r" GET$", "( GET)?", expected.requests)
    assert re.fullmatch(asked, requests), f"{requests!r} is not {asked!r}"
    assert len(said.splitlines()) <= 1
    assert userplane.api_key not in said + host.output + repr(result)
