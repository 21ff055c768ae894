"""Finding a link whose POST got no answer, or proving that it was not made."""

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
    from tests.support.request_log import Sent

MIB = 1024 * 1024
REFERENCE = "pulumi:p/s/n#00000001"


@pytest.fixture
def client(server: Emulator) -> Client:
    return Client(server.api_key, base_url=server.base_url)


def noted(link_id: str | None = None, sent_at: float | None = None) -> JournalEntry:
    when = time.time() if sent_at is None else sent_at
    return JournalEntry(REFERENCE, "ws_demo", "dom_help", link_id, when, when, 0.0)


def links(server: Emulator, references: list[str], created: Callable[[int], float]) -> None:
    """A seed of links with these references, made at these seconds from now."""
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


def found(client: Client, note: JournalEntry, *, is_own: bool = False) -> str | None:
    link = find_created.find_pending(client, note, is_own=is_own)
    return None if link is None else link.link_id


def test_a_known_id_is_asked_for(server: Emulator, client: Client, sent: Sent) -> None:
    link_id = str(server.add_link(domainId="dom_help")["linkId"])
    assert found(client, noted(link_id)) == link_id
    server.delete_link(link_id)
    assert found(client, noted(link_id)) is None
    assert found(client, noted("lnk_none")) is None
    assert [method for method, _ in sent()] == ["GET"] * 3


@pytest.mark.parametrize(("status", "code"), [(410, "WORKSPACE_GONE"), (403, "FORBIDDEN"), (404, "PROXY")])
@pytest.mark.parametrize("link_id", ["lnk_1", None])
def test_a_failure_proves_nothing(
    server: Emulator, client: Client, link_id: str | None, status: int, code: str
) -> None:
    server.fault(answer="status", status=status, code=code)
    with pytest.raises(APIError, match=code):
        find_created.find_pending(client, noted(link_id))


def test_only_the_whole_reference_is_the_link(server: Emulator, client: Client) -> None:
    others = ["pulumi:p/s/n#00000002", "pulumi:p/s/n", f"{REFERENCE}0", f"x{REFERENCE}"]
    links(server, others, lambda _: 0)
    assert found(client, noted()) is None
    server.add_link(linkId="lnk_it", domainId="dom_help", linkProviderReference=REFERENCE)
    assert found(client, noted()) == "lnk_it"


def test_it_is_found_behind_many_newer_ones(server: Emulator, client: Client, sent: Sent) -> None:
    links(server, [REFERENCE, *("other" for _ in range(60))], float)
    assert found(client, noted()) == "lnk_0"
    assert len(sent()) == 4


def test_the_list_is_read_until_links_are_older_than_the_post(server: Emulator, client: Client, sent: Sent) -> None:
    links(server, ["other"] * 90, lambda index: (index - 90) * 60.0)
    assert found(client, noted()) is None
    assert len(sent()) == 1
    assert found(client, noted(sent_at=time.time() - 30 * 60)) is None
    assert len(sent()) == 2


@pytest.mark.parametrize("set_by", [-3600.0, 0.0, 3600.0])
def test_an_own_post_is_told_by_the_servers_clock_however_this_machines_is_set(
    server: Emulator, client: Client, sent: Sent, monkeypatch: pytest.MonkeyPatch, set_by: float
) -> None:
    links(server, [REFERENCE, *(["other"] * 25)], lambda index: index - 30.0)
    links(server, [*(["older"] * 45), REFERENCE, *(["newer"] * 25)], lambda index: (index - 70) * 1.0)
    client.get_me()
    own = noted(sent_at=0.0)._replace(uptime=time.monotonic() - 10, server_time=None)
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + set_by)
    sent()
    assert found(client, own, is_own=True) == "lnk_45"
    assert len(sent()) == 2
    assert found(client, own._replace(reference="none"), is_own=True) is None
    assert len(sent()) == 4


def test_a_server_that_tells_no_time_is_read_to_the_end(
    server: Emulator, client: Client, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    links(server, ["other"] * 45, lambda index: (index - 90) * 3600.0)
    monkeypatch.setattr(client, "server_time", lambda _: None)
    assert found(client, noted(), is_own=True) is None
    assert len(sent()) == 3


@pytest.mark.parametrize("hours_wrong", [-2, 2])
def test_the_clock_of_another_run_may_have_been_wrong(
    server: Emulator, client: Client, sent: Sent, hours_wrong: float
) -> None:
    links(server, [*(["older"] * 45), REFERENCE, *(["newer"] * 45)], lambda index: (index - 120) * 60.0)
    note = noted(sent_at=time.time() + hours_wrong * 3600)
    assert found(client, note._replace(server_time=None)) == "lnk_45"
    assert len(sent()) == 3
    assert found(client, note._replace(server_time=time.time() - 75 * 60)) == "lnk_45"
    assert len(sent()) == 3
    assert found(client, note._replace(server_time=time.time() - 75 * 60, reference="none")) is None
    assert len(sent()) == 3
    assert found(client, note._replace(server_time=None, reference="none")) is None
    assert len(sent()) == 5


@pytest.mark.parametrize("order", ["asc", "unreadable"])
def test_a_list_in_another_order_or_without_times_is_read_to_the_end(
    server: Emulator, client: Client, sent: Sent, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    links(server, [*(["other"] * 44), REFERENCE], lambda index: (index - 90) * 3600.0)
    real = client.list_links
    if order == "asc":
        monkeypatch.setattr(
            client, "list_links", lambda workspace_id, **asked: real(workspace_id, **{**asked, "sort_direction": "asc"})
        )
        assert found(client, noted()) == "lnk_44"
    else:
        monkeypatch.setattr(find_created, "parse_timestamp", lambda _: None)
        assert found(client, JournalEntry("none", "ws_demo", "dom_help", None, 0.0, time.time(), 0.0)) is None
    assert len(sent()) == 3


@pytest.mark.parametrize("at", [0, 7, 19])
def test_large_links_of_others_do_not_hide_it(server: Emulator, client: Client, at: int) -> None:
    links(server, ["other"] * 20, lambda index: -30.0 + index)
    for link in server.links[5:14]:
        server.edit_link(link["linkId"], meta={"text": "x" * MIB})
    server.edit_link(f"lnk_{at}", linkProviderReference=REFERENCE)
    assert found(client, noted()) == f"lnk_{at}"
    server.edit_link(f"lnk_{at}", linkProviderReference=None)
    assert found(client, noted()) is None


def test_other_domains_are_not_looked_at(server: Emulator, client: Client) -> None:
    server.add_link(domainId="dom_app", linkProviderReference=REFERENCE)
    assert found(client, noted()) is None


def test_candidates_are_few_and_none_is_said_too(server: Emulator, client: Client) -> None:
    assert "shows no new link" in find_created.describe_candidates(client, "ws_demo", "dom_help", time.monotonic())
    links(server, ["x"] * 9, float)
    text = find_created.describe_candidates(client, "ws_demo", "dom_help", time.monotonic())
    assert "new links on this domain: lnk_8, lnk_7, lnk_6, lnk_5, lnk_4; " in text
    server.fault(answer="status", status=500, times=None)
    assert "the list of links can't be read (500" in find_created.describe_candidates(
        client, "ws_demo", "dom_help", time.monotonic()
    )
