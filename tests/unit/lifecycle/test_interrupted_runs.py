"""What a killed run has left in the notes: taken up, waited for where it may come late, never deleted by mistake."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.recovery import journal
from pulumi_userplane.recovery.journal import JournalEntry, Writer
from pulumi_userplane.recovery.processes import ProcessId
from tests.unit.conftest import forget_run, this_run

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.api.shared_file import SharedFile
    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.support.messages import Messages
    from tests.support.request_log import Sent
    from tests.unit.conftest import Engine, MakeEngine

MARK = "pulumi:proj/dev/help"
REFERENCE = f"{MARK}#0123abcd"
LINK = {"domain_id": "dom_help", "mark": MARK}


@pytest.fixture
def left(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Writes the note of a process that is dead."""

    def write(link_id: str | None = None, *, seconds_ago: float = 0.0) -> None:
        engine.check(**LINK)
        when = (time.time() - seconds_ago, None, time.monotonic() - seconds_ago)
        journal.record(engine.file, JournalEntry(REFERENCE, "ws_demo", "dom_help", link_id, *when))
        monkeypatch.setattr(ProcessId, "is_alive", lambda _: False)

    return write


@pytest.fixture(autouse=True)
def said(messages: Messages) -> list[str]:
    return messages.infos


def test_a_link_that_the_server_makes_late_is_taken_up(
    engine: Engine, server: Emulator, clock: Clock, left: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    left(seconds_ago=10)
    wait = clock.sleep

    def sleep(seconds: float) -> None:
        wait(seconds)
        server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)

    monkeypatch.setattr(clock, "sleep", sleep)
    engine.up(**LINK)
    assert [link["linkId"] for link in server.links] == [engine.id]
    assert [round(seconds) for seconds in clock.slept] == [20]


@pytest.mark.parametrize("case", [(0, [30]), (-3600, [30]), (29, [1]), (31, []), (3600, [])])
def test_a_post_that_made_nothing_is_waited_for_until_it_is_half_a_minute_old(
    engine: Engine, sent: Sent, clock: Clock, left: Callable[..., None], case: tuple[float, list[int]]
) -> None:
    seconds_ago, waits = case
    left(seconds_ago=seconds_ago)
    engine.up(**LINK)
    assert [round(seconds) for seconds in clock.slept] == waits
    assert [method for method, _ in sent()] == [*["GET"] * (1 + len(waits)), "POST"]


def test_a_wait_of_less_than_a_second_is_not_said(
    engine: Engine, said: list[str], clock: Clock, left: Callable[..., None]
) -> None:
    left(seconds_ago=29.4)
    engine.up(**LINK)
    assert 0 < sum(clock.slept) < 1
    assert said == []


def test_a_look_that_fails_is_a_step_of_the_creation(
    engine: Engine, server: Emulator, left: Callable[..., None]
) -> None:
    left("lnk_left")
    server.fault(method="GET", answer="status", status=403, code="FORBIDDEN")
    with pytest.raises(UserplaneError) as caught:
        engine.up(**LINK)
    assert str(caught.value).startswith(
        f'creation of recording link "{MARK}" failed at the look-up of an interrupted creation: 403 FORBIDDEN '
    )


def test_the_wait_is_said(engine: Engine, said: list[str], left: Callable[..., None]) -> None:
    left(seconds_ago=10)
    engine.up(**LINK)
    assert said == [
        f'creation of recording link "{MARK}": waiting 20 s: a POST of an interrupted run may still be processing'
    ]


def test_a_link_that_is_known_and_gone_is_not_waited_for(
    engine: Engine, server: Emulator, clock: Clock, left: Callable[..., None]
) -> None:
    link = server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"]
    server.delete_link(link)
    left(link)
    engine.up(**LINK)
    assert engine.id != link
    assert clock.slept == []


def test_what_a_run_took_up_it_does_not_delete_as_the_link_that_was_replaced(
    make_engine: MakeEngine, server: Emulator, warned: list[str], left: Callable[..., None]
) -> None:
    link = server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"]
    left(link)
    # `--target-replace`: one check, without the old inputs, and no diff.
    engine = make_engine()
    engine.up(**LINK)
    assert engine.id == link

    engine.destroy()

    assert [each["linkId"] for each in server.links if each["live"]] == [link]
    taken, kept = warned
    assert f'recording link "{MARK}": resuming {link} (https://' in taken
    assert f'"{MARK}" ({link}) was not deleted: it matched an interrupted creation' in kept
    # Now it is known that the state holds it.
    forget_run()
    again = make_engine()
    again.up(**LINK)
    assert again.id != link


@pytest.mark.parametrize(
    ("mark", "finds"),
    [
        (MARK, "`pulumi-userplane recover --stack dev` finds it on any"),
        ("pulumi:p/it's/a$b", "`pulumi-userplane recover --stack 'it'\"'\"'s'` finds it on any"),
        ("acme:help", "resumes it"),
        ("pulumi:p/dev", "resumes it"),
        ("", "it can be deleted in the dashboard"),
    ],
)
def test_an_error_says_how_the_link_is_found_again(engine: Engine, server: Emulator, mark: str, finds: str) -> None:
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    server.fault(method="DELETE", answer="status", status=403, code="LINK_DELETE_FORBIDDEN")
    with pytest.raises(UserplaneError) as caught:
        engine.up(domain_id="dom_help", mark=mark, link_title="Help")
    assert finds in str(caught.value)
    assert ("recover" in finds) == ("recover" in str(caught.value))
    assert ("the next `pulumi up` on this machine" in str(caught.value)) == bool(mark)
    [link] = server.links
    assert str(caught.value).count(f'adopt="{link["linkId"]}" takes it over') == 1


def test_a_link_without_a_mark_is_taken_back_as_well(engine: Engine, server: Emulator) -> None:
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    with pytest.raises(UserplaneError, match="the new link was deleted again, so nothing remains"):
        engine.up(domain_id="dom_help", link_title="Help")
    assert [link["live"] for link in server.links] == [False]


def test_the_note_tells_when_the_last_attempt_was_sent(
    engine: Engine, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[JournalEntry] = []
    remember = journal.record

    def write(file: SharedFile, note: JournalEntry) -> Writer | None:
        written.append(note)
        return remember(file, note)

    monkeypatch.setattr(journal, "record", write)
    server.fault(method="POST", answer="status", status=503, code="SERVICE_UNAVAILABLE")
    engine.up(**LINK)
    refused, made, known = written
    assert refused.reference == made.reference == known.reference
    assert refused.sent_at < made.sent_at == known.sent_at
    assert (refused.link_id, made.link_id, known.link_id) == (None, None, engine.id)


def test_what_another_resource_of_this_run_has_adopted_is_not_taken_up(
    engine: Engine, server: Emulator, left: Callable[..., None]
) -> None:
    link = server.add_link(domainId="dom_help", linkProviderReference=REFERENCE)["linkId"]
    left(link)
    assert this_run().claims.claim(link, "by another resource") is None
    engine.up(**LINK)
    assert engine.id != link
    assert [each["live"] for each in server.links] == [True, True]


@pytest.mark.parametrize("when", ["before", "at the POST"])
def test_a_run_beside_one_that_makes_this_link_sends_nothing(
    engine: Engine, sent: Sent, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    writer = Writer(ProcessId(4711, 1.0, 1.0), ProcessId(4700, 1.0, 1.0))
    if when == "before":
        monkeypatch.setattr(journal, "find_other_writer", lambda *_: writer)
    else:
        monkeypatch.setattr(journal, "record", lambda *_: writer)
    with pytest.raises(UserplaneError) as caught:
        engine.up(**LINK)
    assert str(caught.value) == (
        f'creation of recording link "{MARK}" failed: another run is creating this link: its provider process 4711, '
        "started by process 4700, is still running; wait until that run ends, or end it, then run again"
    )
    assert sent() == []
