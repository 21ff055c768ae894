"""The look before the first creation of a run: once for all, and what follows where it fails."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.look import LOOK_SECONDS, find_recent
from pulumi_userplane.lifecycle.run_state import RunState
from pulumi_userplane.lifecycle.shared_facts import Fact, SharedFacts, open_file
from pulumi_userplane.recovery.processes import ProcessId, this_process
from pulumi_userplane.recovery.recent_links import RecentLink
from tests.support.messages import Messages
from tests.unit.conftest import this_run

if TYPE_CHECKING:
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.support.request_log import Sent
    from tests.unit.conftest import Engine, MakeEngine

MARK = "pulumi:proj/dev/help"
LINK = {"domain_id": "dom_help", "mark": MARK}
DEAD = ProcessId(1, 0.0, -1.0)


@pytest.fixture
def looking(make_engine: MakeEngine) -> Engine:
    """An engine whose run looks before its first creation."""
    return make_engine(lookForInterrupted="auto")


def add(server: Emulator, number: int, mark: str = MARK) -> RecentLink:
    reference = f"{mark}#{number:08x}"
    link = server.add_link(domainId="dom_help", linkProviderReference=reference)
    return RecentLink(str(link["linkId"]), reference)


def methods(sent: Sent) -> list[str]:
    return [method for method, _ in sent()]


def test_run_looks_once_for_all_its_creations(looking: Engine, make_engine: MakeEngine, sent: Sent) -> None:
    looking.up(**LINK)
    make_engine(lookForInterrupted="auto").up(**{**LINK, "mark": f"{MARK}2"})
    assert methods(sent) == ["GET", "POST", "POST"]


@pytest.mark.parametrize("left_out", [{"mark": ""}, {"adopt": "lnk_1"}])
def test_run_does_not_look_without_a_mark_or_for_an_adoption(
    looking: Engine, server: Emulator, sent: Sent, left_out: dict[str, str]
) -> None:
    server.add_link(domainId="dom_help", linkId="lnk_1")
    looking.up(**{**LINK, **left_out})
    assert methods(sent) == (["POST"] if "mark" in left_out else ["GET"])


def test_look_finds_the_links_with_a_mark_that_other_runs_have_created(looking: Engine, server: Emulator) -> None:
    older, newer = add(server, 1), add(server, 2)
    add(server, 3, f"{MARK}2")
    this_run().record_reference(add(server, 4).reference)
    found = find_recent(this_run(), looking.client, "ws_demo", MARK)
    assert sorted(found) == sorted([older, newer])


FAILURES: list[tuple[dict[str, Any], str]] = [
    ({"answer": "status", "status": 403, "code": "FORBIDDEN"}, "403 FORBIDDEN"),
    ({"answer": "status", "status": 500, "code": "INTERNAL_SERVER_ERROR", "times": None}, "500 "),
    ({"answer": "drop", "times": None}, ""),
    ({"answer": "cut_body", "times": None}, ""),
]


@pytest.mark.parametrize("failure", FAILURES)
def test_creation_goes_on_and_says_so_once_when_the_look_fails(
    looking: Engine, server: Emulator, sent: Sent, warned: list[str], failure: tuple[dict[str, Any], str]
) -> None:
    fault, reason = failure
    server.fault(method="GET", **fault)
    looking.up(**LINK)
    server.clear_faults()
    looking.id = ""
    looking.up(**{**LINK, "mark": f"{MARK}2"})
    assert methods(sent)[-2:] == ["POST", "POST"]
    [warning] = warned
    assert warning.startswith(f"the look for interrupted creations in workspace ws_demo failed ({reason}")
    assert warning.endswith(
        "if an earlier run was interrupted elsewhere, `pulumi-userplane recover` looks at all links"
    )


def test_look_ends_after_its_own_time_when_the_server_fails_for_ever(
    looking: Engine, server: Emulator, clock: Clock, warned: list[str]
) -> None:
    server.fault(method="GET", answer="status", status=500, code="INTERNAL_SERVER_ERROR", times=None)
    looking.up(**LINK)
    assert sum(clock.slept) <= LOOK_SECONDS
    assert len(warned) == 1


def test_look_leaves_a_wrong_key_to_the_creation(make_engine: MakeEngine, warned: list[str]) -> None:
    engine = make_engine(lookForInterrupted="auto", apiKey="uspl_wrong")
    with pytest.raises(UserplaneError, match=r"^creation of .* failed: 401 "):
        engine.up(**LINK)
    assert warned == []


def test_look_says_how_far_it_went_when_the_workspace_has_many_new_links(
    looking: Engine, server: Emulator, sent: Sent, messages: Messages
) -> None:
    for _ in range(101):
        server.add_link(domainId="dom_help")
    looking.up(**LINK)
    assert methods(sent) == [*["GET"] * 5, "POST"]
    [told] = messages.infos
    assert told.startswith("workspace ws_demo has many new links: the look for interrupted creations went back to 20")
    assert told.endswith("if a run was interrupted before that, `pulumi-userplane recover` looks at all links")


CLI = ProcessId(4711, 1.0, 1.0)


def begin_run(folder: Path, clock: Clock) -> RunState:
    """Begins a provider process of one CLI."""
    run = RunState(Messages(), clock, facts=SharedFacts(open_file(folder, CLI)))
    run_state.reset(run)
    return run


def test_processes_of_a_run_look_once(
    looking: Engine, server: Emulator, sent: Sent, tmp_path: Path, clock: Clock
) -> None:
    links = [add(server, 1), add(server, 2, f"{MARK}2")]
    first, second = (begin_run(tmp_path, clock) for _ in range(2))
    found = [
        [link for mark in (MARK, f"{MARK}2") for link in find_recent(run, looking.client, "ws_demo", mark)]
        for run in (first, second)
    ]
    assert found == [links, links]
    assert methods(sent) == ["GET"]
    second.record_reference(links[0].reference)
    assert find_recent(first, looking.client, "ws_demo", MARK) == []


def test_process_waits_while_another_one_of_its_run_looks(
    looking: Engine, sent: Sent, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (begin_run(tmp_path, clock) for _ in range(2))
    subject = f"{looking.client.shared_file.name}/ws_demo"
    other = this_process()._replace(pid=this_process().pid + 1)
    first.facts.add(Fact("looking", subject, json.dumps(other)))
    monkeypatch.setattr(ProcessId, "is_alive", lambda _: True)
    wait = clock.sleep

    def end_look(seconds: float) -> None:
        wait(seconds)
        first.facts.add(Fact("older", subject, "lnk_1", f"{MARK}#00000001"), Fact("looked", subject))

    monkeypatch.setattr(clock, "sleep", end_look)
    found = find_recent(second, looking.client, "ws_demo", MARK)
    assert found == [RecentLink("lnk_1", f"{MARK}#00000001", is_recent=False)]
    assert sent() == []


def test_process_looks_itself_when_the_one_that_looked_has_ended(
    looking: Engine, sent: Sent, tmp_path: Path, clock: Clock
) -> None:
    run = begin_run(tmp_path, clock)
    run.facts.add(Fact("looking", f"{looking.client.shared_file.name}/ws_demo", json.dumps(DEAD)))
    assert find_recent(run, looking.client, "ws_demo", MARK) == []
    assert methods(sent) == ["GET"]
