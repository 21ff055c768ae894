"""Changing a link: the answer is what is recorded, and no more is done than the preview said."""

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


def test_several_changed_fields_travel_in_one_put(up: Engine, sent: Sent) -> None:
    up.up(**{**LINK, "link_title": "New", "link_reusable": True, "link_provider_id": "7"})
    assert sent() == [("PUT", {"linkTitle": "New", "linkReusable": True, "linkProviderId": "7"})]
    assert up.outputs["__managed"] == ["link_provider_id", "link_reusable", "link_title", "meta"]


def test_the_outputs_are_the_answer_and_nothing_is_read_again(up: Engine, server: Emulator, sent: Sent) -> None:
    server.edit_link(up.id, linkProviderType="slack")
    up.up(**{**LINK, "link_title": "New"})
    assert [method for method, _ in sent()] == ["PUT"]
    assert (up.outputs["link_title"], up.outputs["link_provider_type"]) == ("New", "slack")


def test_a_field_that_is_not_applied_is_an_error_that_names_it(up: Engine, server: Emulator) -> None:
    server.set_behaviours(ignored_fields=["linkTitle"])
    with pytest.raises(UserplaneError) as caught:
        up.up(**{**LINK, "link_title": "New"})
    assert (
        f'update of recording link "m" ({up.id}) failed: the server accepted the request but did not apply link_title'
        in str(caught.value)
    )


def test_a_field_stored_in_another_form_is_recorded_as_it_is_with_a_warning(
    up: Engine, server: Emulator, warned: list[str]
) -> None:
    server.set_behaviours(trim_text=True)
    up.up(**{**LINK, "link_title": " New "})
    assert up.outputs["link_title"] == "New"
    (text,) = warned
    assert text.endswith(
        "the server stored link_title in another form; write it as `pulumi refresh --preview-only --diff` shows it"
    )
    assert up.diff(**{**LINK, "link_title": "New"}) == (False, [])


def test_a_managed_field_that_was_changed_outside_keeps_its_recorded_value_until_a_refresh(
    up: Engine, server: Emulator, sent: Sent, warned: list[str]
) -> None:
    server.edit_link(up.id, meta={"a": "by hand"})
    up.up(**{**LINK, "link_title": "New"})
    assert sent() == [("PUT", {"linkTitle": "New"})]
    assert warned == [
        f'update of recording link "m" ({up.id}): meta was changed outside Pulumi: run `pulumi refresh` to see it'
    ]
    assert up.outputs["meta"] == {"a": "1"}
    assert up.diff(**{**LINK, "link_title": "New"}) == (False, [])
    up.refresh()
    assert up.inputs["meta"] == {"a": "by hand"}
    assert up.diff(**{**LINK, "link_title": "New"}) == (True, [])


def test_a_field_changed_outside_to_what_is_declared_is_no_news(
    up: Engine, server: Emulator, sent: Sent, warned: list[str]
) -> None:
    server.edit_link(up.id, linkTitle="New")
    up.up(**{**LINK, "link_title": "New"})
    assert sent() == [("PUT", {"linkTitle": "New"})]
    assert warned == []


@pytest.mark.parametrize(("mark", "name"), [({"mark": "m"}, '"m" \\({}\\)'), ({}, "{}")])
def test_a_link_without_a_title_is_called_by_its_mark_or_its_id(
    engine: Engine, server: Emulator, mark: dict[str, str], name: str
) -> None:
    engine.up(domain_id="dom_help", **mark)
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    with pytest.raises(
        UserplaneError, match=f"update of recording link {name.format(engine.id)} failed: 403 FORBIDDEN"
    ):
        engine.up(domain_id="dom_help", **mark, link_reusable=True)


def test_an_update_elsewhere_does_not_forget_a_mark_or_a_declared_project(up: Engine) -> None:
    up.up(**LINK, project_id="prj_default", link_reusable=True)
    assert (up.outputs["mark"], up.outputs["project_id"], up.outputs["workspace_id"]) == ("m", "prj_default", "ws_demo")
