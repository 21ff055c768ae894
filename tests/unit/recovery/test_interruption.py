"""What the state tells of a live link with the mark of a resource that is being created."""

from __future__ import annotations

from typing import Any

import pytest

from pulumi_userplane.link_types import LINK_TYPE
from pulumi_userplane.recovery.interruption import LiveLink, Verdict, judge
from pulumi_userplane.recovery.state_reader import Deployment
from tests.support.states import of_plugin

MARK = "pulumi:p/dev/a"
LINK = "lnk_1"
CREATED = "2026-11-29T10:00:00.000Z"


def urn(name: str) -> str:
    return f"urn:pulumi:dev::p::{LINK_TYPE}::{name}"


def held(name: str, link_id: str = LINK, mark: str = MARK, **other: Any) -> dict[str, Any]:
    return {"urn": urn(name), "type": LINK_TYPE, "id": link_id, "inputs": {"mark": mark}, **other}


def pending(name: str = "a", mark: str = MARK) -> dict[str, Any]:
    resource = {"urn": urn(name), "type": LINK_TYPE, "inputs": {"mark": mark}}
    return {"type": "creating", "resource": resource}


def verdict(
    *resources: dict[str, Any],
    creating: tuple[dict[str, Any], ...] = (),
    mark: str = MARK,
    is_replacement: bool = False,
    has_checkpoints: bool = True,
) -> Verdict:
    """Returns what the state of the dynamic provider tells, and that of the plugin as well."""
    of_both = [
        Deployment.model_validate({"resources": resources, "pending_operations": creating}),
        Deployment.model_validate(
            {
                "resources": [*map(of_plugin, resources)],
                "pending_operations": [{**one, "resource": of_plugin(one["resource"])} for one in creating],
            }
        ),
    ]
    [told] = {
        judge(state, LiveLink(LINK, CREATED), mark, is_replacement=is_replacement, has_checkpoints=has_checkpoints)
        for state in of_both
    }
    return told


def created_at(second: int) -> dict[str, Any]:
    return {"outputs": {"created_at": f"2026-11-29T10:00:0{second}.000Z"}}


OWN = (pending(),)


def test_link_is_pending_when_the_state_has_another_creation_of_the_resource() -> None:
    assert verdict(creating=(pending(), pending())) is Verdict.PENDING
    # Without checkpoints the engine writes none of this run.
    assert verdict(creating=OWN, has_checkpoints=False) is Verdict.WITHOUT_CHECKPOINTS


def test_link_is_pending_when_the_interrupted_creation_came_through_the_other_provider() -> None:
    interrupted = {**pending(), "resource": of_plugin(pending()["resource"])}
    assert verdict(creating=(interrupted, pending())) is Verdict.PENDING


@pytest.mark.parametrize("creating", [OWN, (pending(), pending("b")), (pending(), pending("a", "pulumi:p/dev/other"))])
def test_link_is_unproved_when_the_state_has_only_this_creation(creating: tuple[dict[str, Any], ...]) -> None:
    assert verdict(held("c", "lnk_2"), creating=creating) is Verdict.UNPROVED
    assert verdict(creating=creating, has_checkpoints=False) is Verdict.WITHOUT_CHECKPOINTS


def test_link_is_unproved_when_the_state_can_not_be_read() -> None:
    for has_checkpoints in (True, False):
        unread = judge(None, LiveLink(LINK), MARK, is_replacement=False, has_checkpoints=has_checkpoints)
        assert unread is Verdict.UNPROVED


@pytest.mark.parametrize("creating", [OWN, (pending(), pending()), ()])
def test_link_is_held_when_the_state_has_it_under_another_name(creating: tuple[dict[str, Any], ...]) -> None:
    for has_checkpoints in (True, False):
        assert verdict(held("b"), creating=creating, has_checkpoints=has_checkpoints) is Verdict.HELD


@pytest.mark.parametrize("creating", [OWN, (pending(), pending()), ()])
def test_link_is_held_when_it_is_replaced(creating: tuple[dict[str, Any], ...]) -> None:
    assert verdict(held("a"), creating=creating, is_replacement=True) is Verdict.HELD
    assert verdict(held("a", delete=True), creating=creating) is Verdict.HELD


@pytest.mark.parametrize("has_checkpoints", [True, False])
def test_link_is_held_since_when_another_run_has_written_the_state(has_checkpoints: bool) -> None:
    assert verdict(held("a"), has_checkpoints=has_checkpoints) is Verdict.HELD_SINCE


def test_link_is_held_when_the_engine_replaces_it_without_a_word_to_the_provider() -> None:
    # As with `--target-replace`, or after `pulumi state taint`.
    for creating in (OWN, (pending(), pending())):
        assert verdict(held("a"), creating=creating) is Verdict.HELD


def test_link_is_held_since_when_its_resource_chose_the_mark() -> None:
    assert verdict(held("a", mark="m"), mark="m") is Verdict.HELD_SINCE
    assert verdict(held("a", mark="n"), mark="m") is Verdict.HELD


@pytest.mark.parametrize("creating", [OWN, (pending(), pending())])
def test_link_is_earlier_when_the_state_holds_a_later_one_for_the_resource(
    creating: tuple[dict[str, Any], ...],
) -> None:
    later, at_once = created_at(1), created_at(0)
    assert verdict(held("a", "lnk_2", **later), creating=creating, is_replacement=True) is Verdict.EARLIER
    interrupted = Verdict.PENDING if len(creating) > 1 else Verdict.UNPROVED
    for other in (
        held("a", "lnk_2"),
        held("a", "lnk_2", **at_once),
        held("a", "lnk_2", **later, delete=True),
        held("a", "lnk_2", **later, external=True),
        held("b", "lnk_2", **later),
    ):
        assert verdict(other, creating=creating, is_replacement=True) is interrupted
    state = Deployment.model_validate({"resources": [held("a", "lnk_2", **later)]})
    unknown = judge(state, LiveLink(LINK), MARK, is_replacement=True, has_checkpoints=True)
    assert unknown is Verdict.UNPROVED


@pytest.mark.parametrize("other", [{"external": True}, {"pendingReplacement": True}, {"type": "other:Thing"}])
def test_link_is_not_held_by_what_only_looks_it_up_or_has_deleted_it(other: dict[str, Any]) -> None:
    assert verdict({**held("b"), **other}, creating=OWN) is Verdict.UNPROVED
