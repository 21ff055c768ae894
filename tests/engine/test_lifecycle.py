"""A link's life on the real engine: what each command shows, what it sends, and what is there afterwards."""

import json
import re
from typing import Any

import pytest

from tests.engine.stack import Stack, shown

FULL: dict[str, Any] = {
    "domain_id": "dom_app",
    "project_id": "prj_onboarding",
    "link_title": "Help",
    "link_reusable": True,
    "link_provider_type": "zendesk",
    "link_provider_id": "z-1",
    "link_provider_ref": "ticket 7",
    "meta": {"team": "x", "n": 5},
}
MINIMAL = {"domain_id": "dom_help"}


def test_up_then_nothing_changes_and_destroy_needs_no_program(stack: Stack) -> None:
    stack.declare(full=FULL, minimal=MINIMAL)

    assert "3 to create" in stack.pulumi("preview")
    assert stack.sent() == []
    assert "3 created" in stack.up()
    assert sorted(method for method, _ in stack.sent()) == ["POST", "POST", "PUT"]

    assert "3 unchanged" in stack.preview("--expect-no-changes")
    assert "3 unchanged" in stack.up()
    assert stack.sent() == []
    stack.pulumi("refresh", "--preview-only", "--expect-no-changes")
    assert stack.sent() == [("GET", None)] * 2
    before = stack.links()
    assert "3 unchanged" in stack.refresh()
    after = stack.links()
    assert [(link["inputs"], link["outputs"]) for link in before.values()] == [
        (link["inputs"], link["outputs"]) for link in after.values()
    ]
    stack.preview("--expect-no-changes")
    stack.sent()

    there = stack.live()[after["full"]["id"]]
    assert (there["linkTitle"], there["meta"], there["linkReusable"]) == ("Help", {"team": "x", "n": 5}, True)
    for link in (*before.values(), *after.values()):
        own = {key: value for key, value in link.items() if key not in {"stackTrace", "sourcePosition"}}
        assert len(json.dumps(own, separators=(",", ":"))) < 2_000

    (stack.folder / "__main__.py").unlink()
    assert "3 deleted" in stack.pulumi("destroy", "--yes", "--skip-preview")
    assert stack.sent() == [("DELETE", None)] * 2
    assert stack.live() == {}


@pytest.fixture
def made(stack: Stack) -> str:
    """Makes one link with every field and returns its id."""
    stack.declare(full=FULL)
    stack.up()
    stack.sent()
    return str(stack.links()["full"]["id"])


def test_each_field_alone_is_one_put_of_that_field(stack: Stack, made: str) -> None:
    changes = {
        "link_title": ("linkTitle", "Other"),
        "link_reusable": ("linkReusable", False),
        "link_provider_type": ("linkProviderType", "linear"),
        "link_provider_id": ("linkProviderId", "l-2"),
        "link_provider_ref": ("linkProviderRef", "LIN-3"),
        "meta": ("meta", {"team": "x", "n": 6}),
    }
    declared = dict(FULL)
    for field, (name, value) in changes.items():
        declared[field] = value
        stack.declare(full=declared)
        assert "1 updated" in stack.up()
        assert stack.sent() == [("PUT", {name: value})]
    stack.preview("--expect-no-changes")
    assert list(stack.live()) == [made]


def test_drift_is_shown_as_old_and_new_and_repaired_with_one_put(stack: Stack, made: str) -> None:
    stack.userplane.edit_link(made, linkTitle="By hand")

    stack.preview("--expect-no-changes")
    drift = stack.pulumi("refresh", "--preview-only", "--diff", "--expect-no-changes", code=7)
    assert shown(drift) == {"full": ['~ (update) ~ link_title: "Help" => "By hand"']}
    assert shown(stack.preview("--refresh"))["full"] == [
        '~ (refresh) ~ link_title: "Help" => "By hand"',
        '~ (update) ~ link_title: "By hand" => "Help"',
    ]
    stack.sent()
    assert "1 updated" in stack.up("--refresh")
    assert stack.sent() == [("GET", None), ("PUT", {"linkTitle": "Help"})]
    stack.preview("--refresh", "--expect-no-changes")


def test_ignore_changes_holds_a_drifted_field(stack: Stack, made: str) -> None:
    stack.userplane.edit_link(made, linkTitle="By hand", meta={"team": "y", "n": 5})

    stack.declare("pulumi.ResourceOptions(ignore_changes=['link_title', 'meta.team'])", full=FULL)
    stack.refresh()
    stack.sent()

    assert "2 unchanged" in stack.up()
    assert stack.sent() == []
    assert stack.live()[made]["linkTitle"] == "By hand"


def test_a_deleted_link_is_dropped_with_the_reason_and_made_again(stack: Stack) -> None:
    stack.declare(full=FULL, minimal=MINIMAL)
    stack.up()
    links = stack.links()
    deleted, unknown = links["full"]["id"], links["minimal"]["id"]
    stack.userplane.delete_link(deleted)
    stack.userplane.fault(method="GET", path=f"{unknown}$", answer="status", status=404, code="LINK_NOT_FOUND")
    stack.sent()

    said = stack.refresh()

    assert f'recording link "Help" ({deleted}) was deleted outside Pulumi (410 LINK_GONE)' in said
    assert f'recording link "pulumi:p/dev/minimal" ({unknown}) was deleted outside Pulumi (404 LINK_NOT_FOUND)' in said
    assert "2 deleted" in said
    assert stack.links() == {}
    stack.sent()
    assert "2 created" in stack.up()
    assert sorted(method for method, _ in stack.sent()) == ["POST", "POST", "PUT"]


def test_a_preview_shows_what_changes_and_nothing_else(stack: Stack) -> None:
    stack.declare(title=FULL, domain=FULL, project=FULL, workspace={**FULL, "workspace_id": "ws_demo"})
    stack.up()
    stack.sent()

    stack.declare(
        title={**FULL, "link_title": "New", "meta": {"team": "x", "n": 6}},
        domain={**FULL, "domain_id": "dom_help"},
        project={**FULL, "project_id": "prj_default"},
        workspace={**FULL, "workspace_id": "ws_other"},
    )

    assert shown(stack.preview()) == {
        "title": ['~ (update) ~ link_title: "Help" => "New" ~ meta: { ~ n: 5 => 6 }'],
        "domain": ['+- (replace) ~ domain_id: "dom_app" => "dom_help"'],
        "project": ['+- (replace) ~ project_id: "prj_onboarding" => "prj_default"'],
        "workspace": ['+- (replace) ~ workspace_id: "ws_demo" => "ws_other"'],
    }
    assert stack.sent() == []


def test_another_domain_makes_a_new_link_and_deletes_the_old_one(stack: Stack, made: str) -> None:
    declared = {**FULL, "domain_id": "dom_help"}
    stack.declare(full=declared)

    assert "1 replaced" in stack.up()

    assert [method for method, _ in stack.sent()] == ["POST", "PUT", "DELETE"]
    [(now, link)] = stack.live().items()
    assert now != made
    assert (link["domain"]["domainId"], link["linkTitle"]) == ("dom_help", "Help")
    assert stack.links()["full"]["id"] == now
    stack.preview("--expect-no-changes")


def test_what_is_no_longer_declared_sends_nothing_and_keeps_its_value(stack: Stack, made: str) -> None:
    left = {key: value for key, value in FULL.items() if key not in {"link_title", "meta"}}
    stack.declare(full=left)

    assert shown(stack.preview()) == {"full": ['~ (update) - link_title: "Help" - meta: { - n: 5 - team: "x" }']}
    assert "1 updated" in stack.up()

    assert stack.sent() == []
    assert stack.live()[made]["linkTitle"] == "Help"
    stack.userplane.edit_link(made, linkTitle="By hand")
    stack.refresh()
    stack.preview("--expect-no-changes")
    assert stack.links()["full"]["inputs"].keys() & {"link_title", "meta"} == set()


def test_declaring_the_project_that_a_link_is_in_or_not_is_no_change(stack: Stack, made: str) -> None:
    for declared in ({key: value for key, value in FULL.items() if key != "project_id"}, FULL):
        stack.declare(full=declared)
        stack.up("--expect-no-changes")
        stack.preview("--refresh", "--expect-no-changes")

    assert stack.sent() == [("GET", None)] * 2
    assert list(stack.live()) == [made]


def test_a_saved_plan_does_what_it_showed(stack: Stack, made: str) -> None:
    stack.declare(full={**FULL, "link_title": "Planned", "meta": {}}, minimal=MINIMAL)
    stack.preview("--save-plan", "plan.json")

    said = stack.up("--plan", "plan.json")

    assert re.search(r"\+ 1 created\s+~ 1 updated", said)
    assert ("PUT", {"linkTitle": "Planned", "meta": {}}) in stack.sent()
    assert stack.live()[made]["linkTitle"] == "Planned"


def test_an_empty_program_deletes_the_link(stack: Stack, made: str) -> None:
    assert made in stack.live()
    stack.program("")

    assert "1 deleted" in stack.up()
    assert stack.sent() == [("DELETE", None)]
    assert stack.live() == {}


def test_a_word_of_pulumi_s_own_that_somebody_writes_by_hand_is_drift_like_any_other(stack: Stack, made: str) -> None:
    secret = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
    stack.userplane.edit_link(made, meta=secret, linkTitle="04da6b54-80e4-46f7-96ec-b56ff0331ba9")
    assert "text:4dabf18193072939515e22adb298388d" in stack.preview("--refresh")
    stack.refresh()
    stack.up()
    assert (stack.live()[made]["linkTitle"], stack.live()[made]["meta"]) == (FULL["link_title"], FULL["meta"])
    stack.preview("--refresh", "--expect-no-changes")
