"""Links that left a state on purpose stay what they are while their declaration stays, on any machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pulumi_userplane.recovery.ownership import mark_in
from tests.engine.stack import LINK_TYPE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.stack import Stack

LINK = {"domain_id": "dom_help", "link_title": "Help"}
LINKS = dict.fromkeys(("moved", "deleted", "retained", "renamed"), LINK)
URN = "urn:pulumi:dev::p::" + LINK_TYPE + "::{}"
MACHINES = pytest.mark.parametrize("machine", ["same", "another"])
REFUSED = (
    r'"pulumi:p/dev/(\w+)" failed: (lnk_\w+) .* so nothing was created; .* write (adopt="lnk_\w+") to take it over'
)


def change_machine(stack: Stack, machine: str) -> None:
    if machine == "another":
        stack.change_machine("another")


def find_refused(output: str) -> dict[str, str]:
    """Returns by name the line that an error prints for taking a link over."""
    refused = {name: (link_id, line) for name, link_id, line in re.findall(REFUSED, output)}
    assert all(line == f'adopt="{link_id}"' for link_id, line in refused.values())
    return {name: line for name, (_, line) in refused.items()}


def adopt(stack: Stack, **lines: str) -> None:
    """Declares links as the errors say."""
    fields = ", ".join(f"{field}={value!r}" for field, value in LINK.items())
    stack.program("\n".join(f"userplane.RecordingLink({name!r}, {fields}, {line})" for name, line in lines.items()))


@pytest.fixture
def kept(stack: Stack) -> dict[str, str]:
    """Returns the ids of links that left the state of dev, each in another way, by their names in its program."""

    def leave() -> None:
        retained = "pulumi.ResourceOptions(retain_on_delete=True)"
        stack.declare(retained, **LINKS)
        stack.up()
        stack.declare(retained, **{name: LINK for name in LINKS if name != "retained"})
        stack.up()
        stack.pulumi("stack", "init", "prod", "--no-select")
        stack.pulumi("state", "move", "--source", "dev", "--dest", "prod", URN.format("moved"), "--yes")
        stack.pulumi("state", "delete", URN.format("deleted"), "--yes")
        stack.pulumi("state", "rename", URN.format("renamed"), "now", "--yes")

    stack.begin_with(leave, "kept")
    marks = {link["linkId"]: str(mark_in(link["linkProviderReference"])) for link in stack.userplane.links}
    return {mark.rpartition("/")[2]: link_id for link_id, mark in marks.items()}


@MACHINES
def test_link_is_neither_taken_nor_deleted_when_it_left_the_state_and_is_still_declared(
    stack: Stack, kept: dict[str, str], machine: str
) -> None:
    change_machine(stack, machine)
    stack.declare(**LINKS, now=LINK)

    output = stack.up("--continue-on-error", code=1)

    lines = find_refused(output)
    assert lines == {name: f'adopt="{kept[name]}"' for name in ("moved", "deleted", "retained")}
    # Only what was renamed gets a new link.
    assert sorted(method for method, _ in stack.log.writes()) == ["POST", "PUT"]
    links = stack.links()
    assert links.keys() == {"now", "renamed"}
    assert links["now"]["id"] == kept["renamed"]
    assert stack.live().keys() == {*kept.values(), links["renamed"]["id"]}

    stack.log.forget()
    adopt(stack, deleted=lines["deleted"], retained=lines["retained"], renamed="", now="")
    stack.up()

    assert stack.log.writes() == []
    assert stack.links()["deleted"]["id"] == kept["deleted"]
    assert stack.links()["retained"]["id"] == kept["retained"]
    stack.preview("--expect-no-changes")


@pytest.fixture
def link_id(stack: Stack) -> str:
    """Returns the id of a link that the stack dev has created."""
    stack.declare(help=LINK)
    stack.deploy()
    [link_id] = stack.live()
    return link_id


def check_refused(stack: Stack, link_id: str) -> None:
    """Asserts that the declaration is refused, on both machines, and that its advice works."""
    here = dict(stack.env)
    for machine in ("another", "same"):
        change_machine(stack, machine)
        output = stack.up(code=1)
        assert find_refused(output) == {"help": f'adopt="{link_id}"'}
        assert stack.log.writes() == []
        stack.env = dict(here)
    adopt(stack, help=f'adopt="{link_id}"')
    stack.up()
    assert stack.log.writes() == []
    assert [link["id"] for link in stack.links().values()] == [link_id]
    assert [*stack.live()] == [link_id]


def test_link_of_another_backend_is_not_taken_when_its_stack_has_the_same_name(
    stack: Stack, link_id: str, tmp_path: Path
) -> None:
    (tmp_path / "second-state").mkdir()
    stack.env["PULUMI_BACKEND_URL"] = f"file://{tmp_path / 'second-state'}"
    stack.pulumi("stack", "init", "dev")
    stack.select("dev")
    check_refused(stack, link_id)


def test_link_of_a_renamed_stack_is_not_taken_when_a_new_stack_has_its_old_name(stack: Stack, link_id: str) -> None:
    stack.pulumi("stack", "rename", "live")
    stack.pulumi("stack", "init", "dev")
    stack.select("dev")
    check_refused(stack, link_id)
    stack.pulumi("preview", "--stack", "live", "--expect-no-changes")
