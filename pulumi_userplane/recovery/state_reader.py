"""Reads a stack's state as `pulumi stack export` prints it; the provider asks the Pulumi CLI that runs it for its own.

No request is sent to Userplane.
"""

from __future__ import annotations

import logging
import os
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil
from pydantic import BaseModel, Field

from pulumi_userplane.recovery import ownership
from pulumi_userplane.recovery.processes import find_cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

LINK_TYPE = "pulumi-python:dynamic/userplane:RecordingLink"
EXPORT_SECONDS = 60.0
"""How long `pulumi stack export` may take."""

_LOG = logging.getLogger("pulumi_userplane")
_OPERATIONS = {"destroy", "dn", "down", "preview", "pre", "refresh", "up", "update", "watch"}
"""The commands that delete resources or show that they would. Another program that starts the plugin has none of them,
and must not be started with arguments that it does not know."""
_FLAGS_WITH_VALUES = "Ccmptv"


class Resource(BaseModel):
    """A resource in a state, as `pulumi stack export` writes it; secret values come encrypted."""

    urn: str
    type: str
    id: str = ""
    parent: str = ""
    delete: bool = False
    external: bool = False
    pending_replacement: bool = Field(default=False, alias="pendingReplacement")
    inputs: dict[str, Any] = {}
    outputs: dict[str, Any] = {}

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return ownership.resource_name(self.urn)

    @property
    def is_managed_link(self) -> bool:
        """Whether it is a recording link that the program manages, not one that it looks up or is to be deleted."""
        return self.type == LINK_TYPE and not self.external and not self.delete

    @property
    def holds_link(self) -> bool:
        """Whether it keeps a live link, also one that is to be deleted; one that is only looked up does not count."""
        is_deleted = self.pending_replacement or not self.id
        return self.type == LINK_TYPE and not self.external and not is_deleted

    def text(self, key: str) -> str | None:
        """Returns a property that is plain text, or None."""
        value = self.outputs.get(key, self.inputs.get(key))
        return value if isinstance(value, str) and value else None


class PendingOperation(BaseModel):
    """What an interrupted run was doing to a resource, such as `creating`."""

    type: str = ""
    resource: Resource | None = None


class Deployment(BaseModel):
    """The state of a stack: its resources, and what interrupted runs were doing."""

    resources: list[Resource] = []
    pending_operations: list[PendingOperation] = []


class _Export(BaseModel):
    deployment: Deployment | None


class Entry(NamedTuple):
    """A link, as the state holds it under one name."""

    link_id: str
    urn: str


def parse_export(text: str) -> Deployment | None:
    """Returns what `pulumi stack export` has printed; None for a stack that nothing was ever deployed to.

    Raises:
        ValueError: The text is not an exported state.
    """
    return _Export.model_validate_json(text).deployment


def read_entries(
    find: Callable[[], psutil.Process | None] = find_cli, timeout: float = EXPORT_SECONDS
) -> list[Entry] | None:
    """Returns each link in the state of this run's stack under each of its names, or None if it can't be read.

    A link that is only looked up has no entry, and neither has one that is already deleted.

    Args:
        find: Returns the CLI that runs this provider.
        timeout: How many seconds its export may take.
    """
    cli = find()
    try:
        words = [] if cli is None else cli.cmdline()
        if cli is None or not _OPERATIONS & set(words):
            return None
        deployment = parse_export(_export(cli.exe(), cli.cwd(), words, timeout))
    except (psutil.Error, OSError, subprocess.SubprocessError, ValueError) as error:
        _LOG.info("the state can't be read: %s", type(error).__name__)
        return None
    if deployment is None:
        return None
    return [Entry(resource.id, resource.urn) for resource in deployment.resources if resource.holds_link]


def _export(program: str, folder: str, words: Sequence[str], timeout: float) -> str:
    """Returns what `pulumi stack export` prints."""
    stack = parse_stack_option(words)
    return subprocess.run(  # noqa: S603 - the CLI that started this process, without a shell
        [program, "stack", "export", "--non-interactive", *(["--stack", stack] if stack else [])],
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not _is_option_of_run(name)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=True,
    ).stdout


def _is_option_of_run(variable: str) -> bool:
    """Options count for every command: PULUMI_OPTION_FILE would send the state to a file. The stack is the same one."""
    return variable.startswith("PULUMI_OPTION_") and variable != "PULUMI_OPTION_STACK"


def parse_stack_option(words: Iterable[str]) -> str | None:
    """Returns the stack that a command line of the CLI names by --stack or -s, or None; the last one counts."""
    stack = None
    rest = iter(words)
    for word in rest:
        if word == "--":
            break
        if word == "--stack":
            stack = next(rest, stack)
        elif word.startswith("--stack="):
            stack = word.removeprefix("--stack=")
        elif word.startswith("-") and not word.startswith("--"):
            flags, short_option, value = word[1:].partition("s")
            # Short flags may share a dash; one that takes a value takes what follows.
            if short_option and not set(flags) & set(_FLAGS_WITH_VALUES):
                stack = value.removeprefix("=") or next(rest, stack)
    return stack
