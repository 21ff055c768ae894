"""The life of a link with the real engine: what each command shows and sends, and what it changes."""

import json
import re
from typing import Any

import pytest

from tests.engine.stack import Stack, list_diffs

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

SECRET = "4dabf18193072939515e22adb298388d"
"""Pulumi's key for a secret; to the engine a map with this key is not a map."""


def test_second_up_changes_nothing_and_destroy_needs_no_program(stack: Stack) -> None:
    stack.declare(full=FULL, minimal=MINIMAL)

    assert "3 to create" in stack.pulumi("preview")
    assert stack.sent() == []
    assert "3 created" in stack.up()
    assert sorted(method for method, _ in stack.sent()) == ["GET", "POST", "POST", "PUT"]

    assert "3 unchanged" in stack.preview("--expect-no-changes")
    assert stack.sent() == []
    stack.pulumi("refresh", "--preview-only", "--expect-no-changes")
    assert stack.sent() == [("GET", None)] * 2
    before = stack.links()
    assert "3 unchanged" in stack.refresh()
    after = stack.links()
    assert [(link["inputs"], link["outputs"]) for link in before.values()] == [
        (link["inputs"], link["outputs"]) for link in after.values()
    ]
    stack.sent()
    assert "3 unchanged" in stack.up("--expect-no-changes")
    assert stack.sent() == []

    there = stack.live()[after["full"]["id"]]
    assert (there["linkTitle"], there["meta"], there["linkReusable"]) == ("Help", {"team": "x", "n": 5}, True)
    for link in (*before.values(), *after.values()):
        own = {key: value for key, value in link.items() if key not in {"stackTrace", "sourcePosition"}}
        assert len(json.dumps(own, separators=(",", ":"))) < 2_000

    (stack.folder / "__main__.py").unlink()
    assert "3 deleted" in stack.pulumi("destroy", "--yes", "--skip-preview")
    assert stack.sent() == [("DELETE", None)] * 2
    assert stack.live() == {}


FIELDS = {
    "link_title": ("linkTitle", "Other"),
    "link_reusable": ("linkReusable", False),
    "link_provider_type": ("linkProviderType", "linear"),
    "link_provider_id": ("linkProviderId", "l-2"),
    "link_provider_ref": ("linkProviderRef", "LIN-3"),
    "meta": ("meta", {"team": "x", "n": 6}),
}
"""Each field that a PUT can change, with its name in the body and another value."""


def _without(*keys: str) -> dict[str, Any]:
    return {key: value for key, value in FULL.items() if key not in keys}


def _of_link(stack: Stack, link_id: str) -> list[tuple[str, Any]]:
    """Returns method and body of each request for this link; the log keeps them."""
    return stack.log.asked(f"/links/{link_id}")


def test_up_applies_every_kind_of_change_at_once(stack: Stack) -> None:
    placed = ("domain", "project", "workspace")
    others = dict.fromkeys(("two-fields", *placed[:2], "undeclared", "same-project"), FULL)
    stack.declare(**dict.fromkeys(FIELDS, FULL), **others, workspace={**FULL, "workspace_id": "ws_demo"})
    stack.deploy()
    created = {name: link["id"] for name, link in stack.links().items()}
    changed = {
        **{field: {**FULL, field: value} for field, (_, value) in FIELDS.items()},
        "two-fields": {**FULL, "link_title": "New", "meta": {"team": "x", "n": 6}},
        "domain": {**FULL, "domain_id": "dom_help"},
        "project": {**FULL, "project_id": "prj_default"},
        "workspace": {**FULL, "workspace_id": "ws_demo"},
        "undeclared": _without("link_title", "meta"),
        "same-project": _without("project_id"),
    }
    stack.declare(**{**changed, "workspace": {**FULL, "workspace_id": "ws_other"}})

    seen = list_diffs(stack.preview())

    assert set(seen) == created.keys() - {"same-project"}
    assert {name: seen[name] for name in seen if name not in FIELDS} == {
        "two-fields": ['~ (update) ~ link_title: "Help" => "New" ~ meta: { ~ n: 5 => 6 }'],
        "domain": ['+- (replace) ~ domain_id: "dom_app" => "dom_help"'],
        "project": ['+- (replace) ~ project_id: "prj_onboarding" => "prj_default"'],
        "workspace": ['+- (replace) ~ workspace_id: "ws_demo" => "ws_other"'],
        "undeclared": ['~ (update) - link_title: "Help" - meta: { - n: 5 - team: "x" }'],
    }
    assert stack.sent() == []

    stack.declare(**changed)
    output = stack.up()

    assert re.search(r"~ 8 updated\s+\+-2 replaced\s+.*3 unchanged", output, re.DOTALL)
    for field, (name, value) in FIELDS.items():
        assert _of_link(stack, created[field]) == [("PUT", {name: value})]
    assert _of_link(stack, created["two-fields"]) == [("PUT", {"linkTitle": "New", "meta": {"team": "x", "n": 6}})]
    for name in ("workspace", "undeclared", "same-project"):
        assert _of_link(stack, created[name]) == []
    now = {name: link["id"] for name, link in stack.links().items()}
    for name in ("domain", "project"):
        assert _of_link(stack, created[name]) == [("DELETE", None)]
        # The new one is complete before the old one dies.
        ids = (now[name], created[name])
        of_both = [request.method for request in stack.log.entries("/links/") if request.path.endswith(ids)]
        assert of_both == ["PUT", "DELETE"]
    methods = [method for method, _ in stack.sent()]
    assert sorted(methods) == ["DELETE"] * 2 + ["GET"] + ["POST"] * 2 + ["PUT"] * 9
    assert methods.index("DELETE") > max(index for index, method in enumerate(methods) if method == "POST")
    live = stack.live()
    assert set(live) == set(now.values())
    assert {name for name in created if created[name] != now[name]} == {"domain", "project"}
    assert (live[now["domain"]]["domain"]["domainId"], live[now["domain"]]["linkTitle"]) == ("dom_help", "Help")
    assert live[now["undeclared"]]["linkTitle"] == "Help"
    stack.preview("--expect-no-changes")

    stack.userplane.edit_link(now["undeclared"], linkTitle="By hand")
    stack.refresh()
    stack.declare(**changed | {"same-project": FULL})
    stack.sent()
    stack.up("--expect-no-changes")
    assert stack.sent() == []
    assert stack.links()["undeclared"]["inputs"].keys() & {"link_title", "meta"} == set()
    stack.preview("--refresh", "--expect-no-changes")
    assert {method for method, _ in stack.sent()} == {"GET"}


@pytest.fixture
def created(stack: Stack) -> str:
    """Creates two links, and returns the id of the one with every field."""
    stack.declare(full=FULL, minimal=MINIMAL)
    stack.deploy()
    return str(stack.links()["full"]["id"])


def test_up_repairs_drift_with_one_put_when_preview_showed_it(stack: Stack) -> None:
    program = """
        ignoring = pulumi.ResourceOptions(ignore_changes=['link_title', 'meta.team'])
        userplane.RecordingLink("full", {0!r})
        userplane.RecordingLink("words", {0!r})
        userplane.RecordingLink("ignored", {0!r}{1})
    """
    stack.program(program.format(FULL, ""))
    stack.deploy()
    created = {name: link["id"] for name, link in stack.links().items()}
    stack.userplane.edit_link(created["full"], linkTitle="By hand")
    stack.userplane.edit_link(created["ignored"], linkTitle="By hand", meta={"team": "y", "n": 5})
    words = {SECRET: "1b47061264138c4ac30d75fd1eb44270"}
    stack.userplane.edit_link(created["words"], meta=words, linkTitle="04da6b54-80e4-46f7-96ec-b56ff0331ba9")

    stack.preview("--expect-no-changes")
    drift = list_diffs(stack.pulumi("refresh", "--preview-only", "--diff", "--expect-no-changes", code=7))
    assert set(drift) == set(created)
    assert drift["full"] == ['~ (update) ~ link_title: "Help" => "By hand"']
    preview = stack.preview("--refresh", "--expect-no-changes", code=7)
    assert list_diffs(preview)["full"] == [
        '~ (refresh) ~ link_title: "Help" => "By hand"',
        '~ (update) ~ link_title: "By hand" => "Help"',
    ]
    assert f"text:{SECRET}" in preview
    stack.refresh()
    ignored = stack.links()["ignored"]["inputs"]
    assert (ignored["link_title"], ignored["meta"]["team"]) == ("By hand", "y")
    stack.program(program.format(FULL, ", ignoring"))
    stack.sent()
    assert "2 updated" in stack.up()
    puts = [("PUT", {"linkTitle": "Help", "meta": FULL["meta"]}), ("PUT", {"linkTitle": "Help"})]
    assert sorted(stack.sent(), key=repr) == puts
    live = stack.live()
    assert (live[created["words"]]["linkTitle"], live[created["words"]]["meta"]) == (FULL["link_title"], FULL["meta"])
    assert live[created["ignored"]]["linkTitle"] == "By hand"

    stack.userplane.edit_link(created["full"], linkTitle="By hand")
    assert "1 updated" in stack.up("--refresh")
    assert stack.sent() == [("GET", None)] * 3 + [("PUT", {"linkTitle": "Help"})]
    stack.preview("--refresh", "--expect-no-changes")


def test_up_creates_link_again_when_it_was_deleted_outside_pulumi(stack: Stack, created: str) -> None:
    unknown = stack.links()["minimal"]["id"]
    stack.userplane.delete_link(created)
    path, code = f"{unknown}$", "LINK_NOT_FOUND"
    stack.userplane.fault(method="GET", path=path, times=None, answer="status", status=404, code=code)

    output = stack.refresh()

    for name, link_id, code in (("full", created, "410 LINK_GONE"), ("minimal", unknown, "404 LINK_NOT_FOUND")):
        assert f'recording link "pulumi:p/dev/{name}" ({link_id}) was deleted outside Pulumi ({code})' in output
    assert "2 deleted" in output
    assert stack.links() == {}
    stack.sent()
    assert "2 created" in stack.up()
    # The list still shows the second one, so it is asked for again.
    assert sorted(method for method, _ in stack.sent()) == ["GET", "GET", "POST", "POST", "PUT"]


def test_up_does_what_saved_plan_showed(stack: Stack, created: str) -> None:
    stack.declare(full={**FULL, "link_title": "Planned", "meta": {}}, minimal=MINIMAL, new=MINIMAL)
    stack.preview("--save-plan", "plan.json")

    output = stack.up("--plan", "plan.json")

    assert re.search(r"\+ 1 created\s+~ 1 updated", output)
    assert ("PUT", {"linkTitle": "Planned", "meta": {}}) in stack.sent()
    assert stack.live()[created]["linkTitle"] == "Planned"

    stack.program("")
    assert "3 deleted" in stack.up()
    assert stack.sent() == [("DELETE", None)] * 3
    assert stack.live() == {}
