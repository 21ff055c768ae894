"""`pulumi-userplane recover` lists, imports and deletes orphans of interrupted runs, with the real CLI."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.running import running, wait_until

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.stack import Stack

UP = ("up", "--yes", "--skip-preview")
FOR_EVER = 600.0
FIELDS = {"domain_id": "dom_app", "project_id": "prj_onboarding", "link_reusable": True, "meta": {"area": "checkout"}}
HELP = f"""
    userplane.RecordingLink("help", {FIELDS!r})
"""
CHILD = """
    class Catalog(pulumi.ComponentResource):
        def __init__(self, name):
            shop = pulumi.ComponentResource("acme:support:Shop", "shop")
            super().__init__("acme:support:Catalog", name, opts=pulumi.ResourceOptions(parent=shop))
            userplane.RecordingLink("child", domain_id="dom_help", opts=pulumi.ResourceOptions(parent=self))
            self.register_outputs({})

    Catalog("catalog")
"""
GIVEN_UP = f"""
    userplane.RecordingLink("given-up", {FIELDS!r})
"""
OTHERS = ("pulumi:p/dev2/help", "pulumi:p/de/help", "pulumi:p2/dev/help", "pulumi:acme/p/dev/help", "help")
"""The marks of other stacks' links."""


@pytest.fixture
def another_machine(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path / "another-cache")}


def interrupt_up(stack: Stack, method: str, times: int = 1) -> None:
    """Runs the first `up`, and kills it when requests are stopped that the server still carries out."""
    stack.userplane.fault(method=method, times=times, latency=FOR_EVER)
    with running(stack, *UP) as run:
        wait_until(lambda: not stack.userplane.faults, "the requests that the fault stops")
        run.kill()
        run.end()
        wait_until(lambda: not run.hosts, "the end of the provider host")

    def carried_out() -> bool:
        return stack.log.methods().count(method) == times

    wait_until(carried_out, "the end of the requests")
    stack.pulumi("cancel", "--yes")


def recover(stack: Stack, *arguments: str, code: int = 0, **environ: Any) -> str:
    out, err = stack.command("recover", "--stack", "dev", "--older-than", "0", *arguments, code=code, **environ)
    return out or err


def check(stack: Stack, code: int = 0) -> str:
    out, err = stack.command("recover", "--stack", "dev", "--check", code=code)
    assert err.count("\n") <= 1
    return out


def bring_in(stack: Stack, file: str = "left.json") -> None:
    stack.pulumi("import", "--file", file, "--generate-code=false", "--protect=false", "--yes")


@pytest.mark.parametrize(
    ("program", "links", "checkpoints"),
    # Without checkpoints the state does not hold the component, and a file can't bring its child in.
    [(HELP + CHILD, 2, {}), (HELP, 1, {"PULUMI_SKIP_CHECKPOINTS": "true"})],
)
def test_recover_lists_imports_and_deletes_orphans_on_another_machine(
    stack: Stack, another_machine: dict[str, str], program: str, links: int, checkpoints: dict[str, str]
) -> None:
    stack.env.update(checkpoints)
    stack.program(program + GIVEN_UP)
    interrupt_up(stack, "POST", times=links + 1)
    left = {link["linkProviderReference"].partition("#")[0]: link for link in stack.live().values()}
    others = [
        stack.userplane.add_link(domainId="dom_help", linkProviderReference=f"{mark}#0123abcd")["linkId"]
        for mark in OTHERS
    ]
    stack.env.update(another_machine)
    given_up = left.pop("pulumi:p/dev/given-up")["linkId"]
    stack.program(program)
    assert len(left) == links

    listed = {link["id"] for link in json.loads(recover(stack, "--json"))["links"]}
    assert listed == {given_up, *(link["linkId"] for link in left.values())}
    other = others[0]
    assert f"{other} is not an orphaned link of this stack" in recover(stack, "--delete", other, "--yes", code=1)
    recover(stack, "--delete", given_up, "--yes")
    assert set(stack.live()) == {*others, *(link["linkId"] for link in left.values())}

    # Only checkpoints tell the pipeline's check what was interrupted.
    assert checkpoints == {} or check(stack) == "No creation of a link is pending in the state of p/dev.\n"
    output = recover(stack, "--import-file", "left.json") if checkpoints else check(stack, code=3)

    for link in left.values():
        assert link["linkId"] in output
        assert link["linkURL"] in output
    cause = ": by an interrupted run, or kept on purpose" if checkpoints else " by an interrupted run"
    assert f"cause created for the resource help{cause} bring in" in " ".join(output.split())
    stack.sent()
    bring_in(stack)
    stack.preview("--expect-no-changes")
    stack.refresh("--expect-no-changes")
    stack.up("--expect-no-changes")
    assert {method for method, _ in stack.sent()} <= {"GET"}
    assert {link["id"] for link in stack.links().values()} == {link["linkId"] for link in left.values()}
    assert set(stack.live()) == {*others, *(link["linkId"] for link in left.values())}
    assert "No orphaned links for p/dev" in recover(stack)
    if not checkpoints:
        # The entries of the interrupted run are still there, that of the deleted link among them.
        assert f"No orphaned links of {links + 1} pending creations in the state of p/dev.\n" in check(stack)
        stack.refresh("--clear-pending-creates")
        assert check(stack) == "No creation of a link is pending in the state of p/dev.\n"


def test_recover_knows_orphan_with_own_reference_when_this_machine_journaled_it(stack: Stack) -> None:
    stack.declare(help={**FIELDS, "link_title": "Help", "link_provider_ref": "own"})
    interrupt_up(stack, "PUT")

    recover(stack, "--import-file", "left.json")

    bring_in(stack)
    stack.preview("--expect-no-changes")
    assert stack.links()["help"]["inputs"]["link_provider_ref"] == "own"


def test_check_leaves_secret_out_of_import_file_until_up_sends_it(
    stack: Stack, another_machine: dict[str, str]
) -> None:
    stack.program("""
        userplane.RecordingLink("help", domain_id="dom_help", link_title=pulumi.Output.secret("Hidden title"))
    """)
    interrupt_up(stack, "PUT")
    stack.env.update(another_machine)

    check(stack, code=3)

    assert "Hidden title" not in (stack.folder / "left.json").read_text("utf-8")
    bring_in(stack)
    stack.sent()
    stack.up()
    assert stack.sent() == [("PUT", {"linkTitle": "Hidden title"})]
    [link_id] = stack.live()
    assert stack.links()["help"]["id"] == link_id
    assert "Hidden title" not in stack.pulumi("stack", "export")


def test_recover_names_earlier_link_when_it_was_kept_on_purpose(stack: Stack) -> None:
    stack.declare("pulumi.ResourceOptions(retain_on_delete=True)", help=FIELDS)
    stack.deploy()
    [old] = stack.live()
    stack.declare("pulumi.ResourceOptions(retain_on_delete=True)", help={**FIELDS, "domain_id": "dom_help"})
    stack.up()
    new = stack.links()["help"]["id"]

    output = " ".join(recover(stack).split())

    assert f"earlier link of help, which now has {new}; perhaps kept on purpose" in " ".join(output.split())
    assert old in output
    assert "not needed" in output


def test_recover_uses_account_when_stack_configuration_holds_it(stack: Stack) -> None:
    stack.declare(help=FIELDS)
    stack.pulumi("config", "set", "--secret", "userplane:apiKey", stack.userplane.api_key)

    assert "No orphaned links for p/dev" in recover(stack, USERPLANE_API_KEY="")
    refused = recover(stack, USERPLANE_API_KEY="", PULUMI_CONFIG_PASSPHRASE="wrong", code=1)

    assert refused.startswith("`pulumi ")
    assert refused.count("\n") == 1
