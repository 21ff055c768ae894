"""The ten steps of a link cost the same by YAML on the plugin as by Python on the dynamic provider."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tests.engine.stack import Stack
    from tests.support.request_log import Asked

LINK: dict[str, Any] = {
    "domain_id": "dom_app",
    "project_id": "prj_onboarding",
    "link_title": "Help",
    "link_reusable": True,
    "meta": {"team": "x", "n": 5},
}
TITLE = "linkTitle"
FOUND = {"domain_id": "dom_help", "link_title": "Found", "link_reusable": False, "link_provider_type": "web"}

LOOK: Asked = ("GET", None)
"""For what interrupted runs have left: once a run, before its first creation."""
POST: Asked = (
    "POST",
    {"domainId": "dom_app", "projectId": "prj_onboarding", "linkReusable": True, "meta": LINK["meta"]},
)
READ: Asked = ("GET", None)
PUT: Asked = ("PUT", {TITLE: "Help"})
DELETE: Asked = ("DELETE", None)


def _sent(stack: Stack) -> list[Asked]:
    """Returns what was sent since the last call, without the references of new links, which are never the same."""
    sent = stack.sent()
    for method, body in sent:
        assert method != "POST" or re.fullmatch(r"pulumi:p/dev/help#[0-9a-f]{8}", body.pop("linkReference"))
    return sent


def _check_nothing_left_to_do(stack: Stack) -> None:
    stack.preview("--expect-no-changes")
    assert _sent(stack) == []
    assert {link["id"] for link in stack.links().values()} == set(stack.live())


@pytest.mark.parametrize("door", ["stack", "yaml_stack"])
def test_ten_steps_send_the_same_through_both_doors(door: str, request: pytest.FixtureRequest) -> None:
    stack: Stack = request.getfixturevalue(door)
    # 1: declare, 2: preview
    stack.declare(help=LINK)
    assert "2 to create" in stack.preview()
    assert _sent(stack) == []
    # 3: up. It begins with a preview, which sends nothing, either, as each of the following.
    assert "2 created" in stack.pulumi("up", "--yes")
    assert _sent(stack) == [LOOK, POST, PUT]
    [first] = stack.live()
    # 4: no-op
    assert "2 unchanged" in stack.pulumi("up", "--yes", "--expect-no-changes")
    assert _sent(stack) == []
    # 5: one field
    stack.declare(help={**LINK, "link_title": "Helpdesk"})
    assert "1 updated" in stack.pulumi("up", "--yes")
    assert _sent(stack) == [("PUT", {TITLE: "Helpdesk"})]
    _check_nothing_left_to_do(stack)
    # 6: drift
    stack.declare(help=LINK)
    stack.userplane.edit_link(first, linkTitle="Help", meta={"team": "y"})
    assert "1 updated" in stack.refresh()
    assert _sent(stack) == [READ]
    assert stack.links()["help"]["inputs"]["meta"] == {"team": "y"}
    assert "1 updated" in stack.pulumi("up", "--yes")
    assert _sent(stack) == [("PUT", {"meta": LINK["meta"]})]
    _check_nothing_left_to_do(stack)
    # 7: gone
    stack.userplane.delete_link(first)
    assert f'recording link "pulumi:p/dev/help" ({first}) was deleted outside Pulumi (410 LINK_GONE)' in stack.refresh()
    assert _sent(stack) == [READ]
    assert stack.links() == {}
    assert "1 created" in stack.pulumi("up", "--yes")
    assert _sent(stack) == [LOOK, POST, PUT]
    # 8: replace. The new one is complete before the old one is deleted.
    [second] = stack.live()
    replaced = {**LINK, "domain_id": "dom_help"}
    stack.declare(help=replaced)
    assert "1 replaced" in stack.pulumi("up", "--yes")
    assert _sent(stack) == [LOOK, ("POST", {**POST[1], "domainId": "dom_help"}), PUT, DELETE]
    assert second not in stack.live()
    # 9: import. The dynamic provider can't be imported into by command: its program adopts.
    found = stack.userplane.add_link(domainId="dom_help", linkTitle="Found")["linkId"]
    if door == "stack":
        stack.declare(help=replaced, found={**FOUND, "adopt": found})
        stack.up()
    else:
        stack.pulumi("import", stack.link_type, "found", found, "--yes", "--skip-preview", "--protect=false")
    stack.declare(help=replaced, found=FOUND)
    assert _sent(stack) == [READ]
    _check_nothing_left_to_do(stack)
    # 10: destroy
    assert "3 deleted" in stack.pulumi("destroy", "--yes", "--skip-preview")
    assert _sent(stack) == [DELETE, DELETE]
    assert stack.live() == {}
