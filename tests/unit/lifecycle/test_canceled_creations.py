"""A canceled run loses no link and creates none twice: what remains, and what the next run makes of it."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import APIError, RunCanceledError, UserplaneError
from pulumi_userplane.lifecycle.failed_creation import IncompleteCreationError
from pulumi_userplane.link_types import LINK_TYPE
from pulumi_userplane.recovery import journal
from pulumi_userplane.recovery.journal import Journal, JournalEntry
from pulumi_userplane.recovery.state_reader import Deployment
from tests.clock import Clock
from tests.support.canceled import Work, await_event, begin_run
from tests.support.journal_rows import interrupt_run, read_rows
from tests.support.operations import State, as_host
from tests.unit.conftest import Engine, this_run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_userplane.api.clock import Clock as AnyClock
    from pulumi_userplane.emulator import Emulator
    from tests.support.request_log import Sent
    from tests.unit.conftest import MakeEngine

MARK = "pulumi:p/dev/help"
REFERENCE = f"{MARK}#0123abcd"
LINK = {"domain_id": "dom_help", "mark": MARK}
TITLED = {**LINK, "link_title": "Help", "link_provider_id": "7", "meta": {"area": "help"}}
URN = f"urn:pulumi:dev::p::{LINK_TYPE}::help"
PENDING = {"type": "creating", "resource": {"urn": URN, "type": LINK_TYPE, "inputs": {"mark": MARK}}}
WAIT: dict[str, Any] = {"answer": "status", "status": 429, "code": "RATE_LIMITED", "headers": {"Retry-After": "50"}}


@pytest.fixture
def clock() -> AnyClock | None:
    """Instead of the clock of the other tests: the run's own, whose waits last until it is canceled."""
    return None


def methods(sent: Sent) -> list[str]:
    return [method for method, _ in sent()]


def fail_incomplete(engine: Engine, **declared: Any) -> IncompleteCreationError:
    with pytest.raises(IncompleteCreationError) as caught:
        engine.up(**declared)
    return caught.value


def hold_incomplete(engine: Engine, incomplete: IncompleteCreationError, **declared: Any) -> None:
    """Records an incomplete link as Pulumi's engine does."""
    engine._hold(State(incomplete.link_id, engine.check(**declared), as_host(incomplete.outputs)))


def complete(engine: Engine, **declared: Any) -> None:
    """Updates the link: for an incomplete one the engine does it even if its inputs are the same."""
    engine._hold(engine._operations.update(engine._state, engine.check(**declared)))


def read_flags(engine: Engine) -> list[tuple[str | None, bool, bool]]:
    """Returns id, `is_answered` and `is_reported` of each journal entry."""
    with engine.file.transaction() as database:
        rows = database.execute(f"SELECT link_id, is_answered, is_reported FROM {journal.TABLE}").fetchall()
    return [(link_id, bool(answered), bool(reported)) for link_id, answered, reported in rows]


@pytest.mark.parametrize("mark", [{}, {"mark": ""}])
def test_link_that_lacks_its_put_goes_to_the_engine_and_the_next_run_sends_the_put(
    make_engine: MakeEngine,
    server: Emulator,
    sent: Sent,
    *,
    cancel_when: Callable[..., None],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    mark: dict[str, str],
) -> None:
    engine, declared = make_engine(), {**TITLED, **mark}
    begin_run()
    cancel_when("POST")
    incomplete = fail_incomplete(engine, **declared)

    assert methods(sent) == ["POST"]
    [link] = server.links
    assert (incomplete.link_id, link["live"]) == (link["linkId"], True)
    name = f'recording link "{MARK}" ({link["linkId"]})' if not mark else f"recording link {link['linkId']}"
    held = f"{incomplete.link_id} ({incomplete.outputs['link_url']})"
    assert str(incomplete) == str(incomplete.error)
    assert str(incomplete) == (
        f"creation of {name} failed at step 2 of 2, the PUT of link_title, link_provider_id: the run was canceled; "
        f"the state now holds {held}; run `pulumi up` again, and it sends what is missing"
    )
    assert incomplete.outputs["__managed"] == ["meta"]
    assert incomplete.outputs["link_title"] is None
    if not mark:
        # Until the state shows the link: the process may be killed before the engine has written it.
        assert read_flags(engine) == [(link["linkId"], False, False)]

    # On any machine.
    for machine in (str(tmp_path / "cache"), str(tmp_path / "other")):
        monkeypatch.setenv("XDG_CACHE_HOME", machine)
        begin_run()
        again = make_engine()
        hold_incomplete(again, incomplete, **declared)
        assert again.diff(**declared) == (True, [])
        complete(again, **declared)
        assert sent() == [("PUT", {"linkTitle": "Help", "linkProviderId": "7"})]
        assert again.diff(**declared) == (False, [])
        assert read_rows(again.file) == []
        server.edit_link(incomplete.link_id, linkTitle=None, linkProviderId=None)
    assert len(server.links) == 1


def test_post_in_flight_is_awaited(engine: Engine, server: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    begin_run()
    arrived, release = threading.Event(), threading.Event()
    match = server._backend.faults.match

    def hold(method: str, path: str) -> Any:
        arrived.set()
        await_event(release)
        return match(method, path)

    monkeypatch.setattr(server._backend.faults, "match", hold)
    creation = Work(lambda: engine.up(**TITLED))
    await_event(arrived)
    this_run().cancel()
    assert creation.is_running
    release.set()
    with pytest.raises(IncompleteCreationError) as caught:
        creation.result()
    assert caught.value.link_id == server.links[0]["linkId"]


@pytest.mark.parametrize("at", ["POST", "PUT"])
def test_creation_succeeds_when_nothing_is_missing_after_the_request_in_flight(
    engine: Engine, server: Emulator, cancel_when: Callable[..., None], at: str
) -> None:
    begin_run()
    cancel_when(at)
    engine.up(**(LINK if at == "POST" else TITLED))
    assert [link["linkId"] for link in server.links] == [engine.id]
    assert read_flags(engine) == [(engine.id, True, False)]


FAILED_PUTS: dict[str, dict[str, Any]] = {
    "refused": {"answer": "status", "status": 400, "code": "BAD"},
    "429": WAIT,
    "lost": {"answer": "drop"},
    "lost, done": {"answer": "drop", "after_work": True},
    "invalid": {"answer": "html"},
    "gone": {"answer": "status", "status": 410, "code": "LINK_GONE"},
}


@pytest.mark.parametrize("fault", FAILED_PUTS.values(), ids=FAILED_PUTS)
def test_link_goes_to_the_engine_when_the_put_in_flight_fails(
    engine: Engine, server: Emulator, sent: Sent, cancel_when: Callable[..., None], fault: dict[str, Any]
) -> None:
    begin_run()
    cancel_when("PUT")
    server.fault(method="PUT", **fault)
    incomplete = fail_incomplete(engine, **TITLED)
    assert methods(sent) == ["POST", "PUT"]
    assert [link["live"] for link in server.links] == [True]
    assert read_flags(engine) == [(incomplete.link_id, False, False)]
    assert "step 2 of 2, the PUT of link_title, link_provider_id: " in str(incomplete)
    explained = "; more: `pulumi-userplane explain LINK_GONE`" if fault is FAILED_PUTS["gone"] else ""
    assert str(incomplete).endswith(f"; run `pulumi up` again, and it sends what is missing{explained}")


def test_link_goes_to_the_engine_when_the_post_in_flight_did_not_apply_a_field(
    engine: Engine, server: Emulator, sent: Sent, cancel_when: Callable[..., None]
) -> None:
    begin_run()
    cancel_when("POST")
    server.set_behaviours(ignored_fields={"meta"})
    incomplete = fail_incomplete(engine, **TITLED)
    assert methods(sent) == ["POST"]
    assert "did not apply meta; the state now holds " in str(incomplete)


def test_link_elsewhere_goes_to_the_engine_and_the_next_run_replaces_it(
    engine: Engine, server: Emulator, sent: Sent, cancel_when: Callable[..., None]
) -> None:
    begin_run()
    cancel_when("POST")
    server.set_behaviours(unknown_domain="taken")
    declared = {**TITLED, "domain_id": "dom_none"}
    incomplete = fail_incomplete(engine, **declared)
    assert methods(sent) == ["POST"]
    assert "with domain_id dom_help instead of dom_none; the state now holds " in str(incomplete)
    assert str(incomplete).endswith("; run `pulumi up` again, and it replaces the link")

    begin_run()
    hold_incomplete(engine, incomplete, **declared)
    assert engine.diff(**declared) == (True, ["domain_id"])


@pytest.mark.parametrize(
    ("fault", "is_rolled_back"),
    [
        ({}, True),
        ({"answer": "drop", "after_work": True}, False),
        (WAIT, False),
        ({"answer": "status", "status": 403, "code": "LINK_DELETE_FORBIDDEN"}, False),
    ],
    ids=["done", "lost", "429", "refused"],
)
def test_roll_back_in_flight_ends_as_the_server_responds(
    engine: Engine,
    server: Emulator,
    sent: Sent,
    *,
    cancel_when: Callable[..., None],
    fault: dict[str, Any],
    is_rolled_back: bool,
) -> None:
    begin_run()
    cancel_when("DELETE")
    server.fault(method="PUT", answer="status", status=400, code="BAD")
    if fault:
        server.fault(method="DELETE", **fault)
    if is_rolled_back:
        with pytest.raises(APIError, match="the new link was deleted again, so nothing remains"):
            engine.up(**TITLED)
        assert read_rows(engine.file) == []
    else:
        incomplete = fail_incomplete(engine, **TITLED)
        assert "400 BAD" in str(incomplete)
        assert read_flags(engine) == [(incomplete.link_id, False, False)]
    assert methods(sent) == ["POST", "PUT", "DELETE"]


@pytest.mark.parametrize(
    "fault",
    [
        {"answer": "drop"},
        {"answer": "drop", "after_work": True},
        {"answer": "html"},
        {"answer": "status", "status": 500},
    ],
    ids=["not done", "done", "invalid", "500"],
)
def test_post_whose_response_is_lost_is_left_to_the_next_run(
    engine: Engine, server: Emulator, sent: Sent, cancel_when: Callable[..., None], fault: dict[str, Any]
) -> None:
    begin_run()
    cancel_when("POST")
    server.fault(method="POST", **fault)
    with pytest.raises(UserplaneError) as caught:
        engine.up(**TITLED)
    assert methods(sent) == ["POST"]
    assert (
        "; whether the link was created is unknown (the run was canceled): run `pulumi up` again on this machine in a "
        "few minutes, and it resumes the link; from another machine, find the link with `pulumi-userplane recover "
        in str(caught.value)
    )
    assert read_flags(engine) == [(None, False, True)]

    interrupt_run(engine.file)
    age_entries(engine)
    begin_run()
    engine.up(**TITLED)
    assert [(link["linkId"], link["linkTitle"]) for link in server.links] == [(engine.id, "Help")]
    assert methods(sent) == ["GET", "PUT"] if fault.get("after_work") else ["GET", "POST", "PUT"]


def age_entries(engine: Engine) -> None:
    """Makes the entries those of POSTs that no server can still be processing."""
    engine.file.run_transaction(lambda database: database.execute(f"UPDATE {journal.TABLE} SET sent_at = sent_at - 60"))
    engine.file.run_transaction(lambda database: database.execute(f"UPDATE {journal.TABLE} SET uptime = uptime - 60"))


def test_second_look_up_after_a_lost_response_does_not_begin(
    engine: Engine, server: Emulator, sent: Sent, cancel_when: Callable[..., None]
) -> None:
    begin_run()
    cancel_when("GET")
    server.fault(method="POST", answer="drop")
    with pytest.raises(UserplaneError, match=r"whether the link was created is unknown \(the run was canceled\)"):
        engine.up(**TITLED)
    assert methods(sent) == ["POST", "GET"]


@pytest.mark.parametrize("look", ["auto", "never"])
def test_next_run_resumes_the_link_when_the_engine_did_not_write_the_state(
    make_engine: MakeEngine, server: Emulator, sent: Sent, cancel_when: Callable[..., None], look: str
) -> None:
    engine = make_engine(lookForInterrupted=look)
    begin_run()
    cancel_when("POST")
    incomplete = fail_incomplete(engine, **TITLED)
    interrupt_run(engine.file)
    sent()

    state = Deployment.model_validate({"pending_operations": [PENDING, PENDING]})
    notice = begin_run(read_state=lambda: state)
    engine.up(**TITLED)
    assert engine.id == incomplete.link_id
    assert methods(sent) == ["GET"] * (look == "auto") + ["GET", "PUT"]
    assert "resuming" in notice.warnings[0]
    assert [link["linkTitle"] for link in server.links] == ["Help"]


def test_resumed_link_that_lacks_its_put_goes_to_the_engine(
    engine: Engine, server: Emulator, sent: Sent, cancel_when: Callable[..., None]
) -> None:
    link = server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)
    entry = JournalEntry(REFERENCE, "ws_demo", "dom_help", str(link["linkId"]), 1.0, None, 1.0)
    Journal(engine.file).record(entry._replace(is_reported=True))
    interrupt_run(engine.file)
    begin_run()
    cancel_when("GET")
    incomplete = fail_incomplete(engine, **TITLED)
    assert methods(sent) == ["GET"]
    assert incomplete.link_id == link["linkId"]
    assert read_flags(engine) == [(link["linkId"], False, False)]
    assert "PUT of link_title, link_provider_id, meta" in str(incomplete)


def test_resumed_link_that_turns_out_to_be_gone_does_not_go_to_the_engine(
    engine: Engine, server: Emulator, sent: Sent, cancel_when: Callable[..., None]
) -> None:
    link = server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)
    entry = JournalEntry(REFERENCE, "ws_demo", "dom_help", str(link["linkId"]), 1.0, None, 1.0)
    Journal(engine.file).record(entry._replace(is_reported=True))
    interrupt_run(engine.file)
    begin_run()
    cancel_when("PUT")
    server.fault(method="PUT", answer="status", status=410, code="LINK_GONE")
    end = "; it was deleted meanwhile: run again; more: `pulumi-userplane explain LINK_GONE`"
    with pytest.raises(APIError, match=rf"410 LINK_GONE .*{re.escape(end)}$"):
        engine.up(**TITLED)
    assert methods(sent) == ["GET", "PUT"]
    assert read_rows(engine.file) == []


def test_post_without_a_mark_whose_response_is_lost_is_not_looked_for(
    engine: Engine, server: Emulator, sent: Sent, cancel_when: Callable[..., None]
) -> None:
    begin_run()
    cancel_when("POST")
    server.fault(method="POST", answer="drop", after_work=True)
    with pytest.raises(
        UserplaneError, match=r"the list of links can't be read \(the run was canceled\): look in the da"
    ):
        engine.up(**{**TITLED, "mark": ""})
    assert methods(sent) == ["POST"]


def test_adoption_that_lacks_its_put_just_fails(
    engine: Engine, server: Emulator, sent: Sent, cancel_when: Callable[..., None]
) -> None:
    link = server.add_link(domainId="dom_help", linkId="lnk_1")
    begin_run()
    cancel_when("GET")
    with pytest.raises(RunCanceledError) as caught:
        engine.up(**TITLED, adopt="lnk_1")
    assert str(caught.value) == (
        f'adoption of recording link "{MARK}" (lnk_1) failed at its last step, the PUT of link_title, '
        "link_provider_id, meta: the run was canceled; run again"
    )
    assert methods(sent) == ["GET"]
    assert server.links == [link]


@pytest.mark.parametrize("at", [("POST", 0), ("PUT", 0), ("GET", 0), ("GET", 1), ("DELETE", 0)], ids=str)
@pytest.mark.parametrize("fault", [None, *FAILED_PUTS.values()], ids=["none", *FAILED_PUTS])
@pytest.mark.parametrize("faulty", ["POST", "PUT"])
def test_there_is_one_link_after_the_next_run_whenever_a_run_is_canceled(
    engine: Engine,
    server: Emulator,
    *,
    cancel_when: Callable[..., None],
    at: tuple[str, int],
    fault: dict[str, Any] | None,
    faulty: str,
) -> None:
    # Some runs end before they are canceled: their waits are over at once.
    run = begin_run(clock=Clock())
    cancel_when(*at)
    if fault is not None:
        server.fault(**{**fault, "method": faulty, "headers": {"Retry-After": "0"}})
    is_incomplete = False
    try:
        engine.up(**TITLED)
    except IncompleteCreationError as incomplete:
        is_incomplete = True
        hold_incomplete(engine, incomplete, **TITLED)
    except UserplaneError:
        assert engine.id == ""
    assert run.warnings == []
    interrupt_run(engine.file)
    age_entries(engine)
    begin_run(clock=Clock())
    server.clear_faults()
    (complete if is_incomplete else Engine.up)(engine, **TITLED)
    live = [link for link in server.links if link["live"]]
    assert [(link["linkId"], link["linkTitle"], link["linkProviderId"]) for link in live] == [(engine.id, "Help", "7")]
