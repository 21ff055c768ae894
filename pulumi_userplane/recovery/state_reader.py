"""Reads a stack's state as `pulumi stack export` prints it; the provider asks the Pulumi CLI that runs it for its own.

No request is sent to Userplane. A lock does not block the export.
"""

from __future__ import annotations

import logging
import os
import subprocess
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

import psutil
from pydantic import AwareDatetime, BaseModel, Field, TypeAdapter, ValidationError, model_validator
from typing_extensions import Self, TypedDict

from pulumi_userplane.api.cancellation import Cancellation
from pulumi_userplane.api.clock import SYSTEM_CLOCK
from pulumi_userplane.link_types import LINK_TYPES
from pulumi_userplane.property_names import to_python_names
from pulumi_userplane.recovery import ownership
from pulumi_userplane.recovery.processes import find_cli

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import datetime

    from pulumi_userplane.api.clock import Clock

EXPORT_SECONDS = 60.0
"""How long `pulumi stack export` may take."""

TRY_AGAIN_SECONDS = 5.0
"""How long an export is tried again: while the engine writes the state, the file may be incomplete."""

_PAUSE_SECONDS = 0.2
_INCOMPLETE = "EOF"

_LOG = logging.getLogger("pulumi_userplane")
_OPERATIONS = {"destroy", "dn", "down", "preview", "pre", "refresh", "up", "update", "watch"}
"""The commands that delete resources or show that they would. Another program that starts the plugin has none of them,
and must not be started with arguments that it does not know."""
_FLAGS_WITH_VALUES = "Ccmptv"


class Resource(BaseModel):
    """A resource in a state, as `pulumi stack export` writes it; secret values come encrypted.

    A link has its properties under Python's names, whether the dynamic provider or the plugin has recorded it.
    """

    urn: str
    type: str
    id: str = ""
    parent: str = ""
    delete: bool = False
    external: bool = False
    pending_replacement: bool = Field(default=False, alias="pendingReplacement")
    retain_on_delete: bool = Field(default=False, alias="retainOnDelete")
    deleted_with: str = Field(default="", alias="deletedWith")
    import_id: str = Field(default="", alias="importID")
    inputs: dict[str, Any] = {}
    outputs: dict[str, Any] = {}

    @model_validator(mode="after")
    def _use_python_names(self) -> Self:
        if self.is_link:
            self.inputs, self.outputs = to_python_names(self.inputs), to_python_names(self.outputs)
        return self

    @property
    def name(self) -> str:
        """The resource's name in the program."""
        return ownership.resource_name(self.urn)

    @property
    def is_link(self) -> bool:
        """Whether it is a recording link, of the dynamic provider or the plugin."""
        return self.type in LINK_TYPES

    @property
    def is_managed_link(self) -> bool:
        """Whether it is a recording link that the program manages, not one that it looks up or is to be deleted."""
        return self.is_link and not self.external and not self.delete

    @property
    def holds_link(self) -> bool:
        """Whether it keeps a live link, also one that is to be deleted; one that is only looked up does not count."""
        is_deleted = self.pending_replacement or not self.id
        return self.is_link and not self.external and not is_deleted

    @property
    def mark(self) -> str:
        """The mark under which it is or was created; empty where it has none."""
        mark = self.inputs.get("mark", "")
        # A secret comes encrypted.
        return mark if isinstance(mark, str) else ownership.make_for_urn(self.urn)

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
    manifest: Any = None

    @property
    def written_at(self) -> datetime | None:
        """When the CLI wrote it; None if that is not said."""
        try:
            return _MANIFEST.validate_python(self.manifest)["time"]
        except ValidationError:
            return None

    @property
    def entries(self) -> list[Entry]:
        """Each live link under each of its names; neither one that is only looked up, nor one that is deleted."""
        return [Entry(resource.id, resource.urn) for resource in self.resources if resource.holds_link]

    @property
    def pending_creations(self) -> list[Resource]:
        """The links that are being created: by a run in progress, or by one that was interrupted."""
        creating = (operation.resource for operation in self.pending_operations if operation.type == "creating")
        return [resource for resource in creating if resource is not None and resource.is_link]


class _Manifest(TypedDict):
    time: AwareDatetime


# Only those who ask for the time depend on it.
_MANIFEST = TypeAdapter(_Manifest)


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


class StateReader:
    """Reads the state of this run's stack, and reads it again only for those who came later.

    Args:
        read: Reads the state, or returns None where that can't be done.
        clock: Orders reads and creations.
    """

    def __init__(self, read: Callable[[], Deployment | None], clock: Clock = SYSTEM_CLOCK) -> None:
        self._read = read
        self._clock = clock
        self._lock = threading.Lock()
        self._state: Deployment | None = None
        self._began: float | None = None

    def read(self, since: float) -> Deployment | None:
        """Returns the state as it was at some time after `since`, or None where it can't be read.

        Args:
            since: In seconds of the clock's `monotonic`. The engine writes a creation's own entry before it calls the
                provider, so a read that began after that call shows it.
        """
        with self._lock:
            if self._began is None or self._began < since:
                began = self._clock.monotonic()
                self._state = self._read()
                self._began = began
            return self._state


def read_state(
    find: Callable[[], psutil.Process | None] = find_cli,
    timeout: float = EXPORT_SECONDS,
    clock: Clock = SYSTEM_CLOCK,
    cancellation: Cancellation | None = None,
) -> Deployment | None:
    """Returns the state of this run's stack as it is now, or None if it can't be read.

    Args:
        find: Returns the CLI that runs this provider.
        timeout: How many seconds its export may take.
        clock: What the time of further attempts goes by.
        cancellation: Ends the export if it is requested.

    Raises:
        RunCanceledError: It was requested.
    """
    cli = find()
    cancellation = cancellation or Cancellation()
    try:
        words = [] if cli is None else cli.cmdline()
        if cli is None or not _OPERATIONS & set(words):
            return None
        until = clock.monotonic() + TRY_AGAIN_SECONDS
        while (state := _read_whole(cli, words, timeout, cancellation)) is None and clock.monotonic() < until:
            clock.sleep(_PAUSE_SECONDS)
    except (psutil.Error, OSError, subprocess.SubprocessError, ValueError) as error:
        _LOG.info("the state can't be read: %s", type(error).__name__)
        return None
    return state


def _read_whole(
    cli: psutil.Process, words: Sequence[str], timeout: float, cancellation: Cancellation
) -> Deployment | None:
    """Returns the state, or None where its file was incomplete just now."""
    try:
        # A stack that nothing was ever deployed to has none.
        return parse_export(_export(cli.exe(), cli.cwd(), words, timeout, cancellation)) or Deployment()
    except subprocess.CalledProcessError as error:
        if _INCOMPLETE not in str(error.stderr):
            raise
        return None


def _export(program: str, folder: str, words: Sequence[str], timeout: float, cancellation: Cancellation) -> str:
    """Returns what `pulumi stack export` prints."""
    stack = parse_stack_option(words)
    command = [program, "stack", "export", "--non-interactive", *(["--stack", stack] if stack else [])]
    process = subprocess.Popen(  # noqa: S603 - the CLI that started this process, without a shell
        command,
        cwd=folder,
        env={name: value for name, value in os.environ.items() if not _is_option_of_run(name)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    with process, cancellation.call_when_requested(process.kill):
        try:
            output, errors = process.communicate(timeout=timeout)
        except BaseException:
            process.kill()
            raise
    cancellation.require_not_requested()
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command, output, errors)
    return output


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
