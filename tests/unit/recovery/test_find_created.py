"""Finding the link of a POST whose response was lost, or proving that there is none."""

from __future__ import annotations

import time
from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.api import Client
from pulumi_userplane.api.errors import APIError
from pulumi_userplane.recovery import find_created
from pulumi_userplane.recovery.journal import JournalEntry

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator
    from tests.clock import Clock
    from tests.support.request_log import Sent

MIB = 1024 * 1024
REFERENCE = "pulumi:p/s/n#00000001"


@pytest.fixture
def client(server: Emulator, clock: Clock) -> Client:
    return Client(server.api_key, base_url=server.base_url, clock=clock)


def entry_of(link_id: str | None = None, sent_at: float | None = None) -> JournalEntry:
    when = time.time() if sent_at is None else sent_at
    return JournalEntry(REFERENCE, "ws_demo", "dom_help", link_id, when, when, 0.0)


def links(server: Emulator, references: list[str], created: Callable[[int], float]) -> None:
    """Seeds links with these references, created at these seconds from now."""
    server.seed(
        {
            "links": [
                {
                    "linkId": f"lnk_{index}",
                    "domainId": "dom_help",
                    "linkProviderReference": reference,
                    "createdAt": stamp(time.time() + created(index)),
                }
                for index, reference in enumerate(references)
            ]
        }
    )


def stamp(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def find_id(client: Client, entry: JournalEntry, *, is_own: bool = False) -> str | None:
    link = find_created.find_for_entry(client, entry, is_own=is_own)
    return None if link is None else link.link_id


def test_find_for_entry_reads_link_by_id_when_id_is_journaled(server: Emulator, client: Client, sent: Sent) -> None:
    link_id = str(server.add_link(domainId="dom_help")["linkId"])
    assert find_id(client, entry_of(link_id)) == link_id
    server.delete_link(link_id)
    assert find_id(client, entry_of(link_id)) is None
    assert find_id(client, entry_of("lnk_none")) is None
    assert [method for method, _ in sent()] == ["GET"] * 3


@pytest.mark.parametrize(("status", "code"), [(410, "WORKSPACE_GONE"), (403, "FORBIDDEN"), (404, "PROXY")])
@pytest.mark.parametrize("link_id", ["lnk_1", None])
def test_find_for_entry_raises_when_request_fails(
    server: Emulator, client: Client, link_id: str | None, status: int, code: str
) -> None:
    server.fault(answer="status", status=status, code=code)
    with pytest.raises(APIError, match=code):
        find_created.find_for_entry(client, entry_of(link_id))


def test_find_for_entry_ignores_links_when_reference_differs_in_part(server: Emulator, client: Client) -> None:
    others = ["pulumi:p/s/n#00000002", "pulumi:p/s/n", f"{REFERENCE}0", f"x{REFERENCE}"]
    links(server, others, lambda _: 0)
    assert find_id(client, entry_of()) is None
    server.add_link(linkId="lnk_it", domainId="dom_help", linkProviderReference=REFERENCE)
    assert find_id(client, entry_of()) == "lnk_it"


def test_find_for_entry_finds_link_when_many_are_newer(server: Emulator, client: Client, sent: Sent) -> None:
    links(server, [REFERENCE, *("other" for _ in range(60))], float)
    assert find_id(client, entry_of()) == "lnk_0"
    assert len(sent()) == 4


def test_find_for_entry_stops_when_links_are_older_than_post(server: Emulator, client: Client, sent: Sent) -> None:
    links(server, ["other"] * 90, lambda index: (index - 90) * 60.0)
    assert find_id(client, entry_of()) is None
    assert len(sent()) == 1
    assert find_id(client, entry_of(sent_at=time.time() - 30 * 60)) is None
    assert len(sent()) == 2


@pytest.mark.parametrize("set_by", [-3600.0, 0.0, 3600.0])
def test_find_for_entry_uses_server_time_of_own_post_when_local_clock_is_wrong(
    server: Emulator, client: Client, sent: Sent, monkeypatch: pytest.MonkeyPatch, set_by: float
) -> None:
    links(server, [REFERENCE, *(["other"] * 25)], lambda index: index - 30.0)
    links(server, [*(["older"] * 45), REFERENCE, *(["newer"] * 25)], lambda index: (index - 70) * 1.0)
    client.get_me()
    own = entry_of(sent_at=0.0)._replace(sent_monotonic=client._clock.monotonic() - 10, server_time=None)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + set_by)
    sent()
    assert find_id(client, own, is_own=True) == "lnk_45"
    assert len(sent()) == 2
    assert find_id(client, own._replace(reference="none"), is_own=True) is None
    assert len(sent()) == 4


def test_find_for_entry_reads_whole_list_when_server_time_is_unknown(
    server: Emulator, client: Client, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    links(server, ["other"] * 45, lambda index: (index - 90) * 3600.0)
    monkeypatch.setattr(client, "server_time", lambda _: None)
    assert find_id(client, entry_of(), is_own=True) is None
    assert len(sent()) == 3


@pytest.mark.parametrize("hours_wrong", [-2, 2])
def test_find_for_entry_ignores_local_time_of_another_run_when_its_clock_was_wrong(
    server: Emulator, client: Client, sent: Sent, hours_wrong: float
) -> None:
    links(server, [*(["older"] * 45), REFERENCE, *(["newer"] * 45)], lambda index: (index - 120) * 60.0)
    entry = entry_of(sent_at=time.time() + hours_wrong * 3600)
    assert find_id(client, entry._replace(server_time=None)) == "lnk_45"
    assert len(sent()) == 3
    assert find_id(client, entry._replace(server_time=time.time() - 75 * 60)) == "lnk_45"
    assert len(sent()) == 3
    assert find_id(client, entry._replace(server_time=time.time() - 75 * 60, reference="none")) is None
    assert len(sent()) == 3
    assert find_id(client, entry._replace(server_time=None, reference="none")) is None
    assert len(sent()) == 5


@pytest.mark.parametrize("order", ["asc", "unreadable"])
def test_find_for_entry_reads_whole_list_when_it_is_unsorted(
    server: Emulator, client: Client, sent: Sent, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    links(server, [*(["other"] * 44), REFERENCE], lambda index: (index - 90) * 3600.0)
    real = client.list_links
    if order == "asc":
        monkeypatch.setattr(
            client, "list_links", lambda workspace_id, **asked: real(workspace_id, **{**asked, "sort_direction": "asc"})
        )
        assert find_id(client, entry_of()) == "lnk_44"
    else:
        monkeypatch.setattr(find_created, "parse_timestamp", lambda _: None)
        assert find_id(client, JournalEntry("none", "ws_demo", "dom_help", None, 0.0, time.time(), 0.0)) is None
    assert len(sent()) == 3


@pytest.mark.parametrize("at", [0, 7, 19])
def test_find_for_entry_finds_link_when_others_are_too_large(server: Emulator, client: Client, at: int) -> None:
    links(server, ["other"] * 20, lambda index: -30.0 + index)
    for link in server.links[5:14]:
        server.edit_link(link["linkId"], meta={"text": "x" * MIB})
    server.edit_link(f"lnk_{at}", linkProviderReference=REFERENCE)
    assert find_id(client, entry_of()) == f"lnk_{at}"
    server.edit_link(f"lnk_{at}", linkProviderReference=None)
    assert find_id(client, entry_of()) is None


def test_find_for_entry_ignores_link_when_domain_differs(server: Emulator, client: Client) -> None:
    server.add_link(domainId="dom_app", linkProviderReference=REFERENCE)
    assert find_id(client, entry_of()) is None


def test_describe_candidates_names_newest_links_or_says_why_it_can_not(
    server: Emulator, client: Client, clock: Clock
) -> None:
    assert "shows no new link" in find_created.describe_candidates(client, "ws_demo", "dom_help", clock.monotonic())
    links(server, ["x"] * 9, float)
    text = find_created.describe_candidates(client, "ws_demo", "dom_help", clock.monotonic())
    assert "new links on this domain: lnk_8, lnk_7, lnk_6, lnk_5, lnk_4; " in text
    server.fault(answer="status", status=500, times=None)
    assert "the list of links can't be read (500" in find_created.describe_candidates(
        client, "ws_demo", "dom_help", clock.monotonic()
    )
