"""Adoptions that are refused on the real CLI: the error says what to do, the server and the state stay as they were."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.stack import HOST_TRACEBACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.engine.stack import Stack

OLD = {"domainId": "dom_help", "linkTitle": "Old", "linkReusable": True}


def _nothing(_stack: Stack, _link_id: str) -> None:
    pass


def _delete(stack: Stack, link_id: str) -> None:
    stack.userplane.delete_link(link_id)


def _mark(stack: Stack, link_id: str) -> None:
    stack.userplane.edit_link(link_id, linkProviderReference="pulumi:shop/prod/help#0123abcd")


def _up_refused(stack: Stack) -> str:
    """What an `up` says that fails and writes nothing."""
    before = stack.userplane.links
    stack.sent()
    said = " ".join(stack.up(code=1).split())
    assert {method for method, _ in stack.sent()} <= {"GET"}
    assert stack.userplane.links == before
    assert HOST_TRACEBACK not in said
    return said


@pytest.mark.parametrize(
    ("before", "declared", "reason", "advice"),
    [
        (
            _nothing,
            {"domain_id": "dom_app"},
            "its domain_id is dom_help, and dom_app is declared: no link can be moved",
            'write domain_id="dom_help", or remove adopt= to make a new link',
        ),
        (
            _nothing,
            {"project_id": "prj_onboarding"},
            "its project_id is prj_default, and prj_onboarding is declared: no link can be moved",
            'write project_id="prj_default", or remove adopt= to make a new link',
        ),
        (_delete, {}, "410 LINK_GONE", "it is deleted, or was never in this workspace: remove adopt="),
        (_nothing, {"adopt": "lnk_never"}, "404 LINK_NOT_FOUND", "or was never in this workspace: remove adopt="),
        (
            _nothing,
            {"adopt": "https://help.acme.example/nowhere"},
            "no live link of workspace ws_demo has this address",
            "copy the link's address again, or write its id",
        ),
        (
            _mark,
            {},
            "it was made by pulumi:shop/prod/help, and may still be managed there",
            'write mark="pulumi:shop/prod/help" beside adopt=',
        ),
    ],
    ids=["another domain", "another project", "deleted", "unknown id", "unknown address", "another program's"],
)
def test_a_refusal_says_why_and_touches_nothing(
    stack: Stack, before: Callable[[Stack, str], None], declared: dict[str, Any], reason: str, advice: str
) -> None:
    link_id = str(stack.userplane.add_link(**OLD)["linkId"])
    before(stack, link_id)
    stack.declare(help={"domain_id": "dom_help", "link_title": "New", "adopt": link_id, **declared})
    said = _up_refused(stack)
    assert reason in said
    assert advice in said
    assert stack.links() == {}


def test_one_link_named_twice_is_refused_before_anything_is_sent(stack: Stack) -> None:
    link_id = str(stack.userplane.add_link(**OLD)["linkId"])
    before = stack.userplane.links
    fields = {"domain_id": "dom_help", "link_title": "New", "adopt": link_id}
    stack.declare(help=fields, faq=fields)
    said = " ".join(stack.pulumi("up", "--yes", code=1).split())
    assert f"recording link 'faq': another link of this program adopts {link_id} already; declare it once" in said
    assert stack.sent() == []
    assert stack.userplane.links == before
    assert stack.links() == {}


def test_one_link_named_by_id_and_by_address_gets_into_the_state_once(stack: Stack) -> None:
    link = stack.userplane.add_link(**OLD)
    fields = {"domain_id": "dom_help", "link_title": "Old"}
    stack.declare(help={**fields, "adopt": link["linkId"]}, faq={**fields, "adopt": link["linkURL"]})
    said = _up_refused(stack)
    assert "another resource of this program holds it" in said
    assert "declare it once; where a resource was renamed, use `aliases` instead of adopt=" in said
    assert [each["id"] for each in stack.links().values()] == [link["linkId"]]
