"""The operations in the engine's order: what each returns, and what it costs in requests."""

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from pulumi_userplane.api.constants import META_LIMIT
from pulumi_userplane.emulator import Emulator
from tests.host.conftest import Host
from tests.host.links import ANSWERED, CHANGES, FULL, MINIMAL, WIRE, live
from tests.support.operations import HostError, State
from tests.support.request_log import Sent

DECLARATIONS = pytest.mark.parametrize("declared", [MINIMAL, FULL], ids=["minimal", "full"])


@DECLARATIONS
def test_created_link_shows_no_change_before_and_after_a_refresh(
    userplane: Emulator, host: Host, sent: Sent, declared: dict[str, Any]
) -> None:
    made = host.create(declared)
    userplane.clear_requests()

    assert host.preview(made, declared).nothing
    assert sent() == []

    fresh, plan = host.refresh(made)
    assert plan.nothing
    assert fresh == made
    assert sent() == [("GET", None)]
    assert host.preview(fresh, declared).nothing


def test_create_of_a_minimal_link_costs_one_post(userplane: Emulator, host: Host, sent: Sent) -> None:
    made = host.create(MINIMAL)

    [(method, body)] = sent()
    assert method == "POST"
    assert body.keys() == {"domainId", "linkReference"}
    assert re.fullmatch(r"pulumi:p/s/minimal#[0-9a-f]{8}", body["linkReference"])
    assert made.outputs["link_provider_ref"] == body["linkReference"]
    assert made.inputs["workspace_id"] == made.outputs["workspace_id"] == userplane.workspace_id


def test_create_of_a_full_link_costs_a_post_and_a_put(userplane: Emulator, host: Host, sent: Sent) -> None:
    made = host.create(FULL)

    (post, _), (put, body) = sent()
    assert (post, put) == ("POST", "PUT")
    assert body.keys() == {"linkTitle", "linkProviderType", "linkProviderId", "linkProviderRef"}
    there = live(userplane, made.id)
    assert {field: there[name] for field, name in ANSWERED.items()} == {field: FULL[field] for field in ANSWERED}


@DECLARATIONS
def test_recorded_outputs_are_json_with_the_links_id(host: Host, declared: dict[str, Any]) -> None:
    made = host.create(declared)

    assert json.loads(json.dumps(made.outputs)) == made.outputs
    assert made.id == made.outputs["link_id"] != ""
    assert made.outputs["creator"] == {"workspace_member_id": "mem_owner", "name": "Ines Calder"}


def test_largest_meta_and_a_larger_recorded_one_pass(userplane: Emulator, host: Host, sent: Sent) -> None:
    text = "😀" * ((META_LIMIT - len('{"a": ""}')) // 12)
    declared = {**MINIMAL, "meta": {"a": text}}
    made = host.create(declared)
    assert made.outputs["meta"] == {"a": text}
    sent()
    _, [failure] = host.check({**MINIMAL, "meta": {"a": text + "😀"}})
    assert re.search(r"meta: is \d+ bytes long .*; the limit is 65536", str(failure))
    assert sent() == []

    userplane.edit_link(made.id, meta={"a": "x" * 1_000_000})
    fresh, plan = host.refresh(made)
    assert fresh is not None
    assert len(fresh.outputs["meta"]["a"]) == 1_000_000
    assert not plan.nothing
    assert host.up(fresh, declared).outputs["meta"] == {"a": text}


@pytest.mark.parametrize("field", CHANGES)
def test_update_of_one_field_costs_one_put_with_it(userplane: Emulator, host: Host, sent: Sent, field: str) -> None:
    made = host.create(FULL)
    userplane.clear_requests()
    declared = {**FULL, field: CHANGES[field]}

    plan = host.preview(made, declared)
    changed = host.up(made, declared)

    assert (plan.changes, plan.replaces) == ("update", [])
    assert sent() == [("PUT", {WIRE[field]: CHANGES[field]})]
    assert changed.outputs == {**made.outputs, field: CHANGES[field]}
    assert host.preview(changed, declared).nothing


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("meta", {"a": 1, "b": {"c": 2.0, "d": None}}, {"b": {"c": 2}, "a": 1.0}),
        ("meta", {}, {"a": None}),
        ("link_title", "", ""),
        ("link_provider_id", "", ""),
    ],
    ids=["order, floats and nulls", "an empty map", "an empty title", "an empty id"],
)
def test_diff_shows_nothing_when_a_value_has_another_form(
    host: Host, field: str, before: object, after: object
) -> None:
    made = host.create({**MINIMAL, field: before})

    fresh, plan = host.refresh(made)
    assert plan.nothing
    assert fresh is not None
    for state in (made, fresh):
        assert host.preview(state, {**MINIMAL, field: after}).nothing


@pytest.mark.parametrize(
    ("place", "elsewhere"),
    [("workspace_id", "ws_other"), ("domain_id", "dom_help"), ("project_id", "prj_default")],
)
def test_diff_replaces_link_when_one_location_changes(host: Host, place: str, elsewhere: str) -> None:
    plan = host.preview(host.create(FULL), {**FULL, place: elsewhere})

    assert (plan.changes, plan.replaces) == ("replace", [place])


def test_replacement_creates_the_new_link_in_the_same_workspace(userplane: Emulator, host: Host, sent: Sent) -> None:
    old = host.create(MINIMAL)
    userplane.clear_requests()

    new = host.up(old, {**MINIMAL, "domain_id": "dom_app"})

    assert [method for method, _ in sent()] == ["POST", "DELETE"]
    assert not live(userplane, old.id)["live"]
    assert live(userplane, new.id)["domain"]["domainId"] == "dom_app"
    assert new.inputs["workspace_id"] == old.inputs["workspace_id"]


@pytest.mark.parametrize("field", CHANGES)
def test_update_keeps_a_field_that_is_no_longer_declared(
    userplane: Emulator, host: Host, sent: Sent, field: str
) -> None:
    made = host.create(FULL)
    userplane.clear_requests()
    declared = {key: value for key, value in FULL.items() if key != field}

    left = host.up(made, declared)

    assert sent() == []
    assert left.outputs[field] == FULL[field]
    userplane.edit_link(made.id, **{ANSWERED[field]: CHANGES[field]})
    fresh, plan = host.refresh(left)
    assert plan.nothing
    assert fresh is not None
    assert field not in fresh.inputs
    assert host.preview(fresh, declared).nothing


@pytest.mark.parametrize(
    ("before", "after"),
    [({}, {"project_id": "prj_default"}), ({"project_id": "prj_default"}, {})],
    ids=["declared", "no longer declared"],
)
def test_diff_shows_nothing_when_the_links_own_project_is_declared_or_not(
    userplane: Emulator, host: Host, sent: Sent, before: dict[str, str], after: dict[str, str]
) -> None:
    made = host.create({**MINIMAL, **before})
    userplane.clear_requests()
    declared = {**MINIMAL, **after}

    assert host.preview(made, declared).nothing
    written = host.up(made, declared)

    assert sent() == []
    fresh, plan = host.refresh(written)
    assert plan.nothing
    assert fresh is not None
    assert host.preview(fresh, declared).nothing


@pytest.mark.parametrize("field", CHANGES)
def test_drift_of_a_managed_field_is_shown_and_repaired_with_one_put(
    userplane: Emulator, host: Host, sent: Sent, field: str
) -> None:
    made = host.create(FULL)
    userplane.edit_link(made.id, **{ANSWERED[field]: CHANGES[field]})

    fresh, plan = host.refresh(made)

    assert plan.changes == "update"
    assert fresh is not None
    assert (fresh.inputs[field], fresh.outputs[field]) == (CHANGES[field], CHANGES[field])
    # What `ignore_changes` hands over: the field as the last read left it.
    assert host.preview(fresh, {**FULL, field: fresh.inputs[field]}).nothing
    userplane.clear_requests()
    repaired = host.up(fresh, FULL)
    assert sent() == [("PUT", {WIRE[field]: FULL[field]})]
    assert repaired == made


def test_drift_of_an_unmanaged_field_is_recorded_without_a_change(userplane: Emulator, host: Host) -> None:
    made = host.create(MINIMAL)
    userplane.edit_link(made.id, linkTitle="By hand")

    fresh, plan = host.refresh(made)

    assert plan.nothing
    assert fresh is not None
    assert fresh.outputs["link_title"] == "By hand"
    assert fresh.inputs == made.inputs


@pytest.mark.parametrize(("field", "cleared"), [("link_title", ""), ("link_provider_ref", ""), ("meta", {})])
def test_update_sends_the_empty_value_once_when_a_field_is_cleared(
    userplane: Emulator, host: Host, sent: Sent, field: str, cleared: object
) -> None:
    made = host.create(FULL)
    userplane.clear_requests()
    declared = {**FULL, field: cleared}

    emptied = host.up(made, declared)

    assert sent() == [("PUT", {WIRE[field]: cleared})]
    fresh, plan = host.refresh(emptied)
    assert plan.nothing
    assert fresh is not None
    assert host.preview(fresh, declared).nothing


def test_create_records_the_form_in_which_the_server_stores_a_text(userplane: Emulator, host: Host) -> None:
    userplane.set_behaviours(trim_text=True)

    declared = {**MINIMAL, "link_title": " Help "}
    made = host.create(declared)

    assert made.outputs["link_title"] == "Help"
    assert host.preview(made, declared).nothing
    assert host.word("the server stored link_title in another form") in host.output


def test_delete_costs_one_request_and_needs_only_the_state(userplane: Emulator, host: Host, sent: Sent) -> None:
    made = host.create(FULL)
    userplane.clear_requests()

    host.delete(made)

    assert sent() == [("DELETE", None)]
    assert not live(userplane, made.id)["live"]


def test_create_rolls_back_when_the_server_ignores_a_field(userplane: Emulator, host: Host) -> None:
    userplane.set_behaviours(ignored_fields={"linkTitle"})

    with pytest.raises(HostError, match=host.word("did not apply link_title")):
        host.create({**MINIMAL, "link_title": "Help"})

    assert [link for link in userplane.links if link["live"]] == []


def test_four_links_are_created_at_the_same_time(userplane: Emulator, host: Host) -> None:
    userplane.fault(method="POST", latency=0.5, times=None)

    def make(number: int) -> str:
        return host.create({**FULL, "link_title": f"Link {number}", "mark": f"pulumi:p/s/{number}"}).id

    with ThreadPoolExecutor(4) as together:
        ids = list(together.map(make, range(4)))

    assert [live(userplane, id_)["linkTitle"] for id_ in ids] == [f"Link {number}" for number in range(4)]


def test_get_reads_a_link_in_the_named_or_the_settings_workspace(userplane: Emulator, host: Host) -> None:
    link_id = userplane.add_link(domainId="dom_help", linkTitle="Help")["linkId"]

    for named in ({}, {"workspace_id": "ws_demo"}):
        found = host.get(link_id, **named)
        assert found.id == link_id
        assert (found.outputs["link_title"], found.outputs["workspace_id"]) == ("Help", "ws_demo")


def test_get_fails_when_the_link_does_not_live(userplane: Emulator, host: Host) -> None:
    deleted = userplane.add_link(domainId="dom_help", deleted=True)["linkId"]

    for missing, code in ((deleted, "410 LINK_GONE"), ("lnk_unknown", "404 LINK_NOT_FOUND")):
        with pytest.raises(HostError, match=f"^read of recording link {missing} failed: {code}"):
            host.get(missing)


def test_read_returns_every_settable_field_when_the_state_holds_none(userplane: Emulator, host: Host) -> None:
    made = host.create(FULL)
    imported = State(made.id, host.hidden, host.hidden)

    fresh, _ = host.refresh(imported)

    assert fresh is not None
    assert fresh.inputs == {key: value for key, value in made.inputs.items() if key != "mark"}
    assert host.preview(fresh, FULL).nothing


def test_check_changes_nothing_when_inputs_were_checked(host: Host) -> None:
    checked = host.checked(FULL)

    assert host.checked(checked, checked) == checked
