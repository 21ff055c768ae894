"""Deleting a link, or keeping it because another resource has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import UserplaneError
from pulumi_userplane.lifecycle import delete, run_state
from pulumi_userplane.lifecycle.run_state import RunState
from pulumi_userplane.lifecycle.shared_facts import SharedFacts
from pulumi_userplane.link_types import LINK_TYPE
from pulumi_userplane.recovery.state_reader import Deployment, Entry
from tests.unit.conftest import forget_run, this_run

if TYPE_CHECKING:
    from pulumi_userplane.emulator import Emulator
    from tests.support.request_log import Sent
    from tests.unit.conftest import Engine, MakeEngine

MARK = "pulumi:proj/dev/a"


@pytest.fixture(autouse=True)
def _made(engine: Engine, sent: Sent) -> None:
    """The link of `a`, which an earlier run has made."""
    engine.up(domain_id="dom_help", mark=MARK)
    forget_run()
    sent()


def the_state_holds(engine: Engine, *names: str) -> None:
    entries = [Entry(engine.id, f"urn:pulumi:dev::proj::t::{name}") for name in names]
    this_run().claims.record_state(engine.id, lambda: entries)


@pytest.mark.parametrize("names", [(), ("a",)])
def test_delete_deletes_link_when_the_state_holds_one_name(
    engine: Engine, server: Emulator, sent: Sent, names: tuple[str, ...]
) -> None:
    the_state_holds(engine, *names)
    engine.destroy()
    assert [method for method, _ in sent()] == ["DELETE"]
    assert [link["live"] for link in server.links] == [False]


def test_delete_keeps_link_until_its_last_name(engine: Engine, sent: Sent, warned: list[str]) -> None:
    the_state_holds(engine, "b", "a")
    engine.destroy()
    assert sent() == []
    [warning] = warned
    assert warning == (
        f'recording link "{MARK}" ({engine.id}) was not deleted: '
        "the state holds it as a and as b; the link is deleted with the last of them"
    )
    engine.destroy()
    assert [method for method, _ in sent()] == ["DELETE"]


def test_delete_is_retried_when_it_failed(engine: Engine, server: Emulator, sent: Sent) -> None:
    the_state_holds(engine, "a", "b")
    engine.destroy()
    server.fault(method="DELETE", answer="status", status=403, code="LINK_DELETE_FORBIDDEN")
    with pytest.raises(UserplaneError, match="LINK_DELETE_FORBIDDEN"):
        engine.destroy()
    # It claims the link no longer.
    engine.destroy()
    assert [method for method, _ in sent()] == ["DELETE", "DELETE"]


def test_delete_keeps_link_when_another_resource_adopts_it(engine: Engine, sent: Sent, warned: list[str]) -> None:
    this_run().claims.request_adoption(engine.outputs["link_url"], "pulumi:proj/dev/b", is_new=True)
    engine.destroy()
    assert sent() == []
    assert warned[0].endswith("was not deleted: another resource of the program adopts it (pulumi:proj/dev/b)")


def test_delete_fails_when_another_process_may_have_failed_to_adopt_the_link(
    engine: Engine, sent: Sent, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_state.reset(_run_without_a_file(engine))
    deletes = {"after_errors": True}
    monkeypatch.setattr(delete, "deletes_after_errors", lambda: deletes["after_errors"])
    with pytest.raises(UserplaneError, match=r"may have failed to adopt it, and there is no file that tells"):
        engine.destroy()
    assert sent() == []
    deletes["after_errors"] = False
    engine.destroy()
    assert [method for method, _ in sent()] == ["DELETE"]


@pytest.mark.parametrize("lacking", [{"has_checkpoints": False}, {"read_state": lambda: None}])
def test_delete_fails_when_another_process_may_have_adopted_the_link(
    engine: Engine, sent: Sent, lacking: dict[str, Any]
) -> None:
    run_state.reset(_run_without_a_file(engine, **lacking))
    with pytest.raises(UserplaneError, match=r"another provider of this run may have adopted it, and there is no file"):
        engine.destroy()
    assert sent() == []


def _run_without_a_file(engine: Engine, **other: Any) -> RunState:
    """A run of several processes without a file that they share, whose state holds the link."""
    held = {"urn": f"urn:pulumi:dev::proj::{LINK_TYPE}::help", "type": LINK_TYPE, "id": engine.id}
    state = Deployment.model_validate({"resources": [held]})
    facts = SharedFacts(has_siblings=lambda: True)
    return RunState(this_run().notify, facts=facts, **{"read_state": lambda: state, **other})


def test_delete_fails_when_adopt_of_the_resource_names_the_link(engine: Engine, sent: Sent) -> None:
    this_run().claims.request_adoption(engine.id, MARK, is_new=True)
    with pytest.raises(UserplaneError, match=r"adopt= of this resource still names it; remove adopt="):
        engine.destroy()
    assert sent() == []


def test_delete_fails_when_the_adoption_of_the_link_failed(
    engine: Engine, make_engine: MakeEngine, server: Emulator, sent: Sent
) -> None:
    other = make_engine()
    server.fault(method="PUT", answer="status", status=403, code="FORBIDDEN")
    with pytest.raises(UserplaneError, match=r"adoption of .* 403 FORBIDDEN"):
        other.up(domain_id="dom_help", mark=MARK, adopt=engine.id, link_title="Help")
    sent()
    with pytest.raises(UserplaneError, match=f"{MARK} failed to adopt it; correct the error of that resource"):
        engine.destroy()
    assert sent() == []
