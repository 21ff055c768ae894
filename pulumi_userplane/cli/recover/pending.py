"""Reads which creations of links a state has as pending, and by which mark the link of each is found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pulumi_userplane import diff
from pulumi_userplane.recovery import ownership
from pulumi_userplane.recovery.ownership import ResourceRef

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pulumi_userplane.cli.stack import Stack
    from pulumi_userplane.recovery.state_reader import Resource


@dataclass(frozen=True)
class PendingCreation:
    """A link that a run was creating when the state was last written, as far as the state tells.

    Pulumi keeps an entry after the link was imported, too.

    Attributes:
        stack: The stack.
        resource: The resource, with the inputs of its creation.
    """

    stack: Stack
    resource: Resource

    @property
    def mark(self) -> str | None:
        """The mark under which the link was created, or None if it has none. A secret one counts as the usual one."""
        declared = self.resource.inputs.get("mark")
        if isinstance(declared, str):
            return declared or None
        return None if declared is None else self.stack.mark_of(self.resource)

    @property
    def owner(self) -> ResourceRef:
        """The resource, as the usual mark names it."""
        name = ownership.qualify_name(self.resource.name, ownership.parent_types(self.resource.urn))
        return ResourceRef(self.stack.project, self.stack.name, name)

    @property
    def is_recorded(self) -> bool:
        """Whether the state holds a link for the resource by now."""
        return any(
            resource.urn == self.resource.urn and resource.is_managed_link and resource.id
            for resource in self.stack.resources
        )

    @property
    def can_lose_mark(self) -> bool:
        """Whether the last request of the creation replaces the mark by a declared reference."""
        return "link_provider_ref" in self.resource.inputs

    @property
    def has_secret_mark(self) -> bool:
        """Whether the mark is encrypted in the state, so that a program's own one can't be told."""
        return _holds_secret(self.resource.inputs.get("mark"))

    @property
    def secret_fields(self) -> set[str]:
        """The fields of the link that the program declares as secrets, wholly or in part."""
        return {field for field in diff.PUT_FIELDS if _holds_secret(self.resource.inputs.get(field))}


def list_pending(stacks: Iterable[Stack]) -> list[PendingCreation]:
    """Returns the pending creations of links in these states, each resource and mark once.

    An adoption creates no link, and is left out.
    """
    creations = [
        PendingCreation(stack, resource)
        for stack in stacks
        for resource in stack.creating
        if resource.is_managed_link and not resource.inputs.get("adopt")
    ]
    return list({(creation.resource.urn, creation.mark): creation for creation in creations}.values())


def _holds_secret(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    if isinstance(value, dict):
        # A secret is an object with Pulumi's own keys.
        return bool(diff.RESERVED & value.keys()) or any(map(_holds_secret, value.values()))
    return isinstance(value, list) and any(map(_holds_secret, value))
