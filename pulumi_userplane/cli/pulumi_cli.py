"""Runs the Pulumi CLI that the user works with, to read a stack's configuration and state; changes nothing."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING

from pydantic import BaseModel, TypeAdapter, ValidationError

from pulumi_userplane.api.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

MAX_SECONDS = 120.0
"""How long the CLI may take. A remote backend or a busy machine takes many seconds, a CLI that hangs takes longer."""

_NO_STACK_SELECTED = "no stack selected"
_OPTION_VARIABLES = "PULUMI_OPTION_"
_HOW_TO_MEND = "change what the Pulumi CLI names, then run again"
_HOW_TO_DECRYPT = "set PULUMI_CONFIG_PASSPHRASE to the stack's passphrase, or PULUMI_CONFIG_PASSPHRASE_FILE to its file"


class ConfigValue(BaseModel):
    """A value in a stack's configuration, decrypted."""

    value: str = ""
    secret: bool = False


_CONFIGURATION = TypeAdapter(dict[str, ConfigValue])


def is_installed() -> bool:
    """Returns whether there is a Pulumi CLI on PATH."""
    return shutil.which("pulumi") is not None


def find_project_file(folder: Path) -> Path | None:
    """Returns the project's file in a folder or above it, or None."""
    candidates = (parent / name for parent in (folder, *folder.parents) for name in ("Pulumi.yaml", "Pulumi.yml"))
    return next((file for file in candidates if file.is_file()), None)


def read_selected_stack(folder: Path) -> str | None:
    """Returns the name of the stack that is selected in a project's folder; None without a CLI, a project or a stack.

    Raises:
        ConfigurationError: The CLI can't tell.
    """
    if not is_installed() or find_project_file(folder) is None:
        return None
    try:
        return run(folder, "stack", "--show-name").strip()
    except ConfigurationError as error:
        if _NO_STACK_SELECTED not in error.reason:
            raise
    if name := os.environ.get("PULUMI_STACK"):
        # The CLI prints the same for a stack that does not exist as for none.
        raise ConfigurationError(
            f"PULUMI_STACK names the stack {name}, which does not exist",
            next_step=f"create it with `pulumi stack init {shlex.quote(name)}`, or change the variable",
        )
    return None


def read_configuration(stack: str | None, folder: Path, file: Path | None = None) -> dict[str, ConfigValue]:
    """Returns a stack's configuration by its keys, secrets decrypted.

    Args:
        stack: The name, or None for the selected one. Don't pass a name that the CLI has printed, which may lack the
            organisation.
        folder: The project's folder.
        file: A file instead of the stack's own, as seen from the folder.

    Raises:
        ConfigurationError: There is no such file, or the CLI refused or printed something else.
    """
    if file is not None and not (folder / file).is_file():
        # The CLI takes a missing file for an empty configuration.
        raise ConfigurationError(
            f"there is no file {folder / file}",
            next_step="name it with --config-file as seen from the project's folder",
        )
    output = run(folder, "config", "--show-secrets", "--json", *build_stack_options(stack, file))
    try:
        return _CONFIGURATION.validate_json(output)
    except ValidationError:
        # pydantic's message would show the values, secrets among them.
        raise ConfigurationError(
            "`pulumi config --json` printed something that is not a configuration",
            next_step="run it yourself to see what it prints",
        ) from None


def build_stack_options(stack: str | None, file: Path | None = None) -> tuple[str, ...]:
    """Returns the arguments that name a stack and its configuration to the CLI; none for the selected stack's own."""
    return (*(("--stack", stack) if stack else ()), *(("--config-file", str(file)) if file else ()))


def format_command(*arguments: str, stack: str | None, file: Path | None) -> str:
    """Returns a command for a person to copy, for this stack and this configuration."""
    return shlex.join(("pulumi", *arguments, *build_stack_options(stack, file)))


def run(folder: Path, *arguments: str) -> str:
    """Runs `pulumi` and returns what it prints.

    Raises:
        ConfigurationError: `pulumi` can't run, fails, or takes too long.
    """
    command = f"`pulumi {' '.join(arguments)}`"
    if not folder.is_dir():
        raise ConfigurationError(f"there is no folder {folder}", next_step="name the project's with -C")
    try:
        result = subprocess.run(  # noqa: S603 - the CLI that the user works with, without a shell
            ["pulumi", *arguments, "--non-interactive", "--color=never"],  # noqa: S607 - found on PATH, as by the user
            cwd=folder,
            # Such a variable would be an option of this command, too, and could change what it prints.
            env={name: value for name, value in os.environ.items() if not name.startswith(_OPTION_VARIABLES)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            timeout=MAX_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise ConfigurationError(
            f"{command} can't run: there is no pulumi on PATH",
            next_step="put the folder of the Pulumi CLI on PATH",
        ) from None
    except subprocess.TimeoutExpired:
        raise ConfigurationError(
            f"{command} took longer than {MAX_SECONDS:.0f} s",
            next_step="run it yourself to see what it waits for",
        ) from None
    if result.returncode != 0:
        message = result.stderr.strip().removeprefix("error: ")
        raise ConfigurationError(
            f"{command} failed: {message}",
            next_step=_HOW_TO_DECRYPT if "passphrase" in message.lower() else _HOW_TO_MEND,
        )
    return result.stdout
