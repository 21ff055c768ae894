"""A refused adoption says what to do, and changes neither the server nor the state, with the real CLI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.engine.stack import HOST_TRACEBACK

if TYPE_CHECKING:
    from tests.engine.stack import Stack

OLD = {"domainId": "dom_help", "linkTitle": "Old", "linkReusable": True}


def _up_refused(stack: Stack, *arguments: str) -> list[str]:
    """Returns the lines of an `up` that fails and writes nothing."""
    before = stack.userplane.links
    stack.sent()
    output = stack.up(*arguments, code=1)
    assert {method for method, _ in stack.sent()} <= {"GET"}
    assert stack.userplane.links == before
    assert HOST_TRACEBACK not in output
    return output.splitlines()


REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "another-domain": (
        {"domain_id": "dom_app"},
        "its domain_id is dom_help, but the program declares dom_app, and no link can be moved",
        'write domain_id="dom_help", or remove adopt= to create a new link',
    ),
    "another-project": (
        {"project_id": "prj_onboarding"},
        "its project_id is prj_default, but the program declares prj_onboarding, and no link can be moved",
        'write project_id="prj_default", or remove adopt= to create a new link',
    ),
    "deleted": ({}, "410 LINK_GONE", "it was deleted, or was never in this workspace: remove adopt="),
    "unknown-id": (
        {"adopt": "lnk_never"},
        "404 LINK_NOT_FOUND",
        "or was never in this workspace: remove adopt=",
    ),
    "unknown-address": (
        {"adopt": "https://help.acme.example/nowhere"},
        "no live link of workspace ws_demo has this address",
        "copy the link's address again, or write its id",
    ),
    "another-program": (
        {},
        "it was created by pulumi:shop/prod/help, which may still manage it",
        'write mark="pulumi:shop/prod/help" next to adopt=',
    ),
}
"""By the link's name: its other declarations, the reason of the refusal, and the advice."""


def test_refused_adoption_says_why_and_changes_nothing(stack: Stack) -> None:
    ids = {name: f"lnk_{name}" for name in REFUSALS}
    for link_id in ids.values():
        stack.userplane.add_link(linkId=link_id, **OLD)
    stack.userplane.delete_link(ids["deleted"])
    stack.userplane.edit_link(ids["another-program"], linkProviderReference="pulumi:shop/prod/help#0123abcd")
    fields = {"domain_id": "dom_help", "link_title": "New"}
    declared = {name: {**fields, "adopt": ids[name], **REFUSALS[name][0]} for name in REFUSALS}
    stack.declare(**declared)
    output = _up_refused(stack, "--continue-on-error")
    for name, (_, reason, advice) in REFUSALS.items():
        [line] = [line for line in output if f" {name} **creating failed** error: adoption of " in line]
        assert reason in line
        assert advice in line
    assert stack.links() == {}

    stack.declare(help=declared["another-domain"])
    assert REFUSALS["another-domain"][1] in " ".join(_up_refused(stack))
    assert stack.links() == {}


def test_adopt_sends_nothing_when_program_names_link_twice(stack: Stack) -> None:
    link_id = str(stack.userplane.add_link(**OLD)["linkId"])
    before = stack.userplane.links
    fields = {"domain_id": "dom_help", "link_title": "New", "adopt": link_id}
    stack.declare(help=fields, faq=fields)
    output = " ".join(stack.pulumi("up", "--yes", code=1).split())
    assert f"recording link 'faq': another link of this program already adopts {link_id}; declare it once" in output
    assert stack.sent() == []
    assert stack.userplane.links == before
    assert stack.links() == {}


def test_adopt_records_link_once_when_it_is_named_by_id_and_address(stack: Stack) -> None:
    link = stack.userplane.add_link(**OLD)
    fields = {"domain_id": "dom_help", "link_title": "Old"}
    stack.declare(help={**fields, "adopt": link["linkId"]}, faq={**fields, "adopt": link["linkURL"]})
    output = " ".join(_up_refused(stack))
    assert "another resource of this program manages it" in output
    assert "declare it once; if that resource was renamed, use `aliases` instead of adopt=" in output
    assert [resource["id"] for resource in stack.links().values()] == [link["linkId"]]
