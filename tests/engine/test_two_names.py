"""A link that the state holds under two names is deleted with the last of them, in whatever process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.stack import LINK_TYPE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.stack import Stack

LINK = {"domain_id": "dom_help", "link_title": "Help"}
URN = "urn:pulumi:dev::p::" + LINK_TYPE + "::{}"
ACCOUNTS = """
acme = userplane.Provider("acme", api_key="uspl_demo_admin")
other = userplane.Provider("other", api_key="uspl_demo_member")
"""


def link(name: str, account: str | None = None, **declared: Any) -> str:
    """Returns a line of a program."""
    opts = f", pulumi.ResourceOptions(provider={account})" if account else ""
    return f"userplane.RecordingLink({name!r}, { ({**LINK, **declared})!r}{opts})\n"


def update_and_keep(stack: Stack, link_id: str, *arguments: str, cache: Path | None = None) -> str:
    """Runs an `up` that keeps the link without a DELETE, and returns what it printed."""
    output = stack.up(*arguments, XDG_CACHE_HOME=str(cache or stack.env["XDG_CACHE_HOME"]))
    assert "DELETE" not in {method for method, _ in stack.sent()}
    assert list(stack.live()) == [link_id]
    return output


@pytest.fixture
def link_id(stack: Stack) -> str:
    """Returns the id of a link that the default account created as `a`."""
    stack.declare(a=LINK)
    stack.deploy()
    [link_id] = stack.live()
    return link_id


def test_link_stays_live_when_it_moves_to_another_account(stack: Stack, link_id: str) -> None:
    adopted = {"mark": "pulumi:p/dev/a"}
    stack.program(ACCOUNTS + link("b", "acme", adopt=link_id, **adopted))

    output = update_and_keep(stack, link_id)

    assert f"({link_id}) was not deleted: this run has adopted it (the state holds it as a and as b)" in output
    assert set(stack.links()) == {"b"}
    stack.program(ACCOUNTS + link("b", "acme", **adopted))
    stack.up("--expect-no-changes")
    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert stack.live() == {}


def test_link_stays_live_when_another_account_adopts_it_during_replacement(stack: Stack) -> None:
    reference = {"link_provider_ref": "REF-1"}
    stack.program(link("a", **reference))
    stack.deploy()
    [old] = stack.live()
    stack.program(ACCOUNTS + link("a", domain_id="dom_app", **reference) + link("b", "acme", adopt=old))

    output = stack.up()

    assert "was not deleted: this run has adopted it (the state holds it as a and as b)" in output
    assert {resource["id"] for resource in stack.links().values()} == set(stack.live())
    assert stack.links()["b"]["id"] == old


def test_one_resource_adopts_link_when_two_accounts_name_it(stack: Stack) -> None:
    # A link with a reference of its own does not say who link_id it.
    managed = link("a", link_provider_ref="REF-1")
    stack.program(managed)
    stack.deploy()
    [link_id] = stack.live()
    stranger = stack.userplane.add_link(domainId="dom_help", linkTitle="Help")
    pasted = {"acme": stranger["linkId"], "other": stranger["linkURL"]}
    twice = [link(account, account, adopt=address) for account, address in pasted.items()]
    stack.program(ACCOUNTS + managed + "".join(twice))
    assert "another resource of this program manages it" in stack.up(code=1)
    assert len(stack.links()) == 2

    # What stays in the program is adopted by nobody else.
    stack.program(managed + ACCOUNTS + link("b", "acme", adopt=link_id))
    assert "another resource of this program" in stack.up(code=1)
    assert {link_id, stranger["linkId"]} == set(stack.live())


def test_link_stays_live_while_targets_left_it_under_two_names(stack: Stack, link_id: str, tmp_path: Path) -> None:
    adopted = {"mark": "pulumi:p/dev/a"}
    stack.program(link("b", adopt=link_id, **adopted))
    stack.up("--target", URN.format("b"))
    assert [resource["id"] for resource in stack.links().values()] == [link_id, link_id]
    stack.sent()
    both = stack.state

    for program, arguments, cache in (
        (link("b", adopt=link_id, **adopted), (), None),
        (link("b", **adopted), (), tmp_path / "other-machine"),
        (link("b", **adopted), ("--target", URN.format("a")), None),
    ):
        stack.program(program)
        assert "the state holds it as a and as b" in update_and_keep(stack, link_id, *arguments, cache=cache)
        assert set(stack.links()) == {"b"}
        stack.state_file.write_text(both, encoding="utf-8")

    assert len(stack.links()) == 2
    stack.pulumi("destroy", "--yes", "--skip-preview")
    assert [method for method, _ in stack.sent()] == ["DELETE"]
    assert stack.live() == {}


def test_link_stays_live_when_preview_saw_it_named_for_adoption(stack: Stack, link_id: str) -> None:
    stack.program(
        link("a", domain_id="dom_app", mark="a2").replace(
            ")\n", ", pulumi.ResourceOptions(delete_before_replace=True))\n"
        )
        + link("b", adopt=link_id, mark="pulumi:p/dev/a")
    )
    text = (stack.folder / "__main__.py").read_text(encoding="utf-8")
    after = text.replace("userplane.RecordingLink('a'", "a = userplane.RecordingLink('a'").replace(
        "'mark': 'pulumi:p/dev/a'})", "'mark': 'pulumi:p/dev/a'}, pulumi.ResourceOptions(depends_on=[a]))"
    )
    (stack.folder / "__main__.py").write_text(after, encoding="utf-8")

    output = stack.pulumi("up", "--yes")

    assert "was not deleted: another resource of the program adopts it" in output
    assert stack.links()["b"]["id"] == link_id
    assert {resource["id"] for resource in stack.links().values()} == set(stack.live())


def test_link_stays_under_old_name_when_adoption_fails(stack: Stack, link_id: str) -> None:
    stack.program(link("b", adopt=link_id))

    output = stack.up("--continue-on-error", code=1)

    assert 'write mark="pulumi:p/dev/a" next to adopt=' in output
    failed = "pulumi:p/dev/b failed to adopt it; correct the error of that resource and run again; nothing was deleted"
    assert failed in output
    assert set(stack.links()) == {"a"}
    stack.program(link("b", adopt=link_id, mark="pulumi:p/dev/a"))
    update_and_keep(stack, link_id)
    assert set(stack.links()) == {"b"}
