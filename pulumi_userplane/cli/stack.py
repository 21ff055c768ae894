"""What a stack holds: asked from the Pulumi CLI, or out of an exported file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import yaml
from pydantic import ValidationError

from pulumi_userplane.api.errors import ConfigurationError, steps
from pulumi_userplane.cli import pulumi_cli
from pulumi_userplane.recovery import ownership
from pulumi_userplane.recovery.ownership import ResourceRef
from pulumi_userplane.recovery.state_reader import Deployment, Resource, parse_export

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path


_HOW_TO_EXPORT = "a file comes from `pulumi stack export --file FILE`"
_URN_PARTS = 4


@dataclass(frozen=True)
class Stack:
    """One stack.

    Attributes:
        project: The project's name.
        name: The stack's name without an organisation, as it stands in URNs and marks.
        resources: What the state holds, pending operations included.
        creating: What was being created when the state was written.
    """

    project: str
    name: str
    resources: tuple[Resource, ...]
    creating: tuple[Resource, ...] = ()

    def mark_of(self, resource: Resource) -> str:
        """Returns the mark that a resource of this stack has unless its program declares another."""
        return ownership.make(self.project, self.name, resource.name, ownership.parent_types(resource.urn))

    @property
    def ids(self) -> set[str]:
        """The ids of all that the state holds."""
        return {each.id for each in self.resources if each.id}


def read_states(
    name: str | None, folder: Path, files: Iterable[Path] = (), *, with_stack: bool, may_be_empty: bool = False
) -> list[Stack]:
    """Returns the states that the options --stack and --state name, the stack's own first.

    Args:
        name: What `--stack` says, or None for the selected one.
        folder: The project's folder.
        files: What `--state` says.
        with_stack: Whether the state of the stack is read, too.
        may_be_empty: Whether a file without any resource will do.

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
    """Asks the Pulumi CLI what a stack holds.

    Args:
        name: The stack, or None for the one that is selected.
        folder: The project's folder, absolute.

    Raises:
        ConfigurationError: The CLI refused, or says nothing that can be read.
    """
    option = pulumi_cli.stack_options(name)
    command = " ".join(("pulumi stack export", *option))
    try:
        text = pulumi_cli.run(folder, "stack", "export", *option)
    except ConfigurationError as error:
        error.next_step = steps(error.next_step, "or give an exported state with --state FILE")
        raise
    return _parse(text, f"`{command}`", lambda: _name_empty_stack(name, folder))


def read_file(path: Path, *, may_be_empty: bool = False) -> Stack:
    """Reads a file that `pulumi stack export` has written.

    Args:
        path: The file.
        may_be_empty: Whether a stack without any resource will do; its names are empty, since nothing tells them.

    Raises:
        ConfigurationError: There is no such file, or it is another kind of file.
    """

    def unknown() -> tuple[str, str]:
        if may_be_empty:
            return "", ""
        raise ConfigurationError(f"{path} holds no resource, so nothing tells its stack", next_step="use --stack NAME")

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} can't be read: {error}") from None
    return _parse(text, str(path), unknown)


def _parse(text: str, source: str, names_of_empty: Callable[[], tuple[str, str]]) -> Stack:
    try:
        deployment = parse_export(text) or Deployment()
    except ValidationError as error:
        raise ConfigurationError(
            f"{source} is not an exported stack ({error.errors()[0]['msg']})", next_step=_HOW_TO_EXPORT
        ) from None
    pending = [(each.type, each.resource) for each in deployment.pending_operations if each.resource is not None]
    known = [*deployment.resources, *(resource for _, resource in pending)]
    if any(each.urn.count("::") < _URN_PARTS - 1 for each in known):
        raise ConfigurationError(f"{source} is not an exported stack (a URN is malformed)", next_step=_HOW_TO_EXPORT)
    # urn:pulumi:<stack>::<project>::<types>::<name>
    names = known[0].urn.removeprefix("urn:pulumi:").split("::")[:2] if known else names_of_empty()[::-1]
    creating = tuple(resource for type_, resource in pending if type_ == "creating")
    return Stack(names[1], names[0], tuple(known), creating)


def _name_empty_stack(name: str | None, folder: Path) -> tuple[str, str]:
    """Project and stack of a stack that holds nothing yet: from its full name, else from the project's file."""
    *owner, stack = (name or pulumi_cli.read_selected_stack(folder) or "").split("/")
    if len(owner) == 2:
        return owner[1], stack
    file = pulumi_cli.find_project_file(folder)
    if file is None:
        raise ConfigurationError(f"there is no Pulumi.yaml in {folder} or above", next_step="name the folder with -C")
    try:
        return str(yaml.safe_load(file.read_text(encoding="utf-8"))["name"]), stack
    except (yaml.YAMLError, KeyError, TypeError):
        raise ConfigurationError(f"{file} names no project", next_step="give it a `name:`") from None
