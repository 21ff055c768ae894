"""The look before the first creation of a run, in real provider processes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.support.operations import HostError
from tests.support.request_log import RequestLog

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator
    from tests.host.conftest import Host, StartHost
    from tests.support.operations import Properties

MARK = "pulumi:p/s/help"
LINK: Properties = {"domain_id": "dom_help", "mark": MARK}
FAILED = "the look for interrupted creations in workspace ws_demo failed (403 FORBIDDEN"


def create_four(hosts: list[Host]) -> None:
    """Creates four links at the same time, in turn in these hosts."""

    def create(number: int) -> None:
        hosts[number % len(hosts)].create({**LINK, "mark": f"{MARK}{number}"})

    with ThreadPoolExecutor(4) as engine:
        list(engine.map(create, range(4)))


def start_two(start_host: StartHost, userplane: Emulator, folder: Path, second_key: str = "") -> list[Host]:
    """Starts two provider processes of one CLI."""
    environ = {**userplane.environ(), "XDG_CACHE_HOME": str(folder / "cache")}
    keys = (userplane.api_key, second_key or userplane.api_key)
    return [start_host({}, {**environ, "USERPLANE_API_KEY": key}, has_cli=True) for key in keys]


def test_host_looks_once_for_four_creations_at_the_same_time(userplane: Emulator, start_host: StartHost) -> None:
    userplane.fault(method="GET", latency=0.3)
    create_four([start_host({}, userplane.environ())])
    assert RequestLog(userplane).methods() == ["GET", "POST", "POST", "POST", "POST"]


@pytest.mark.slow
def test_hosts_of_one_cli_look_once(userplane: Emulator, start_host: StartHost, tmp_path: Path) -> None:
    userplane.fault(method="GET", latency=0.5)
    create_four(start_two(start_host, userplane, tmp_path))
    assert RequestLog(userplane).methods() == ["GET", "POST", "POST", "POST", "POST"]


@pytest.mark.slow
def test_hosts_of_one_cli_look_once_for_each_key_and_know_the_links_of_each_other(
    userplane: Emulator, start_host: StartHost, tmp_path: Path
) -> None:
    first, second = start_two(start_host, userplane, tmp_path, "uspl_demo_admin")
    ids = {host.create(LINK).id for host in (first, second)}
    assert RequestLog(userplane).methods() == ["GET", "POST", "GET", "POST"]
    assert len(ids) == 2


def test_host_warns_once_when_the_look_fails(userplane: Emulator, start_host: StartHost) -> None:
    userplane.fault(method="GET", answer="status", status=403, code="FORBIDDEN", times=None)
    host = start_host({}, userplane.environ())
    create_four([host])
    assert RequestLog(userplane).methods() == ["GET", "POST", "POST", "POST", "POST"]
    assert host.output.count(FAILED) == 1


@pytest.mark.slow
def test_hosts_of_one_cli_warn_once_when_the_look_fails(
    userplane: Emulator, start_host: StartHost, tmp_path: Path
) -> None:
    userplane.fault(method="GET", answer="status", status=403, code="FORBIDDEN", times=None)
    hosts = start_two(start_host, userplane, tmp_path)
    create_four(hosts)
    assert RequestLog(userplane).methods() == ["GET", "POST", "POST", "POST", "POST"]
    # An engine shows what all its plugins say.
    assert sum(text.count(FAILED) for text in {text for host in hosts for text in host.outputs}) == 1


def test_host_refuses_by_name_when_a_link_has_the_mark_and_no_state_can_be_read(
    userplane: Emulator, start_host: StartHost
) -> None:
    left = userplane.add_link(domainId="dom_help", linkProviderReference=f"{MARK}#00000001")["linkId"]
    with pytest.raises(
        HostError, match=f"{left} .* was created for this resource, and the state can't be read"
    ) as failed:
        start_host({}, userplane.environ()).create(LINK)
    assert RequestLog(userplane).methods() == ["GET", "GET"]
    assert "\n" not in str(failed.value)


@pytest.mark.slow
@pytest.mark.parametrize("where", ["configuration", "variable"])
def test_host_creates_a_new_link_without_a_look_when_the_setting_is_never(
    userplane: Emulator, start_host: StartHost, where: str
) -> None:
    userplane.add_link(domainId="dom_help", linkProviderReference=f"{MARK}#00000001")
    config = {"userplane:lookForInterrupted": "never"} if where == "configuration" else {}
    variables = {"USERPLANE_LOOK_FOR_INTERRUPTED": "never"} if where == "variable" else {}
    start_host(config, {**userplane.environ(), **variables}).create(LINK)
    assert RequestLog(userplane).methods() == ["POST"]
