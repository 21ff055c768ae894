"""Which links with the resource's mark a creation resumes, and what it does about the others: the state decides."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.lifecycle import run_state
from pulumi_userplane.lifecycle.run_state import RunState
from pulumi_userplane.link_types import LINK_TYPE
from pulumi_userplane.recovery.journal import Journal, JournalEntry
from pulumi_userplane.recovery.state_reader import Deployment
from tests.support.journal_rows import interrupt_run, read_rows
from tests.support.messages import Messages
from tests.unit.conftest import this_run

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.support.request_log import Sent
    from tests.unit.conftest import Engine, MakeEngine

MARK = "pulumi:proj/dev/help"
REFERENCE = f"{MARK}#00000001"
LINK = {"domain_id": "dom_help", "mark": MARK}


def urn(name: str) -> str:
    return f"urn:pulumi:dev::proj::{LINK_TYPE}::{name}"


def pending(name: str = "help") -> dict[str, Any]:
    return {"type": "creating", "resource": {"urn": urn(name), "type": LINK_TYPE, "inputs": {"mark": MARK}}}


def held(name: str, link_id: str) -> dict[str, Any]:
    return {"urn": urn(name), "type": LINK_TYPE, "id": link_id, "inputs": {"mark": MARK}}


class Machine:
    """A machine whose run reads the state that a test gives it.

    Attributes:
        state: The state as the CLI exports it; None where it can't be read.
        reads: How often it was read.
    """

    def __init__(self) -> None:
        self.state: dict[str, Any] | None = {"pending_operations": [pending()]}
        self.reads = 0

    def read(self) -> Deployment | None:
        self.reads += 1
        return None if self.state is None else Deployment.model_validate(self.state)


@pytest.fixture
def machine() -> Machine:
    machine, run = Machine(), this_run()
    run_state.reset(RunState(run.notify, run.clock, read_state=machine.read))
    return machine


@pytest.fixture(params=["look", "journal"])
def left(request: pytest.FixtureRequest, make_engine: MakeEngine, server: Emulator) -> str:
    """A link that a run of another machine has left, or one of this machine whose creation was answered."""
    link_id = str(server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"])
    if request.param == "journal":
        record(make_engine(), link_id)
    return link_id


@pytest.fixture
def looking(machine: Machine, make_engine: MakeEngine) -> Engine:
    return make_engine(lookForInterrupted="auto")


def record(engine: Engine, link_id: str | None, **other: Any) -> None:
    """Records the entry of a run that has ended."""
    times = (time.time() - 60, None, time.monotonic() - 60)
    entry = JournalEntry(REFERENCE, "ws_demo", "dom_help", link_id, *times, **{"is_answered": True, **other})
    Journal(engine.file).record(entry)
    interrupt_run(engine.file)


def posts(sent: Sent) -> int:
    return sum(method == "POST" for method, _ in sent())


def test_create_resumes_a_link_when_the_state_has_a_pending_creation(
    looking: Engine, machine: Machine, left: str, sent: Sent, warned: list[str]
) -> None:
    machine.state = {"pending_operations": [pending(), pending()]}
    looking.up(**LINK, link_title="Help")
    assert looking.id == left
    assert [(method, body) for method, body in sent() if method != "GET"] == [("PUT", {"linkTitle": "Help"})]
    [warning] = warned
    assert warning.startswith(f'creation of recording link "{MARK}": resuming {left} (https://')
    assert "`pulumi refresh --clear-pending-creates`" in warning
    [entry] = Journal(looking.file).find_by_stack("proj", "dev")[1]
    assert (entry.link_id, entry.is_answered) == (left, True)


@pytest.mark.parametrize("readable", [True, False])
def test_create_fails_and_names_the_link_when_nothing_proves_an_interruption(
    looking: Engine, machine: Machine, left: str, sent: Sent, readable: bool
) -> None:
    if not readable:
        machine.state = None
    with pytest.raises(UserplaneError) as caught:
        looking.up(**LINK)
    assert posts(sent) == 0
    why = "the state neither holds it nor shows an interrupted creation" if readable else "the state can't be read"
    assert f"{left} (https://" in str(caught.value)
    assert f"was created for this resource, and {why}, so nothing was created" in str(caught.value)
    assert f'write adopt="{left}" to take it over' in str(caught.value)
    # The ways on that it names.
    looking.up(**LINK, adopt=left)
    assert looking.id == left


def test_create_makes_a_new_link_when_the_settings_say_not_to_look(
    machine: Machine, left: str, engine: Engine, sent: Sent
) -> None:
    engine.up(**LINK)
    assert engine.id != left
    assert [method for method, _ in sent()] == ["POST"]
    assert machine.reads == 0


def test_create_makes_a_new_link_when_the_state_holds_that_one_under_another_name(
    looking: Engine, machine: Machine, left: str, sent: Sent, warned: list[str]
) -> None:
    machine.state = {"resources": [held("renamed", left)], "pending_operations": [pending(), pending()]}
    looking.up(**LINK)
    assert looking.id != left
    assert posts(sent) == 1
    assert warned == []


def test_create_fails_when_another_run_has_written_the_state(
    looking: Engine, machine: Machine, left: str, sent: Sent
) -> None:
    machine.state = {"resources": [held("help", left)]}
    with pytest.raises(UserplaneError, match="another run changes it; wait until that run has ended, then run again"):
        looking.up(**LINK)
    assert posts(sent) == 0


@pytest.mark.parametrize("by_flag", [True, False])
def test_replacement_makes_a_new_link_when_the_state_holds_the_old_one(
    looking: Engine, machine: Machine, left: str, sent: Sent, by_flag: bool
) -> None:
    machine.state = {"resources": [held("help", left)], "pending_operations": [pending()] if by_flag else []}
    # By a flag such as --target-replace the provider hears nothing of it.
    if not by_flag:
        this_run().held.record_unknown_link(MARK)
    looking.up(**LINK)
    assert looking.id != left
    assert posts(sent) == 1


def test_replacement_fails_without_advice_to_adopt_when_nothing_proves_an_interruption(
    looking: Engine, machine: Machine, left: str, sent: Sent
) -> None:
    """A replacement always makes a new link: with adopt= it would be refused."""
    machine.state = {"resources": [held("help", "lnk_old")], "pending_operations": [pending()]}
    this_run().held.record_unknown_link(MARK)
    with pytest.raises(UserplaneError, match=f"{left} .* was created for this resource") as caught:
        looking.up(**LINK)
    assert posts(sent) == 0
    assert "a replacement can't take it over" in str(caught.value)
    assert "adopt=" not in str(caught.value)


def test_replacement_makes_a_new_link_when_no_state_tells_which_one_is_the_old_one(
    looking: Engine, machine: Machine, left: str, sent: Sent
) -> None:
    machine.state = None
    this_run().held.record_unknown_link(MARK)
    looking.up(**LINK)
    assert looking.id != left
    assert posts(sent) == 1


def test_create_resumes_a_link_when_this_run_writes_no_checkpoints(
    looking: Engine, machine: Machine, left: str, warned: list[str]
) -> None:
    machine.state = {}
    this_run().has_checkpoints = False
    looking.up(**LINK)
    assert looking.id == left
    assert "without checkpoints (PULUMI_SKIP_CHECKPOINTS) that counts as interrupted" in warned[0]


def test_run_reads_the_state_once_when_it_has_no_checkpoints(
    looking: Engine, machine: Machine, server: Emulator
) -> None:
    marks = [MARK, "pulumi:proj/dev/faq"]
    for mark in marks:
        server.add_link(domainId="dom_help", linkProviderReference=f"{mark}#00000001")
    machine.state = {}
    this_run().has_checkpoints = False
    for mark in marks:
        looking.driver.create({**LINK, "mark": mark})
        this_run().clock.sleep(1)
    assert machine.reads == 1


def test_create_resumes_a_link_when_its_run_wrote_no_checkpoints(
    looking: Engine, machine: Machine, server: Emulator
) -> None:
    left = str(server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"])
    record(looking, left, has_checkpoints=False)
    looking.up(**LINK)
    assert looking.id == left


@pytest.mark.parametrize("looks", ["auto", "never"])
@pytest.mark.parametrize("ended", ["killed", "failed"])
def test_create_resumes_an_unanswered_creation_whatever_the_settings_say(
    machine: Machine, make_engine: MakeEngine, server: Emulator, looks: str, ended: str
) -> None:
    left = str(server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"])
    engine = make_engine(lookForInterrupted=looks)
    # The engine keeps the entry of a creation that was killed, and drops that of one that ended with an error.
    record(engine, left, is_answered=False, is_reported=ended == "failed")
    machine.state = {"pending_operations": [pending()] * (1 if ended == "failed" else 2)}
    engine.up(**LINK)
    assert engine.id == left
    why = "an earlier run created it, and its creation never ended well" if ended == "failed" else "interrupted run"
    shown = this_run().notify
    assert isinstance(shown, Messages)
    [warning] = shown.warnings
    assert why in warning


@pytest.mark.parametrize("looks", ["auto", "never"])
def test_create_fails_and_names_the_link_when_the_state_no_longer_has_the_unanswered_creation(
    machine: Machine, make_engine: MakeEngine, server: Emulator, sent: Sent, looks: str
) -> None:
    """Another machine may have resumed it, and its link was moved to another stack since."""
    left = str(server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"])
    engine = make_engine(lookForInterrupted=looks)
    record(engine, left, is_answered=False)
    with pytest.raises(
        UserplaneError, match=f"{left} .* nor shows an interrupted creation, so nothing was created"
    ) as e:
        engine.up(**LINK)
    assert posts(sent) == 0
    assert "lookForInterrupted" not in str(e.value)
    engine.up(**LINK, adopt=left)
    assert engine.id == left


def test_create_records_a_failure_that_leaves_a_link_as_reported(
    looking: Engine, machine: Machine, server: Emulator
) -> None:
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    server.fault(method="DELETE", answer="status", status=403, code="FORBIDDEN")
    with pytest.raises(UserplaneError, match="is orphaned"):
        looking.up(**LINK, link_title="Help")
    [entry] = Journal(looking.file).find_by_stack("proj", "dev")[1]
    assert (entry.is_answered, entry.is_reported) == (False, True)


def test_create_resumes_as_a_creation_of_its_own_run(looking: Engine, machine: Machine, server: Emulator) -> None:
    """What the entry of the earlier run says of its state no longer counts."""
    left = str(server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"])
    record(looking, left, is_answered=False, has_checkpoints=False, is_reported=True)
    looking.up(**LINK)
    [entry] = Journal(looking.file).find_by_stack("proj", "dev")[1]
    assert entry.link_id == left
    assert (entry.is_answered, entry.has_checkpoints, entry.is_reported) == (True, True, False)


def test_create_makes_a_new_link_when_this_run_has_met_that_one_in_the_state(
    looking: Engine, machine: Machine, server: Emulator, sent: Sent
) -> None:
    left = str(server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"])
    record(looking, None, is_answered=False)
    this_run().held.record_link(left, "pulumi:proj/dev/renamed")
    looking.up(**LINK)
    assert looking.id != left
    assert posts(sent) == 1
    assert machine.reads == 0


def test_replacement_makes_a_new_link_when_an_earlier_one_was_kept(
    looking: Engine, machine: Machine, left: str, sent: Sent
) -> None:
    # As with `retain_on_delete`, the second time.
    replaced = {**held("help", "lnk_2"), "outputs": {"created_at": "2999-01-01T00:00:00.000Z"}}
    machine.state = {"resources": [replaced], "pending_operations": [pending()]}
    this_run().held.record_unknown_link(MARK)
    looking.up(**LINK)
    assert looking.id != left
    assert posts(sent) == 1


@pytest.mark.parametrize("creating", [1, 2])
def test_create_resumes_an_older_link_only_when_the_state_has_a_pending_creation(
    looking: Engine, machine: Machine, server: Emulator, creating: int
) -> None:
    created = "2020-01-01T00:00:00.000Z"
    link = server.add_link(domainId="dom_help", linkProviderReference=REFERENCE, createdAt=created)
    machine.state = {"pending_operations": [pending()] * creating}
    looking.up(**LINK)
    assert (looking.id == link["linkId"]) == (creating == 2)


def test_create_reads_the_state_once_for_creations_that_have_begun(
    looking: Engine, machine: Machine, server: Emulator
) -> None:
    for number in (1, 2):
        server.add_link(domainId="dom_help", linkProviderReference=f"{MARK}#{number:08x}")
    machine.state = {"pending_operations": [pending(), pending()]}
    looking.up(**LINK)
    assert machine.reads == 1


@pytest.mark.parametrize("creating", [1, 2])
def test_create_fails_and_names_a_link_with_the_declared_reference_when_a_run_was_interrupted(
    looking: Engine, machine: Machine, server: Emulator, sent: Sent, creating: int
) -> None:
    # Its PUT has replaced the mark, and another stack's link may have the same reference.
    left = str(server.add_link(domainId="dom_help", linkProviderReference="crm-42")["linkId"])
    machine.state = {"pending_operations": [pending()] * creating}
    if creating == 1:
        looking.up(**LINK, link_provider_ref="crm-42")
        assert looking.id != left
        return
    with pytest.raises(UserplaneError) as caught:
        looking.up(**LINK, link_provider_ref="crm-42")
    assert posts(sent) == 0
    assert f"failed: {left} (https://" in str(caught.value)
    assert "has the declared link_provider_ref, and a run was interrupted that may have created it" in str(caught.value)
    assert f'write adopt="{left}" to take it over; if not, run `pulumi refresh --clear-' in str(caught.value)
    looking.up(**LINK, link_provider_ref="crm-42", adopt=left)
    assert looking.id == left


def test_create_leaves_a_link_with_the_declared_reference_alone_when_it_is_on_another_domain(
    looking: Engine, machine: Machine, server: Emulator, sent: Sent
) -> None:
    server.add_link(domainId="dom_app", linkProviderReference="crm-42")
    machine.state = {"pending_operations": [pending(), pending()]}
    looking.up(**LINK, link_provider_ref="crm-42")
    assert posts(sent) == 1


def test_create_leaves_a_link_with_the_declared_reference_alone_when_it_is_gone_meanwhile(
    looking: Engine, machine: Machine, server: Emulator, sent: Sent
) -> None:
    link_id = str(server.add_link(domainId="dom_help", linkProviderReference="crm-42")["linkId"])
    machine.state = {"pending_operations": [pending(), pending()]}
    server.fault(method="GET", path=f"links/{link_id}", answer="status", status=410, code="LINK_GONE")
    looking.up(**LINK, link_provider_ref="crm-42")
    assert posts(sent) == 1


def test_create_resumes_a_link_with_the_mark_before_one_with_the_declared_reference(
    looking: Engine, machine: Machine, server: Emulator
) -> None:
    left = str(server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"])
    server.add_link(domainId="dom_help", linkProviderReference="crm-42")
    machine.state = {"pending_operations": [pending(), pending()]}
    looking.up(**LINK, link_provider_ref="crm-42")
    assert looking.id == left


@pytest.mark.parametrize("is_gone", [True, False])
def test_resumed_link_is_not_deleted_when_what_is_missing_is_refused(
    looking: Engine, machine: Machine, server: Emulator, left: str, is_gone: bool
) -> None:
    machine.state = {"pending_operations": [pending(), pending()]}
    status, code = (410, "LINK_GONE") if is_gone else (400, "BAD_REQUEST")
    server.fault(method="PUT", answer="status", status=status, code=code)
    with pytest.raises(UserplaneError) as caught:
        looking.up(**LINK, link_title="Help")
    assert [link["live"] for link in server.links] == [True]
    said = "it was deleted meanwhile: run again" if is_gone else "the link of the interrupted run stays as it is (https"
    assert said in str(caught.value)
    assert bool(read_rows(looking.file)) != is_gone
    looking.up(**LINK, link_title="Help")
    assert looking.id == left


@pytest.mark.parametrize("creating", [1, 2])
def test_create_fails_when_the_look_failed_and_a_run_was_interrupted(
    looking: Engine, machine: Machine, server: Emulator, sent: Sent, creating: int
) -> None:
    machine.state = {"pending_operations": [pending()] * creating}
    server.fault(method="GET", answer="status", status=403, code="FORBIDDEN")
    if creating == 1:
        looking.up(**LINK)
        assert posts(sent) == 1
        return
    with pytest.raises(UserplaneError, match="and the look for it failed, so nothing was created; run again"):
        looking.up(**LINK)
    assert posts(sent) == 0


def test_create_goes_on_when_the_look_failed_and_the_journal_proves_that_nothing_was_created(
    looking: Engine, machine: Machine, server: Emulator, sent: Sent
) -> None:
    record(looking, None, is_answered=False)
    machine.state = {"pending_operations": [pending(), pending()]}
    server.fault(method="GET", answer="status", status=403, code="FORBIDDEN")
    looking.up(**LINK)
    assert posts(sent) == 1


def test_look_tells_nothing_when_the_link_is_gone_meanwhile(looking: Engine, server: Emulator, sent: Sent) -> None:
    link_id = str(server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"])
    server.fault(method="GET", path=f"links/{link_id}", answer="status", status=410, code="LINK_GONE")
    looking.up(**LINK)
    assert looking.id != link_id
    assert posts(sent) == 1
    assert {entry for _, entry in read_rows(looking.file)} == {looking.id}


@pytest.mark.parametrize(
    "fault",
    [
        {"answer": "status", "status": 403, "code": "FORBIDDEN"},
        {"answer": "status", "status": 500, "code": "INTERNAL_SERVER_ERROR"},
        {"answer": "drop"},
        {"answer": "cut_body"},
        {"answer": "other_link"},
    ],
    ids=lambda fault: str(fault.get("status", fault["answer"])),
)
def test_create_fails_when_a_link_that_the_look_has_found_can_not_be_read(
    looking: Engine, machine: Machine, server: Emulator, sent: Sent, fault: dict[str, Any]
) -> None:
    link_id = str(server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"])
    machine.state = {"pending_operations": [pending(), pending()]}
    server.fault(**fault, method="GET", path=f"links/{link_id}", times=None)
    with pytest.raises(UserplaneError, match="failed at the look-up of an interrupted creation"):
        looking.up(**LINK)
    assert posts(sent) == 0
    server.clear_faults()
    looking.up(**LINK)
    assert looking.id == link_id
