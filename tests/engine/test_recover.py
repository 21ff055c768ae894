"""`pulumi-userplane recover` beside the real CLI: what a killed run has left is listed, brought in or deleted."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from tests.engine.running import running, wait_until
from tests.engine.stack import DEADLINE

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.stack import Stack

UP = ("up", "--yes", "--skip-preview")
FOR_EVER = 600.0
FIELDS = {"domain_id": "dom_app", "project_id": "prj_onboarding", "link_reusable": True, "meta": {"area": "checkout"}}
CATALOG = """
    class Catalog(pulumi.ComponentResource):
        def __init__(self, name):
            super().__init__("acme:support:Catalog", name)
            userplane.RecordingLink("help", domain_id="dom_help", opts=pulumi.ResourceOptions(parent=self))
            self.register_outputs({})

    Catalog("catalog")
"""


@pytest.fixture
def stack(stack: Stack, tmp_path: Path) -> Stack:
    """A stack on a machine of its own, whose first run is then killed."""
    stack.env["XDG_CACHE_HOME"] = str(tmp_path / "cache")
    return stack


@pytest.fixture
def another_machine(tmp_path: Path) -> dict[str, str]:
    return {"XDG_CACHE_HOME": str(tmp_path / "another-cache")}


def killed(stack: Stack, **fault: Any) -> None:
    """The first `up`, killed when the fault has stopped a request that is carried out all the same."""
    stack.userplane.fault(latency=FOR_EVER, **fault)
    with running(stack, *UP) as run:
        wait_until(lambda: not stack.userplane.faults, "the request that the fault stops")
        run.kill()
        run.end()
        wait_until(lambda: not run.hosts, "the end of the provider host")
    wait_until(lambda: fault["method"] in [one.method for one in stack.userplane.requests], "the end of the request")
    stack.pulumi("cancel", "--yes")


def recover(stack: Stack, *arguments: str, code: int = 0, **environ: str) -> str:
    done = subprocess.run(
        ["pulumi-userplane", "recover", "--stack", "dev", "--older-than", "0", *arguments],
        cwd=stack.folder,
        env={**stack.env, **environ},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=DEADLINE,
        check=False,
    )
    stack.said.append(done.stdout + done.stderr)
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout or done.stderr


def bring_in(stack: Stack, file: str = "left.json") -> None:
    stack.pulumi("import", "--file", file, "--generate-code=false", "--protect=false", "--yes")


@pytest.mark.parametrize("checkpoints", [{}, {"PULUMI_SKIP_CHECKPOINTS": "true"}])
def test_on_another_machine_it_lists_what_is_left_and_brings_it_in(
    stack: Stack, another_machine: dict[str, str], checkpoints: dict[str, str]
) -> None:
    stack.env.update(checkpoints)
    stack.declare(help=FIELDS)
    killed(stack, method="POST")
    [left] = stack.live().values()
    stack.env.update(another_machine)

    said = recover(stack, "--import-file", "left.json")

    assert left["linkId"] in said
    assert left["linkURL"] in said
    assert "left by a killed run of help" in said
    stack.sent()
    bring_in(stack)
    stack.preview("--expect-no-changes")
    stack.refresh("--expect-no-changes")
    stack.up("--expect-no-changes")
    assert {method for method, _ in stack.sent()} <= {"GET"}
    assert list(stack.live()) == [left["linkId"]]
    assert "No link of p/dev is left" in recover(stack)


def test_a_link_that_has_a_reference_of_its_own_is_known_on_this_machine(stack: Stack) -> None:
    stack.declare(help={**FIELDS, "link_title": "Help", "link_provider_ref": "own"})
    killed(stack, method="PUT")

    recover(stack, "--import-file", "left.json")

    bring_in(stack)
    stack.preview("--expect-no-changes")
    assert stack.links()["help"]["inputs"]["link_provider_ref"] == "own"


def test_a_link_in_a_component_comes_back_into_it(stack: Stack, another_machine: dict[str, str]) -> None:
    stack.program(CATALOG)
    killed(stack, method="POST")
    stack.env.update(another_machine)

    recover(stack, "--import-file", "left.json")

    bring_in(stack)
    stack.preview("--expect-no-changes")
    assert len(stack.live()) == 1


def test_it_deletes_what_is_named_and_nothing_of_another_stack(stack: Stack, another_machine: dict[str, str]) -> None:
    stack.declare(help=FIELDS)
    killed(stack, method="POST")
    [left] = stack.live()
    others = [
        stack.userplane.add_link(domainId="dom_help", linkProviderReference=f"{mark}#0123abcd")["linkId"]
        for mark in ("pulumi:p/dev2/help", "pulumi:p/de/help", "pulumi:p2/dev/help", "pulumi:acme/p/dev/help", "help")
    ]
    stack.env.update(another_machine)

    assert [link["id"] for link in json.loads(recover(stack, "--json"))["links"]] == [left]
    for other in others:
        assert f"{other} is not a link that this stack has left" in recover(stack, "--delete", other, "--yes", code=1)
    recover(stack, "--delete", left, code=1)
    assert len(stack.live()) == 6
    recover(stack, "--delete", left, "--yes")

    assert set(stack.live()) == set(others)
    assert "No link of p/dev is left" in recover(stack)


def test_an_earlier_link_that_was_kept_on_purpose_is_called_so(stack: Stack) -> None:
    stack.declare("pulumi.ResourceOptions(retain_on_delete=True)", help=FIELDS)
    stack.up()
    [old] = stack.live()
    stack.declare("pulumi.ResourceOptions(retain_on_delete=True)", help={**FIELDS, "domain_id": "dom_help"})
    stack.up()
    new = stack.links()["help"]["id"]

    said = " ".join(recover(stack).split())

    assert f"earlier link of help, which now has {new}; perhaps kept on purpose" in said
    assert old in said
    assert "not needed" in said


def test_the_account_can_come_from_the_stacks_configuration(stack: Stack) -> None:
    stack.declare(help=FIELDS)
    stack.pulumi("config", "set", "--secret", "userplane:apiKey", stack.userplane.api_key)

    assert "No link of p/dev is left" in recover(stack, USERPLANE_API_KEY="")
    refused = recover(stack, USERPLANE_API_KEY="", PULUMI_CONFIG_PASSPHRASE="wrong", code=1)

    assert refused.startswith("`pulumi ")
    assert refused.count("\n") == 1
