"""Resuming the creation of an interrupted run."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.lifecycle.create import create
from pulumi_userplane.recovery import journal
from pulumi_userplane.recovery.journal import Journal, JournalEntry, Writer
from pulumi_userplane.recovery.processes import ProcessId
from tests.support.journal_rows import interrupt_run, read_rows
from tests.unit.conftest import forget_run, this_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.support.messages import Messages
    from tests.support.request_log import Sent
    from tests.unit.conftest import Engine, MakeEngine

MARK = "pulumi:proj/dev/help"
REFERENCE = f"{MARK}#0123abcd"
LINK = {"domain_id": "dom_help", "mark": MARK}


@pytest.fixture
def interrupt(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Records an entry of a process that has ended."""

    def write(link_id: str | None = None, *, seconds_ago: float = 0.0) -> None:
        engine.check(**LINK)
        when = (time.time() - seconds_ago, None, time.monotonic() - seconds_ago)
        Journal(engine.file).record(JournalEntry(REFERENCE, "ws_demo", "dom_help", link_id, *when))
        monkeypatch.setattr(ProcessId, "is_alive", lambda _: False)

    return write


@pytest.fixture(autouse=True)
def infos(messages: Messages) -> list[str]:
    return messages.infos


def test_resume_takes_a_link_that_the_server_creates_late(
    engine: Engine, server: Emulator, clock: Clock, interrupt: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupt(seconds_ago=10)
    wait = clock.sleep

    def sleep(seconds: float) -> None:
        wait(seconds)
        server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)

    monkeypatch.setattr(clock, "sleep", sleep)
    engine.up(**LINK)
    assert [link["linkId"] for link in server.links] == [engine.id]
    assert [round(seconds) for seconds in clock.slept] == [20]


@pytest.mark.parametrize("case", [(0, [30]), (-3600, [30]), (29, [1]), (31, []), (3600, [])])
def test_resume_waits_until_the_post_is_half_a_minute_old(
    engine: Engine, sent: Sent, clock: Clock, interrupt: Callable[..., None], case: tuple[float, list[int]]
) -> None:
    seconds_ago, waits = case
    interrupt(seconds_ago=seconds_ago)
    engine.up(**LINK)
    assert [round(seconds) for seconds in clock.slept] == waits
    assert [method for method, _ in sent()] == [*["GET"] * (1 + len(waits)), "POST"]


def test_resume_says_nothing_when_it_waits_less_than_a_second(
    engine: Engine, infos: list[str], clock: Clock, interrupt: Callable[..., None]
) -> None:
    interrupt(seconds_ago=29.4)
    engine.up(**LINK)
    assert 0 < sum(clock.slept) < 1
    assert infos == []


def test_resume_names_its_step_when_the_look_up_fails(
    engine: Engine, server: Emulator, interrupt: Callable[..., None]
) -> None:
    interrupt("lnk_left")
    server.fault(method="GET", answer="status", status=403, code="FORBIDDEN")
    with pytest.raises(UserplaneError) as caught:
        engine.up(**LINK)
    assert str(caught.value).startswith(
        f'creation of recording link "{MARK}" failed at the look-up of an interrupted creation: 403 FORBIDDEN '
    )


def test_resume_says_how_long_it_waits(engine: Engine, infos: list[str], interrupt: Callable[..., None]) -> None:
    interrupt(seconds_ago=10)
    engine.up(**LINK)
    assert infos == [
        f'creation of recording link "{MARK}": waiting 20 s: a POST of an interrupted run may still be processing'
    ]


def test_resume_does_not_wait_when_the_link_is_known_and_gone(
    engine: Engine, server: Emulator, clock: Clock, interrupt: Callable[..., None]
) -> None:
    link = server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"]
    server.delete_link(link)
    interrupt(link)
    engine.up(**LINK)
    assert engine.id != link
    assert clock.slept == []


def test_delete_keeps_link_when_this_run_resumed_it(
    make_engine: MakeEngine, server: Emulator, warned: list[str], interrupt: Callable[..., None]
) -> None:
    link = server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"]
    interrupt(link)
    # `--target-replace`: one check, without the old inputs, and no diff.
    engine = make_engine()
    engine.up(**LINK)
    assert engine.id == link

    engine.destroy()

    assert [row["linkId"] for row in server.links if row["live"]] == [link]
    resumed, kept = warned
    assert f'recording link "{MARK}": resuming {link} (https://' in resumed
    assert f'"{MARK}" ({link}) was not deleted: it matched an interrupted creation' in kept
    # Now it is known that the state holds it.
    forget_run()
    again = make_engine()
    again.up(**LINK)
    assert again.id != link


@pytest.mark.parametrize(
    ("mark", "finds"),
    [
        (MARK, "from another machine, find the link with `pulumi-userplane recover --stack dev` first; "),
        ("pulumi:p/it's/a$b", "with `pulumi-userplane recover --stack 'it'\"'\"'s'` first; "),
        ("acme:help", "it resumes the link; "),
        ("pulumi:p/dev", "it resumes the link; "),
        ("", "delete it in the dashboard; "),
    ],
)
def test_roll_back_says_how_an_orphan_is_found(engine: Engine, server: Emulator, mark: str, finds: str) -> None:
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    server.fault(method="DELETE", answer="status", status=403, code="LINK_DELETE_FORBIDDEN")
    with pytest.raises(UserplaneError) as caught:
        engine.up(domain_id="dom_help", mark=mark, link_title="Help")
    assert finds in str(caught.value)
    assert ("recover" in finds) == ("recover" in str(caught.value))
    resumes = "run `pulumi up` again on this machine in a few minutes, and it resumes the link; "
    assert (resumes in str(caught.value)) == bool(mark)
    [link] = server.links
    assert str(caught.value).count(f'adopt="{link["linkId"]}" takes it over') == 1


def test_roll_back_deletes_a_link_without_a_mark(engine: Engine, server: Emulator) -> None:
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    with pytest.raises(UserplaneError, match="the new link was deleted again, so nothing remains"):
        engine.up(domain_id="dom_help", link_title="Help")
    assert [link["live"] for link in server.links] == [False]


def test_journal_entry_tells_when_the_last_attempt_was_sent(
    engine: Engine, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[JournalEntry] = []
    record = Journal.record

    def write(journal: Journal, entry: JournalEntry) -> Writer | None:
        written.append(entry)
        return record(journal, entry)

    monkeypatch.setattr(Journal, "record", write)
    server.fault(method="POST", answer="status", status=503, code="SERVICE_UNAVAILABLE")
    engine.up(**LINK)
    refused, created, known, answered = written
    assert refused.reference == created.reference == known.reference == answered.reference
    assert [entry.is_answered for entry in written] == [False, False, False, True]
    assert refused.sent_at < created.sent_at == known.sent_at
    assert (refused.link_id, created.link_id, known.link_id) == (None, None, engine.id)


def test_resume_ignores_a_link_that_another_resource_adopted(
    engine: Engine, server: Emulator, interrupt: Callable[..., None]
) -> None:
    link = server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"]
    interrupt(link)
    assert this_run().claims.claim(link, "by another resource") is None
    engine.up(**LINK)
    assert engine.id != link
    assert [row["live"] for row in server.links] == [True, True]


@pytest.mark.parametrize("when", ["before", "at the POST"])
def test_create_sends_nothing_when_another_run_is_creating_the_link(
    engine: Engine, sent: Sent, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    writer = Writer(ProcessId(4711, 1.0, 1.0), ProcessId(4700, 1.0, 1.0))
    if when == "before":
        monkeypatch.setattr(Journal, "find_other_writer", lambda *_: writer)
    else:
        monkeypatch.setattr(Journal, "record", lambda *_: writer)
    with pytest.raises(UserplaneError) as caught:
        engine.up(**LINK)
    assert str(caught.value) == (
        f'creation of recording link "{MARK}" failed: another run is creating this link: its provider process 4711, '
        "started by process 4700, is still running; wait until that run ends, or end process 4700, then run again"
    )
    assert sent() == []


def journal_interrupted_creation(engine: Engine, link_id: str | None, reference: str = f"{MARK}#00000001") -> None:
    """Records an entry of a process that has ended."""
    file = engine.file
    entry = JournalEntry(reference, "ws_demo", "dom_help", link_id, time.time() - 60, None, time.monotonic() - 60)
    Journal(file).record(entry)
    interrupt_run(file)


@pytest.mark.parametrize("known", [True, False])
def test_resume_takes_the_link_of_an_interrupted_run(engine: Engine, server: Emulator, sent: Sent, known: bool) -> None:
    link = server.add_link(domainId="dom_help", linkProviderReference=f"{MARK}#00000001")
    journal_interrupted_creation(engine, link["linkId"] if known else None)
    engine.up(**LINK, link_title="Help")
    assert engine.id == link["linkId"]
    assert [method for method, _ in sent()] == ["GET", "PUT"]


def test_resume_fails_and_keeps_the_link_when_its_put_clears_what_it_did_not_send(
    engine: Engine, server: Emulator, sent: Sent
) -> None:
    server.set_behaviours(left_out="clear")
    reference = f"{MARK}#00000001"
    link = server.add_link(domainId="dom_help", linkProviderReference=reference, meta={"team": "a"})
    journal_interrupted_creation(engine, link["linkId"])
    with pytest.raises(UserplaneError) as caught:
        engine.up(**LINK, link_title="Help", meta={"team": "a"})
    assert "the server also changed what the request did not send: meta is empty now; the link of the" in str(
        caught.value
    )
    assert [method for method, _ in sent()] == ["GET", "PUT"]
    assert [link["live"] for link in server.links] == [True]


@pytest.mark.parametrize("known", [True, False])
def test_resume_discards_the_journal_entry_when_its_link_does_not_live(
    engine: Engine, server: Emulator, sent: Sent, known: bool
) -> None:
    link = server.add_link(domainId="dom_help", deleted=True, linkProviderReference=f"{MARK}#00000001")
    journal_interrupted_creation(engine, link["linkId"] if known else None)
    engine.up(**LINK)
    assert [method for method, _ in sent()] == ["GET", "POST"]
    assert [link_id for _, link_id in read_rows(engine.file)] == [engine.id]


def test_resume_waits_when_the_post_of_an_interrupted_run_is_recent(
    engine: Engine, server: Emulator, sent: Sent, clock: Clock, messages: Messages
) -> None:
    journal_interrupted_creation(engine, None)
    with engine.file.transaction() as database:
        database.execute(f"UPDATE {journal.TABLE} SET sent_at = ?", (time.time() - 10,))
    engine.up(**LINK)
    assert [method for method, _ in sent()] == ["GET", "GET", "POST"]
    assert clock.slept == [pytest.approx(20, abs=2)]
    assert "a POST of an interrupted run may still be processing" in messages.infos[0]


def test_resume_ignores_a_link_that_the_state_holds(engine: Engine, server: Emulator, sent: Sent) -> None:
    link = server.add_link(domainId="dom_help", linkProviderReference=f"{MARK}#00000001")
    journal_interrupted_creation(engine, link["linkId"])
    inputs = engine.check(**LINK)
    for known in (False, True):
        forget_run()
        this_run().held.record_unknown_link(MARK)
        if known:
            this_run().held.record_link(link["linkId"], MARK)
        created = create(this_run(), engine.provider._settings, inputs)
        assert created.link_id != link["linkId"]
    assert [method for method, _ in sent()] == ["POST", "POST"]


@pytest.mark.parametrize("place", [{"domainId": "dom_app"}, {"projectId": "prj_onboarding"}])
def test_resume_warns_when_the_link_is_on_another_domain_or_in_another_project(
    engine: Engine, server: Emulator, warned: list[str], place: dict[str, str]
) -> None:
    link = server.add_link(**{"domainId": "dom_help", "linkProviderReference": f"{MARK}#00000001", **place})
    journal_interrupted_creation(engine, link["linkId"])
    engine.up(**LINK, project_id="prj_default")
    assert engine.id != link["linkId"]
    assert [text for text in warned if str(link["linkId"]) in text and "an interrupted run created" in text] == warned
