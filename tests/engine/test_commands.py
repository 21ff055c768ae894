"""The commands read the same stack as the real CLI, and name it."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.cli.doctor.provider_host import check_provider_host

if TYPE_CHECKING:
    from pathlib import Path

    from tests.engine.stack import Stack

NOTHING: dict[str, Any] = {"USERPLANE_API_KEY": "", "USERPLANE_WORKSPACE_ID": "", "USERPLANE_BASE_URL": ""}


def configure(stack: Stack) -> None:
    userplane = stack.userplane
    stack.configure(
        {"userplane:apiKey": userplane.api_key}, workspaceId=userplane.workspace_id, baseUrl=userplane.base_url
    )


def of_dev(name: str) -> dict[str, str]:
    return {"project": "p", "stack": "dev", "name": name}


def checks(printed: str) -> dict[str, Any]:
    return {check["name"]: check for check in json.loads(printed)["checks"]}


def test_doctor_checks_selected_stack_and_installed_versions(stack: Stack, tmp_path: Path) -> None:
    configure(stack)

    found = checks(stack.command("doctor", "--json", **NOTHING)[0])

    assert found["configuration"]["detail"] == "of stack dev, then the environment"
    assert found["API key"]["detail"] == "…0f5c, from the configuration of stack dev"
    assert found["Pulumi CLI"]["detail"].startswith("v3.")
    assert found["Pulumi CLI"]["advice"] == ""
    assert found["workspace"]["detail"] == "Acme Support (ws_demo)"
    wrong = checks(stack.command("doctor", "--json", code=1, PULUMI_CONFIG_PASSPHRASE="wrong")[0])
    assert wrong["configuration"]["ok"] is False
    assert "passphrase" in wrong["configuration"]["detail"]
    for variable in ("PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"):
        assert variable in wrong["configuration"]["advice"]
    missing = stack.command("links", "--stack", "dev", code=1, PULUMI_CONFIG_PASSPHRASE=None)[1]
    assert missing.endswith("or PULUMI_CONFIG_PASSPHRASE_FILE to its file\n")
    assert missing.count("\n") == 1
    elsewhere = checks(stack.command("doctor", "--json", folder=tmp_path)[0])
    assert elsewhere["configuration"]["detail"].startswith("the environment alone: there is no Pulumi.yaml in ")
    stack.pulumi("stack", "unselect")
    unselected = checks(stack.command("doctor", "--json")[0])
    assert unselected["configuration"]["detail"] == "the environment alone: no stack is selected"
    named = checks(stack.command("doctor", "--json", "--stack", "dev", **NOTHING)[0])
    assert named["configuration"]["detail"] == "of stack dev, then the environment"


def test_links_shows_creator_and_manager_of_each_link(stack: Stack) -> None:
    configure(stack)
    stack.declare(help={"domain_id": "dom_help"}, search={"domain_id": "dom_help", "link_provider_ref": "own"})
    stack.up()
    by_hand = stack.userplane.add_link(domainId="dom_app", linkTitle="By hand")["linkId"]
    held = stack.links()

    out, err = stack.command("links", "--json", **NOTHING)

    assert err.startswith("Account: key, workspace ws_demo, http://127.0.0.1:")
    assert err.endswith("/api/v1 from the configuration of stack dev\n")
    rows = {row["id"]: (row["made_by"], row["managed_by"]) for row in json.loads(out)["links"]}
    assert rows == {
        held["help"]["id"]: (of_dev("help"), [of_dev("help")]),
        held["search"]["id"]: (None, [of_dev("search")]),
        by_hand: (None, []),
    }
    assert "\n1 not managed by p/dev\n" in stack.command("links", **NOTHING)[0]


def test_commands_refuse_key_when_it_is_in_plaintext(stack: Stack) -> None:
    configure(stack)
    stack.pulumi("config", "set", "--plaintext", "userplane:apiKey", "uspl_in_clear")
    stack.declare(help={"domain_id": "dom_help"})
    refused = "userplane:apiKey is configured in plaintext, and Pulumi would write it into the state unencrypted; run "
    assert refused in stack.command("links", code=1)[1]
    assert refused in stack.preview(code=1)


def test_recover_uses_selected_stack_when_none_is_named(stack: Stack) -> None:
    configure(stack)
    out, err = stack.command("recover", **NOTHING)
    assert out.startswith("No orphaned links for p/dev")
    assert "from the configuration of stack dev" in err


def test_commands_follow_pulumi_variables_when_they_name_stack_or_file(stack: Stack) -> None:
    (stack.folder / "ci.yaml").write_text(f"config:\n  userplane:workspaceId: {stack.userplane.workspace_id}\n")
    missing = stack.command("links", code=1, PULUMI_STACK="nope")[1]
    assert missing.startswith("PULUMI_STACK names the stack nope, which does not exist; ")
    out, err = stack.command(
        "links", "--config-file", "ci.yaml", USERPLANE_WORKSPACE_ID="", PULUMI_OPTION_FILE="elsewhere.json"
    )
    assert "workspace ws_demo from the configuration of stack dev in ci.yaml" in err
    assert out.startswith("0 links in workspace ws_demo\n")
    assert not (stack.folder / "elsewhere.json").exists()


@pytest.mark.parametrize("member", ["infra", "infra/app"])
def test_plugin_script_runs_python_that_doctor_names(member: str, tmp_path: Path, pulumi_env: dict[str, str]) -> None:
    folder = tmp_path / member
    folder.mkdir(parents=True)
    (tmp_path / "pyproject.toml").touch()
    python = tmp_path / ".venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\necho "$0 $*"\n')
    python.chmod(0o755)
    script = shutil.which("pulumi-resource-pulumi-python", path=pulumi_env["PATH"])
    assert script is not None

    def started(**runtime: str) -> str:
        options = {f"PULUMI_RUNTIME_{name.upper()}": value for name, value in runtime.items()}
        lines = "".join(f"    {name}: {value}\n" for name, value in runtime.items())
        (folder / "Pulumi.yaml").write_text(f"name: p\nruntime:\n  name: python\n  options:\n{lines}")
        done = subprocess.run([script], cwd=folder, env={**pulumi_env, **options}, capture_output=True, text=True)  # noqa: PLW1510 - it may fail
        return done.stdout + done.stderr

    assert f'"{folder}/.venv" doesn\'t exist' in started(toolchain="uv")
    check = check_provider_host(folder, {})
    assert check.ok is False
    line = check.advice.split("`")[1]
    assert line.startswith("virtualenv: ../")
    assert started(toolchain="uv", virtualenv=line.partition(" ")[2]) == (
        f"{folder}/{line.partition(' ')[2]}/bin/python -u -m pulumi.dynamic\n"
    )
    assert (check_provider_host(folder, {}).ok, check_provider_host(folder, {}).advice) == (True, "")
