"""Links leave the state and stay live, as docs/leaving.md says, without a write."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.engine.stack import LINK_TYPE

if TYPE_CHECKING:
    from tests.engine.stack import Stack

HELP = {"domain_id": "dom_help", "link_title": "Help"}
URN = f"urn:pulumi:dev::p::{LINK_TYPE}::help"
RETAIN = "pulumi.ResourceOptions(retain_on_delete=True)"
PROTECT = "pulumi.ResourceOptions(protect=True)"


@pytest.fixture
def link_id(stack: Stack) -> str:
    """Returns the id of a link that the stack created."""
    stack.declare(help=HELP)
    stack.deploy()
    (created,) = stack.live()
    return str(created)


def _check_released(stack: Stack, link_id: str) -> None:
    """Asserts that the link is live and no longer in the state, that nothing was sent, and that the plan is empty."""
    assert stack.links() == {}
    stack.preview("--expect-no-changes")
    assert stack.sent() == []
    assert list(stack.live()) == [link_id]


def test_retain_on_delete_keeps_link_when_resource_is_removed(stack: Stack, link_id: str) -> None:
    stack.declare(RETAIN, help=HELP)
    assert "2 unchanged" in stack.up()
    stack.declare()
    assert "[retain]" in stack.up()
    _check_released(stack, link_id)


def test_retain_on_delete_keeps_nothing_when_no_up_has_applied_it(stack: Stack, link_id: str) -> None:
    stack.declare(RETAIN, help=HELP)
    stack.preview()
    stack.declare()
    stack.up()
    assert stack.sent() == [("DELETE", None)]


def test_state_delete_keeps_link_that_adopt_brings_back(stack: Stack, link_id: str) -> None:
    # It needs no Userplane, and no key either.
    stack.pulumi("state", "delete", URN, "--yes", USERPLANE_API_KEY="", USERPLANE_BASE_URL="http://127.0.0.1:9")
    stack.declare()
    _check_released(stack, link_id)
    stack.declare(faq={**HELP, "adopt": link_id})
    output = stack.up(code=1)
    assert "it was created by pulumi:p/dev/help, which may still manage it" in output
    stack.declare(faq={**HELP, "adopt": link_id, "mark": "pulumi:p/dev/help"})
    stack.up()
    stack.preview("--expect-no-changes")
    stack.pulumi("state", "delete", stack.links()["faq"]["urn"], "--yes")
    stack.declare(help={**HELP, "adopt": link_id})
    stack.up()
    stack.preview("--expect-no-changes")
    assert {method for method, _ in stack.sent()} == {"GET"}
    assert list(stack.live()) == [link_id]


def test_protect_refuses_deletion_unless_state_delete_is_forced(stack: Stack, link_id: str) -> None:
    stack.declare(PROTECT, help=HELP)
    stack.up()
    stack.declare()
    assert "protected" in stack.up(code=1)
    assert "protected" in stack.pulumi("destroy", "--yes", code=1)
    for entries in (URN, "--all"):
        assert "protected" in stack.pulumi("state", "delete", entries, "--yes", code=1)
    stack.pulumi("state", "delete", URN, "--yes", "--force")
    _check_released(stack, link_id)


def test_links_stay_live_when_stack_leaves_by_emptying_its_state(stack: Stack, link_id: str) -> None:
    stack.pulumi("state", "delete", "--all", "--yes")
    assert stack.resources() == []
    assert stack.sent() == []
    assert list(stack.live()) == [link_id]


def test_links_stay_live_when_stack_leaves_by_retain_on_delete(stack: Stack, link_id: str) -> None:
    stack.declare(RETAIN, help=HELP)
    stack.up()
    assert "[retain]" in stack.pulumi("destroy", "--yes", "--skip-preview")
    assert stack.links() == {}
    assert stack.sent() == []
    assert list(stack.live()) == [link_id]


def test_links_stay_live_when_stack_is_removed(stack: Stack, link_id: str) -> None:
    assert "still has resources" in stack.pulumi("stack", "rm", "dev", "--yes", code=1)
    stack.pulumi("stack", "rm", "dev", "--yes", "--force", "--preserve-config")
    assert stack.sent() == []
    assert list(stack.live()) == [link_id]


def test_up_creates_new_link_when_released_link_is_declared_again_without_a_look(stack: Stack, link_id: str) -> None:
    stack.pulumi("state", "delete", URN, "--yes")
    # As the error says that an `up` would end with.
    stack.pulumi("config", "set", "userplane:lookForInterrupted", "never")
    stack.sent()
    stack.up()
    assert [method for method, _ in stack.sent()] == ["POST", "PUT"]
    assert len(stack.live()) == 2
