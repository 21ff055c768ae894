"""Reads the states that --stack and --state name: from the Pulumi CLI, or from an exported file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml
from pydantic import ValidationError

from pulumi_userplane.api.advice import steps
from pulumi_userplane.api.errors import ConfigurationError
from pulumi_userplane.cli import pulumi_cli
from pulumi_userplane.cli.errors import make_read_error
from pulumi_userplane.link_types import LINK_TYPE, PLUGIN_LINK_TYPE
from pulumi_userplane.recovery import ownership
from pulumi_userplane.recovery.ownership import ResourceRef
from pulumi_userplane.recovery.state_reader import Deployment, Resource, parse_export

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime
    from pathlib import Path


_HOW_TO_EXPORT = "make one with `pulumi stack export --file FILE`"
_URN_PARTS = 4
_PLUGIN_PROVIDER_TYPE = "pulumi:providers:userplane"


@dataclass(frozen=True)
class Stack:
    """A stack and its state.

    Attributes:
        project: The project's name.
        name: The stack's name without an organisation, as in URNs and marks.
        resources: What the state holds, pending operations included.
        creating: The resources with a pending creation.
        pending: The pending operations: what is done, and to which resource.
        written_at: When the state was written, if it says so.
    """

    project: str
    name: str
    resources: tuple[Resource, ...]
    creating: tuple[Resource, ...] = ()
    pending: tuple[tuple[str, Resource], ...] = ()
    written_at: datetime | None = None

    @property
    def recorded(self) -> tuple[Resource, ...]:
        """What the state holds without the pending operations."""
        return self.resources[: len(self.resources) - len(self.pending)]

    def mark_of(self, resource: Resource) -> str:
        """Returns the mark that a resource of this stack has unless its program declares another."""
        return ownership.make(self.project, self.name, resource.name, ownership.parent_types(resource.urn))

    @property
    def link_types(self) -> set[str]:
        """The types of its links: the dynamic provider's, the plugin's, or both; without a link its providers tell."""
        types = {resource.type for resource in self.resources}
        default = PLUGIN_LINK_TYPE if _PLUGIN_PROVIDER_TYPE in types else LINK_TYPE
        return {resource.type for resource in self.resources if resource.is_link} or {default}

    @property
    def ids(self) -> set[str]:
        """The ids of all resources that the state holds."""
        return {resource.id for resource in self.resources if resource.id}


def read_states(
    name: str | None, folder: Path, files: Iterable[Path] = (), *, with_stack: bool, may_be_empty: bool = False
) -> list[Stack]:
    """Returns the states that the options --stack and --state name, the stack's own first.

    Args:
        name: What `--stack` says, or None for the selected one.
        folder: The project's folder.
        files: What `--state` says.
        with_stack: Whether the state of the stack is read, too.
        may_be_empty: Whether a file without a resource is accepted.

    Raises:
        ConfigurationError: One can't be read.
    """
    stacks = [export_stack(name, folder.absolute())] if with_stack else []
    return [*stacks, *(read_file(file, may_be_empty=may_be_empty) for file in files)]


def find_managers(states: Iterable[Stack]) -> dict[str, list[ResourceRef]]:
    """Returns the resources that manage each link in these states, by the link's id."""
    managers: dict[str, list[ResourceRef]] = {}
    for state in states:
        for resource in state.resources:
            if resource.is_managed_link:
                reference = ResourceRef(state.project, state.name, resource.name)
                managers.setdefault(resource.id, []).append(reference)
    return managers


def export_stack(name: str | None, folder: Path) -> Stack:
    """Returns the state of a stack, from the Pulumi CLI.

    Args:
        name: The stack, or None for the one that is selected.
        folder: The project's folder, absolute.

    Raises:
        ConfigurationError: The CLI refused, or printed something else.
    """
    option = pulumi_cli.build_stack_options(name)
    command = " ".join(("pulumi stack export", *option))
    try:
        text = pulumi_cli.run(folder, "stack", "export", *option)
    except ConfigurationError as error:
        error.next_step = steps(error.next_step, "or give an exported state with --state FILE")
        raise
    return _parse(text, f"`{command}`", lambda: find_names(name, folder))


def read_file(path: Path, *, may_be_empty: bool = False) -> Stack:
    """Returns the state in a file of `pulumi stack export`.

    Args:
        path: The file.
        may_be_empty: Whether a state without a resource is accepted. Its names are empty, since nothing tells them.

    Raises:
        ConfigurationError: There is no such file, or it is another kind of file.
    """

    def name_unknown() -> tuple[str, str]:
        if may_be_empty:
            return "", ""
        raise ConfigurationError(
            f"{path} holds no resource, so nothing tells its stack", next_step="name it with --stack"
        )

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise make_read_error(path, error, _HOW_TO_EXPORT) from None
    return _parse(text, str(path), name_unknown)


def _parse(text: str, source: str, name_empty: Callable[[], tuple[str, str]]) -> Stack:
    try:
        deployment = parse_export(text) or Deployment()
    except ValidationError:
        # pydantic's message names fields that nobody who exports a stack knows.
        raise ConfigurationError(f"{source} is not an exported stack", next_step=_HOW_TO_EXPORT) from None
    pending = [
        (operation.type, operation.resource)
        for operation in deployment.pending_operations
        if operation.resource is not None
    ]
    resources = [*deployment.resources, *(resource for _, resource in pending)]
    if any(resource.urn.count("::") < _URN_PARTS - 1 for resource in resources):
        raise ConfigurationError(f"{source} is not an exported stack (a URN is malformed)", next_step=_HOW_TO_EXPORT)
    # urn:pulumi:<stack>::<project>::<types>::<name>
    stack, project = resources[0].urn.removeprefix("urn:pulumi:").split("::")[:2] if resources else name_empty()[::-1]
    creating = tuple(resource for kind, resource in pending if kind == "creating")
    return Stack(project, stack, tuple(resources), creating, tuple(pending), deployment.written_at)


def find_names(name: str | None, folder: Path) -> tuple[str, str]:
    """Returns project and name of a stack without its state: from its full name, else from the project's file.

    Args:
        name: The stack, or None for the one that is selected.
        folder: The project's folder, absolute.

    Raises:
        ConfigurationError: There is no such file, or it names no project.
    """
    *project, stack = (name or pulumi_cli.read_selected_stack(folder) or "").split("/")
    if len(project) == 2:
        return project[1], stack
    file = pulumi_cli.find_project_file(folder)
    if file is None:
        raise ConfigurationError(f"there is no Pulumi.yaml in {folder} or above", next_step="name the folder with -C")
    try:
        return str(yaml.safe_load(file.read_text(encoding="utf-8"))["name"]), stack
    except (yaml.YAMLError, KeyError, TypeError):
        raise ConfigurationError(f"{file} names no project", next_step="give it a `name:`") from None
