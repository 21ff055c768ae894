"""The look before the first creation of a run: once for all, and what follows where it fails."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.look import LOOK_SECONDS, Look, find_recent
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
    this_run().held.record_reference(add(server, 4).reference)
    found = find_recent(this_run(), looking.client, "ws_demo", MARK).links
    assert sorted(found) == sorted([older, newer])


@pytest.mark.parametrize("other", ["Help", "HELP", "h\u00e9lp", "he\u0301lp", "help ", "help#00000001"])
def test_look_finds_no_link_whose_mark_only_resembles_the_one_of_the_resource(
    looking: Engine, server: Emulator, other: str
) -> None:
    add(server, 1, f"pulumi:proj/dev/{other}")
    marks = ["pulumi:proj/dev/help", "pulumi:proj/dev/h\u00e9lp", "pulumi:proj/dev/he\u0301lp"]
    found = [find_recent(this_run(), looking.client, "ws_demo", mark).links for mark in marks]
    assert [bool(links) for links in found] == [mark == f"pulumi:proj/dev/{other}" for mark in marks]


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


def test_creation_has_its_two_minutes_after_the_look(
    looking: Engine, server: Emulator, clock: Clock, sent: Sent
) -> None:
    server.fault(
        method="GET", answer="status", status=503, code="SERVICE_UNAVAILABLE", headers={"Retry-After": "29"}, times=None
    )
    server.fault(
        method="POST",
        answer="status",
        status=503,
        code="SERVICE_UNAVAILABLE",
        headers={"Retry-After": "50"},
        times=None,
    )
    with pytest.raises(UserplaneError, match="503 SERVICE_UNAVAILABLE"):
        looking.up(**LINK)
    # A wait that would end after 30 s, or after two minutes, is not begun.
    assert methods(sent) == ["GET", "GET", "POST", "POST", "POST"]
    assert clock.slept == [29, 50, 50]


def test_look_and_creation_share_the_time_that_429s_may_make_them_wait(
    looking: Engine, server: Emulator, clock: Clock, sent: Sent
) -> None:
    server.fault(answer="status", status=429, code="RATE_LIMITED", times=None)
    with pytest.raises(UserplaneError, match=r"429s have made it wait for \d{3} s, and 600 s are the most"):
        looking.up(**LINK)
    assert set(methods(sent)) == {"GET"}
    assert 400 < sum(clock.slept) <= 601


def test_look_does_not_count_what_429s_make_it_wait(
    looking: Engine, server: Emulator, clock: Clock, sent: Sent, messages: Messages
) -> None:
    server.fault(method="GET", answer="status", status=429, code="RATE_LIMITED", headers={"Retry-After": "50"}, times=3)
    looking.up(**LINK)
    assert methods(sent) == ["GET"] * 4 + ["POST"]
    assert sum(clock.slept) >= 150
    assert messages.warnings == []
    assert any(text.startswith("waiting ") for text in messages.infos)


def test_creation_fails_when_its_look_shows_that_the_key_is_refused(
    make_engine: MakeEngine, sent: Sent, warned: list[str]
) -> None:
    engine = make_engine(lookForInterrupted="auto", apiKey="uspl_wrong")
    for _ in range(2):
        with pytest.raises(UserplaneError, match=r"^creation of .* failed at the look .*: 401 "):
            engine.up(**LINK)
    assert methods(sent) == ["GET", "GET"]
    assert warned == []


def test_creation_fails_when_its_look_shows_that_the_limit_of_the_day_is_used_up(
    make_engine: MakeEngine, sent: Sent, warned: list[str]
) -> None:
    engine = make_engine(lookForInterrupted="auto", requestsPerDay="1")
    engine.client.get_me()
    with pytest.raises(UserplaneError, match="this machine has sent its 1 requests of the day"):
        engine.up(**LINK)
    assert methods(sent) == ["GET"]
    assert warned == []


def test_creation_fails_without_a_warning_of_its_look_when_the_limit_store_is_down(
    make_engine: MakeEngine, sent: Sent, warned: list[str]
) -> None:
    engine = make_engine(lookForInterrupted="auto", limitStore="redis://127.0.0.1:1/0")
    with pytest.raises(UserplaneError, match=r"the limit store at 127\.0\.0\.1:1 can't be used"):
        engine.up(**LINK)
    assert sent() == []
    assert warned == []


def test_look_warns_when_the_server_does_not_sort(
    looking: Engine, server: Emulator, messages: Messages, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(101):
        server.add_link(domainId="dom_help")
    read = looking.client.list_links_page
    monkeypatch.setattr(looking.client, "list_links_page", lambda *page, **_: read(*page))
    looking.up(**LINK)
    [warning] = messages.warnings
    assert warning.startswith("the look for interrupted creations saw a part of workspace ws_demo only")
    assert messages.infos == []


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
        [link for mark in (MARK, f"{MARK}2") for link in find_recent(run, looking.client, "ws_demo", mark).links]
        for run in (first, second)
    ]
    assert found == [links, links]
    assert methods(sent) == ["GET"]
    second.held.record_reference(links[0].reference)
    assert find_recent(first, looking.client, "ws_demo", MARK).links == []


def test_processes_of_a_run_share_that_the_look_failed(
    looking: Engine, server: Emulator, tmp_path: Path, clock: Clock
) -> None:
    server.fault(method="GET", answer="status", status=403, code="FORBIDDEN")
    runs = [begin_run(tmp_path, clock) for _ in range(2)]
    looks = [find_recent(run, looking.client, "ws_demo", MARK) for run in runs]
    assert looks == [Look([], is_whole=False)] * 2


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
    found = find_recent(second, looking.client, "ws_demo", MARK).links
    assert found == [RecentLink("lnk_1", f"{MARK}#00000001", is_recent=False)]
    assert sent() == []


@pytest.fixture
def waiting(looking: Engine, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> RunState:
    """A run of which another process looks, and nothing is ever heard of that one."""
    run = begin_run(tmp_path / "runs", clock)
    subject = f"{looking.client.shared_file.name}/ws_demo"
    other = this_process()._replace(pid=this_process().pid + 1)
    run.facts.add(Fact("looking", subject, json.dumps(other)))
    monkeypatch.setattr(ProcessId, "is_alive", lambda _: True)
    return run


def test_process_looks_itself_when_the_shared_file_breaks_while_another_one_looks(
    waiting: RunState, looking: Engine, sent: Sent, tmp_path: Path, *, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    wait, [file] = clock.sleep, (tmp_path / "runs").iterdir()

    def break_file(seconds: float) -> None:
        wait(seconds)
        file.write_bytes(b"not a database " * 1000)

    monkeypatch.setattr(clock, "sleep", break_file)
    assert find_recent(waiting, looking.client, "ws_demo", MARK).links == []
    assert methods(sent) == ["GET"]
    assert len(clock.slept) == 1


def test_process_looks_itself_when_the_one_that_looks_is_not_heard_of(
    waiting: RunState, looking: Engine, sent: Sent, clock: Clock
) -> None:
    assert find_recent(waiting, looking.client, "ws_demo", MARK).links == []
    assert methods(sent) == ["GET"]
    assert isinstance(waiting.notify, Messages)
    assert 7 <= len(waiting.notify.infos) <= 8
    assert waiting.notify.infos[0].startswith("waiting for another provider process of this run, which looks")
    assert sum(clock.slept) == pytest.approx(120, abs=1)


def test_process_looks_at_once_when_the_look_of_another_one_was_refused(
    looking: Engine, server: Emulator, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (begin_run(tmp_path, clock) for _ in range(2))
    server.fault(method="GET", answer="status", status=401, code="API_KEY_INVALID")
    with pytest.raises(UserplaneError, match="401 API_KEY_INVALID"):
        find_recent(first, looking.client, "ws_demo", MARK)
    monkeypatch.setattr(os, "getpid", lambda: -1)
    assert find_recent(second, looking.client, "ws_demo", MARK).links == []
    assert clock.slept == []


def test_process_looks_itself_when_the_one_that_looked_has_ended(
    looking: Engine, sent: Sent, tmp_path: Path, clock: Clock
) -> None:
    run = begin_run(tmp_path, clock)
    run.facts.add(Fact("looking", f"{looking.client.shared_file.name}/ws_demo", json.dumps(DEAD)))
    assert find_recent(run, looking.client, "ws_demo", MARK).links == []
    assert methods(sent) == ["GET"]
