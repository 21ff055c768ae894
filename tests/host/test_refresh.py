"""A refresh of several links by pages, through a host that serves four calls at a time."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from pulumi_userplane import diff
from pulumi_userplane.api import Client
from pulumi_userplane.emulator import Emulator
from tests.host.conftest import Host, StartHost
from tests.support.operations import BLOB, State

LINKS = 90


@pytest.fixture
def states(userplane: Emulator) -> list[State]:
    """Links of a stack, and as many of other people between them."""
    client = Client(userplane.api_key, base_url=userplane.base_url, requests_per_minute=0, requests_per_day=0)
    found = []
    for number in range(2 * LINKS):
        link_id = userplane.add_link(domainId="dom_help", linkTitle=f"T{number}", meta={"n": number})["linkId"]
        if number % 2:
            link = client.get_link("ws_demo", link_id)
            inputs = {
                "workspace_id": "ws_demo",
                "domain_id": "dom_help",
                "link_title": link.link_title,
                "meta": link.meta,
            }
            outputs = {**diff.build_outputs(link, inputs, client.base_url), "__provider": BLOB}
            found.append(State(link_id, {**inputs, "__provider": BLOB}, outputs))
    userplane.clear_requests()
    return found


def refreshed(host: Host, states: list[State], threads: int) -> list[State | None]:
    with ThreadPoolExecutor(threads) as engine:
        return [fresh for fresh, _ in engine.map(host.refresh, states)]


@pytest.mark.slow
@pytest.mark.parametrize("threads", [1, 16])
def test_refresh_by_pages_returns_what_single_reads_return(
    userplane: Emulator, start_host: StartHost, states: list[State], threads: int
) -> None:
    userplane.edit_link(states[7].id, linkTitle="by hand", meta=None)
    userplane.delete_link(states[50].id)
    alone = refreshed(start_host({}, {**userplane.environ(), "USERPLANE_REFRESH": "single"}), states, threads)
    assert len(userplane.requests) == LINKS + 1
    userplane.clear_requests()

    host = start_host({}, userplane.environ())
    together = refreshed(host, states, threads)

    assert together == alone
    assert [number for number, fresh in enumerate(together) if fresh is None] == [50]
    assert together[7] is not None
    assert together[7].inputs["link_title"] == "by hand"
    assert len(userplane.requests) <= 20
    assert "was deleted outside Pulumi (410 LINK_GONE)" in host.output
