"""What the pages show of the commands' output, the commands print."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from typer.testing import CliRunner

from pulumi_userplane.cli.app import app
from scripts.code_blocks import find_block, find_files
from tests.support.shown_output import assert_shown
from tests.support.states import STACK, export, held

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pulumi_userplane.emulator import Emulator

    Cli = Callable[..., Path]

COMMAND = [sys.executable, "-c", "from pulumi_userplane.cli import main; main()"]
SERVICE = "https://api.userplane.io/api/v1"


@pytest.fixture
def run(server: Emulator, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs the command with the server's account; returns what it prints, with the address of the service."""
    for name, value in server.environ().items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str, answer: str = "") -> str:
        done = CliRunner().invoke(app, list(arguments), input=answer)
        assert server.api_key not in done.output
        return done.output.replace(server.base_url, SERVICE)

    return call


def of_shop(text: str) -> str:
    """A state as it is in the project of the pages."""
    return text.replace("::p::", "::shop::").replace("pulumi:p/", "pulumi:shop/")


def configured(server: Emulator) -> str:
    """The configuration of a stack that holds the account."""
    values = {"apiKey": server.api_key, "workspaceId": server.workspace_id, "baseUrl": server.base_url}
    return json.dumps(
        {f"userplane:{key}": {"value": value, "secret": key == "apiKey"} for key, value in values.items()}
    )


def test_commands_page_shows_checks_of_doctor(run: Callable[..., str], server: Emulator, cli: Cli) -> None:
    cli()
    domains = [("dom_help", "help.acme.example", "verified"), ("dom_new", "new.acme.example", "pending")]
    keys = ("domainId", "domainUrl", "domainStatus")
    server.seed({"domains": [dict(zip(keys, domain, strict=True)) for domain in domains]})
    block = find_block("docs/commands.md", "$ pulumi-userplane doctor")
    assert "3.11.7" in block.text
    assert_shown(block._replace(text=block.text.replace("3.11.7", platform.python_version())), run("doctor"))


def test_commands_page_shows_links(
    run: Callable[..., str], server: Emulator, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    mark = "pulumi:shop/dev/checkout"
    link = server.add_link(
        domainId="dom_help", linkTitle="Help with checkout", linkProviderReference=f"{mark}#0123abcd"
    )
    cli(of_shop(export(STACK, held("checkout", link["linkId"]))), configured(server), selected="dev")
    for name in server.environ():
        monkeypatch.delenv(name)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    assert_shown(find_block("docs/commands.md", "$ pulumi-userplane links"), run("links"))


def test_recover_page_shows_an_orphaned_link(
    run: Callable[..., str], server: Emulator, cli: Cli, tmp_path: Path
) -> None:
    server.add_link(
        domainId="dom_help",
        linkId="lnk_4c7b2a90d1",
        linkTitle="Help with checkout",
        linkProviderReference="pulumi:shop/dev/checkout#0123abcd",
        createdAt="2026-01-05T08:00:00.000Z",
    )
    cli(of_shop(export(STACK, held("other", "lnk_other"))), configured(server))
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    printed = run("recover", "--stack", "dev")
    assert_shown(find_block("docs/recover.md", "$ pulumi-userplane recover --stack dev"), printed)


def test_probe_page_shows_a_probe(
    run: Callable[..., str], server: Emulator, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.set_behaviours(meta_key="linkMeta")
    for _ in range(3):
        server.add_link(domainId="dom_help")
    values = json.loads(configured(server))
    del values["userplane:baseUrl"]
    cli(configuration=json.dumps(values), selected="dev")
    for name in ("USERPLANE_API_KEY", "USERPLANE_WORKSPACE_ID"):
        monkeypatch.delenv(name)
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    first_line = "$ pulumi-userplane probe --domain help.acme.example --report report.json"
    block = find_block("docs/probe.md", "$ pulumi-userplane probe --domain help.acme.example --report report.json")
    # Only a terminal is asked.
    asked = "Begin? [y/N]: y\n"
    assert asked in block.text

    printed = run(*first_line.split()[2:], "--yes").replace("USERPLANE_BASE_URL", "the default")

    assert_shown(block._replace(text=block.text.replace(asked, "")), printed)


@pytest.mark.slow
def test_emulator_page_shows_what_the_emulator_prints() -> None:
    block = find_block("docs/emulator.md", "$ pulumi-userplane emulator\n")
    printed, used = _print_of_emulator("--port", "0")
    assert_shown(block, printed.replace(used, "8787"))


@pytest.mark.slow
def test_emulator_page_shows_what_the_emulator_prints_of_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "probe.json").write_text(find_files("docs/emulator.md")["probe.json"], "utf-8")
    block = find_block("docs/emulator.md", "$ pulumi-userplane emulator --like probe.json")
    printed, used = _print_of_emulator("--like", "probe.json", "--port", "0")
    assert_shown(block, printed.replace(used, "8787"))


def _print_of_emulator(*arguments: str) -> tuple[str, str]:
    """What the command prints until it serves, and the port that it took."""
    printed: list[str] = []
    with subprocess.Popen([*COMMAND, "emulator", *arguments], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        while (line := process.stdout.readline()) and not line.startswith("export USERPLANE_REQUESTS_PER_DAY="):
            printed.append(line)
        process.terminate()
    return "".join(printed), printed[0].partition("http://127.0.0.1:")[2].partition("/")[0]
