"""Links move between names, stacks, projects, backends and domains, as docs/moving.md says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.stack import LINK_TYPE

if TYPE_CHECKING:
    from tests.engine.stack import Stack

HELP = {"domain_id": "dom_help", "link_title": "Help"}
URN = f"urn:pulumi:dev::p::{LINK_TYPE}::help"


@pytest.fixture
def link_id(stack: Stack) -> str:
    """Returns the id of a link that the stack created."""
    stack.declare(help=HELP)
    stack.deploy()
    (created,) = stack.live()
    return str(created)


def _check_unchanged(stack: Stack, link_id: str) -> None:
    """Asserts that the stack manages the link under its old address, and that nothing was sent."""
    stack.preview("--expect-no-changes")
    assert [link["id"] for link in stack.links().values()] == [link_id]
    assert stack.sent() == []
    assert list(stack.live()) == [link_id]


def _recover(stack: Stack, *arguments: str) -> str:
    out, _ = stack.command("recover", "--older-than", "0", *arguments)
    return out


def test_link_keeps_address_when_resource_moves_into_component(stack: Stack, link_id: str) -> None:
    stack.declare("pulumi.ResourceOptions(aliases=[pulumi.Alias(name='help')])", checkout=HELP)
    stack.up()
    _check_unchanged(stack, link_id)
    program = """
        team = pulumi.ComponentResource("acme:index:Team", "payments")
        opts = pulumi.ResourceOptions(parent=team{})
        userplane.RecordingLink("checkout", domain_id="dom_help", link_title="Help", opts=opts)
    """
    # The alias of the name has done its work: without it the link is still this one.
    stack.program(program.format(", aliases=[pulumi.Alias(parent=pulumi.ROOT_STACK_RESOURCE)]"))
    stack.up()
    _check_unchanged(stack, link_id)
    stack.program(program.format(""))
    _check_unchanged(stack, link_id)


def test_link_keeps_address_when_it_moves_to_another_stack(stack: Stack, link_id: str) -> None:
    stack.pulumi("stack", "init", "prod")
    stack.pulumi("state", "move", "--source", "dev", "--dest", "prod", URN, "--yes")
    stack.select("prod")
    _check_unchanged(stack, link_id)
    stack.declare()
    stack.pulumi("preview", "--expect-no-changes", "--stack", "dev")
    # Its mark still names dev.
    assert link_id in _recover(stack, "--stack", "dev")
    states = []
    for name in ("dev", "prod"):
        stack.pulumi("stack", "export", "--stack", name, "--file", f"{name}.json")
        states += ["--state", f"{name}.json"]
    assert link_id not in _recover(stack, *states)


def test_link_keeps_address_when_it_moves_to_another_project(stack: Stack, link_id: str) -> None:
    shop = stack.folder.parent / "shop"
    shop.mkdir()
    (shop / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    stack.folder, folder = shop, stack.folder
    stack.pulumi("stack", "init", "dev")
    stack.select("dev")
    stack.declare(help=HELP)
    source, dest = "organization/p/dev", "organization/shop/dev"
    stack.pulumi("state", "move", "--source", source, "--dest", dest, URN, "--yes")
    _check_unchanged(stack, link_id)
    stack.folder = folder
    assert stack.links() == {}


def test_link_keeps_address_when_another_stack_adopts_it_by_mark(stack: Stack, link_id: str) -> None:
    stack.declare()
    stack.pulumi("state", "delete", URN, "--yes")
    stack.pulumi("stack", "init", "prod")
    stack.select("prod")
    stack.declare(help={**HELP, "adopt": link_id})
    assert 'write mark="pulumi:p/dev/help"' in stack.up(code=1)
    stack.declare(help={**HELP, "adopt": link_id, "mark": "pulumi:p/dev/help"})
    stack.up()
    stack.declare(help=HELP)
    stack.up()
    assert {method for method, _ in stack.sent()} == {"GET"}
    _check_unchanged(stack, link_id)


def test_links_stay_unchanged_when_stack_and_project_are_renamed(stack: Stack, link_id: str) -> None:
    stack.pulumi("stack", "rename", "organization/shop/live")
    (stack.folder / "Pulumi.yaml").write_text("name: shop\nruntime: python\n", encoding="utf-8")
    stack.pulumi("stack", "select", "live")
    stack.select("live")
    _check_unchanged(stack, link_id)


def test_links_stay_unchanged_when_stack_moves_to_another_backend(stack: Stack, link_id: str) -> None:
    stack.pulumi("stack", "export", "--file", "state.json")
    other = stack.folder.parent / "other-state"
    other.mkdir()
    stack.env["PULUMI_BACKEND_URL"] = f"file://{other}"
    stack.pulumi("stack", "init", "dev")
    stack.select("dev")
    stack.pulumi("stack", "import", "--file", "state.json")
    _check_unchanged(stack, link_id)


def test_old_address_stays_live_when_link_moves_to_another_domain(stack: Stack, link_id: str) -> None:
    retain = "pulumi.ResourceOptions(retain_on_delete=True)"
    stack.declare(retain, help=HELP)
    stack.up()
    stack.declare(retain, help={**HELP, "domain_id": "dom_app"})
    stack.up()
    assert [method for method, _ in stack.sent()] == ["GET", "POST", "PUT"]
    assert len(stack.live()) == 2
    assert [link["id"] for link in stack.links().values()] != [link_id]
    stack.preview("--expect-no-changes")
