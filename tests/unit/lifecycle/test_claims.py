"""Which resource of a run may have which link, from several threads and processes at once."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.lifecycle.claims import Claims, KeepReason
from pulumi_userplane.lifecycle.shared_facts import SharedFacts, open_file
from pulumi_userplane.recovery.processes import ProcessId
from pulumi_userplane.recovery.state_reader import Entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeProcess = Callable[[], Claims]

RUN = ProcessId(7, 1000.0, 10.0)
A, B = Entry("lnk_1", "urn:pulumi:dev::p::t::a"), Entry("lnk_1", "urn:pulumi:dev::p::t::b")


@pytest.fixture
def process(tmp_path: Path) -> MakeProcess:
    """Makes what another process of the same run knows."""
    return lambda: Claims(SharedFacts(open_file(tmp_path / "runs", RUN), "127.0.0.1:4711"))


HELD = "another resource of this program manages it"


def test_claim_succeeds_once_in_all_processes(process: MakeProcess) -> None:
    first, second = process(), process()
    assert first.claim("lnk_1", "how") is None
    assert second.claim("lnk_1", "again") == HELD
    assert second.claim_deletion("lnk_1", None, "m") == KeepReason("how")
    second.record_state("lnk_1", lambda: [A, B])
    assert second.claim_deletion("lnk_1", None, "m") == KeepReason("how (the state holds it as a and as b)")
    assert second.record_declaration("lnk_1", "m", "m", is_replaced=False) is False
    first.release("lnk_1")
    assert first.record_declaration("lnk_2", "m", "m", is_replaced=False) is True
    assert process().claim("lnk_3", "later") is None
    assert first.claim("lnk_3", "again") == HELD


def test_claim_fails_when_the_link_is_being_deleted(process: MakeProcess) -> None:
    first, second = process(), process()
    assert first.claim_deletion("lnk_1", None, "m") is None
    assert second.claim("lnk_1", "how") == "this run deletes it as another resource's link"
    assert second.record_declaration("lnk_1", "m", "m", is_replaced=True)
    assert second.claim_deletion("lnk_1", None, "m") == KeepReason("this run already deletes it for another resource")
    # It has failed.
    first.release("lnk_1")
    assert second.claim("lnk_1", "how") is None
    assert first.claim_deletion("lnk_1", None, "m") == KeepReason("how")


@pytest.mark.parametrize(
    ("mark", "replaced", "is_free"), [("m", False, False), ("m", True, True), ("", False, False), ("", True, True)]
)
def test_claim_fails_when_the_program_declares_and_keeps_the_link(
    process: MakeProcess, mark: str, replaced: bool, is_free: bool
) -> None:
    process().record_declaration("lnk_1", "m", mark, is_replaced=replaced)
    assert process().claim("lnk_1", "how") == (None if is_free else HELD)


def test_claim_fails_when_a_replaced_link_has_no_mark(process: MakeProcess) -> None:
    process().record_declaration("lnk_1", "", "", is_replaced=False)
    process().record_replacement("")
    assert process().claim("lnk_1", "how") == HELD


def test_refreshed_link_can_be_claimed_but_is_not_deleted_for_another_resource(process: MakeProcess) -> None:
    process().record_refreshed("lnk_1", "m", "m")
    assert process().claim_deletion("lnk_1", None, "m2") == KeepReason(
        "another resource of the program manages it as well (m)"
    )
    assert process().claim("lnk_1", "how") is None


@pytest.mark.parametrize(
    "wanted", ["lnk_1", "https://help.test/r", "help.test/r/", "https://dash.test/links/lnk_1?x=1"]
)
def test_claim_deletion_keeps_link_when_any_name_of_it_is_requested(process: MakeProcess, wanted: str) -> None:
    process().request_adoption(wanted, "pulumi:p/s/b", is_new=True)
    assert process().claim_deletion("lnk_2", "https://help.test/s", "pulumi:p/s/a") is None
    assert process().claim_deletion("lnk_1", "https://help.test/r", "pulumi:p/s/a") == KeepReason(
        "another resource of the program adopts it (pulumi:p/s/b)"
    )
    process().request_adoption("lnk_3", "", is_new=True)
    assert process().claim_deletion("lnk_3", None, "m") == KeepReason("another resource of the program adopts it")
    # The resource that names it is the one that loses it.
    remove = "remove adopt= to replace it with a new link, which has a new address"
    own = KeepReason("adopt= of this resource still names it", remove)
    assert process().claim_deletion("lnk_1", "https://help.test/r", "pulumi:p/s/b") == own


def test_claim_deletion_keeps_link_when_only_the_preview_saw_its_adoption(tmp_path: Path) -> None:
    def process(engine: str) -> Claims:
        return Claims(SharedFacts(open_file(tmp_path, RUN), engine))

    preview = process("127.0.0.1:1")
    preview.request_adoption("lnk_new", "m", is_new=True)
    preview.request_adoption("lnk_held", "m", is_new=False)
    adopted = KeepReason("another resource of the program adopts it")
    assert process("127.0.0.1:2").claim_deletion("lnk_new", None, "m") == adopted
    assert process("127.0.0.1:2").claim_deletion("lnk_held", None, "m") is None
    # An update that has been done, as `pulumi watch` does one after another, is no plan any more.
    done = process("127.0.0.1:3")
    done.request_adoption("lnk_done", "m", is_new=True)
    assert done.claim("lnk_done", "how") is None
    assert process("127.0.0.1:4").claim_deletion("lnk_done", None, "m") is None


@pytest.mark.parametrize("mark", ["pulumi:p/s/a", "pulumi:p/s/b"])
def test_claim_deletion_keeps_link_when_its_adoption_failed(process: MakeProcess, mark: str) -> None:
    process().request_adoption("https://help.test/r", "pulumi:p/s/b", is_new=True)
    process().record_failed_adoption("https://help.test/r", "pulumi:p/s/b")
    failed = KeepReason(
        "pulumi:p/s/b failed to adopt it", "correct the error of that resource and run again; nothing was deleted"
    )
    assert process().claim_deletion("lnk_1", "https://help.test/r", mark) == failed
    assert process().claim_deletion("lnk_2", None, mark) is None
    # Somebody else has it.
    assert process().claim("lnk_1", "this run has adopted it", "pulumi:p/s/c") is None
    kept = KeepReason("this run has adopted it for pulumi:p/s/c")
    assert process().claim_deletion("lnk_1", "https://help.test/r", mark) == kept


@pytest.mark.parametrize(
    ("declared", "replaced", "by"),
    [
        ([], "", None),
        ([("a", "a")], "", None),
        ([("a", "b")], "", None),
        ([("c", "a")], "", None),
        ([("b", "b")], "", "b"),
        ([("a", "a"), ("b", "b")], "", "b"),
        ([("b", "b")], "b", None),
        ([("", "")], "", None),
    ],
)
def test_claim_deletion_keeps_link_when_a_resource_with_another_mark_manages_it(
    process: MakeProcess, declared: list[tuple[str, str]], replaced: str, by: str | None
) -> None:
    for marks in declared:
        process().record_declaration("lnk_1", *marks, is_replaced=False)
    process().record_replacement(replaced)
    kept = KeepReason(f"another resource of the program manages it as well ({by})") if by else None
    assert process().claim_deletion("lnk_1", None, "a") == kept
    assert process().claim_deletion("lnk_2", None, "a") is None


BOTH = KeepReason("the state holds it as a and as b; the link is deleted with the last of them")


def test_claim_deletion_succeeds_for_the_last_name_in_any_process(process: MakeProcess) -> None:
    first, second = process(), process()
    first.record_state("lnk_1", lambda: [B, A, Entry("lnk_2", "urn:pulumi:dev::p::t::c")])
    # What the first deletion found is what all count by; by now the state has lost a name.
    second.record_state("lnk_1", lambda: [B])
    assert second.claim_deletion("lnk_1", None, "m") == BOTH
    assert first.claim_deletion("lnk_1", None, "m") is None
    assert first.claim_deletion("lnk_2", None, "m") is None
    assert first.claim_deletion("lnk_none", None, "m") is None


def test_claim_deletion_counts_a_name_twice_when_the_state_holds_it_twice(process: MakeProcess) -> None:
    run = process()
    run.record_state("lnk_1", lambda: [A, A])
    kept = run.claim_deletion("lnk_1", None, "m")
    assert kept == KeepReason("the state holds it as a, in 2 entries; the link is deleted with the last of them")
    assert run.claim_deletion("lnk_1", None, "m") is None


def test_record_state_reads_nothing_when_another_process_has_read(process: MakeProcess) -> None:
    reads: list[None] = []

    def unreadable() -> None:
        reads.append(None)

    first = process()
    first.record_state("lnk_1", unreadable)
    first.record_state("lnk_1", unreadable)
    assert len(reads) == 1
    second = process()
    second.record_state("lnk_1", lambda: [A, B])
    process().record_state("lnk_1", unreadable)
    assert len(reads) == 1
    assert first.claim_deletion("lnk_1", None, "m") == BOTH


def test_record_state_ignores_the_state_when_it_lacks_the_link(process: MakeProcess) -> None:
    run = process()
    run.record_state("lnk_2", lambda: [A, B])
    assert run.claim_deletion("lnk_1", None, "m") is None


def test_record_state_keeps_the_first_record_when_two_processes_read_at_once(process: MakeProcess) -> None:
    first, second = process(), process()

    def read_while_the_other_is_faster() -> list[Entry]:
        second.record_state("lnk_1", lambda: [A, B])
        return [A]

    first.record_state("lnk_1", read_while_the_other_is_faster)
    assert first.claim_deletion("lnk_1", None, "m") == BOTH


def test_claims_are_consistent_when_four_threads_claim_at_once(process: MakeProcess) -> None:
    run = process()

    def work(thread: int) -> int:
        for number in range(50):
            run.request_adoption(f"lnk_{thread}_{number}", "m", is_new=False)
        return sum(run.claim(f"lnk_{number}", "how") is None for number in range(50))

    with ThreadPoolExecutor(4) as threads:
        claimed = sum(threads.map(work, range(4)))
    assert claimed == 50
    assert process().claim_deletion("lnk_3_49", None, "n") == KeepReason(
        "another resource of the program adopts it (m)"
    )


def test_claim_does_not_wait_when_a_thread_reads_the_state(process: MakeProcess) -> None:
    first, second = process(), process()
    reading, may_end = threading.Event(), threading.Event()

    def read() -> list[Entry]:
        reading.set()
        assert may_end.wait(10)
        return [A, B]

    thread = threading.Thread(target=first.record_state, args=("lnk_1", read))
    thread.start()
    assert reading.wait(10)
    assert first.claim("lnk_3", "how") is None
    assert second.claim("lnk_3", "how") == HELD
    may_end.set()
    thread.join()
    assert second.claim_deletion("lnk_1", None, "m") == BOTH
