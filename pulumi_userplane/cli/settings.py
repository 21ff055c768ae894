"""The settings of a command: its options, the stack's configuration, the environment, in this order."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer

from pulumi_userplane.api.errors import ConfigurationError, steps
from pulumi_userplane.cli import pulumi_cli
from pulumi_userplane.settings import API_KEY, MAKE_KEY_SECRET, PLAINTEXT_KEY, SETTINGS, WORKSPACE_ID, Setting, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pulumi_userplane.api import Client
    from pulumi_userplane.cli.pulumi_cli import ConfigValue

_OPTIONS = {"workspace_id": "--workspace", "base_url": "--base-url"}


class CommandSettings(Settings):
    """The settings of a command: the error for a missing workspace names the command's ways to give one."""

    def require_workspace_id(self) -> str:
        """Returns the workspace.

        Raises:
            ConfigurationError: There is none; says the ways to give it.
        """
        if self.workspace_id is None:
            raise ConfigurationError("no workspace is set", next_step=f"set it with {_how_to_set(WORKSPACE_ID)}")
        return self.workspace_id


@dataclass(frozen=True)
class Sources:
    """Where a command takes its settings from.

    Attributes:
        options: What the command line says, by the settings' arguments.
        stack: The stack whose configuration was read, or None.
        config_file: The file in which it stands, where that is not the stack's own.
        configured: That configuration by its keys; empty without a stack.
        environ: The environment.
    """

    options: Mapping[str, str]
    stack: str | None
    config_file: Path | None
    configuration: Mapping[str, ConfigValue] = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)

    @property
    def stack_description(self) -> str:
        """Whose configuration it is, in words."""
        return f"of stack {self.stack}" + (f" in {self.config_file}" if self.config_file else "")

    def find_origin(self, setting: Setting) -> tuple[str, str | None]:
        """Returns where a setting comes from, in words, and its text; an empty text counts as not given."""
        configured = self.configuration.get(setting.config_key)
        ways = (
            (_OPTIONS.get(setting.argument, ""), self.options.get(setting.argument)),
            (f"the configuration {self.stack_description}", configured.value if configured else None),
            (setting.variable, self.environ.get(setting.variable)),
            ("the default", setting.default),
        )
        return next(((origin, text) for origin, text in ways if text), ("not given", None))

    def parse(self, setting: Setting) -> Any:  # noqa: ANN401 - of any kind, as Setting.read
        """Returns what a setting says.

        Raises:
            ConfigurationError: It is malformed.
        """
        text = self.find_origin(setting)[1]
        try:
            return setting.read(lambda _key: text, {})
        except ConfigurationError as error:
            error.next_step = f"set it with {_how_to_set(setting)}"
            raise

    def parse_all(self) -> CommandSettings:
        """Returns all settings, checked.

        Raises:
            ConfigurationError: One is malformed.
        """
        return CommandSettings(**{setting.argument: self.parse(setting) for setting in SETTINGS})

    def reject_plaintext_key(self) -> None:
        """Stops a command whose stack holds the API key in plaintext, as a program of that stack is stopped.

        Raises:
            ConfigurationError: `userplane:apiKey` is configured and not a secret.
        """
        configured = self.configuration.get(API_KEY.config_key)
        if configured and configured.value and not configured.secret:
            raise ConfigurationError(PLAINTEXT_KEY, next_step=MAKE_KEY_SECRET)


def inform(message: str) -> None:
    """Prints what a user may want to know, such as a wait."""
    typer.echo(f"info: {message}", err=True)


def _how_to_set(setting: Setting) -> str:
    """How to give a setting to a command; `userplane.Provider` counts in programs only."""
    option = f"{_OPTIONS[setting.argument]}, " if setting.argument in _OPTIONS else ""
    secret = "--secret " if setting is API_KEY else ""
    return f"{option}`pulumi config set {secret}{setting.config_key}`, or the variable {setting.variable}"


@dataclass(frozen=True)
class Account:
    """The account that a command works with.

    Attributes:
        settings: All settings.
        origins: Where each comes from, in words, by its argument.
        stack: The name of the stack whose configuration was read, or None.
    """

    settings: Settings
    origins: Mapping[str, str]
    stack: str | None

    @cached_property
    def client(self) -> Client:
        """The client of this account.

        Raises:
            ConfigurationError: There is no key.
        """
        return self.settings.client(notify=inform)

    @property
    def summary(self) -> str:
        """Where key, workspace and base URL come from, in one line without the key."""
        whats = {
            "api_key": "key" if self.settings.api_key else "no key",
            "workspace_id": f"workspace {self.settings.workspace_id}" if self.settings.workspace_id else "no workspace",
            "base_url": self.settings.base_url,
        }
        by_origin: dict[str, list[str]] = {}
        for argument, what in whats.items():
            by_origin.setdefault(self.origins[argument], []).append(what)
        return "Account: " + "; ".join(
            ", ".join(what) + ("" if origin == "not given" else f" from {origin}") for origin, what in by_origin.items()
        )


def load_account(
    *,
    stack: str | None,
    folder: Path,
    config_file: Path | None = None,
    workspace: str | None = None,
    base_url: str | None = None,
) -> Account:
    """Returns the account that a command's options, the stack's configuration and the environment name.

    Prints on standard error where it comes from.

    Args:
        stack: The stack, or None for the one that is selected, if the folder is a project's.
        folder: The project's folder.
        config_file: What `--config-file` says.
        workspace: What `--workspace` says.
        base_url: What `--base-url` says.

    Raises:
        ConfigurationError: An option is empty, the configuration can't be read or holds the key in plaintext, or a
            setting is malformed.
    """
    found = load_sources(stack=stack, folder=folder, config_file=config_file, workspace=workspace, base_url=base_url)
    found.reject_plaintext_key()
    origins = {setting.argument: found.find_origin(setting)[0] for setting in SETTINGS}
    used = Account(found.parse_all(), origins, found.stack)
    typer.echo(used.summary, err=True)
    return used


def load_sources(
    *,
    stack: str | None,
    folder: Path,
    config_file: Path | None = None,
    workspace: str | None = None,
    base_url: str | None = None,
) -> Sources:
    """Returns what `account` reads.

    Args:
        stack: As in `account`, like the next four.
        folder: The project's folder.
        config_file: What `--config-file` says.
        workspace: What `--workspace` says.
        base_url: What `--base-url` says.

    Raises:
        ConfigurationError: An option is empty, or the configuration can't be read.
    """
    for option, text in (("--stack", stack), ("--workspace", workspace), ("--base-url", base_url)):
        if text is not None and not text.strip():
            raise ConfigurationError(f"{option} is empty", next_step="give it a value, or leave it out")
    options = {"workspace_id": workspace or "", "base_url": base_url or ""}
    used, configured = _read_configuration(stack, folder.absolute(), config_file)
    return Sources(options, used, config_file, configured, os.environ)


def _read_configuration(
    stack: str | None, folder: Path, file: Path | None
) -> tuple[str | None, Mapping[str, ConfigValue]]:
    """The stack whose configuration counts, or None, and what it says by its keys."""
    if stack:
        return stack, pulumi_cli.read_configuration(stack, folder, file)
    try:
        selected = pulumi_cli.read_selected_stack(folder)
        configured = pulumi_cli.read_configuration(None, folder, file) if selected else {}
    except ConfigurationError as error:
        error.next_step = steps(error.next_step, "a folder outside of the project (-C DIR) leaves its stack out of it")
        raise
    if file is not None and not selected:
        raise ConfigurationError(
            f"--config-file {file} is for a stack, and none is selected",
            next_step="name one with --stack, in the project's folder",
        )
    return selected, configured
