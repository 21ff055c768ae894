"""The Pulumi CLI is run for a stack's configuration and state, and its failures are explained."""

from __future__ import annotations

import shlex
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import pulumi_cli

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def failure(folder: Path, *arguments: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        pulumi_cli.run(folder, *arguments)
    text = str(caught.value)
    assert "\n" not in text
    return text


def test_run_passes_on_error_of_cli(cli: Callable[..., Path], tmp_path: Path) -> None:
    cli(fails="error: no stack named 'dev' found\nmore\n")
    assert failure(tmp_path, "stack", "export") == (
        "`pulumi stack export` failed: no stack named 'dev' found more; "
        "change what the Pulumi CLI names, then run again"
    )


def test_run_says_what_is_missing_when_cli_or_folder_does_not_exist(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert failure(tmp_path / "none", "version") == f"there is no folder {tmp_path}/none; name the project's with -C"
    monkeypatch.setenv("PATH", str(tmp_path))
    assert failure(tmp_path, "version") == (
        "`pulumi version` can't run: there is no pulumi on PATH; put the folder of the Pulumi CLI on PATH"
    )


def test_run_gives_up_when_cli_does_not_end(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def too_long(*_: Any, timeout: float, **__: Any) -> None:
        raise subprocess.TimeoutExpired("pulumi", timeout)

    monkeypatch.setattr(subprocess, "run", too_long)
    assert failure(tmp_path, "version") == (
        "`pulumi version` took longer than 120 s; run it yourself to see what it waits for"
    )


def test_read_selected_stack_raises_when_cli_fails_otherwise(cli: Callable[..., Path], tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    cli(fails="error: PULUMI_ACCESS_TOKEN must be set for login during non-interactive CLI sessions\n")
    with pytest.raises(ConfigurationError, match="PULUMI_ACCESS_TOKEN must be set"):
        pulumi_cli.read_selected_stack(tmp_path)


@pytest.mark.parametrize("named", ["nope", "acme/p/no pe"])
def test_read_selected_stack_raises_when_variable_names_unknown_stack(
    named: str, cli: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "Pulumi.yaml").touch()
    cli()
    monkeypatch.setenv("PULUMI_STACK", named)
    with pytest.raises(ConfigurationError) as caught:
        pulumi_cli.read_selected_stack(tmp_path)
    assert str(caught.value) == (
        f"PULUMI_STACK names the stack {named}, which does not exist; "
        f"create it with `pulumi stack init {shlex.quote(named)}`, or change the variable"
    )
    # An empty one selects nothing, as with `pulumi`.
    monkeypatch.setenv("PULUMI_STACK", "")
    assert pulumi_cli.read_selected_stack(tmp_path) is None


def test_run_hides_option_variables_from_cli(
    cli: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (cli().parent / "pulumi").write_text("#!/bin/sh\nenv\n")
    for name in ("FILE", "VERSION", "JSON", "STACK"):
        monkeypatch.setenv(f"PULUMI_OPTION_{name}", "x")
    monkeypatch.setenv("PULUMI_BACKEND_URL", "file://x")
    heard = pulumi_cli.run(tmp_path, "stack", "export")
    assert "PULUMI_OPTION_" not in heard
    assert "PULUMI_BACKEND_URL=file://x" in heard
