"""Reading the newest links: how far back, and in how many requests."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.recovery.recent_links import RecentLink, RecentLinks, read_recent_links

if TYPE_CHECKING:
    from pulumi_userplane.api.models import LinkPage
    from pulumi_userplane.emulator import Emulator
    from tests.support.request_log import Sent
    from tests.unit.conftest import Engine

MARK = "pulumi:p/dev/a"


def add(server: Emulator, count: int, *, minutes_ago: float = 1.0, reference: str | None = None) -> str:
    """Adds links, a second apart, the last one so many minutes ago; returns its id."""
    link_id = ""
    for seconds in reversed(range(count)):
        created = datetime.now(timezone.utc) - timedelta(minutes=minutes_ago, seconds=seconds)
        text = f"{created:%Y-%m-%dT%H:%M:%S}.{created.microsecond // 1000:03}Z"
        link = server.add_link(domainId="dom_help", linkProviderReference=reference, createdAt=text)
        link_id = str(link["linkId"])
    return link_id


def look(engine: Engine) -> RecentLinks:
    return read_recent_links(engine.client, "ws_demo", engine.client._clock)


def test_look_reads_one_page_when_the_workspace_is_small(engine: Engine, server: Emulator, sent: Sent) -> None:
    marked = add(server, 1, reference=f"{MARK}#00000001")
    declared = add(server, 1, reference="REF-1")
    for other in (None, ""):
        add(server, 1, reference=other)
    assert look(engine) == RecentLinks([RecentLink(declared, "REF-1"), RecentLink(marked, f"{MARK}#00000001")])
    assert len(sent()) == 1


def test_look_stops_when_the_links_are_older_than_two_hours(engine: Engine, server: Emulator, sent: Sent) -> None:
    add(server, 200, minutes_ago=200)
    old = add(server, 1, minutes_ago=121, reference=f"{MARK}#00000001")
    recent = add(server, 19, minutes_ago=119, reference=f"{MARK}#00000002")
    found = look(engine)
    assert len(sent()) == 1
    assert RecentLink(recent, f"{MARK}#00000002", is_recent=True) in found.links
    assert found.oldest == ""
    # The page that ends the look is used whole.
    assert RecentLink(old, f"{MARK}#00000001", is_recent=False) in found.links


def test_look_stops_after_five_requests_when_the_workspace_has_many_new_links(
    engine: Engine, server: Emulator, sent: Sent
) -> None:
    unseen = add(server, 1, minutes_ago=90, reference=f"{MARK}#00000001")
    add(server, 100, minutes_ago=30)
    found = look(engine)
    assert len(sent()) == 5
    assert unseen not in {link.link_id for link in found.links}
    assert datetime.fromisoformat(found.oldest.replace("Z", "+00:00")) < datetime.now(timezone.utc)


def ignore_order(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Lets the server list the oldest links first whatever is requested."""
    read = engine.client.list_links_page
    monkeypatch.setattr(engine.client, "list_links_page", lambda *page, **_: read(*page))


def test_look_does_not_stop_when_the_list_is_not_in_order(
    engine: Engine, server: Emulator, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(server, 60, minutes_ago=200)
    add(server, 60, minutes_ago=1)
    ignore_order(engine, monkeypatch)
    assert not look(engine).is_sorted
    assert len(sent()) == 5


def test_look_is_whole_when_a_list_that_is_not_in_order_ends(
    engine: Engine, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(server, 30, minutes_ago=200)
    marked = add(server, 30, minutes_ago=1, reference=f"{MARK}#00000001")
    ignore_order(engine, monkeypatch)
    found = look(engine)
    assert (found.oldest, found.is_sorted) == ("", True)
    assert marked in {link.link_id for link in found.links}


def test_look_knows_the_order_when_some_timestamps_have_no_fractions(
    engine: Engine, server: Emulator, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(60):
        server.add_link(domainId="dom_help", createdAt="2026-01-04T08:00:00.000Z")
    for fraction in ("000", "500"):
        server.add_link(domainId="dom_help", createdAt=f"2026-01-05T08:00:00.{fraction}Z")
    read = engine.client.list_links_page

    def read_short(*page: Any, **options: Any) -> LinkPage:
        listed = read(*page, **options)
        links = [link.model_copy(update={"created_at": link.created_at.replace(".000", "")}) for link in listed.links]
        return listed.model_copy(update={"links": links})

    monkeypatch.setattr(engine.client, "list_links_page", read_short)
    assert look(engine) == RecentLinks([])
    assert len(sent()) == 1


def test_look_goes_back_two_hours_from_the_newest_link_when_the_server_tells_no_time(
    engine: Engine, server: Emulator, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(server, 100, minutes_ago=1000)
    old = add(server, 1, minutes_ago=700, reference=f"{MARK}#00000001")
    newest = add(server, 1, minutes_ago=500, reference=f"{MARK}#00000002")
    monkeypatch.setattr("pulumi_userplane.api.client_base.read_server_time", lambda _: None)
    found = look(engine)
    assert len(sent()) == 1
    assert [(link.link_id, link.is_recent) for link in found.links] == [(newest, True), (old, False)]


def test_look_lists_a_link_once_when_others_are_created_meanwhile(
    engine: Engine, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(server, 20)
    marked = add(server, 1, minutes_ago=0.5, reference=f"{MARK}#00000001")
    add(server, 19, minutes_ago=0)
    read = engine.client.list_links_page

    def read_and_create(workspace_id: str, page: int, **options: Any) -> LinkPage:
        listed = read(workspace_id, page, **options)
        add(server, 1, minutes_ago=0)
        return listed

    monkeypatch.setattr(engine.client, "list_links_page", read_and_create)
    assert look(engine).links == [RecentLink(marked, f"{MARK}#00000001")]


def test_look_keeps_to_five_requests_when_pages_are_too_large(engine: Engine, server: Emulator, sent: Sent) -> None:
    add(server, 41)
    server.fault(method="GET", answer="oversized", times=3, path="/links$")
    found = look(engine)
    assert len(sent()) == 5
    assert found.oldest


@pytest.mark.parametrize("newer", [20, 40])
def test_look_misses_no_link_when_another_one_is_deleted_between_two_pages(
    engine: Engine, server: Emulator, sent: Sent, monkeypatch: pytest.MonkeyPatch, newer: int
) -> None:
    marked = add(server, 1, reference=f"{MARK}#00000001")
    deleted = [add(server, newer)]
    read = engine.client.list_links_page

    def read_and_delete(workspace_id: str, page: int, **options: Any) -> LinkPage:
        listed = read(workspace_id, page, **options)
        if page * 20 == newer and deleted:
            server.delete_link(deleted.pop())
        return listed

    monkeypatch.setattr(engine.client, "list_links_page", read_and_delete)
    found = look(engine)
    assert [link.link_id for link in found.links] == [marked]
    assert (found.oldest, found.is_sorted) == ("", True)
    assert len(sent()) == newer // 20 + 2
