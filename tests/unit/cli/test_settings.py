"""A command takes its settings from options, the stack and the environment, and says from where."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import typer
from typer.testing import CliRunner

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli.doctor.command import doctor
from pulumi_userplane.cli.export.command import export
from pulumi_userplane.cli.import_file.command import import_file
from pulumi_userplane.cli.links.command import links
from pulumi_userplane.cli.recover.command import recover
from pulumi_userplane.cli.settings import load_account, load_sources
from tests.support.states import export_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from pulumi_userplane.emulator import Emulator

    Cli = Callable[..., Path]

CONFIG = {
    "userplane:apiKey": {"value": "uspl_of_the_stack", "secret": True},
    "userplane:workspaceId": {"value": "ws_of_the_stack", "secret": False},
    "userplane:extraProviderTypes": {"value": '["a","b"]', "secret": False, "objectValue": ["a", "b"]},
    "p:other": {"value": "1", "secret": False},
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("USERPLANE_API_KEY", "uspl_of_the_shell")
    monkeypatch.setenv("USERPLANE_WORKSPACE_ID", "ws_of_the_shell")
    monkeypatch.setenv("USERPLANE_BASE_URL", "https://shell.example/api/v1")


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder inside of a project."""
    (tmp_path / "Pulumi.yaml").write_text("name: p\nruntime: python\n")
    inner = tmp_path / "inner"
    inner.mkdir()
    return inner


@pytest.mark.usefixtures("environment")
def test_option_wins_over_stack_and_stack_over_environment(cli: Cli, project: Path) -> None:
    asked = cli(configuration=json.dumps(CONFIG))

    found = load_account(stack="acme/p/dev", folder=project, base_url="http://127.0.0.1:1/api/v1")

    assert found.settings.api_key == "uspl_of_the_stack"
    assert found.settings.workspace_id == "ws_of_the_stack"
    assert found.settings.base_url == "http://127.0.0.1:1/api/v1"
    assert found.settings.extra_provider_types == ("a", "b")
    assert found.settings.requests_per_minute == 120
    assert found.origins["requests_per_minute"] == "the default"
    assert found.summary == (
        "Account: key, workspace ws_of_the_stack from the configuration of stack acme/p/dev; "
        "http://127.0.0.1:1/api/v1 from --base-url"
    )
    assert load_account(stack="dev", folder=project, workspace="ws_given").settings.workspace_id == "ws_given"
    assert asked.read_text().splitlines()[0] == (
        f"{project} config --show-secrets --json --stack acme/p/dev --non-interactive --color=never"
    )


@pytest.mark.usefixtures("environment")
def test_environment_counts_when_stack_lacks_setting(cli: Cli, project: Path) -> None:
    cli(configuration='{"userplane:workspaceId": {"value": "", "secret": false}}')
    found = load_account(stack="dev", folder=project)
    assert found.summary == (
        "Account: key from USERPLANE_API_KEY; workspace ws_of_the_shell from USERPLANE_WORKSPACE_ID; "
        "https://shell.example/api/v1 from USERPLANE_BASE_URL"
    )


def test_selected_stack_counts_in_project_folder(cli: Cli, project: Path) -> None:
    asked = cli(configuration=json.dumps(CONFIG), selected="dev")
    found = load_account(stack=None, folder=project)
    assert (found.stack, found.settings.workspace_id) == ("dev", "ws_of_the_stack")
    assert [line.split(" --non")[0] for line in asked.read_text().splitlines()] == [
        f"{project} stack --show-name",
        f"{project} config --show-secrets --json",
    ]


@pytest.mark.usefixtures("environment")
def test_environment_counts_alone_when_there_is_no_stack(
    cli: Cli, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = cli(configuration=json.dumps(CONFIG))
    assert load_account(stack=None, folder=project).stack is None  # none is selected
    assert "config" not in asked.read_text()
    asked.unlink()
    (tmp_path / "Pulumi.yaml").unlink()
    assert load_account(stack=None, folder=project).settings.workspace_id == "ws_of_the_shell"  # no project
    assert not asked.exists()
    (tmp_path / "Pulumi.yml").touch()
    monkeypatch.setenv("PATH", str(tmp_path))
    assert load_account(stack=None, folder=project).origins["api_key"] == "USERPLANE_API_KEY"  # no CLI


def test_config_file_is_read_as_seen_from_project_folder(cli: Cli, project: Path) -> None:
    asked = cli(configuration=json.dumps(CONFIG), selected="dev")
    (project / "ci.yaml").touch()
    for stack in (None, "dev"):
        found = load_account(stack=stack, folder=project, config_file=Path("ci.yaml"))
        assert found.summary.startswith(
            "Account: key, workspace ws_of_the_stack from the configuration of stack dev in ci.yaml; "
        )
    assert [line.partition(" --non")[0] for line in asked.read_text().splitlines()] == [
        f"{project} stack --show-name",
        f"{project} config --show-secrets --json --config-file ci.yaml",
        f"{project} config --show-secrets --json --stack dev --config-file ci.yaml",
    ]


def test_config_file_is_error_when_it_cannot_be_used(cli: Cli, project: Path) -> None:
    cli(configuration=json.dumps(CONFIG))
    with pytest.raises(ConfigurationError) as caught:
        load_account(stack="dev", folder=project, config_file=Path("ci.yaml"))
    assert str(caught.value) == (
        f"there is no file {project / 'ci.yaml'}; name it with --config-file as seen from the project's folder"
    )
    (project / "ci.yaml").touch()
    with pytest.raises(ConfigurationError) as caught:
        load_account(stack=None, folder=project, config_file=Path("ci.yaml"))
    assert str(caught.value) == (
        "--config-file ci.yaml is for a stack, and none is selected; name one with --stack, in the project's folder"
    )


def test_command_stops_when_variable_names_unknown_stack(
    cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cli(configuration=json.dumps(CONFIG))
    monkeypatch.setenv("PULUMI_STACK", "nope")
    with pytest.raises(
        ConfigurationError, match=r"^PULUMI_STACK names the stack nope.*; or use no stack: name a folder"
    ):
        load_account(stack=None, folder=project)


@pytest.mark.parametrize("command", [doctor, links, export, import_file, recover])
def test_commands_read_pulumi_option_variables(
    command: Callable[..., None], cli: Cli, project: Path, server: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = cli(configuration="{}", exported=export_of(None))
    (project / "ci.yaml").touch()
    skeleton = project / "new.json"
    skeleton.write_text('{"resources": []}')
    monkeypatch.setenv("PULUMI_OPTION_CWD", str(project))
    monkeypatch.setenv("PULUMI_OPTION_STACK", "dev")
    monkeypatch.setenv("PULUMI_OPTION_CONFIG_FILE", "ci.yaml")
    monkeypatch.setenv("PULUMI_OPTION_FILE", str(project / "elsewhere"))
    for name, value in server.environ().items():
        monkeypatch.setenv(name, value)
    more = {export: ["--out", str(project / "out")], import_file: [str(skeleton)]}
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command)

    CliRunner().invoke(app, more.get(command, []))

    lines = [line for line in asked.read_text().splitlines() if " version " not in line]
    assert lines[0] == (
        f"{project} config --show-secrets --json --stack dev --config-file ci.yaml --non-interactive --color=never"
    )
    assert set(lines[1:]) <= {f"{project} stack export --stack dev --non-interactive --color=never"}


def test_summary_says_no_key_when_nothing_is_set(tmp_path: Path) -> None:
    found = load_account(stack=None, folder=tmp_path)
    assert found.summary == "Account: no key, no workspace; https://api.userplane.io/api/v1 from the default"
    assert found.origins["workspace_id"] == "not given"
    with pytest.raises(ConfigurationError, match="no API key"):
        _ = found.client


@pytest.mark.usefixtures("environment")
def test_load_account_raises_when_configuration_is_unreadable(cli: Cli, project: Path) -> None:
    cli(fails="error: could not decrypt configuration: incorrect passphrase\n")
    with pytest.raises(ConfigurationError) as caught:
        load_account(stack="dev", folder=project)
    assert str(caught.value) == (
        "`pulumi config --show-secrets --json --stack dev` failed: "
        "could not decrypt configuration: incorrect passphrase; set PULUMI_CONFIG_PASSPHRASE "
        "to the stack's passphrase, or PULUMI_CONFIG_PASSPHRASE_FILE to its file"
    )
    with pytest.raises(ConfigurationError, match=r"failed: could not.*; or use no stack: name a folder outside of"):
        load_account(stack=None, folder=project)


def test_plaintext_key_is_refused(cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cli(configuration='{"userplane:apiKey": {"value": "uspl_in_clear", "secret": false}}', selected="dev")
    for stack in ("dev", None):
        with pytest.raises(ConfigurationError) as caught:
            load_account(stack=stack, folder=project)
        assert str(caught.value) == (
            "userplane:apiKey is configured in plaintext, and Pulumi would write it into the state unencrypted; "
            "run `pulumi config set --secret userplane:apiKey`; "
            "revoke this key if a state or repository already holds it"
        )
    cli(configuration='{"userplane:apiKey": {"value": "", "secret": false}}')
    monkeypatch.setenv("USERPLANE_API_KEY", "uspl_of_the_shell")
    assert load_account(stack="dev", folder=project).settings.api_key == "uspl_of_the_shell"


@pytest.mark.parametrize("command", [links, export, import_file, recover])
def test_commands_send_nothing_when_key_is_in_plaintext(
    command: Callable[..., None], cli: Cli, project: Path, server: Emulator
) -> None:
    content = {
        "userplane:apiKey": {"value": server.api_key, "secret": False},
        "userplane:workspaceId": {"value": server.workspace_id, "secret": False},
        "userplane:baseUrl": {"value": server.base_url, "secret": False},
    }
    cli(configuration=json.dumps(content), selected="dev")
    skeleton = project / "new.json"
    skeleton.write_text('{"resources": []}')
    more = {export: ["--out", str(project / "out")], import_file: [str(skeleton)]}
    app = typer.Typer(pretty_exceptions_enable=False)
    app.command()(command)

    done = CliRunner().invoke(app, ["-C", str(project), *more.get(command, [])])

    assert done.exit_code == 1
    assert done.output.startswith("userplane:apiKey is configured in plaintext")
    assert done.output.count("\n") == 1
    assert server.api_key not in done.output
    assert server.requests == []


@pytest.mark.parametrize("text", ["no JSON", "[]", '{"userplane:apiKey": {"value": {"uspl_canary": 1}}}'])
def test_error_holds_no_values_when_configuration_is_malformed(text: str, cli: Cli, project: Path) -> None:
    cli(configuration=text)
    with pytest.raises(ConfigurationError) as caught:
        load_account(stack="dev", folder=project)
    assert str(caught.value) == (
        "`pulumi config --json` printed something that is not a configuration; run it yourself to see what it prints"
    )


def test_error_says_where_a_malformed_setting_came_from(cli: Cli, project: Path) -> None:
    cli(configuration='{"userplane:baseUrl": {"value": "http://x.example", "secret": false}}')
    with pytest.raises(ConfigurationError) as caught:
        load_account(stack="dev", folder=project)
    assert str(caught.value) == (
        "userplane:baseUrl in the configuration of stack dev is malformed: the base URL must begin with https:// (http "
        "is for this machine only, not x.example); correct it with `pulumi config set userplane:baseUrl`"
    )
    with pytest.raises(ConfigurationError) as caught:
        load_account(stack="dev", folder=project, base_url="nope")
    assert str(caught.value).startswith("--base-url is malformed: the base URL ")
    assert str(caught.value).endswith("; correct it")


def test_error_says_how_to_set_when_workspace_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_account(stack=None, folder=tmp_path).settings.require_workspace_id()
    assert str(caught.value) == (
        "no workspace is set; set it with --workspace, `pulumi config set userplane:workspaceId`, "
        "or the variable USERPLANE_WORKSPACE_ID"
    )


def test_texts_hide_key(cli: Cli, project: Path) -> None:
    cli(configuration=json.dumps(CONFIG))
    found = load_sources(stack="dev", folder=project)
    said = (
        repr(found)
        + repr(load_account(stack="dev", folder=project))
        + load_account(stack="dev", folder=project).summary
    )
    assert "uspl_of_the_stack" not in said


def test_client_has_key_and_address_of_account(cli: Cli, project: Path) -> None:
    cli(configuration=json.dumps(CONFIG))
    assert (
        load_account(stack="dev", folder=project, base_url="https://x.example/").client.base_url == "https://x.example"
    )


@pytest.mark.usefixtures("environment")
@pytest.mark.parametrize("argument", ["stack", "workspace", "base_url"])
@pytest.mark.parametrize("empty", ["", " "])
def test_option_is_refused_when_it_is_empty(cli: Cli, project: Path, argument: str, empty: str) -> None:
    cli(configuration=json.dumps(CONFIG), selected="dev")
    given: dict[str, Any] = {"stack": None, argument: empty}
    with pytest.raises(ConfigurationError) as caught:
        load_account(**given, folder=project)
    option = f"--{argument.replace('_', '-')}"
    assert str(caught.value) == f"{option} is empty; give it a value, or leave it out"


@pytest.mark.parametrize("number", ["99999999999999999999", "9" * 5000], ids=["20 digits", "5000 digits"])
def test_number_is_refused_when_it_is_out_of_bounds(
    cli: Cli, project: Path, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    problem = "is malformed: it must be at most 100,000, 0 for no limit; correct it"
    configuration = {"userplane:requestsPerMinute": {"value": number, "secret": False}}
    cli(configuration=json.dumps(configuration), selected="dev")
    with pytest.raises(ConfigurationError) as caught:
        load_account(stack=None, folder=project)
    assert str(caught.value) == (
        f"userplane:requestsPerMinute in the configuration of stack dev {problem} with "
        "`pulumi config set userplane:requestsPerMinute`"
    )
    cli(configuration="{}", selected="dev")
    monkeypatch.setenv("USERPLANE_REQUESTS_PER_MINUTE", number)
    with pytest.raises(ConfigurationError) as caught:
        load_account(stack=None, folder=project)
    assert str(caught.value) == f"USERPLANE_REQUESTS_PER_MINUTE {problem}"
