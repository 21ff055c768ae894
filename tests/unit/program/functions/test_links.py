"""The look-ups of recording links: by id, or a list with filters."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane import (
    Link,
    LinkCreator,
    LinkDomain,
    LinkProject,
    RecordingLink,
    get_recording_link,
    get_recording_links,
)
from tests.unit.conftest import refused

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator

pytestmark = pytest.mark.usefixtures("account_of_server")


def test_get_recording_link_returns_fields_with_names_of_outputs(server: Emulator) -> None:
    made = server.add_link(domainId="dom_app", linkTitle="Help", linkReusable=True, meta={"team": "x", "n": [1]})
    found = get_recording_link(made["linkId"])
    expected: dict[str, Any] = {
        "link_id": made["linkId"],
        "link_title": "Help",
        "link_reusable": True,
        "link_type": "recording",
        "created_at": made["createdAt"],
        "workspace_id": "ws_demo",
        "domain_id": "dom_app",
        "project_id": "prj_default",
        "meta": {"team": "x", "n": [1]},
        "domain": LinkDomain(domain_id="dom_app", url="app.acme.example", status="verified"),
        "project": LinkProject(project_id="prj_default", title="Acme Support"),
        "creator": LinkCreator(workspace_member_id="mem_owner", name="Ines Calder"),
    }
    assert {name: getattr(found, name) for name in expected} == expected
    assert (found.domain.status, found.project.title, found.creator.name) == ("verified", "Acme Support", "Ines Calder")
    assert {field.name for field in fields(Link)} == set(RecordingLink.__annotations__) - {"mark", "adopt"}
    assert len(server.requests) == 1


def test_get_recording_links_returns_all_or_filtered_links(server: Emulator) -> None:
    places: list[dict[str, Any]] = [
        {"domainId": "dom_help"},
        {"domainId": "dom_app", "workspaceMemberId": "mem_admin"},
        {"domainId": "dom_help", "projectId": "prj_onboarding"},
    ]
    [first, second, third] = [server.add_link(**place)["linkId"] for place in places]

    def ids(**asked: Any) -> list[str]:
        return [link.link_id for link in get_recording_links(**asked)]

    assert ids() == [first, second, third]
    assert ids(domain_ids=["dom_help"]) == [first, third]
    assert ids(domain_ids=["dom_help", "dom_app"], project_ids=["prj_onboarding"]) == [third]
    assert ids(created_by=["mem_admin"]) == [second]
    assert ids(workspace_id="ws_demo", created_by=["mem_member"]) == []


@pytest.mark.parametrize("name", ["domain_ids", "project_ids", "created_by"])
def test_get_recording_links_returns_nothing_when_filter_is_empty_and_fails_when_it_is_text(
    server: Emulator, name: str
) -> None:
    server.add_link(domainId="dom_help")
    wrong: dict[str, Any] = {name: "dom_help"}
    nothing: dict[str, Any] = {name: []}
    assert get_recording_links(**nothing) == []
    assert refused(lambda: get_recording_links(**wrong)) == (
        f'{name}= takes a list of ids, not a text; write {name}=["..."]'
    )
    assert server.requests == []


def test_get_recording_links_sends_one_request_for_twenty_links(server: Emulator) -> None:
    server.seed({"links": [{"linkId": f"lnk_{n:03}", "domainId": "dom_help"} for n in range(203)]})
    server.clear_requests()
    assert [link.link_id for link in get_recording_links()] == [f"lnk_{n:03}" for n in range(203)]
    assert len(server.requests) == 11


@pytest.mark.parametrize("how", ["404 LINK_NOT_FOUND", "410 LINK_GONE"])
def test_get_recording_link_lists_newest_links_when_link_is_not_live(server: Emulator, how: str) -> None:
    links = [{"linkId": f"lnk_{n:02}", "domainId": "dom_help", "linkTitle": "Help"} for n in range(23)]
    server.seed({"links": [{"linkId": "old", "domainId": "dom_app"}, *links]})
    if how == "410 LINK_GONE":
        server.delete_link("old")
    missing = "old" if how == "410 LINK_GONE" else "lnk_30"
    text = refused(lambda: get_recording_link(missing))
    assert text.startswith(f"there is no recording link '{missing}' in workspace ws_demo ({how}); the newest are: ")
    assert text.count(" (on help.acme.example)") == 20
    assert "lnk_22 (on help.acme.example)" in text
    assert "lnk_02" not in text
    if missing == "lnk_30":
        assert "the newest are: lnk_20 (" in text


def test_get_recording_link_lists_ids_and_marks_but_no_titles_when_link_is_missing(server: Emulator) -> None:
    mark = "pulumi:shop/dev/help"
    server.seed({"links": [{"linkId": "a", "domainId": "dom_app", "linkTitle": "Title"}]})
    server.add_link(linkId="b", domainId="dom_app", linkTitle="Title", linkProviderReference=f"{mark}#01234567")
    server.add_link(linkId="d", domainId="dom_app", linkProviderReference="Reference")
    text = refused(lambda: get_recording_link("c"))
    assert "a (on app.acme.example)" in text
    assert f"b (made by {mark}, on app.acme.example)" in text
    assert "d (on app.acme.example)" in text
    assert "Title" not in text


def test_get_recording_link_shows_server_error_when_other_links_cannot_be_listed(server: Emulator) -> None:
    server.fault(path="/links$", answer="status", status=403, code="FORBIDDEN")
    assert refused(lambda: get_recording_link("lnk_1")) == (
        'read of recording link lnk_1 failed: 404 LINK_NOT_FOUND "There is no such link in this workspace."; '
        "no link has this id in this workspace: check the link id and the workspace id; "
        "more: `pulumi-userplane explain LINK_NOT_FOUND`"
    )


def test_get_recording_link_shows_server_error_when_read_is_refused(server: Emulator) -> None:
    server.fault(path="/links/", answer="status", status=403, code="FORBIDDEN")
    assert "403 FORBIDDEN" in refused(lambda: get_recording_link("lnk_1"))
    assert len(server.requests) == 1
