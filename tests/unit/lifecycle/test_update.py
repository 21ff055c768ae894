"""Updating a link: what is sent, and what is recorded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import UserplaneError

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.support.request_log import Sent
    from tests.unit.conftest import Engine

LINK: dict[str, Any] = {"domain_id": "dom_help", "mark": "m", "link_title": "Help", "meta": {"a": "1"}}


@pytest.fixture
def up(engine: Engine, sent: Sent) -> Engine:
    engine.up(**LINK)
    sent()
    return engine


def test_update_sends_several_changed_fields_in_one_put(up: Engine, sent: Sent) -> None:
    up.up(**{**LINK, "link_title": "New", "link_reusable": True, "link_provider_id": "7"})
    assert sent() == [("PUT", {"linkTitle": "New", "linkReusable": True, "linkProviderId": "7"})]
    assert up.outputs["__managed"] == ["link_provider_id", "link_reusable", "link_title", "meta"]


def test_update_records_the_response_and_reads_nothing(up: Engine, server: Emulator, sent: Sent) -> None:
    server.edit_link(up.id, linkProviderType="slack")
    up.up(**{**LINK, "link_title": "New"})
    assert [method for method, _ in sent()] == ["PUT"]
    assert (up.outputs["link_title"], up.outputs["link_provider_type"]) == ("New", "slack")


def test_update_fails_and_names_the_field_when_it_is_not_applied(up: Engine, server: Emulator) -> None:
    server.set_behaviours(ignored_fields=["linkTitle"])
    with pytest.raises(UserplaneError) as caught:
        up.up(**{**LINK, "link_title": "New"})
    assert (
        f'update of recording link "m" ({up.id}) failed: the server accepted the request but did not apply link_title'
        in str(caught.value)
    )


def test_update_records_the_stored_form_with_a_warning_when_the_server_changes_it(
    up: Engine, server: Emulator, warned: list[str]
) -> None:
    server.set_behaviours(trim_text=True)
    up.up(**{**LINK, "link_title": " New "})
    assert up.outputs["link_title"] == "New"
    (text,) = warned
    assert text.endswith(
        "the server stored link_title in another form than was sent, such as trimmed; declare the value that "
        "`pulumi refresh --preview-only --diff` shows, or each refresh shows a change"
    )
    assert up.diff(**{**LINK, "link_title": "New"}) == (False, [])


def test_update_keeps_the_recorded_value_when_a_managed_field_drifted(
    up: Engine, server: Emulator, sent: Sent, warned: list[str]
) -> None:
    server.edit_link(up.id, meta={"a": "by hand"})
    up.up(**{**LINK, "link_title": "New"})
    assert sent() == [("PUT", {"linkTitle": "New"})]
    assert warned == [
        (
            f'update of recording link "m" ({up.id}): meta was changed outside Pulumi: '
            "`pulumi preview --refresh --diff` shows it, and `pulumi up --refresh` changes it back"
        )
    ]
    assert up.outputs["meta"] == {"a": "1"}
    assert up.diff(**{**LINK, "link_title": "New"}) == (False, [])
    up.refresh()
    assert up.inputs["meta"] == {"a": "by hand"}
    assert up.diff(**{**LINK, "link_title": "New"}) == (True, [])


def test_update_warns_of_nothing_when_a_field_drifted_to_the_declared_value(
    up: Engine, server: Emulator, sent: Sent, warned: list[str]
) -> None:
    server.edit_link(up.id, linkTitle="New")
    up.up(**{**LINK, "link_title": "New"})
    assert sent() == [("PUT", {"linkTitle": "New"})]
    assert warned == []


@pytest.mark.parametrize(("mark", "name"), [({"mark": "m"}, '"m" \\({}\\)'), ({}, "{}")])
def test_update_names_the_link_by_its_mark_or_its_id(
    engine: Engine, server: Emulator, mark: dict[str, str], name: str
) -> None:
    engine.up(domain_id="dom_help", **mark)
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    with pytest.raises(
        UserplaneError, match=f"update of recording link {name.format(engine.id)} failed: 403 FORBIDDEN"
    ):
        engine.up(domain_id="dom_help", **mark, link_reusable=True)


def test_update_keeps_the_mark_and_the_declared_project(up: Engine) -> None:
    up.up(**LINK, project_id="prj_default", link_reusable=True)
    assert (up.outputs["mark"], up.outputs["project_id"], up.outputs["workspace_id"]) == ("m", "prj_default", "ws_demo")
