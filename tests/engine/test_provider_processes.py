"""Each `Provider` of a program is a process of its own; together they look once, and lose no link to each other."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.running import Run, counted_exports
from tests.engine.stack import LINK_TYPE
from tests.engine.test_interrupted_runs import FOR_EVER, WITHOUT_CHECKPOINTS, interrupt_up, unlock

if TYPE_CHECKING:
    from tests.engine.stack import Stack

LINK = {"domain_id": "dom_help", "link_title": "Help"}
URN = "urn:pulumi:dev::p::" + LINK_TYPE + "::{}"
ACCOUNTS = """
acme = userplane.Provider("acme", api_key="uspl_demo_admin")
other = userplane.Provider("other", api_key="uspl_demo_member")
same = userplane.Provider("same")
"""


def link(name: str, account: str, *options: str, **declared: Any) -> str:
    """Returns a line of a program."""
    opts = ", ".join([f"provider={account}", *options])
    return f"{name} = userplane.RecordingLink({name!r}, { ({**LINK, **declared})!r}, pulumi.ResourceOptions({opts}))\n"


def ids(stack: Stack) -> dict[str, str]:
    """Returns the ids of the links in the state by name; they are the live ones."""
    held = {name: resource["id"] for name, resource in stack.links().items()}
    assert sorted(held.values()) == sorted(stack.live())
    return held


def test_run_looks_once_when_two_accounts_have_one_key(stack: Stack) -> None:
    links = [link("a", "same"), link("b", "same"), link("c", "acme"), link("d", "None")]
    stack.program(ACCOUNTS + "".join(links))

    with counted_exports(stack) as exports:
        stack.up()

    assert len({resource["provider"] for resource in stack.links().values()}) == 3
    # One for each key; and nothing that it found had to be asked of the state.
    assert stack.log.pages() == 2
    assert exports == {}
    assert ids(stack).keys() == {"a", "b", "c", "d"}


def test_links_stay_live_when_accounts_exchange_them_in_one_run(stack: Stack) -> None:
    stack.program(ACCOUNTS + link("a", "acme") + link("b", "other") + link("c", "same"))
    stack.deploy()
    old = ids(stack)
    adopted = link("a2", "other", adopt=old["a"], mark="pulumi:p/dev/a")
    adopted += link("b2", "acme", adopt=old["b"], mark="pulumi:p/dev/b")
    stack.program(ACCOUNTS + adopted + link("c", "same"))
    # No folder can be made in a file.
    output = stack.up("--continue-on-error", code=1, XDG_CACHE_HOME=str(stack.folder / "__main__.py"))
    assert "another provider of this run may have the link, and there is no file that tells its processes" in output
    assert "another provider of this run may have failed to adopt it" in output
    assert ids(stack) == old
    assert stack.log.writes() == []
    stack.program(ACCOUNTS + adopted + link("c", "acme", link_title="New"))

    _, _, diagnostics = stack.up().partition("Diagnostics:")

    assert diagnostics.count("was not deleted: this run has adopted it") == 2
    assert stack.log.writes() == [("PUT", {"linkTitle": "New"})]
    assert ids(stack) == {"a2": old["a"], "b2": old["b"], "c": old["c"]}


def test_link_stays_live_when_one_account_gives_it_up_before_another_one_adopts_it(stack: Stack) -> None:
    stack.program(ACCOUNTS + link("a", "acme"))
    stack.deploy()
    [old] = stack.live()
    replaced = link("a", "acme", "delete_before_replace=True", domain_id="dom_app", mark="a2")
    adopted = link("b", "other", "depends_on=[a]", adopt=old, mark="pulumi:p/dev/a")
    stack.program(ACCOUNTS + replaced + adopted)

    output = stack.pulumi("up", "--yes")

    assert "was not deleted: another resource of the program adopts it" in output
    assert ids(stack)["b"] == old


def test_destroy_deletes_link_once_when_two_accounts_hold_it(stack: Stack) -> None:
    stack.program(ACCOUNTS + link("a", "acme"))
    stack.deploy()
    [old] = stack.live()
    stack.program(ACCOUNTS + link("b", "same", adopt=old, mark="pulumi:p/dev/a"))
    stack.up("--target", URN.format("b"))
    assert {resource["id"] for resource in stack.links().values()} == {old}
    assert len(stack.links()) == 2

    output = stack.pulumi("destroy", "--yes", "--skip-preview")

    assert "the state holds it as a and as b; the link is deleted with the last of them" in output
    assert stack.log.writes() == [("DELETE", None)]
    assert stack.live() == {}


@pytest.mark.parametrize("environ", [{}, WITHOUT_CHECKPOINTS], ids=["checkpoints", "without-checkpoints"])
def test_another_account_resumes_link_when_its_creation_was_interrupted(stack: Stack, environ: dict[str, str]) -> None:
    stack.env.update(environ)
    stack.program(ACCOUNTS + link("a", "acme"))
    interrupt_up(stack, Run.kill_all, {"method": "PUT", "latency": FOR_EVER, "answer": "drop"})
    unlock(stack)
    [old] = stack.live()
    stack.program(ACCOUNTS + link("a", "other"))

    stack.up()

    assert ids(stack) == {"a": old}
    assert stack.live()[old]["linkTitle"] == "Help"
