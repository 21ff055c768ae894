"""The settings of a command: its options, the stack's configuration, the environment, in this order."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import typer

from pulumi_userplane.api.advice import DASHBOARD_KEYS, steps
from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import pulumi_cli
from pulumi_userplane.settings import API_KEY, SECRETS, SETTINGS, WORKSPACE_ID, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pulumi_userplane.api import Client
    from pulumi_userplane.cli.pulumi_cli import ConfigValue
    from pulumi_userplane.setting import Setting

_OPTIONS = {"workspace_id": "--workspace", "base_url": "--base-url"}


class CommandSettings(Settings):
    """The settings of a command; the error for a missing key or workspace says how a command gets one."""

    def require_api_key(self) -> str:
        """Returns the API key.

        Raises:
            ConfigurationError: There is none; says how to set it.
        """
        if self.api_key is None:
            raise ConfigurationError(
                "no API key is set",
                next_step=f"create one at {DASHBOARD_KEYS} and set it with {_describe_ways(API_KEY)}",
            )
        return self.api_key

    def require_workspace_id(self) -> str:
        """Returns the workspace.

        Raises:
            ConfigurationError: There is none; says how to set it.
        """
        if self.workspace_id is None:
            raise ConfigurationError("no workspace is set", next_step=f"set it with {_describe_ways(WORKSPACE_ID)}")
        return self.workspace_id


@dataclass(frozen=True)
class Sources:
    """Where a command takes its settings from.

    Attributes:
        options: The command line's values, by the settings' arguments.
        stack: The stack whose configuration was read, or None.
        config_file: The file of that configuration, where it is not the stack's own.
        configuration: The configuration by its keys; empty without a stack.
        environ: The environment.
    """

    options: Mapping[str, str]
    stack: str | None
    config_file: Path | None
    configuration: Mapping[str, ConfigValue] = field(repr=False)
    environ: Mapping[str, str] = field(repr=False)

    @property
    def stack_description(self) -> str:
        """The stack and the file, in words."""
        return f"of stack {self.stack}" + (f" in {self.config_file}" if self.config_file else "")

    @property
    def _configuration_origin(self) -> str:
        return f"the configuration {self.stack_description}"

    def find_origin(self, setting: Setting) -> tuple[str, str | None]:
        """Returns where a setting comes from, in words, and its text; an empty text counts as not given."""
        configured = self.configuration.get(setting.config_key)
        candidates = (
            (_OPTIONS.get(setting.argument, ""), self.options.get(setting.argument)),
            (self._configuration_origin, configured.value if configured else None),
            (setting.variable, self.environ.get(setting.variable)),
            ("the default", setting.default),
        )
        return next(((origin, text) for origin, text in candidates if text), ("not given", None))

    def parse(self, setting: Setting) -> Any:  # noqa: ANN401 - of any kind, as Setting.read
        """Returns a setting's value.

        Raises:
            ConfigurationError: It is malformed.
        """
        origin, text = self.find_origin(setting)
        if text is None:
            return setting.read(lambda _key: None, {})
        parse = setting.parse_configured if origin == self._configuration_origin else setting.parse_from
        return parse(origin, text)

    def parse_all(self) -> CommandSettings:
        """Returns all settings, checked.

        Raises:
            ConfigurationError: One is malformed.
        """
        return CommandSettings(**{setting.argument: self.parse(setting) for setting in SETTINGS})

    def reject_plaintext_secrets(self) -> None:
        """Raises for a stack that holds a secret setting in plaintext, as the provider does for its program.

        Raises:
            ConfigurationError: `userplane:apiKey` or `userplane:limitStore` is configured and not a secret.
        """
        for setting in SECRETS:
            configured = self.configuration.get(setting.config_key)
            if configured and configured.value and not configured.secret:
                raise setting.plaintext_error


def inform(message: str) -> None:
    """Prints what a user may want to know, such as a wait."""
    typer.echo(f"info: {message}", err=True)


def _describe_ways(setting: Setting) -> str:
    """Returns how to set a setting for a command, which does not know the program's `userplane.Provider`."""
    option = f"{_OPTIONS[setting.argument]}, " if setting.argument in _OPTIONS else ""
    return f"{option}`{setting.config_set}`, or the variable {setting.variable}"


@dataclass(frozen=True)
class Account:
    """The account that a command uses.

    Attributes:
        settings: All settings.
        origins: Where each setting comes from, in words, by its argument.
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
        return self.settings.make_client(notify=inform)

    @property
    def summary(self) -> str:
        """Where key, workspace and base URL come from, in one line without the key."""
        values = {
            "api_key": "key" if self.settings.api_key else "no key",
            "workspace_id": f"workspace {self.settings.workspace_id}" if self.settings.workspace_id else "no workspace",
            "base_url": self.settings.base_url,
        }
        by_origin: dict[str, list[str]] = {}
        for argument, value in values.items():
            by_origin.setdefault(self.origins[argument], []).append(value)
        return "Account: " + "; ".join(
            ", ".join(values) + ("" if origin == "not given" else f" from {origin}")
            for origin, values in by_origin.items()
        )


def load_account(
    *,
    stack: str | None,
    folder: Path,
    config_file: Path | None = None,
    workspace: str | None = None,
    base_url: str | None = None,
) -> Account:
    """Returns the account that options, the stack's configuration and the environment set, in this order.

    Prints on standard error where they come from.

    Args:
        stack: The stack, or None for the one that is selected, if the folder is a project's.
        folder: The project's folder.
        config_file: What `--config-file` says.
        workspace: What `--workspace` says.
        base_url: What `--base-url` says.

    Raises:
        ConfigurationError: An option is empty, the configuration can't be read or holds a secret in plaintext, or a
            setting is malformed.
    """
    sources = load_sources(stack=stack, folder=folder, config_file=config_file, workspace=workspace, base_url=base_url)
    sources.reject_plaintext_secrets()
    origins = {setting.argument: sources.find_origin(setting)[0] for setting in SETTINGS}
    account = Account(sources.parse_all(), origins, sources.stack)
    typer.echo(account.summary, err=True)
    return account


def load_sources(
    *,
    stack: str | None,
    folder: Path,
    config_file: Path | None = None,
    workspace: str | None = None,
    base_url: str | None = None,
) -> Sources:
    """Returns the sources that `load_account` reads.

    Args:
        stack: The stack, as for `load_account`.
        folder: The project's folder.
        config_file: What `--config-file` says.
        workspace: What `--workspace` says.
        base_url: What `--base-url` says.

    Raises:
        ConfigurationError: An option is empty, or the configuration can't be read.
    """
    reject_empty_options(stack=stack, workspace=workspace, base_url=base_url)
    options = {"workspace_id": workspace or "", "base_url": base_url or ""}
    used_stack, configuration = _read_configuration(stack, folder.absolute(), config_file)
    return Sources(options, used_stack, config_file, configuration, os.environ)


def reject_empty_options(*, stack: str | None, workspace: str | None, base_url: str | None) -> None:
    """Raises for an option that is given without a value.

    Args:
        stack: What `--stack` says.
        workspace: What `--workspace` says.
        base_url: What `--base-url` says.

    Raises:
        ConfigurationError: One is empty.
    """
    for option, text in (("--stack", stack), ("--workspace", workspace), ("--base-url", base_url)):
        if text is not None and not text.strip():
            raise ConfigurationError(f"{option} is empty", next_step="give it a value, or leave it out")


def _read_configuration(
    stack: str | None, folder: Path, file: Path | None
) -> tuple[str | None, Mapping[str, ConfigValue]]:
    """Returns the stack whose configuration counts, or None, and the configuration by its keys."""
    if stack:
        return stack, pulumi_cli.read_configuration(stack, folder, file)
    try:
        selected = pulumi_cli.read_selected_stack(folder)
        configuration = pulumi_cli.read_configuration(None, folder, file) if selected else {}
    except ConfigurationError as error:
        error.next_step = steps(error.next_step, "or use no stack: name a folder outside of the project with -C")
        raise
    if file is not None and not selected:
        raise ConfigurationError(
            f"--config-file {file} is for a stack, and none is selected",
            next_step="name one with --stack, in the project's folder",
        )
    return selected, configuration
